/**
 * The "emit" binding of the instructions' semantics: builds the SSA of a block of instructions, in place of executing
 * them. It is the front half of a translating engine; what comes after it chooses a form for the code.
 *
 * Invariant: running the nodes in order, then the terminator, does to registers, flags and memory what executing the
 * instructions does. An effect that faults leaves through its exit, with the state before its instruction.
 * The semantics are the same functions that the reference engine runs (isa/semantics), after the rules of operations.ts.
 */
import { type MemoryOperand, RIP_BASE, Segment, type Width } from "../../isa/instruction.js";
import {
  type Address,
  type FlagName,
  type Operations,
  type RepeatUntil,
  type TrapCause,
  Vector,
} from "../../isa/operations.js";
import type { FlagFormula } from "../../isa/semantics/flags.js";
import { NUMBER_WIDTH } from "../../isa/vector-operations.js";
import { createBuilder, type Builder } from "./builder.js";
import { constantOf } from "./fold.js";
import { isEffect, LiveNodes, terminatorValues } from "./liveness.js";
import { createPureOperations, type PureOperations } from "./pure.js";
import {
  type Detail,
  FLAG_NAMES,
  REGISTER_NAMES,
  type SsaBlock,
  type SsaExit,
  type SsaNode,
  type SsaStep,
  type Terminator,
  WORD_NAMES,
} from "./ssa.js";
import { EmitState } from "./state.js";

/** Where the flags stand in RFLAGS. */
const FLAG_POSITIONS: readonly (readonly [FlagName, number])[] = [
  ["cf", 0],
  ["pf", 2],
  ["af", 4],
  ["zf", 6],
  ["sf", 7],
  ["df", 10],
  ["of", 11],
];

/** What an instruction without semantics does (row.ts, `ring3`). */
const REFUSED: { readonly [outcome: string]: TrapCause } = {
  "#GP": { vector: Vector.GeneralProtection, errorCode: 0 },
  "#UD": { vector: Vector.InvalidOpcode, errorCode: null },
};

/** Places of words (WORD_NAMES); general registers come first. */
const FIRST_VECTOR = REGISTER_NAMES.length;
const [FS_BASE, GS_BASE, SYSTEM_FLAGS] = (["fsbase", "gsbase", "systemflags"] as const).map((name) =>
  WORD_NAMES.indexOf(name),
);

function placeOfBase(segment: Segment): number {
  return segment === Segment.Fs ? FS_BASE : GS_BASE;
}

/** A block that is being built. */
interface Build {
  readonly steps: readonly SsaStep[];
  readonly builder: Builder;
  readonly state: EmitState;
  readonly exits: SsaExit[];
  readonly end: "write" | "exit";
  terminator: Terminator | null;
  /** Exit of the instruction at hand, once something in it can fault. */
  exitOfStep: number;
  /** Conditions that a trapIf has found false: values don't change, so once is enough. */
  readonly passed: Set<SsaNode>;
  /** How many nodes there were when the block was found to end with a trap: later effects don't happen. */
  trappedAt: number;
}

/** The block for which the operations make nodes: one at a time. Making the operations anew for each costs more than the rest. */
let build: Build;

const step = (): SsaStep => build.steps[build.builder.step];
const nextAddress = (): bigint => BigInt.asUintN(64, step().address + BigInt(step().instruction.lengthBytes));

function exit(): number {
  if (build.exitOfStep < 0) {
    build.exitOfStep = build.exits.length;
    build.exits.push(build.state.exit(build.builder.step, step().address));
  }
  return build.exitOfStep;
}

function access(address: Address<SsaNode>): Detail {
  const { row, lock } = step().instruction;
  return { kind: "access", isStack: address.isStack, isLocked: lock || row.mnemonic === "XCHG" };
}

function trap(cause: TrapCause): void {
  build.terminator ??= { kind: "trap", cause, exit: exit(), next: nextAddress() };
  build.trappedAt = Math.min(build.trappedAt, build.builder.nodes.length);
}

function dropEffectsAfterTrap(): void {
  const after = build.builder.nodes.splice(build.trappedAt);
  build.builder.nodes.push(...after.filter((node) => !isEffect(node)));
}

