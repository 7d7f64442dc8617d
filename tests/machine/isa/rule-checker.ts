/**
 * A binding of the semantics that computes nothing and watches: which operations are called, in which order, and with
 * values of which widths. It tells whether a semantic function keeps the rules of operations.ts.
 */
import {
  type Address,
  type FlagThunks,
  type Instruction,
  NUMBER_WIDTH,
  type Operations,
} from "../../../dist/machine/isa/index.js";

/** The values that semantics get to see, and how to tell them apart again. */
export interface Values<V> {
  make(): V;
  /** One of seven letters; the n-th value made has the (n mod 7)-th. */
  label(value: V): string;
}

const LABELS = "abcdefg";
const FLAG_NAMES = ["cf", "pf", "af", "zf", "sf", "of", "df"] as const;

/** Objects that fail whatever is done to them, but for passing them on. */
export function createUntouchables(): Values<object> {
  const refuse = (): never => {
    throw new TypeError("a semantic function looked into a value");
  };
  const labels = new Map<object, string>();
  return {
    make() {
      const made = new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, set: refuse, getPrototypeOf: refuse });
      labels.set(made, LABELS[labels.size % LABELS.length]);
      return made;
    },
    label: (made) => labels.get(made) ?? "?",
  };
}

/** Values that are false, each kind that there is in turn: whoever tests or compares them goes another way. */
export function createFalsehoods(): Values<unknown> {
  const kinds: readonly unknown[] = [undefined, null, false, 0, 0n, "", NaN];
  let count = 0;
  return {
    make: () => kinds[count++ % kinds.length],
    label: (made) => LABELS[kinds.findIndex((kind) => Object.is(kind, made))] ?? "?",
  };
}

export interface Trace {
  /** Operations in order with their arguments; of values, the labels. */
  readonly calls: readonly string[];
  readonly violations: readonly string[];
}

const PURE = new Set(
  (
    "constant add sub mul mulHigh and or xor not neg shl shr sar rotateLeft rotateRight equal lessUnsigned lessSigned " +
    "isZero sign bit select zeroExtend signExtend truncate populationCount countLeadingZeros countTrailingZeros " +
    "byteSwap depositBits extractBits isCanonical " +
    "lanes mapLanes shiftLanes shuffleBytes selectBits extractLane insertLane laneSigns crc32 compareStrings"
  ).split(" "),
);
const WRITES_MEMORY = new Set(["store", "modify", "modifyPair", "storeVectors"]);
const MAY_FAULT = new Set(
  "load trapIf divide setSelector floatUnary floatBinary floatConvert floatRelation".split(" "),
);
const LAST = new Set(["jump", "jumpIf", "trap", "systemCall"]);

