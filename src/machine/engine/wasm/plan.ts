/**
 * What is decided about a block before a byte is written: its SSA, where registers and flags are brought up to date
 * (sync points), which flags it needs made on entry, and what it costs.
 *
 * A cost block is cut before the first instruction that translated code leaves to the reference engine.
 */
import type { Cycles } from "../../../units.js";
import { boundaryOf, type FlagName, type Row } from "../../isa/index.js";
import { type Instruction, Register, RIP_BASE } from "../../isa/instruction.js";
import { emitBlock, type SsaBlock, type SsaExit, type SsaNode, type SsaStep } from "../emit/index.js";
import type { SsaOp } from "../emit/ssa.js";
import type { Block } from "../reference/block.js";
import { MAX_LEAVES } from "./layout.js";
import type { Recipe } from "./recipe.js";
import { isRepeatTranslated } from "./repeat.js";
import { placeOf } from "./register-places.js";

export const ARITHMETIC_FLAGS: readonly FlagName[] = ["cf", "pf", "af", "zf", "sf", "of"];

/** State that is put in its place before an effect that may leave, or at the end. */
export interface SyncPoint {
  readonly words: readonly (readonly [register: number, value: SsaNode])[];
  /** The recipe of the arithmetic flags from here on; null where it is still the one before. */
  readonly recipe: Recipe | null;
  /** What DF changes to; null where it doesn't. */
  readonly direction: SsaNode | null;
}

export interface BlockPlan {
  /** Virtual address of the first instruction that it runs. */
  readonly rip: bigint;
  readonly block: Block;
  /** Place of that in the block: not 0 for the rest of a block, in which a core stopped. `start`: where the block begins. */
  readonly first: number;
  readonly start: bigint;
  /** Instructions that the translation runs: all, or those before the first that it leaves to the reference engine. */
  readonly count: number;
  /** It runs to the end of the block. */
  readonly isWhole: boolean;
  /** Cycles of its first i instructions. */
  readonly prefix: readonly Cycles[];
  readonly ssa: SsaBlock;
  /**
   * Whether its float operations are guarded together (float-block-guard.ts). Then `exitOf` has the exits of those effects
   * that leave to the first operation of their stretch, not to where they are themselves.
   */
  readonly isFused: boolean;
  readonly exitOf: ReadonlyMap<SsaNode, number>;
  /** By exit of the SSA. */
  readonly syncs: ReadonlyMap<number, SyncPoint>;
  /** Flags that must be in their locals when the block starts. */
  readonly needs: ReadonlySet<FlagName>;
  /** Flags whose value the block changes, as thunks at its end. */
  readonly endFlags: SsaExit["flags"];
  /** Numbers of its recipes. */
  readonly recipes: readonly number[];
  /** Makes nodes of those, for who needs their values. */
  readonly buildEndFlags: () => ReadonlyMap<FlagName, SsaNode>;
}

const FLOAT_EFFECTS: ReadonlySet<SsaOp> = new Set<SsaOp>([
  "floatUnary",
  "floatBinary",
  "floatConvert",
  "floatRelation",
]);

const EFFECTS: ReadonlySet<SsaOp> = new Set<SsaOp>([
  "load",
  "store",
  "loadForUpdate",
  "storeUpdate",
  "trapIf",
  "divideUnsigned",
  "divideSigned",
  "fence",
  "repeat",
  ...FLOAT_EFFECTS,
]);
const LEFT_TO_REFERENCE: ReadonlySet<SsaOp> = new Set<SsaOp>([
  "loadPairForUpdate",
  "storePairUpdate",
  "readTimestamp",
  "getSelector",
  "setSelector",
  "depositBits",
  "extractBits",
  "upperHalf",
  "coreNumber",
  "cpuid",
  "selectorValid",
  "selectorValue",
  "crc32",
  "compareStrings",
  "getMxcsr",
  "setMxcsr",
  "storeVectors",
]);
const SYSTEM_STATE: ReadonlySet<string> = new Set(["fsbase", "gsbase", "systemflags"]);

export function isFloatEffect({ op }: SsaNode): boolean {
  return FLOAT_EFFECTS.has(op);
}

/** Stretches of float operations, and of loads between them: each effect's exit is that of the first. */
function findStretches(nodes: readonly SsaNode[]): Map<SsaNode, number> {
  const exitOf = new Map<SsaNode, number>();
  let first = -1;
  let loads: SsaNode[] = [];
  for (const node of nodes) {
    if (!isEffect(node)) continue;
    if (isFloatEffect(node)) {
      if (first < 0) first = node.exit;
      for (const member of [...loads, node]) exitOf.set(member, first);
      loads = [];
    } else if (node.op === "load" && first >= 0) loads.push(node);
    else {
      first = -1;
      loads = [];
    }
  }
  return exitOf;
}

