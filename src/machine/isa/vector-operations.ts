/**
 * The part of the seam that is about XMM registers and MXCSR: operations over values of width 128, seen as lanes.
 *
 * The rules are those of operations.ts. Each pure operation is one instruction of WebAssembly SIMD, or a few: that is
 * what decided the set. What x86 has beyond them (PSADBW, PHADDW, PMADDUBSW …) is composed of them in the semantics.
 * Lane 0 is in the lowest bits.
 *
 * A floating-point value is its bits, in a value of width 32 or 64, or in the lanes of one of width 64 or 128.
 * Operations on floats read MXCSR, set its flags and may raise #XM: they are effects, done in order. Invariant: of an
 * instruction that raises #XM only the flags in MXCSR remain.
 */
import type { Address } from "./operand.js";

export type LaneWidth = 8 | 16 | 32 | 64;

/** Two vectors to one. Lane widths that x86 has are stated; others may not be asked for. */
export type LaneOperation =
  /** All widths. */
  | "add"
  | "sub"
  /** Low half of the product: 16, 32. */
  | "mul"
  /** 8, 16. */
  | "addSaturatedSigned"
  | "addSaturatedUnsigned"
  | "subSaturatedSigned"
  | "subSaturatedUnsigned"
  /** (a + b + 1) / 2 without overflow: 8, 16. */
  | "averageUnsigned"
  /** 8, 16, 32. */
  | "minSigned"
  | "minUnsigned"
  | "maxSigned"
  | "maxUnsigned"
  /** All ones where it holds, otherwise 0: all widths. */
  | "equal"
  | "greaterSigned"
  /** Whole products of the lower or upper half of the lanes, as lanes twice as wide: 16, 32. */
  | "multiplyWideLowSigned"
  | "multiplyWideHighSigned"
  | "multiplyWideLowUnsigned"
  | "multiplyWideHighUnsigned"
  /** Sums of two neighbouring signed products, as lanes twice as wide: 16. */
  | "multiplyAddPairs"
  /** Signed lanes of a, then of b, cut to half their width with saturation to the signed or unsigned range: 16, 32. */
  | "narrowSigned"
  | "narrowUnsigned"
  /** Byte i of the result is byte b[i] mod 16 of a, or 0 where bit 7 of b[i] is set: 8. */
  | "swizzle";

/** One vector to one. */
export type LaneMap =
  /** The most negative value stays: 8, 16, 32. */
  | "absolute"
  /** The lower half of the lanes, twice as wide: 8, 16, 32. */
  | "widenSigned"
  | "widenUnsigned";

export type LaneShift = "left" | "rightUnsigned" | "rightSigned";

/** IEEE 754 binary32 and binary64. */
export type FloatFormat = 32 | 64;

export type FloatUnary =
  | "sqrt"
  /** `immediate`: rounding control, and bit 3 to keep the precision flag, as in ROUNDPS. */
  | "round"
  /** RCPPS and RSQRTPS: within the architecture's bound, no flags. Format 32. */
  | "reciprocal"
  | "reciprocalSqrt";

export type FloatBinary =
  | "add"
  | "sub"
  | "mul"
  | "div"
  /** As x86: the second operand where both are 0, or one is a NaN. */
  | "min"
  | "max"
  /** Even lanes are subtracted, odd ones added. */
  | "addSub"
  /** All ones or 0 by the predicate in `immediate` (0 to 7), as in CMPPS. */
  | "compare";

/** Signed integers and floats that are converted into each other. */
export type NumberFormat = "int32" | "int64" | "float32" | "float64";

export interface Conversion {
  readonly from: NumberFormat;
  readonly to: NumberFormat;
  /** Floats to integers: towards zero, whatever MXCSR says. What does not fit gives the most negative integer. */
  readonly truncates: boolean;
  /** Lanes converted: the argument is that many `from` wide, the result that many `to`. */
  readonly lanes: 1 | 2 | 4;
}

export const NUMBER_WIDTH: Readonly<Record<NumberFormat, 32 | 64>> = { int32: 32, int64: 64, float32: 32, float64: 64 };

/** The polynomial of CRC32, CRC-32C, bit-reflected. */
export const CASTAGNOLI = 0x82f63b78;

/** Of the image of FXSAVE and FXRSTOR. All of it must be accessible, although its end is not touched. */
export const FX_IMAGE_BYTES = 512;

export interface VectorOperations<V> {
  // ---- pure ------------------------------------------------------------------------------------------------------
  lanes(operation: LaneOperation, laneWidth: LaneWidth, a: V, b: V): V;
  mapLanes(operation: LaneMap, laneWidth: LaneWidth, a: V): V;
  /** `count` has width 64; one of `laneWidth` or more gives 0, or the sign in every bit. */
  shiftLanes(operation: LaneShift, laneWidth: 16 | 32 | 64, a: V, count: V): V;
  /** Byte i of the result is byte `indices[i]` of the 32 of a and b: 0 to 15 are a's. Sixteen indices. */
  shuffleBytes(a: V, b: V, indices: readonly number[]): V;
  /** Bits of `whenOne` where `mask` has ones, of `whenZero` elsewhere. */
  selectBits(mask: V, whenOne: V, whenZero: V): V;
  extractLane(laneWidth: LaneWidth, a: V, lane: number): V;
  insertLane(laneWidth: LaneWidth, a: V, lane: number, value: V): V;
  /** The lanes' top bits, lane 0 in bit 0, as a value of width 32. */
  laneSigns(laneWidth: 8 | 32 | 64, a: V): V;
  /** One step of CRC32: a remainder (width 32) and `dataWidth` bits of data. */
  crc32(dataWidth: LaneWidth, remainder: V, data: V): V;
  /**
   * The comparison of PCMPESTRI and its kin: IntRes2 (width 16) of two strings, of which the first `lengthA` and
   * `lengthB` elements are valid (width 32, at most 16 or 8). `control` is their immediate. SDM volume 1, 10.3.
   */
  compareStrings(control: number, a: V, lengthA: V, b: V, lengthB: V): V;

  // ---- registers -------------------------------------------------------------------------------------------------
  getVector(register: number): V;
  setVector(register: number, value: V): void;
  /** MXCSR, width 32. In order with operations on floats. */
  getMxcsr(): V;
  /** `value` has no reserved bit: the semantics have checked it. */
  setMxcsr(value: V): void;

  // ---- memory ----------------------------------------------------------------------------------------------------
  /** Adjacent values of width 128; FX_IMAGE_BYTES are probed for writing before the first is written: FXSAVE. */
  storeVectors(address: Address<V>, values: readonly V[]): void;

  // ---- floats ----------------------------------------------------------------------------------------------------
  /** `width` / `format` lanes. */
  floatUnary(operation: FloatUnary, format: FloatFormat, width: 32 | 64 | 128, a: V, immediate?: number): V;
  floatBinary(operation: FloatBinary, format: FloatFormat, width: 32 | 64 | 128, a: V, b: V, immediate?: number): V;
  floatConvert(conversion: Conversion, a: V): V;
  /**
   * COMISS and its kin: ZF, PF and CF where they stand in RFLAGS, as a value of width 8. All three when unordered.
   * `signalsQuiet`: a quiet NaN is invalid too.
   */
  floatRelation(format: FloatFormat, signalsQuiet: boolean, a: V, b: V): V;
}
