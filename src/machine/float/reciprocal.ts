/**
 * RCPSS, RCPPS, RSQRTSS and RSQRTPS of one lane: our own table, given by its formula.
 *
 * The architecture bounds the relative error by 1.5 * 2^-12 and leaves the value open; Intel's and AMD's processors
 * give different ones, and so do generations of each. Ours is the same everywhere:
 *
 *   the operand's significand is rounded to 12 bits after the point (halves go up), the exact function of that is
 *   rounded to 14 bits after the point of [1/2, 1] (halves go up), and the exponent is put back.
 *
 * Powers of two (of four, for RSQRT) come out exact, results never rise when operands do. The error is at most
 * 2^-13 + 2^-14 for RCP, 2^-14 + 2^-14 for RSQRT, both with a second-order rest below 2^-26.
 *
 * Neither reads MXCSR nor raises anything. A denormal operand counts as a zero of its sign, and a tiny result is a zero
 * of its sign (SDM volume 2, RCPPS and RSQRTPS).
 */
import { integerSquareRoot } from "./arithmetic.js";
import { isZero, layoutOf, propagateNan, signedInfinity, signedZero, unpack, type Unpacked } from "./format.js";

const FORMAT = 32;
const FRACTION_BITS = 23;
const BIAS = 127;
// mutant rcp-has-fewer-bits: const OPERAND_BITS = 10n;
const OPERAND_BITS = 12n;
const RESULT_BITS = 14n;
/** MXCSR with DAZ, the only thing that unpack looks at. */
const DENORMALS_ARE_ZEROS = 1 << 6;

/** About 1 / a. */
export function reciprocal32(a: bigint): bigint {
  const nan = propagateNan(FORMAT, a);
  if (nan !== undefined) return nan.bits;
  const x = unpack(FORMAT, a, DENORMALS_ARE_ZEROS);
  if (x.isInfinite) return signedZero(FORMAT, x.isNegative);
  if (isZero(x)) return signedInfinity(FORMAT, x.isNegative);
  const doubled = (1n << (OPERAND_BITS + RESULT_BITS + 1n)) / shorten(x);
  return place(x.isNegative, (doubled + 1n) >> 1n, -(x.exponent + FRACTION_BITS));
}

/** About 1 / sqrt(a). Below zero the default NaN; for -0 minus infinity. */
export function reciprocalSquareRoot32(a: bigint): bigint {
  const nan = propagateNan(FORMAT, a);
  if (nan !== undefined) return nan.bits;
  const x = unpack(FORMAT, a, DENORMALS_ARE_ZEROS);
  if (isZero(x)) return signedInfinity(FORMAT, x.isNegative);
  // mutant negative-has-a-root:
  if (x.isNegative) return layoutOf(FORMAT).defaultNan;
  if (x.isInfinite) return 0n;
  // The operand as m * 4^k with m in [1, 4).
  const exponent = x.exponent + FRACTION_BITS;
  const half = Math.floor(exponent / 2);
  const m = shorten(x) << BigInt(exponent - 2 * half);
  const doubled = integerSquareRoot((1n << (OPERAND_BITS + 2n * RESULT_BITS + 2n)) / m);
  return place(false, (doubled + 1n) >> 1n, -half);
}

/** The significand in units of 2^-12: 4096 to 8192. */
function shorten(x: Unpacked): bigint {
  const dropped = BigInt(FRACTION_BITS) - OPERAND_BITS;
  return (x.significand + (1n << (dropped - 1n))) >> dropped;
}

/** value * 2^-14 * 2^exponent, for a value of 2^13 to 2^14. */
function place(isNegative: boolean, value: bigint, exponent: number): bigint {
  const isOne = value === 1n << RESULT_BITS;
  const exponentField = exponent + BIAS - (isOne ? 0 : 1);
  if (exponentField <= 0) return signedZero(FORMAT, isNegative);
  const significand = isOne ? 0n : (value << (BigInt(FRACTION_BITS) - RESULT_BITS + 1n)) & layoutOf(FORMAT).fraction;
  return signedZero(FORMAT, isNegative) | (BigInt(exponentField) << BigInt(FRACTION_BITS)) | significand;
}