function trapIf(condition: SsaNode, cause: TrapCause): void {
  const known = constantOf(condition);
  if (known === 1n) trap(cause);
  if (known !== null || build.passed.has(condition)) return;
  build.passed.add(condition);
  build.builder.ordered("trapIf", 0, [condition], { kind: "trap", cause }, exit());
}

const pure = createPureOperations({
  constant: (width, value) => build.builder.constant(width, value),
  pure: (op, width, args, detail) => build.builder.pure(op, width, args, detail),
});

function offset(operand: MemoryOperand): SsaNode {
  let sum = pure.constant(64, operand.displacement);
  if (operand.base === RIP_BASE) sum = pure.add(64, sum, pure.constant(64, nextAddress()));
  else if (operand.base >= 0) sum = pure.add(64, operations.getRegister(64, operand.base), sum);
  if (operand.index >= 0) {
    const shift = pure.constant(64, BigInt(Math.log2(operand.scale)));
    sum = pure.add(64, sum, pure.shl(64, operations.getRegister(64, operand.index), shift));
  }
  return operand.addressWidth === 32 ? pure.zeroExtend(32, 64, pure.truncate(64, 32, sum)) : sum;
}

const notCanonical = (target: SsaNode): SsaNode => pure.not(1, pure.isCanonical(target));