export function isEffect(node: SsaNode): boolean {
  return EFFECTS.has(node.op);
}

/** By row and kinds of operands, on which alone the operations of an instruction depend. */
const known = new Map<Row, Map<string, boolean>>();

/** Whether translated code can do this instruction. */
export function isTranslated(instruction: Instruction): boolean {
  const { row, lock, repeat, operands } = instruction;
  if ((row.ring3 !== "runs" && row.semanticKey !== "syscall") || row.semantics === null) return false;
  if (repeat !== "none") return isRepeatTranslated(instruction);
  let forms = known.get(row);
  if (forms === undefined) {
    forms = new Map();
    known.set(row, forms);
  }
  let form = `${lock} ${repeat}`;
  for (const { kind } of operands) form += ` ${kind}`;
  let answer = forms.get(form);
  if (answer === undefined) {
    answer = examine(instruction);
    forms.set(form, answer);
  }
  return answer;
}

/** The same with a base in place of a known address: whether that is aligned is not a matter of the form. */
function withoutKnownAddress(instruction: Instruction): Instruction {
  const operands = instruction.operands.map((operand) =>
    operand.kind === "memory" && operand.index < 0 && (operand.base < 0 || operand.base === RIP_BASE)
      ? { ...operand, base: Register.Rax }
      : operand,
  );
  return { ...instruction, operands };
}

function examine(original: Instruction): boolean {
  const instruction = withoutKnownAddress(original);
  const boundary = boundaryOf(instruction);
  if (boundary === "time") return false;
  const { nodes, terminator } = emitBlock([{ address: 0x1000n, instruction }]);
  if (boundary === "system" ? terminator.kind !== "systemCall" : terminator.kind === "trap") return false;
  let hasStored = false;
  for (const node of nodes) {
    if (LEFT_TO_REFERENCE.has(node.op)) return false;
    // Their table is the reference engine's.
    if (node.detail.kind === "float" && node.detail.operation.startsWith("reciprocal")) return false;
    if (node.op === "write" && node.detail.kind === "state" && SYSTEM_STATE.has(node.detail.state)) return false;
    // What follows a store must not leave: the store can't be taken back.
    if (hasStored && (node.exit >= 0 || node.op === "store" || node.op === "storeUpdate")) return false;
    if (node.op === "store" || node.op === "storeUpdate") hasStored = true;
  }
  return true;
}

/** A further value of an effect. */
function isPart({ op }: SsaNode): boolean {
  return op === "remainder" || op === "repeated";
}

/** The value is known when the block is built, or is stored when the recipe is made. */
function collectLeaves(flags: Iterable<SsaNode>, isMade: (node: SsaNode) => boolean): SsaNode[] {
  const leaves = new Set<SsaNode>();
  const seen = new Set<SsaNode>();
  const visit = (node: SsaNode): void => {
    if (seen.has(node) || node.op === "constant") return;
    seen.add(node);
    if (isMade(node) || isEffect(node) || node.op === "read" || isPart(node)) leaves.add(node);
    else node.args.forEach(visit);
  };
  for (const node of flags) visit(node);
  return [...leaves];
}

function arithmeticOf({ flags }: SsaExit): SsaExit["flags"] {
  return new Map([...flags].filter(([flag]) => flag !== "df"));
}

function sameThunks(a: SsaExit["flags"], b: SsaExit["flags"]): boolean {
  if (a.size !== b.size) return false;
  for (const [flag, make] of a) if (b.get(flag) !== make) return false;
  return true;
}

/** Virtual address of instruction `index` of a block at `start`. */
export function addressInBlock({ entries }: Block, start: bigint, index: number): bigint {
  let address = start;
  for (let i = 0; i < index; i++) address = BigInt.asUintN(64, address + entries[i].lengthBytes);
  return address;
}

/** Visits all that a node needs, itself included, each once. */
function visitAll(roots: Iterable<SsaNode>, visit: (node: SsaNode) => void): void {
  const seen = new Set<SsaNode>();
  const pending = [...roots];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    visit(node);
    pending.push(...node.args);
  }
}

function prefixOf(entries: Block["entries"]): Cycles[] {
  const prefix = [0];
  entries.forEach((entry, i) => prefix.push(prefix[i] + entry.cycles));
  return prefix;
}

/**
 * A plan for a block at `start` from its instruction `first` on. Null when nothing of that can be translated. `nextRecipe` keeps a
 * recipe and gives its number. `fusesFloats`: its float operations may be guarded together.
 */
