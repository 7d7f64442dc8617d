/**
 * The "emit" binding of the instructions' semantics: builds the SSA of a block of instructions, in place of executing
 * them. It is the front half of a translating engine; what comes after it chooses a form for the code.
 *
 * Invariant: running the nodes in order, then the terminator, does to registers, flags and memory what executing the
 * instructions does. An effect that faults leaves through its exit, with the state before its instruction.
 * The semantics are the same functions that the reference engine runs (isa/semantics), after the rules of operations.ts.
 */
import { type MemoryOperand, RIP_BASE, Segment, type Width } from "../../isa/instruction.js";
import { type Address, type FlagName, type Operations, type TrapCause, Vector } from "../../isa/operations.js";
import { NUMBER_WIDTH } from "../../isa/vector-operations.js";
import { createBuilder } from "./builder.js";
import { constantOf } from "./fold.js";
import { isEffect, liveNodes, markLive } from "./liveness.js";
import { createPureOperations } from "./pure.js";
import {
  type Detail,
  REGISTER_NAMES,
  VECTOR_NAMES,
  type SsaBlock,
  type SsaExit,
  type SsaNode,
  type SsaStep,
  type Terminator,
  type WordName,
} from "./ssa.js";
import { createState } from "./state.js";

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

function wordOfBase(segment: Segment): WordName {
  return segment === Segment.Fs ? "fsbase" : "gsbase";
}

/**
 * Builds the SSA of instructions that lie in the order given, each at the address where the one before ends. The block
 * ends with the last of them, or with the first that leaves it. The state after it is written by nodes, or, with `end`
 * "exit", listed as one more exit, so that its flags stay thunks.
 */