const operations: Operations<SsaNode> = {
  ...pure,

  getRegister(width, register, high) {
    const word = build.state.word(register);
    if (high !== true) return pure.truncate(64, width, word);
    return pure.truncate(64, 8, pure.shr(64, word, pure.constant(64, 8n)));
  },
  setRegister(width, register, value, high) {
    if (width === 64) return build.state.setWord(register, value);
    if (width === 32) return build.state.setWord(register, pure.zeroExtend(32, 64, value));
    const position = high === true ? 8 : 0;
    const merged = build.builder.pure("insert", 64, [build.state.pendingWord(register), value], {
      kind: "position",
      position,
    });
    return build.state.setWord(register, merged);
  },
  getFlag: (flag) => build.state.flag(flag),
  getCondition: (code) => build.state.condition(operations, code),
  setFlags: (flags) => build.state.setFlags(flags),
  getFlagsWord() {
    let word = build.state.word(SYSTEM_FLAGS);
    for (const [flag, position] of FLAG_POSITIONS) {
      const bit = pure.zeroExtend(1, 64, build.state.flag(flag));
      word = pure.or(64, word, pure.shl(64, bit, pure.constant(64, BigInt(position))));
    }
    return word;
  },
  setFlagsWord(value, mask) {
    let rest = mask;
    const flags: { [F in FlagName]?: () => SsaNode } = {};
    for (const [flag, position] of FLAG_POSITIONS) {
      if ((mask & (1n << BigInt(position))) === 0n) continue;
      rest &= ~(1n << BigInt(position));
      flags[flag] = () => pure.bit(64, value, position);
    }
    build.state.setFlags(flags);
    const kept = pure.and(64, build.state.word(SYSTEM_FLAGS), pure.constant(64, ~rest));
    build.state.setWord(SYSTEM_FLAGS, pure.or(64, kept, pure.and(64, value, pure.constant(64, rest))));
  },
  nextAddress: () => pure.constant(64, nextAddress()),
  getSegmentBase: (segment) => build.state.word(placeOfBase(segment)),
  setSegmentBase: (segment, value) => build.state.setWord(placeOfBase(segment), value),

  offset,
  effectiveAddress(operand) {
    const { segment } = operand;
    const hasBase = segment === Segment.Fs || segment === Segment.Gs;
    const inside = offset(operand);
    const linear = hasBase ? pure.add(64, inside, build.state.word(placeOfBase(segment))) : inside;
    return { linear, isStack: segment === Segment.Ss };
  },
  load: (width, address) => build.builder.ordered("load", width, [address.linear], access(address), exit()),
  store: (_width, address, value) =>
    void build.builder.ordered("store", 0, [address.linear, value], access(address), exit()),
  modify(width, address, change) {
    const old = build.builder.ordered("loadForUpdate", width, [address.linear], access(address), exit());
    build.builder.ordered("storeUpdate", 0, [address.linear, change(old)], access(address));
  },
  modifyPair(width, address, change) {
    const low = build.builder.ordered("loadPairForUpdate", width, [address.linear], access(address), exit());
    const [newLow, newHigh] = change(low, build.builder.pure("upperHalf", width, [low]));
    build.builder.ordered("storePairUpdate", 0, [address.linear, newLow, newHigh], access(address));
  },

  trap,
  trapIf,
  divide(width: Width, signed, high, low, divisor) {
    const op = signed ? "divideSigned" : "divideUnsigned";
    const quotient = build.builder.ordered(op, width, [high, low, divisor], undefined, exit());
    return { quotient, remainder: build.builder.pure("remainder", width, [quotient]) };
  },
  jump(target) {
    trapIf(notCanonical(target), REFUSED["#GP"]);
    build.terminator ??= { kind: "jump", target };
  },
  jumpIf(condition, target) {
    trapIf(pure.and(1, condition, notCanonical(target)), REFUSED["#GP"]);
    build.terminator ??= { kind: "branch", condition, target, next: nextAddress() };
  },
  repeat(addressWidth, until, iteration) {
    if (build.end === "exit") {
      repeatAsOne(addressWidth, until, iteration);
      return;
    }
    build.state.flush();
    const body = build.builder.within("outer", () => {
      iteration();
      build.state.commit();
      build.state.flush();
    });
    const live = new LiveNodes(build.builder.nextId);
    for (const node of body) if (isEffect(node)) live.mark(node);
    const needed = body.filter((node) => live.has(node));
    build.builder.ordered("repeat", 0, [], { kind: "repeat", addressWidth, until, body: needed }, exit());
  },

  systemCall() {
    build.terminator ??= { kind: "systemCall", next: nextAddress() };
  },
  readTimestamp: () => build.builder.ordered("readTimestamp", 64, []),
  fence: (kind) => void build.builder.ordered("fence", 0, [], { kind: "fence", fence: kind }),
  getSelector: (segment) => build.builder.ordered("getSelector", 16, [], { kind: "segment", segment }),
  setSelector: (segment, selector) =>
    void build.builder.ordered("setSelector", 0, [selector], { kind: "segment", segment }, exit()),

  getVector: (register) => build.state.word(FIRST_VECTOR + register),
  setVector: (register, value) => build.state.setWord(FIRST_VECTOR + register, value),
  getMxcsr: () => build.builder.ordered("getMxcsr", 32, []),
  setMxcsr: (value) => void build.builder.ordered("setMxcsr", 0, [value]),
  storeVectors: (address, values) =>
    void build.builder.ordered("storeVectors", 0, [address.linear, ...values], access(address), exit()),
  floatUnary: (operation, format, width, a, immediate = 0) =>
    build.builder.ordered("floatUnary", width, [a], { kind: "float", operation, format, immediate }, exit()),
  floatBinary: (operation, format, width, a, b, immediate = 0) =>
    build.builder.ordered("floatBinary", width, [a, b], { kind: "float", operation, format, immediate }, exit()),
  floatConvert(conversion, a) {
    const width = (conversion.lanes * NUMBER_WIDTH[conversion.to]) as 32 | 64 | 128;
    return build.builder.ordered("floatConvert", width, [a], { kind: "conversion", conversion }, exit());
  },
  floatRelation: (format, signalsQuiet, a, b) =>
    build.builder.ordered("floatRelation", 8, [a, b], { kind: "relation", format, signalsQuiet }, exit()),
};

/**
 * The flags of a formula over values that are nothing but what they are: `makeOperands` gets a maker of such values, and
 * the pure operations.
 */
