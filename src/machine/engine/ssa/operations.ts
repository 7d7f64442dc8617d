/**
 * The operations of the "emit" binding: what the semantics of an instruction call, bound to nodes of the block that is
 * being built.
 */
import { immediateValue, type MemoryOperand, RIP_BASE, Segment, type Width } from "../../isa/instruction.js";
import type { FlagName, Operations, RepeatUntil } from "../../isa/operations.js";
import { flagsUnless } from "../../isa/semantics/flags.js";
import { NUMBER_WIDTH } from "../../isa/vector-operations.js";
import { accessOf, type Build, endWithTrap, exitOf, nextAddressOf, REFUSED, trapIf } from "./build.js";
import { isEffect, LiveNodes } from "./liveness.js";
import { FIRST_VECTOR, REGISTER_NAMES, WORD_NAMES } from "./names.js";
import type { SsaNode } from "./node.js";
import { createPureOperations, type PureOperations } from "./pure.js";

/**
 * The block for which the operations make nodes: one at a time. Making the operations anew for each costs more than all
 * else.
 */
export interface Emission {
  build: Build;
}

type All = Operations<SsaNode>;

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

/** Indices of words in WORD_NAMES. */
const [FS_BASE, GS_BASE, SYSTEM_FLAGS] = (["fsbase", "gsbase", "systemflags"] as const).map((name) =>
  WORD_NAMES.indexOf(name),
);

function wordOfBase(segment: Segment): number {
  return segment === Segment.Fs ? FS_BASE : GS_BASE;
}

export function createOperations(emission: Emission): All {
  const pure = createPureOperations({
    constant: (width, value) => emission.build.builder.constant(width, value),
    pure: (op, width, args, detail) => emission.build.builder.pure(op, width, args, detail),
  });
  const registers = registerOperations(emission, pure);
  const operations: All = {
    ...pure,
    ...registers,
    ...flagOperations(emission, pure, () => operations),
    ...addressOperations(emission, pure, registers),
    ...memoryOperations(emission),
    ...controlOperations(emission, pure),
    ...systemOperations(emission),
    ...vectorOperations(emission),
  };
  return operations;
}

type RegisterOperations = Pick<All, "getRegister" | "setRegister" | "getSegmentBase" | "setSegmentBase">;

function registerOperations(emission: Emission, pure: PureOperations): RegisterOperations {
  return {
    getRegister(width, register, high) {
      const word = emission.build.state.word(register);
      if (high !== true) return pure.truncate(64, width, word);
      return pure.truncate(64, 8, pure.shr(64, word, pure.constant(64, 8n)));
    },
    setRegister(width, register, value, high) {
      const { builder, state } = emission.build;
      if (width === 64) return state.setWord(register, value);
      if (width === 32) return state.setWord(register, pure.zeroExtend(32, 64, value));
      const position = high === true ? 8 : 0;
      const merged = builder.pure("insert", 64, [state.pendingWord(register), value], { kind: "position", position });
      return state.setWord(register, merged);
    },
    getSegmentBase: (segment) => emission.build.state.word(wordOfBase(segment)),
    setSegmentBase: (segment, value) => emission.build.state.setWord(wordOfBase(segment), value),
  };
}

type FlagOperations = Pick<All, "getFlag" | "getCondition" | "setFlags" | "getFlagsWord" | "setFlagsWord">;

/** `all`: the operations that these are a part of. */
function flagOperations(emission: Emission, pure: PureOperations, all: () => All): FlagOperations {
  return {
    getFlag: (flag) => emission.build.state.flag(flag),
    getCondition(code) {
      const { build } = emission;
      return build.givens?.condition(code) ?? build.state.condition(all(), code);
    },
    setFlags(flags, keep) {
      emission.build.state.setFlags(keep === undefined ? flags : flagsUnless(all(), keep, flags));
    },
    getFlagsWord() {
      let word = emission.build.state.word(SYSTEM_FLAGS);
      for (const [flag, position] of FLAG_POSITIONS) {
        const bit = pure.zeroExtend(1, 64, emission.build.state.flag(flag));
        word = pure.or(64, word, pure.shl(64, bit, pure.constant(64, BigInt(position))));
      }
      return word;
    },
    setFlagsWord(value, mask) {
      const { build } = emission;
      const { state } = build;
      let systemMask = mask;
      const flags: { [F in FlagName]?: () => SsaNode } = {};
      for (const [flag, position] of FLAG_POSITIONS) {
        if ((mask & (1n << BigInt(position))) === 0n) continue;
        systemMask &= ~(1n << BigInt(position));
        flags[flag] = () => pure.bit(64, value, position);
      }
      state.setFlags(flags);
      if (build.end === "exit") {
        const changed = pure.and(64, pure.xor(64, state.word(SYSTEM_FLAGS), value), pure.constant(64, systemMask));
        // mutant popf-keeps-system-flags:
        build.builder.ordered("leaveIf", 0, [pure.not(1, pure.isZero(64, changed))], undefined, exitOf(build));
        return;
      }
      const kept = pure.and(64, state.word(SYSTEM_FLAGS), pure.constant(64, ~systemMask));
      state.setWord(SYSTEM_FLAGS, pure.or(64, kept, pure.and(64, value, pure.constant(64, systemMask))));
    },
  };
}