export function emitBlock(steps: readonly SsaStep[], end: "write" | "exit" = "write"): SsaBlock {
  if (steps.length === 0) throw new RangeError("a block has at least one instruction");
  const builder = createBuilder();
  const state = createState(builder);
  const exits: SsaExit[] = [];
  let terminator: Terminator | null = null;
  /** Exit of the instruction at hand, once something in it can fault. */
  let exitOfStep = -1;
  /** Conditions that a trapIf has found false: values don't change, so once is enough. */
  const passed = new Set<SsaNode>();

  const step = (): SsaStep => steps[builder.step];
  const nextAddress = (): bigint => BigInt.asUintN(64, step().address + BigInt(step().instruction.lengthBytes));

  function exit(): number {
    if (exitOfStep < 0) {
      exitOfStep = exits.length;
      const { address } = step();
      exits.push({ step: builder.step, address, words: state.dirtyWords(), flags: state.dirtyFlags() });
    }
    return exitOfStep;
  }

  function access(address: Address<SsaNode>): Detail {
    const { row, lock } = step().instruction;
    return { kind: "access", isStack: address.isStack, isLocked: lock || row.mnemonic === "XCHG" };
  }

  /** How many nodes there were when the block was found to end with a trap: later effects don't happen. */
  let trappedAt = Infinity;

  function trap(cause: TrapCause): void {
    terminator ??= { kind: "trap", cause, exit: exit(), next: nextAddress() };
    trappedAt = Math.min(trappedAt, builder.nodes.length);
  }

  function dropEffectsAfterTrap(): void {
    const after = builder.nodes.splice(trappedAt);
    builder.nodes.push(...after.filter((node) => !isEffect(node)));
  }

  function trapIf(condition: SsaNode, cause: TrapCause): void {
    const known = constantOf(condition);
    if (known === 1n) trap(cause);
    if (known !== null || passed.has(condition)) return;
    passed.add(condition);
    builder.ordered("trapIf", 0, [condition], { kind: "trap", cause }, exit());
  }

  const pure = createPureOperations(builder);

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
      const word = state.word(REGISTER_NAMES[register]);
      if (high !== true) return pure.truncate(64, width, word);
      return pure.truncate(64, 8, pure.shr(64, word, pure.constant(64, 8n)));
    },
    setRegister(width, register, value, high) {
      const name = REGISTER_NAMES[register];
      if (width === 64) return state.setWord(name, value);
      if (width === 32) return state.setWord(name, pure.zeroExtend(32, 64, value));
      const position = high === true ? 8 : 0;
      const merged = builder.pure("insert", 64, [state.pendingWord(name), value], { kind: "position", position });
      return state.setWord(name, merged);
    },
    getFlag: (flag) => state.flag(flag),
    getCondition: (code) => state.condition(operations, code),
    setFlags: (flags) => state.setFlags(flags),
    getFlagsWord() {
      let word = state.word("systemflags");
      for (const [flag, position] of FLAG_POSITIONS) {
        const bit = pure.zeroExtend(1, 64, state.flag(flag));
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
      state.setFlags(flags);
      const kept = pure.and(64, state.word("systemflags"), pure.constant(64, ~rest));
      state.setWord("systemflags", pure.or(64, kept, pure.and(64, value, pure.constant(64, rest))));
    },
    nextAddress: () => pure.constant(64, nextAddress()),
    getSegmentBase: (segment) => state.word(wordOfBase(segment)),
    setSegmentBase: (segment, value) => state.setWord(wordOfBase(segment), value),

    offset,
    effectiveAddress(operand) {
      const { segment } = operand;
      const hasBase = segment === Segment.Fs || segment === Segment.Gs;
      const inside = offset(operand);
      const linear = hasBase ? pure.add(64, inside, state.word(wordOfBase(segment))) : inside;
      return { linear, isStack: segment === Segment.Ss };
    },
    load: (width, address) => builder.ordered("load", width, [address.linear], access(address), exit()),
    store: (_width, address, value) =>
      void builder.ordered("store", 0, [address.linear, value], access(address), exit()),
    modify(width, address, change) {
      const old = builder.ordered("loadForUpdate", width, [address.linear], access(address), exit());
      builder.ordered("storeUpdate", 0, [address.linear, change(old)], access(address));
    },
    modifyPair(width, address, change) {
      const low = builder.ordered("loadPairForUpdate", width, [address.linear], access(address), exit());
      const [newLow, newHigh] = change(low, builder.pure("upperHalf", width, [low]));
      builder.ordered("storePairUpdate", 0, [address.linear, newLow, newHigh], access(address));
    },

    trap,
    trapIf,
    divide(width: Width, signed, high, low, divisor) {
      const op = signed ? "divideSigned" : "divideUnsigned";
      const quotient = builder.ordered(op, width, [high, low, divisor], undefined, exit());
      return { quotient, remainder: builder.pure("remainder", width, [quotient]) };
    },
    jump(target) {
      trapIf(notCanonical(target), REFUSED["#GP"]);
      terminator ??= { kind: "jump", target };
    },
    jumpIf(condition, target) {
      trapIf(pure.and(1, condition, notCanonical(target)), REFUSED["#GP"]);
      terminator ??= { kind: "branch", condition, target, next: nextAddress() };
    },
    repeat(addressWidth, until, iteration) {
      state.flush();
      const body = builder.within("outer", () => {
        iteration();
        state.commit();
        state.flush();
      });
      const live = new Set<SsaNode>();
      markLive(live, body.filter(isEffect));
      const needed = body.filter((node) => live.has(node));
      builder.ordered("repeat", 0, [], { kind: "repeat", addressWidth, until, body: needed }, exit());
    },

    systemCall() {
      terminator ??= { kind: "systemCall", next: nextAddress() };
    },
    readTimestamp: () => builder.ordered("readTimestamp", 64, []),
    fence: (kind) => void builder.ordered("fence", 0, [], { kind: "fence", fence: kind }),
    getSelector: (segment) => builder.ordered("getSelector", 16, [], { kind: "segment", segment }),
    setSelector: (segment, selector) =>
      void builder.ordered("setSelector", 0, [selector], { kind: "segment", segment }, exit()),

    getVector: (register) => state.word(VECTOR_NAMES[register]),
    setVector: (register, value) => state.setWord(VECTOR_NAMES[register], value),
    getMxcsr: () => builder.ordered("getMxcsr", 32, []),
    setMxcsr: (value) => void builder.ordered("setMxcsr", 0, [value]),
    storeVectors: (address, values) =>
      void builder.ordered("storeVectors", 0, [address.linear, ...values], access(address), exit()),
    floatUnary: (operation, format, width, a, immediate = 0) =>
      builder.ordered("floatUnary", width, [a], { kind: "float", operation, format, immediate }, exit()),
    floatBinary: (operation, format, width, a, b, immediate = 0) =>
      builder.ordered("floatBinary", width, [a, b], { kind: "float", operation, format, immediate }, exit()),
    floatConvert(conversion, a) {
      const width = (conversion.lanes * NUMBER_WIDTH[conversion.to]) as 32 | 64 | 128;
      return builder.ordered("floatConvert", width, [a], { kind: "conversion", conversion }, exit());
    },
    floatRelation: (format, signalsQuiet, a, b) =>
      builder.ordered("floatRelation", 8, [a, b], { kind: "relation", format, signalsQuiet }, exit()),
  };

  // A call through a function keeps the compiler from believing that nothing assigns `terminator`.
  const ended = (): Terminator | null => terminator;
  for (let index = 0; index < steps.length && ended() === null; index++) {
    builder.step = index;
    exitOfStep = -1;
    const { row } = steps[index].instruction;
    if (row.semantics === null) trap(REFUSED[row.ring3]);
    else row.semantics(operations, steps[index].instruction);
    if (ended()?.kind === "trap") {
      dropEffectsAfterTrap();
      state.discard();
    } else {
      state.commit();
    }
  }
  const terminatorAtEnd: Terminator = ended() ?? { kind: "next", address: nextAddress() };
  let endExit = -1;
  if (end === "exit") {
    endExit = exits.length;
    const last = { step: builder.step, address: nextAddress() };
    exits.push({ ...last, words: state.dirtyWords(), flags: state.dirtyFlags() });
  } else {
    state.flush();
  }

  const live = new Set<SsaNode>();
  const nodes = liveNodes(builder.nodes, exits, terminatorAtEnd, live);
  return {
    steps: steps.slice(0, builder.step + 1),
    nodes,
    exits,
    terminator: terminatorAtEnd,
    endExit,
    buildExitFlags(index) {
      const flags = new Map<FlagName, SsaNode>();
      builder.step = exits[index].step;
      builder.within("nothing", () => {
        for (const [flag, make] of exits[index].flags) flags.set(flag, make());
      });
      const needed = new Set<SsaNode>();
      markLive(needed, flags.values());
      const cold = [...needed].filter((node) => !live.has(node));
      return { flags, nodes: cold.toSorted((a, b) => a.id - b.id) };
    },
  };
}
