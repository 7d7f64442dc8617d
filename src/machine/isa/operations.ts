/**
 * The seam: the abstract operations over which every instruction's meaning is written, once.
 *
 * Two bindings exist. "act" (engine/reference/act.ts) computes on bigints and is the reference engine. "emit"
 * (engine/ssa/emit.ts) builds nodes of a small typed SSA and is the front half of a translating engine.
 *
 * Rules that keep both exact:
 *  1. Values are opaque. No arithmetic, comparison or truthiness on them in JavaScript. A JavaScript `if` may depend
 *     only on the decoded instruction (width, operand kinds, prefixes, immediates).
 *  2. Read, check, write. An instruction first reads registers, flags and memory, then checks (trapIf, divide), then
 *     writes. Reads always see the state before the instruction: register and flag writes are buffered and appear
 *     together at its end; memory writes come last. A fault leaves nothing changed.
 *  3. Flags are thunks over values. A thunk may use pure operations on values it closed over, and nothing else:
 *     it may run later, or never. Old flags that it needs are read outside it.
 *  4. Every value has a width that the caller names; results are always masked to it. Booleans have width 1.
 *
 * Width 128 is for the bitwise operations, constants, isZero, extension and truncation, loads and stores. What is done
 * on lanes, and on floats, is in vector-operations.ts.
 */
import type { Address, ImmediateOperand, MemoryOperand, RelativeOperand, Segment, Width } from "./operand.js";
import type { VectorOperations } from "./vector-operations.js";

export type { Address };

/** Width of a value in bits; 1 is a boolean. */
export type ValueWidth = 1 | Width;

/** The arithmetic flags and DF, each a separate value of width 1. */
export type FlagName = "cf" | "pf" | "af" | "zf" | "sf" | "of" | "df";

/**
 * What setFlags takes: flags left out keep their value. Each thunk yields a value of width 1 and is called as a method
 * of the object.
 */
export type FlagThunks<V> = { readonly [F in FlagName]?: () => V } & {
  /** Condition codes (bit i for code i of Jcc) that `condition` gives in a form cheaper than their flags. */
  readonly directConditions?: number;
  /** Must equal what the flags say. */
  readonly condition?: (code: number) => V;
};

/** An architectural exception. `errorCode` is null for vectors that push none. */
export interface TrapCause {
  readonly vector: Vector;
  readonly errorCode: number | null;
}

/** Exception vectors, SDM volume 3, table 6-1. */
export const enum Vector {
  DivideError = 0,
  Debug = 1,
  Breakpoint = 3,
  Overflow = 4,
  InvalidOpcode = 6,
  DeviceNotAvailable = 7,
  DoubleFault = 8,
  InvalidTss = 10,
  SegmentNotPresent = 11,
  StackFault = 12,
  GeneralProtection = 13,
  PageFault = 14,
  AlignmentCheck = 17,
  SimdException = 19,
}

/** When a repeated string instruction stops early, besides rCX = 0: REPE stops on ZF = 0, REPNE on ZF = 1. */
export type RepeatUntil = "count" | "whileEqual" | "whileNotEqual";

export interface Operations<V> extends VectorOperations<V> {
  // ---- pure: no state is read or written -------------------------------------------------------------------------
  constant(width: ValueWidth, value: bigint): V;
  add(width: ValueWidth, a: V, b: V): V;
  sub(width: ValueWidth, a: V, b: V): V;
  /** Low half of the product. */
  mul(width: ValueWidth, a: V, b: V): V;
  /** High half of the product of two unsigned or two signed values. */
  mulHigh(width: Width, signed: boolean, a: V, b: V): V;
  and(width: ValueWidth, a: V, b: V): V;
  or(width: ValueWidth, a: V, b: V): V;
  xor(width: ValueWidth, a: V, b: V): V;
  not(width: ValueWidth, a: V): V;
  neg(width: ValueWidth, a: V): V;
  /** `count` has the same width; a count of `width` or more gives 0. */
  shl(width: Width, a: V, count: V): V;
  shr(width: Width, a: V, count: V): V;
  /** A count of `width` or more gives the sign in every bit. */
  sar(width: Width, a: V, count: V): V;
  /** `count` is taken modulo the width. */
  rotateLeft(width: Width, a: V, count: V): V;
  rotateRight(width: Width, a: V, count: V): V;
  /** Comparisons give a value of width 1. */
  equal(width: ValueWidth, a: V, b: V): V;
  lessUnsigned(width: Width, a: V, b: V): V;
  lessSigned(width: Width, a: V, b: V): V;
  isZero(width: ValueWidth, a: V): V;
  /** The top bit, as a value of width 1. */
  sign(width: Width, a: V): V;
  /** One bit by constant position, as a value of width 1. */
  bit(width: Width, a: V, position: number): V;
  /** `condition` has width 1. Both alternatives are evaluated: neither may have an effect. */
  select(width: ValueWidth, condition: V, whenTrue: V, whenFalse: V): V;
  zeroExtend(from: ValueWidth, to: Width, a: V): V;
  signExtend(from: Width, to: Width, a: V): V;
  truncate(from: Width, to: ValueWidth, a: V): V;
  populationCount(width: Width, a: V): V;
  /** `width` when a is 0. */
  countLeadingZeros(width: Width, a: V): V;
  countTrailingZeros(width: Width, a: V): V;
  byteSwap(width: 16 | 32 | 64, a: V): V;
  /** PDEP and PEXT. */
  depositBits(width: 32 | 64, source: V, mask: V): V;
  extractBits(width: 32 | 64, source: V, mask: V): V;
  /** Width 1: whether bits 63 to 47 are equal. */
  isCanonical(address: V): V;