type AddressOperations = Pick<All, "nextAddress" | "immediate" | "branchTarget" | "offset" | "effectiveAddress">;

function addressOperations(emission: Emission, pure: PureOperations, registers: RegisterOperations): AddressOperations {
  function nextAddress(): SsaNode {
    const { build } = emission;
    return build.givens?.nextAddress() ?? pure.constant(64, nextAddressOf(build));
  }
  function offset(operand: MemoryOperand): SsaNode {
    const { givens } = emission.build;
    const given = givens?.address(operand, "offset") ?? null;
    if (given !== null) return given;
    const { base, index, scale, addressWidth } = operand;
    let sum = givens?.displacement(operand) ?? pure.constant(64, operand.displacement);
    if (base === RIP_BASE) sum = pure.add(64, sum, nextAddress());
    else if (base >= 0) sum = pure.add(64, registers.getRegister(64, base), sum);
    if (index >= 0) {
      const shift = pure.constant(64, BigInt(Math.log2(scale)));
      sum = pure.add(64, sum, pure.shl(64, registers.getRegister(64, index), shift));
    }
    return addressWidth === 32 ? pure.zeroExtend(32, 64, pure.truncate(64, 32, sum)) : sum;
  }
  return {
    nextAddress,
    immediate(width, operand) {
      const { build } = emission;
      return build.givens?.immediate(operand, width) ?? pure.constant(width, immediateValue(operand, width));
    },
    branchTarget(operand) {
      const { build } = emission;
      const displacement = pure.constant(64, operand.displacement);
      return build.givens?.branchTarget() ?? pure.add(64, nextAddress(), displacement);
    },
    offset,
    effectiveAddress(operand) {
      const linear = emission.build.givens?.address(operand, "linear") ?? null;
      if (linear !== null) return { linear, isStack: false };
      const { segment } = operand;
      const hasBase = segment === Segment.Fs || segment === Segment.Gs;
      const inside = offset(operand);
      const moved = hasBase ? pure.add(64, inside, emission.build.state.word(wordOfBase(segment))) : inside;
      return { linear: moved, isStack: segment === Segment.Ss };
    },
  };
}

type MemoryOperations = Pick<All, "load" | "store" | "modify" | "modifyPair" | "storeVectors">;

function memoryOperations(emission: Emission): MemoryOperations {
  return {
    load(width, address) {
      const { build } = emission;
      return build.builder.ordered("load", width, [address.linear], accessOf(build, address), exitOf(build));
    },
    store(_width, address, value) {
      const { build } = emission;
      build.builder.ordered("store", 0, [address.linear, value], accessOf(build, address), exitOf(build));
    },
    modify(width, address, change) {
      const { build } = emission;
      const { builder } = build;
      const access = accessOf(build, address);
      const old = builder.ordered("loadForUpdate", width, [address.linear], access, exitOf(build));
      builder.ordered("storeUpdate", 0, [address.linear, change(old)], access);
    },
    modifyPair(width, address, change) {
      const { build } = emission;
      const { builder } = build;
      const access = accessOf(build, address);
      const low = builder.ordered("loadPairForUpdate", width, [address.linear], access, exitOf(build));
      const [newLow, newHigh] = change(low, builder.pure("upperHalf", width, [low]));
      builder.ordered("storePairUpdate", 0, [address.linear, newLow, newHigh], access);
    },
    storeVectors(address, values) {
      const { build } = emission;
      build.builder.ordered("storeVectors", 0, [address.linear, ...values], accessOf(build, address), exitOf(build));
    },
  };
}

type ControlOperations = Pick<All, "trap" | "trapIf" | "divide" | "jump" | "jumpIf" | "repeat" | "systemCall">;

