/**
 * What the guard of a float instruction (float-guard.ts) and the routine that judges for it (float-guard-routines.ts)
 * tell each other.
 */

/** Bits of MXCSR. */
export const enum Mxcsr {
  DenormalFlag = 0x2,
  UnderflowFlag = 0x10,
  PrecisionFlag = 0x20,
  DenormalsAreZeros = 0x40,
  DenormalMask = 0x100,
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
  /** Operands alone: comparisons, and conversions to a wider format. */
  Operands = 4,
}

/** What the routine says: 0 that the result may be taken, and that all is 0 or normal. */
export const enum GuardAnswer {
  Leave = 1,
  /** It may be taken; there are denormals or infinities. */
  Odd = 2,
}