/** Runs the semantics of an instruction, then all flag thunks that it set, and reports. */
export function traceSemantics<V>(instruction: Instruction, values: Values<V>, knowsWidths: boolean): Trace {
  const calls: string[] = [];
  const violations: string[] = [];
  const widths = new Map<V, number>();
  const thunks: { readonly name: string; readonly width: number; readonly run: () => V }[] = [];
  let isInThunk = false;
  let hasStored = false;
  let hasEnded = false;

  function note(name: string, plain: readonly unknown[]): void {
    calls.push([name, ...plain.map(String)].join(" "));
    if (isInThunk && !PURE.has(name)) violations.push(`${name} in a flag thunk`);
    if (isInThunk) return;
    if (hasStored && MAY_FAULT.has(name)) violations.push(`${name} after a store`);
    if (hasEnded && !PURE.has(name)) violations.push(`${name} after the end`);
    hasStored ||= WRITES_MEMORY.has(name);
    hasEnded ||= LAST.has(name);
  }

  function value(width: number): V {
    const made = values.make();
    if (knowsWidths) widths.set(made, width);
    return made;
  }

  function want(name: string, width: number, ...given: readonly V[]): void {
    calls.push(`  of ${given.map((one) => values.label(one)).join(" ")}`);
    if (!knowsWidths) return;
    for (const one of given) {
      const has = widths.get(one);
      if (has !== width) violations.push(`${name} got a value of width ${has}, not ${width}`);
    }
  }

  function wantAddress(name: string, { linear }: Address<V>): void {
    want(name, 64, linear);
  }

  const unary = (name: string, result?: number) => (width: number, a: V) => {
    note(name, [width]);
    want(name, width, a);
    return value(result ?? width);
  };
  const binary = (name: string, result?: number) => (width: number, a: V, b: V) => {
    note(name, [width]);
    want(name, width, a, b);
    return value(result ?? width);
  };
  const extend = (name: string) => (from: number, to: number, a: V) => {
    note(name, [from, to]);
    want(name, from, a);
    const isGrowing = name !== "truncate";
    if (isGrowing ? to <= from : to >= from) violations.push(`${name} from ${from} to ${to}`);
    return value(to);
  };
  const reader = (name: string, width: number) => () => {
    note(name, []);
    return value(width);
  };

  const operations: Operations<V> = {
    constant(width, constant) {
      note("constant", [width, constant]);
      if (constant < 0n || constant >> BigInt(width) !== 0n)
        violations.push(`constant ${constant} has over ${width} bits`);
      return value(width);
    },
    add: binary("add"),
    sub: binary("sub"),
    mul: binary("mul"),
    mulHigh(width, signed, a, b) {
      note("mulHigh", [width, signed]);
      want("mulHigh", width, a, b);
      return value(width);
    },
    and: binary("and"),
    or: binary("or"),
    xor: binary("xor"),
    not: unary("not"),
    neg: unary("neg"),
    shl: binary("shl"),
    shr: binary("shr"),
    sar: binary("sar"),
    rotateLeft: binary("rotateLeft"),
    rotateRight: binary("rotateRight"),
    equal: binary("equal", 1),
    lessUnsigned: binary("lessUnsigned", 1),
    lessSigned: binary("lessSigned", 1),
    isZero: unary("isZero", 1),
    sign: unary("sign", 1),
    bit(width, a, position) {
      note("bit", [width, position]);
      want("bit", width, a);
      return value(1);
    },
    select(width, condition, whenTrue, whenFalse) {
      note("select", [width]);
      want("select", 1, condition);
      want("select", width, whenTrue, whenFalse);
      return value(width);
    },
    zeroExtend: extend("zeroExtend"),
    signExtend: extend("signExtend"),
    truncate: extend("truncate"),
    populationCount: unary("populationCount"),
    countLeadingZeros: unary("countLeadingZeros"),
    countTrailingZeros: unary("countTrailingZeros"),
    byteSwap: unary("byteSwap"),
    depositBits: binary("depositBits"),
    extractBits: binary("extractBits"),
    isCanonical: (address) => unary("isCanonical", 1)(64, address),

    getRegister(width, register, high) {
      note("getRegister", [width, register, high === true]);
      return value(width);
    },
    setRegister(width, register, written, high) {
      note("setRegister", [width, register, high === true]);
      want("setRegister", width, written);
    },
    getFlag(flag) {
      note("getFlag", [flag]);
      return value(1);
    },
    getCondition(code) {
      note("getCondition", [code]);
      return value(1);
    },
    setFlags(flags: FlagThunks<V>, ...keep: readonly V[]) {
      if (keep.length > 0) want("setFlags", 1, ...keep);
      const names = FLAG_NAMES.filter((name) => flags[name] !== undefined);
      note("setFlags", names.toSorted());
      for (const name of names) thunks.push({ name, width: 1, run: () => (flags[name] as () => V).call(flags) });
      for (let code = 0; code < 16; code++)
        if ((((flags.directConditions ?? 0) >> code) & 1) === 1)
          thunks.push({ name: `condition ${code}`, width: 1, run: () => flags.condition?.(code) as V });
    },
    getFlagsWord: reader("getFlagsWord", 64),
    setFlagsWord(written, mask) {
      note("setFlagsWord", [mask]);
      want("setFlagsWord", 64, written);
    },
    nextAddress: reader("nextAddress", 64),
    immediate: (width) => value(width),
    branchTarget: () => value(64),
    getSegmentBase(segment) {
      note("getSegmentBase", [segment]);
      return value(64);
    },
    setSegmentBase(segment, written) {
      note("setSegmentBase", [segment]);
      want("setSegmentBase", 64, written);
    },
    effectiveAddress(operand) {
      note("effectiveAddress", [operand.width]);
      return { linear: value(64), isStack: false };
    },
    offset(operand) {
      note("offset", [operand.width]);
      return value(64);
    },
    load(width, address) {
      note("load", [width]);
      wantAddress("load", address);
      return value(width);
    },
    store(width, address, written) {
      note("store", [width]);
      wantAddress("store", address);
      want("store", width, written);
    },
    modify(width, address, change) {
      note("modify", [width]);
      wantAddress("modify", address);
      want("modify", width, change(value(width)));
    },
    modifyPair(width, address, change) {
      note("modifyPair", [width]);
      wantAddress("modifyPair", address);
      want("modifyPair", width, ...change(value(width), value(width)));
    },
    trap: (cause) => note("trap", [cause.vector, cause.errorCode]),
    trapIf(condition, cause) {
      note("trapIf", [cause.vector, cause.errorCode]);
      want("trapIf", 1, condition);
    },
    divide(width, signed, high, low, divisor) {
      note("divide", [width, signed]);
      want("divide", width, high, low, divisor);
      return { quotient: value(width), remainder: value(width) };
    },
    jump(target) {
      note("jump", []);
      want("jump", 64, target);
    },
    jumpIf(condition, target) {
      note("jumpIf", []);
      want("jumpIf", 1, condition);
      want("jumpIf", 64, target);
    },
    repeat(addressWidth, until, iteration) {
      note("repeat", [addressWidth, until]);
      iteration();
    },
    systemCall: () => note("systemCall", []),
    readTimestamp: reader("readTimestamp", 64),
    coreNumber: reader("coreNumber", 64),
    cpuid(leaf, subleaf) {
      note("cpuid", []);
      want("cpuid", 32, leaf, subleaf);
      return [value(32), value(32), value(32), value(32)];
    },
    fence: (kind) => note("fence", [kind]),
    getSelector(segment) {
      note("getSelector", [segment]);
      return value(16);
    },
    setSelector(segment, selector) {
      note("setSelector", [segment]);
      want("setSelector", 16, selector);
    },
    describeSelector(kind, selector) {
      note("describeSelector", [kind]);
      want("describeSelector", 16, selector);
      return { valid: value(1), value: value(32) };
    },

    lanes(operation, laneWidth, a, b) {
      note("lanes", [operation, laneWidth]);
      want("lanes", 128, a, b);
      return value(128);
    },
    mapLanes(operation, laneWidth, a) {
      note("mapLanes", [operation, laneWidth]);
      want("mapLanes", 128, a);
      return value(128);
    },
    shiftLanes(operation, laneWidth, a, count) {
      note("shiftLanes", [operation, laneWidth]);
      want("shiftLanes", 128, a);
      want("shiftLanes", 64, count);
      return value(128);
    },
    shuffleBytes(a, b, indices) {
      note("shuffleBytes", indices);
      want("shuffleBytes", 128, a, b);
      if (indices.length !== 16 || indices.some((index) => !(index >= 0 && index < 32)))
        violations.push(`shuffleBytes by ${indices.join(" ")}: not 16 numbers of 5 bits`);
      return value(128);
    },
    selectBits(mask, whenOne, whenZero) {
      note("selectBits", []);
      want("selectBits", 128, mask, whenOne, whenZero);
      return value(128);
    },
    extractLane(laneWidth, a, lane) {
      note("extractLane", [laneWidth, lane]);
      want("extractLane", 128, a);
      return value(laneWidth);
    },
    insertLane(laneWidth, a, lane, inserted) {
      note("insertLane", [laneWidth, lane]);
      want("insertLane", 128, a);
      want("insertLane", laneWidth, inserted);
      return value(128);
    },
    laneSigns(laneWidth, a) {
      note("laneSigns", [laneWidth]);
      want("laneSigns", 128, a);
      return value(32);
    },
    crc32(dataWidth, remainder, data) {
      note("crc32", [dataWidth]);
      want("crc32", 32, remainder);
      want("crc32", dataWidth, data);
      return value(32);
    },
    compareStrings(control, a, lengthA, b, lengthB) {
      note("compareStrings", [control]);
      want("compareStrings", 128, a, b);
      want("compareStrings", 32, lengthA, lengthB);
      return value(16);
    },
    getVector(register) {
      note("getVector", [register]);
      return value(128);
    },
    setVector(register, written) {
      note("setVector", [register]);
      want("setVector", 128, written);
    },
    getMxcsr: reader("getMxcsr", 32),
    setMxcsr(written) {
      note("setMxcsr", []);
      want("setMxcsr", 32, written);
    },
    storeVectors(address, written) {
      note("storeVectors", [written.length]);
      wantAddress("storeVectors", address);
      want("storeVectors", 128, ...written);
    },
    floatUnary(operation, format, width, a, immediate = 0) {
      note("floatUnary", [operation, format, width, immediate]);
      want("floatUnary", width, a);
      return value(width);
    },
    floatBinary(operation, format, width, a, b, immediate = 0) {
      note("floatBinary", [operation, format, width, immediate]);
      want("floatBinary", width, a, b);
      return value(width);
    },
    floatConvert(conversion, a) {
      note("floatConvert", [conversion.from, conversion.to, conversion.truncates, conversion.lanes]);
      want("floatConvert", conversion.lanes * NUMBER_WIDTH[conversion.from], a);
      return value(conversion.lanes * NUMBER_WIDTH[conversion.to]);
    },
    floatRelation(format, signalsQuiet, a, b) {
      note("floatRelation", [format, signalsQuiet]);
      want("floatRelation", format, a, b);
      return value(8);
    },
  };

  instruction.row.semantics?.(operations, instruction);
  isInThunk = true;
  for (const { name, width, run } of thunks) {
    calls.push(`thunk ${name}`);
    want(`thunk ${name}`, width, run());
  }
  return { calls, violations };
}