  // ---- registers and flags ---------------------------------------------------------------------------------------
  /** `high` reads AH, CH, DH or BH (width 8, register 0 to 3). */
  getRegister(width: Width, register: number, high?: boolean): V;
  /** Merges as the processor does: 8 and 16 bits keep the rest, 32 clears the upper half. The one place for this. */
  setRegister(width: Width, register: number, value: V, high?: boolean): void;
  getFlag(flag: FlagName): V;
  /** Condition code 0 to 15 as in Jcc, width 1. */
  getCondition(code: number): V;
  /** Where `keep` (width 1) is given and true, all flags stay as they are: shifts by CL, whose count may be 0. */
  setFlags(flags: FlagThunks<V>, keep?: V): void;
  /** RFLAGS as PUSHF pushes it (VM and RF clear), width 64. */
  getFlagsWord(): V;
  /** Writes the bits of RFLAGS in `mask`; bits that ring 3 may not change, and reserved ones, keep their value. */
  setFlagsWord(value: V, mask: bigint): void;
  /** Address of the next instruction, width 64. */
  nextAddress(): V;
  /** An immediate as a value of `width`: sign-extended where it is narrower. */
  immediate(width: Width, operand: ImmediateOperand): V;
  /** Where a relative branch goes, width 64. */
  branchTarget(operand: RelativeOperand): V;
  getSegmentBase(segment: Segment.Fs | Segment.Gs): V;
  setSegmentBase(segment: Segment.Fs | Segment.Gs, value: V): void;

  // ---- memory ----------------------------------------------------------------------------------------------------
  /** Base, index, displacement and segment base of an operand, truncated by the address width. */
  effectiveAddress(operand: MemoryOperand): Address<V>;
  /** The same without segment base, zero-extended to 64 bits: LEA. */
  offset(operand: MemoryOperand): V;
  /** Raises #PF, #GP or #SS. */
  load(width: Width, address: Address<V>): V;
  /** Probes every byte for writing before the first is written. Nothing that can fault may follow. */
  store(width: Width, address: Address<V>, value: V): void;
  /**
   * Load and store with the write intent probed first (#PF error code W=1). `change` is called once, with the old
   * value.
   */
  modify(width: Width, address: Address<V>, change: (old: V) => V): void;
  /** Two adjacent values as one access, low half first: CMPXCHG8B and CMPXCHG16B. */
  modifyPair(width: 32 | 64, address: Address<V>, change: (low: V, high: V) => readonly [V, V]): void;

  // ---- control ---------------------------------------------------------------------------------------------------
  trap(cause: TrapCause): void;
  trapIf(condition: V, cause: TrapCause): void;
  /**
   * Quotient and remainder of high:low by divisor, each `width` wide. Raises #DE when the divisor is 0 or the quotient
   * does not fit.
   */
  divide(width: Width, signed: boolean, high: V, low: V, divisor: V): { quotient: V; remainder: V };
  /** Continues at `target` (width 64); #GP(0) when it is not canonical. The last thing an instruction does. */
  jump(target: V): void;
  jumpIf(condition: V, target: V): void;
  /**
   * Runs one iteration of a string instruction again and again while rCX (of `addressWidth`) is not 0, decreasing it
   * each time, until it is 0, the condition ends it, a fault, or an event is due. An interrupted repetition leaves RIP
   * on the instruction, every register as the last whole iteration left it.
   */
  repeat(addressWidth: 32 | 64, until: RepeatUntil, iteration: () => void): void;

  // ---- system ----------------------------------------------------------------------------------------------------
  /** Leaves to the kernel: SYSCALL. RCX and R11 are set by its semantics, as ordinary register writes. */
  systemCall(): void;
  /** The time-stamp counter at this instruction, width 64. */
  readTimestamp(): V;
  /** Number of this core (IA32_TSC_AUX), width 64. */
  coreNumber(): V;
  /** EAX, EBX, ECX, EDX for a leaf and subleaf (width 32 each). */
  cpuid(leaf: V, subleaf: V): readonly [V, V, V, V];
  /** MFENCE, LFENCE, SFENCE and everything serialising: drains the store buffer. */
  fence(kind: "load" | "store" | "full"): void;
  /** Selector of a segment register, width 16. */
  getSelector(segment: Segment): V;
  /** MOV to a segment register from ring 3: a null selector or our own flat ones; anything else is #GP(selector). */
  setSelector(segment: Segment, selector: V): void;
  /** LAR, LSL, VERR and VERW over our fixed descriptors: `valid` (width 1) and `value` (width 32). */
  describeSelector(kind: "rights" | "limit" | "readable" | "writable", selector: V): { valid: V; value: V };
}
