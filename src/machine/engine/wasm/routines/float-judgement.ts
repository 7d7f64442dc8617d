/**
 * What the guard of a float instruction (float-guard.ts) and the routine that judges for it (float-guard-routines.ts)
 * tell each other.
 */

import type { FloatFormat } from "../../../isa/vector-operations.js";
import { type V128, vector } from "../assembler/index.js";

/** Bits of MXCSR. */
export const enum Mxcsr {
  InvalidFlag = 0x1,
  DenormalFlag = 0x2,
  ZeroDivideFlag = 0x4,
  OverflowFlag = 0x8,
  UnderflowFlag = 0x10,
  PrecisionFlag = 0x20,
  DenormalsAreZeros = 0x40,
  InvalidMask = 0x80,
  DenormalMask = 0x100,
  ZeroDivideMask = 0x200,
  OverflowMask = 0x400,
  UnderflowMask = 0x800,
  PrecisionMask = 0x1000,
  AllMasks = 0x1f80,
  Rounding = 0x6000,
  FlushToZero = 0x8000,
}

/** What was computed, for the routine. */
export const enum GuardClass {
  /** Tiny sums are exact. */
  Sum = 0,
  Product = 1,
  Quotient = 2,
  /** The second operand is the first again. */
  Root = 3,
  /** Operands alone: comparisons, and conversions to another format. */
  Operands = 4,
  /** The same where a quiet NaN is invalid too: MIN, and comparisons that ask which is greater. */
  OrderedOperands = 5,
}

/** What the routine says: 0 that the result may be taken, and that all is 0 or normal. */
export const enum GuardAnswer {
  Leave = 1,
  /** It may be taken; there are denormals, infinities or NaNs. */
  Odd = 2,
  /** With Odd: it may be taken when its NaNs have been made of bits. */
  Nan = 4,
}

export const FLOAT_LANES = { 32: "f32x4", 64: "f64x2" } as const;

/** These bits in every lane. */
export function splatBits(format: FloatFormat, bits: bigint): V128 {
  let all = 0n;
  for (let at = 0n; at < 128n; at += BigInt(format)) all |= bits << at;
  return vector(all);
}
