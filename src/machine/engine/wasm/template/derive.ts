/**
 * Makes templates, by the same steps as all code: an instruction's meaning is bound to SSA, the SSA gets its sync
 * points, and the block's emitter writes it; with given values in place of what differs between instructions of a form.
 */
import { type Instruction, type MemoryOperand, type Operand, RIP_BASE, type Width } from "../../../isa/instruction.js";
import type { FlagName, Operations } from "../../../isa/operations.js";
import {
  type Emitter,
  FIRST_GENERAL_OPERAND,
  FIRST_VECTOR,
  type Given,
  type GivenParts,
  type Incoming,
  type SsaBlock,
  type SsaNode,
} from "../../ssa/index.js";
import { localOf, I32, I64 } from "../assembler/index.js";
import { BlockEmitter, BlockValues, REGISTER_COUNT, registerOf, writeValue } from "../emit/index.js";
import {
  ARITHMETIC_FLAGS,
  bitsOf,
  FLAG_SETS,
  isEffect,
  planSyncs,
  type RecipeBook,
  type SsaPlan,
  type Syncs,
} from "../plan/index.js";
import { differentPlacesOf, placeIn } from "./form.js";
import { EXIT_HOLE, REFUND_HOLE, TemplateBuilder } from "./hole-writer.js";
import type { Template } from "./template.js";

/** What templates are made with. */
export interface Deriver {
  readonly emitter: Emitter;
  readonly recipes: RecipeBook;
  readonly aheadBase: number;
}

const NO_PARTS: GivenParts = { operands: [], givesCondition: false, addressed: null, displaced: null };
const NOTHING_INCOMING: Incoming = () => ({});
/** Where the instruction stands that stands for all. */
const ADDRESS = 0x1000n;

/** How control goes on behind an instruction. */
export type FormEnd =
  | "next"
  /** To a relative target; to one that the template computes and pushes. */
  | "jump"
  | "computed"
  /** Where a condition is so, which the template pushes, or which is given. */
  | "branch"
  | "givenBranch";

/** What is found out about a form when an instruction of it is met first. */
export interface FormFacts {
  readonly end: FormEnd;
  /** General and vector registers that the meaning names itself: bit i for place i in WORD_NAMES. */
  readonly named: number;
  /** The part of the memory operand's address that it asks for; null where it asks for none. */
  readonly address: "linear" | "offset" | null;
  /** The code of the condition that it asks for, or -1. */
  readonly condition: number;
  /** Flags that it writes, as bits. */
  readonly writes: number;
  /** Whether it looks at old flags, but for the condition; and whether those that it leaves are made of old ones. */
  readonly readsFlags: boolean;
  readonly keepsOldFlags: boolean;
  /** It may leave its block. */
  readonly mayLeave: boolean;
  /** Operands whose immediates the meaning looks at in JavaScript: bit i for operand i. */
  readonly lookedAt: number;
}

/** An immediate that notes whether its value is looked at. */
class WatchedImmediate {
  readonly kind = "immediate";
  isSeen = false;

  constructor(
    readonly width: Width,
    private readonly known: bigint,
  ) {}
  get value(): bigint {
    this.isSeen = true;
    return this.known;
  }
}

/** A memory operand that notes whether a meaning takes it to pieces, rather than asking for its address. */
class WatchedMemory {
  readonly kind = "memory";
  isSeen = false;

  constructor(
    readonly width: Width,
    private readonly known: MemoryOperand,
  ) {}
  get base(): number {
    return this.look().base;
  }
  get index(): number {
    return this.look().index;
  }
  get scale(): 1 | 2 | 4 | 8 {
    return this.look().scale;
  }
  get displacement(): bigint {
    return this.look().displacement;
  }
  get segment(): number {
    return this.look().segment;
  }
  get addressWidth(): 32 | 64 {
    return this.look().addressWidth;
  }
  private look(): MemoryOperand {
    this.isSeen = true;
    return this.known;
  }
}

/** The operand that stands for all that may be in its place. */
function standIn(operand: Operand, index: number, places: number): Operand {
  switch (operand.kind) {
    case "register":
      return { ...operand, register: placeIn(places, index) };
    case "vector":
      return { ...operand, register: placeIn(places, index) - FIRST_VECTOR };
    case "immediate":
      return new WatchedImmediate(operand.width, operand.value);
    case "memory":
      return new WatchedMemory(operand.width, operand);
    default:
      return operand;
  }
}