export function emitFormula(
  formula: FlagFormula<SsaNode>,
  makeOperands: (value: (width: SsaNode["width"]) => SsaNode, pure: PureOperations) => readonly SsaNode[],
): ReadonlyMap<FlagName, SsaNode> {
  const builder = createBuilder();
  const before = build;
  build = { ...build, builder };
  const operands = makeOperands((width) => builder.ordered("read", width, []), pure);
  const thunks = formula.over(operations, operands);
  const flags = new Map<FlagName, SsaNode>();
  for (const name of FLAG_NAMES) {
    const flag = thunks[name]?.();
    if (flag !== undefined) flags.set(name, flag);
  }
  build = before;
  return flags;
}

/** A repetition as one effect. What an iteration does to flags is written from the values of its loads. */
function repeatAsOne(addressWidth: 32 | 64, until: RepeatUntil, iteration: () => void): void {
  const { builder, state } = build;
  const before = exit();
  const body = builder.within("outer", iteration);
  const whole = builder.ordered("repeat", 0, [], { kind: "repeat", addressWidth, until, body }, before);
  REGISTER_NAMES.forEach((name, position) => {
    if (name === "rcx" || state.pendingWord(position) !== state.word(position))
      state.setWord(position, builder.pure("repeated", 64, [whole], { kind: "position", position }));
  });
}

/** What the instruction wrote becomes visible, unless it traps. */
function finishStep({ terminator, state }: Build): void {
  if (terminator?.kind === "trap") {
    dropEffectsAfterTrap();
    state.discard();
  } else {
    state.commit();
  }
}

/**
 * Builds the SSA of instructions that lie in the order given, each at the address where the one before ends. The block
 * ends with the last of them, or with the first that leaves it. The state after it is written by nodes, or, with `end`
 * "exit", listed as one more exit, so that its flags stay thunks.
 */
export function emitBlock(steps: readonly SsaStep[], end: "write" | "exit" = "write"): SsaBlock {
  if (steps.length === 0) throw new RangeError("a block has at least one instruction");
  const builder = createBuilder();
  const state = new EmitState(builder);
  const exits: SsaExit[] = [];
  const own: Build = {
    steps,
    builder,
    state,
    exits,
    end,
    terminator: null,
    exitOfStep: -1,
    passed: new Set(),
    trappedAt: Infinity,
  };
  build = own;
  for (let index = 0; index < steps.length && own.terminator === null; index++) {
    builder.step = index;
    own.exitOfStep = -1;
    const { row } = steps[index].instruction;
    if (row.semantics === null) trap(REFUSED[row.ring3]);
    else row.semantics(operations, steps[index].instruction);
    finishStep(own);
  }
  const terminatorAtEnd: Terminator = own.terminator ?? { kind: "next", address: nextAddress() };
  let endExit = -1;
  if (end === "exit") {
    endExit = exits.length;
    exits.push(state.exit(builder.step, nextAddress()));
  } else {
    state.flush();
  }

  const live = new LiveNodes(builder.nextId);
  for (const node of builder.nodes) if (isEffect(node)) live.mark(node);
  let written = 0;
  for (const { written: until } of exits) {
    state.log.visitLast(written, until, (_place, value) => live.mark(value));
    written = until;
  }
  for (const node of terminatorValues(terminatorAtEnd)) live.mark(node);
  const listed = builder.nextId;
  const isListed = (node: SsaNode): boolean => node.id < listed && live.has(node);
  return {
    steps: steps.slice(0, builder.step + 1),
    nodes: builder.nodes.filter((node) => live.has(node)),
    exits,
    terminator: terminatorAtEnd,
    endExit,
    log: state.log,
    buildExitFlags(index) {
      const flags = new Map<FlagName, SsaNode>();
      const before = build;
      build = own;
      builder.step = exits[index].step;
      const made = builder.within("nothing", () => {
        for (const [flag, make] of exits[index].flags) flags.set(flag, make());
      });
      build = before;
      return {
        flags,
        get nodes() {
          const needed = new LiveNodes(builder.nextId);
          for (const node of flags.values()) needed.mark(node);
          // What was made with the block, but is needed by nothing else, comes before what was made now.
          const before = builder.nodes.filter((node) => needed.has(node) && !isListed(node));
          return [...before, ...made.filter((node) => needed.has(node))];
        },
      };
    },
    isListed,
    nextId: () => builder.nextId,
  };
}