function controlOperations(emission: Emission, pure: PureOperations): ControlOperations {
  const notCanonical = (target: SsaNode): SsaNode => pure.not(1, pure.isCanonical(target));
  return {
    trap: (cause) => endWithTrap(emission.build, cause),
    trapIf: (condition, cause) => trapIf(emission.build, condition, cause),
    divide(width: Width, signed, high, low, divisor) {
      const { build } = emission;
      const op = signed ? "divideSigned" : "divideUnsigned";
      const quotient = build.builder.ordered(op, width, [high, low, divisor], undefined, exitOf(build));
      return { quotient, remainder: build.builder.pure("remainder", width, [quotient]) };
    },
    jump(target) {
      const { build } = emission;
      trapIf(build, notCanonical(target), REFUSED["#GP"]);
      build.terminator ??= { kind: "jump", target };
    },
    jumpIf(condition, target) {
      const { build } = emission;
      trapIf(build, pure.and(1, condition, notCanonical(target)), REFUSED["#GP"]);
      build.terminator ??= { kind: "branch", condition, target, next: nextAddressOf(build) };
    },
    repeat(addressWidth, until, iteration) {
      const { build } = emission;
      if (build.end === "exit") repeatAsOne(build, addressWidth, until, iteration);
      else repeatInBody(build, addressWidth, until, iteration);
    },
    systemCall() {
      emission.build.terminator ??= { kind: "systemCall", next: nextAddressOf(emission.build) };
    },
  };
}

/** A repetition as one effect. What an iteration does to flags is written from the values of its loads. */
function repeatAsOne(build: Build, addressWidth: 32 | 64, until: RepeatUntil, iteration: () => void): void {
  const { builder, state } = build;
  const before = exitOf(build);
  const body = builder.within("outer", iteration);
  const whole = builder.ordered("repeat", 0, [], { kind: "repeat", addressWidth, until, body }, before);
  REGISTER_NAMES.forEach((name, position) => {
    if (name === "rcx" || state.pendingWord(position) !== state.word(position))
      state.setWord(position, builder.pure("repeated", 64, [whole], { kind: "position", position }));
  });
}

/** A repetition whose body reads and writes the state. */
function repeatInBody(build: Build, addressWidth: 32 | 64, until: RepeatUntil, iteration: () => void): void {
  const { builder, state } = build;
  state.flush();
  const body = builder.within("outer", () => {
    iteration();
    state.commit();
    state.flush();
  });
  const live = new LiveNodes(builder.nextId);
  for (const node of body) if (isEffect(node)) live.mark(node);
  const needed = body.filter((node) => live.has(node));
  builder.ordered("repeat", 0, [], { kind: "repeat", addressWidth, until, body: needed }, exitOf(build));
}

type SystemOperations = Pick<All, "readTimestamp" | "fence" | "getSelector" | "setSelector">;

function systemOperations(emission: Emission): SystemOperations {
  return {
    readTimestamp: () => emission.build.builder.ordered("readTimestamp", 64, []),
    fence: (kind) => void emission.build.builder.ordered("fence", 0, [], { kind: "fence", fence: kind }),
    getSelector: (segment) => emission.build.builder.ordered("getSelector", 16, [], { kind: "segment", segment }),
    setSelector(segment, selector) {
      const { build } = emission;
      build.builder.ordered("setSelector", 0, [selector], { kind: "segment", segment }, exitOf(build));
    },
  };
}

type VectorOperations = Pick<
  All,
  "getVector" | "setVector" | "getMxcsr" | "setMxcsr" | "floatUnary" | "floatBinary" | "floatConvert" | "floatRelation"
>;

/** Vector registers, and operations on floats, which may leave the block as they may raise #XM. */
function vectorOperations(emission: Emission): VectorOperations {
  return {
    getVector: (register) => emission.build.state.word(FIRST_VECTOR + register),
    setVector: (register, value) => emission.build.state.setWord(FIRST_VECTOR + register, value),
    getMxcsr: () => emission.build.builder.ordered("getMxcsr", 32, []),
    setMxcsr: (value) => void emission.build.builder.ordered("setMxcsr", 0, [value]),
    floatUnary(operation, format, width, a, immediate = 0) {
      const { build } = emission;
      const detail = { kind: "float", operation, format, immediate } as const;
      return build.builder.ordered("floatUnary", width, [a], detail, exitOf(build));
    },
    floatBinary(operation, format, width, a, b, immediate = 0) {
      const { build } = emission;
      const detail = { kind: "float", operation, format, immediate } as const;
      return build.builder.ordered("floatBinary", width, [a, b], detail, exitOf(build));
    },
    floatConvert(conversion, a) {
      const { build } = emission;
      const width = (conversion.lanes * NUMBER_WIDTH[conversion.to]) as 32 | 64 | 128;
      return build.builder.ordered("floatConvert", width, [a], { kind: "conversion", conversion }, exitOf(build));
    },
    floatRelation(format, signalsQuiet, a, b) {
      const { build } = emission;
      const detail = { kind: "relation", format, signalsQuiet } as const;
      return build.builder.ordered("floatRelation", 8, [a, b], detail, exitOf(build));
    },
  };
}