/** The SSA of an instruction whose operands are given, and the operands that stand in for its own. */
function emitStandIn(
  { emitter }: Deriver,
  instruction: Instruction,
  places: number,
  incoming: Incoming,
): { readonly ssa: SsaBlock; readonly operands: readonly Operand[] } {
  const operands = instruction.operands.map((operand, index) => standIn(operand, index, places));
  const addressed = operands.find((operand) => operand.kind === "memory") ?? null;
  const parts = { operands, givesCondition: true, addressed: addressed as MemoryOperand | null, displaced: null };
  const step = { address: ADDRESS, instruction: { ...instruction, operands } };
  return { ssa: emitter.emitGiven(step, parts, incoming), operands };
}

/** Bit of a register in FormFacts.named; 0 for other state. */
function bitOfWord(index: number): number {
  return index >= 0 && index < REGISTER_COUNT ? 1 << index : 0;
}

function givenKind({ detail }: SsaNode): Given["kind"] | "" {
  return detail.kind === "given" ? detail.given.kind : "";
}

function conditionCode({ detail }: SsaNode): number {
  return detail.kind === "given" && detail.given.kind === "condition" ? detail.given.code : -1;
}

function endOfForm({ terminator }: SsaBlock): FormEnd | null {
  switch (terminator.kind) {
    case "next":
      return "next";
    case "jump":
      return givenKind(terminator.target) === "target" ? "jump" : "computed";
    case "branch":
      return givenKind(terminator.condition) === "condition" ? "givenBranch" : "branch";
    default:
      return null;
  }
}

/**
 * Finds out about the form of an instruction; null where it has no templates. Where registers are the same, some of
 * this may not be so: `cmovb eax, eax` needs no condition.
 */
export function studyForm(deriver: Deriver, instruction: Instruction): FormFacts | null {
  const places = differentPlacesOf(instruction.operands);
  const { ssa, operands } = emitStandIn(deriver, instruction, places, NOTHING_INCOMING);
  const end = endOfForm(ssa);
  if (end === null || operands.some((operand) => operand instanceof WatchedMemory && operand.isSeen)) return null;
  let named = 0;
  for (const { detail } of ssa.nodes) if (detail.kind === "state") named |= bitOfWord(registerOf(detail.state));
  for (const index of ssa.log.indices) named |= bitOfWord(index);
  const kinds = new Set(ssa.nodes.map(givenKind));
  if (kinds.has("linear") && kinds.has("offset")) return null;
  const codes = [...new Set([...ssa.nodes].map(conditionCode).filter((code) => code >= 0))];
  if (codes.length > 1) return null;
  let lookedAt = 0;
  operands.forEach((operand, index) => {
    if (operand instanceof WatchedImmediate && operand.isSeen) lookedAt |= 1 << index;
  });
  return {
    end,
    named,
    address: kinds.has("linear") ? "linear" : kinds.has("offset") ? "offset" : null,
    condition: codes.length === 0 ? -1 : codes[0],
    writes: bitsOf(ssa.exits[ssa.endExit].writers),
    readsFlags: planSyncs(ssa, new Map(), deriver.recipes, false).needs.size > 0,
    keepsOldFlags: planSyncs(ssa, new Map(), deriver.recipes).needs.size > 0,
    mayLeave: ssa.nodes.some((node) => isEffect(node) && node.exit >= 0),
    lookedAt,
  };
}

/** Writes the instruction, with flags coming in as a recipe. `keepsFlags`: somebody may want those that it leaves. */
export function deriveTemplate(
  deriver: Deriver,
  instruction: Instruction,
  facts: FormFacts,
  { places, incoming, keepsFlags, isShared }: Variant,
): Template {
  const { recipes, aheadBase } = deriver;
  const { ssa } = emitStandIn(deriver, instruction, places, recipes.incoming(incoming));
  const syncs = planSyncs(ssa, new Map(), recipes, keepsFlags);
  const builder = new TemplateBuilder(aheadBase);
  const emitter = new BlockEmitter(
    builder,
    planOfOne(ssa, syncs, isShared),
    () => EXIT_HOLE,
    FLAG_SETS[0],
    FLAG_SETS[0],
  );
  for (const node of ssa.nodes) keepGiven(builder, emitter.values, node);
  emitter.emitEffects();
  if (facts.end === "computed" || facts.end === "branch") emitter.pushTerminatorValue();
  return builder.takeTemplate(flagBits(syncs.needs), syncs.syncs.get(ssa.endExit)?.recipe?.id ?? 0);
}