export function planBlock(
  start: bigint,
  block: Block,
  first: number,
  nextRecipe: (recipe: Omit<Recipe, "id">) => number,
  fusesFloats: boolean,
): BlockPlan | null {
  const steps: SsaStep[] = [];
  const entries = block.entries.slice(first);
  const rip = addressInBlock(block, start, first);
  let address = rip;
  for (const { instruction, refusal } of entries) {
    if (instruction === null || refusal !== null || !isTranslated(instruction)) break;
    steps.push({ address, instruction });
    address = BigInt.asUintN(64, address + BigInt(instruction.lengthBytes));
  }
  let ssa: SsaBlock | null = null;
  while (steps.length > 0) {
    ssa = emitBlock(steps, "exit");
    if (ssa.terminator.kind !== "trap") break;
    steps.length = ssa.steps.length - 1;
    ssa = null;
  }
  if (ssa === null) return null;
  const prefix = prefixOf(entries);
  // Limits on instructions are kept through cycles.
  for (let i = 0; i < steps.length; i++) if (prefix[i + 1] - prefix[i] < 1) return null;

  const built: SsaBlock = ssa;
  const made = new Set(built.nodes);
  const syncs = new Map<number, SyncPoint>();
  const needs = new Set<FlagName>();
  const roots: SsaNode[] = [];
  const sync = new Map<number, SsaNode>();
  let lastFlags: SsaExit["flags"] = new Map();
  let lastDirection: (() => SsaNode) | undefined;
  const { exits, endExit } = ssa;
  const makeSync = (exit: number): void => {
    if (exit < 0 || syncs.has(exit)) return;
    const words: [number, SsaNode][] = [];
    for (const [name, value] of exits[exit].words) {
      const register = placeOf(name);
      if (sync.get(register) === value) continue;
      sync.set(register, value);
      words.push([register, value]);
    }
    let recipe: Recipe | null = null;
    const thunks = arithmeticOf(exits[exit]);
    const directionThunk = exits[exit].flags.get("df");
    let direction: SsaNode | null = null;
    if (directionThunk !== lastDirection) {
      lastDirection = directionThunk;
      direction = built.buildExitFlags(exit).flags.get("df") ?? null;
      if (direction !== null) roots.push(direction);
    }
    // SYSCALL has made all flags for R11: the region's end takes them from there.
    const isInR11 = exit === endExit && built.terminator.kind === "systemCall";
    if (!isInR11 && !sameThunks(thunks, lastFlags)) {
      lastFlags = thunks;
      const flags = new Map(built.buildExitFlags(exit).flags);
      flags.delete("df");
      let leaves = collectLeaves(flags.values(), (node) => made.has(node));
      const isTooWide = leaves.length > MAX_LEAVES || leaves.some(({ width }) => width === 128);
      if (isTooWide) leaves = [...new Set(flags.values())].filter((node) => node.op !== "constant");
      recipe = { id: nextRecipe({ flags, leaves }), flags, leaves };
      roots.push(...leaves);
      for (const flag of ARITHMETIC_FLAGS) if (!flags.has(flag)) needs.add(flag);
    }
    syncs.set(exit, { words, recipe, direction });
  };
  const exitOf = fusesFloats ? findStretches(ssa.nodes) : new Map<SsaNode, number>();
  for (const node of ssa.nodes) {
    if (isEffect(node)) {
      makeSync(exitOf.get(node) ?? node.exit);
      roots.push(...node.args);
    }
  }
  makeSync(endExit);
  const { terminator } = ssa;
  if (terminator.kind === "jump") roots.push(terminator.target);
  if (terminator.kind === "branch") roots.push(terminator.condition, terminator.target);
  for (const { words } of syncs.values()) for (const [, value] of words) roots.push(value);
  const addReads = (node: SsaNode): void => {
    if (node.op !== "read" || node.detail.kind !== "state") return;
    const flag = ARITHMETIC_FLAGS.find((name) => node.detail.kind === "state" && name === node.detail.state);
    if (flag !== undefined) needs.add(flag);
  };
  visitAll(roots, addReads);
  return {
    rip,
    block,
    first,
    start,
    count: steps.length,
    isWhole: steps.length === entries.length,
    prefix,
    ssa,
    isFused: exitOf.size > 0,
    exitOf,
    syncs,
    needs,
    endFlags: arithmeticOf(exits[endExit]),
    recipes: [...syncs.values()].flatMap(({ recipe }) => (recipe === null ? [] : [recipe.id])),
    buildEndFlags: () => built.buildExitFlags(endExit).flags,
  };
}