/** What tells templates of a form apart. */
export interface Variant {
  /** Of the registers that its operands name (form.ts). */
  readonly places: number;
  /** Number of the recipe that comes in; 0 where flags are in their locals. */
  readonly incoming: number;
  readonly keepsFlags: boolean;
  readonly isShared: boolean;
}

/** A block of this instruction alone. */
function planOfOne(ssa: SsaBlock, syncs: Syncs, isShared: boolean): SsaPlan {
  const [{ instruction }] = ssa.steps;
  const lengthBytes = BigInt(instruction.lengthBytes);
  const entry = { instruction, refusal: null, lengthBytes, cycles: 1, locks: instruction.lock, isShared };
  return {
    form: "ssa",
    rip: ADDRESS,
    block: { entries: [entry], nextFrame: null, translation: null, isValid: true },
    first: 0,
    start: ADDRESS,
    count: 1,
    isWhole: true,
    prefix: [0, REFUND_HOLE],
    // Where control goes is not written here.
    end: { kind: "next", target: ADDRESS },
    behind: ADDRESS + lengthBytes,
    isFused: false,
    ssa,
    exitOf: new Map(),
    ...syncs,
    endFlags: FLAG_SETS[0],
    buildEndFlags: () => new Map(),
  };
}

/** Addresses and conditions are in temporaries already. */
function keepGiven(builder: TemplateBuilder, values: BlockValues, node: SsaNode): void {
  const kind = givenKind(node);
  if (kind === "linear" || kind === "offset") values.keep(node, localOf(I64, builder.address));
  else if (kind === "condition") values.keep(node, localOf(I32, builder.condition));
}

function flagBits(flags: ReadonlySet<FlagName>): number {
  let bits = 0;
  ARITHMETIC_FLAGS.forEach((flag, index) => {
    if (flags.has(flag)) bits |= 1 << index;
  });
  return bits;
}

/** Writes a value, then what `finish` does with it on the stack. */
function deriveValue(
  { emitter, recipes, aheadBase }: Deriver,
  parts: GivenParts,
  incoming: number,
  make: (operations: Operations<SsaNode>) => SsaNode,
  finish: (builder: TemplateBuilder) => void,
): Template {
  const { node, nextId } = emitter.emitValue(parts, recipes.incoming(incoming), make);
  const builder = new TemplateBuilder(aheadBase);
  const values = new BlockValues(builder, nextId, writeValue);
  values.count(node);
  values.push(node);
  finish(builder);
  return builder.takeTemplate(0, 0);
}

/** Puts the operand's address into the temporary for it. Base and index are those of operands 0 and 1. */
export function deriveAddress(deriver: Deriver, operand: MemoryOperand, part: "linear" | "offset"): Template {
  const { base, index } = operand;
  const displaced: MemoryOperand = {
    ...operand,
    base: base >= 0 && base !== RIP_BASE ? FIRST_GENERAL_OPERAND : base,
    index: index >= 0 ? FIRST_GENERAL_OPERAND + 1 : index,
  };
  return deriveValue(
    deriver,
    { ...NO_PARTS, displaced },
    0,
    (operations) => (part === "linear" ? operations.effectiveAddress(displaced).linear : operations.offset(displaced)),
    ({ code, address }) => code.set(address),
  );
}

/** Pushes the condition of a code, of flags that come in as a recipe. */
export function deriveCondition(deriver: Deriver, incoming: number, code: number): Template {
  return deriveValue(
    deriver,
    NO_PARTS,
    incoming,
    (operations) => operations.getCondition(code),
    () => {},
  );
}

/** Puts a flag, of those that come in as a recipe, into its local. */
export function deriveFlag(deriver: Deriver, incoming: number, flag: FlagName): Template {
  return deriveValue(
    deriver,
    NO_PARTS,
    incoming,
    (operations) => operations.getFlag(flag),
    (builder) => builder.code.set(builder.flag(flag)),
  );
}
