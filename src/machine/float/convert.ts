/**
 * Conversions of one lane: between the formats, to and from signed integers, and to an integral float (ROUNDPS).
 *
 * Specification: SDM volume 2, CVTSS2SD, CVTSD2SS, CVTSD2SI, CVTTSD2SI, CVTSI2SD and kin, ROUNDPS; volume 1, table 4-9
 * (integer indefinite). Only conversions between formats know DE.
 */
import {
  denormalFlag,
  FloatFlag,
  isNan,
  isZero,
  layoutOf,
  propagateNan,
  Rounding,
  roundingOf,
  signedInfinity,
  signedZero,
  unpack,
  type FloatFormat,
  type FloatResult,
} from "./format.js";
import { bitLength, roundShift, roundToFloat } from "./round.js";

export type IntegerWidth = 32 | 64;

/** The other format's nearest value. A NaN keeps its sign and as much of its payload's high end as fits. */
export function floatConvert(from: FloatFormat, to: FloatFormat, a: bigint, mxcsr: number): FloatResult {
  const nan = propagateNan(from, a);
  if (nan !== undefined) {
    const source = layoutOf(from);
    const target = layoutOf(to);
    const difference = target.fractionBits - source.fractionBits;
    const payload = nan.bits & source.fraction;
    // mutant nan-keeps-low-end: const fraction = difference >= 0n ? payload << difference : payload & target.fraction;
    const fraction = difference >= 0n ? payload << difference : payload >> -difference;
    return { bits: signedInfinity(to, (nan.bits & source.sign) !== 0n) | fraction, flags: nan.flags };
  }
  const x = unpack(from, a, mxcsr);
  if (x.isInfinite) return { bits: signedInfinity(to, x.isNegative), flags: 0 };
  if (isZero(x)) return { bits: signedZero(to, x.isNegative), flags: 0 };
  return roundToFloat(to, x.isNegative, x.significand, x.exponent, mxcsr, denormalFlag(x));
}

/** CVTSD2SI and kin: a signed integer as its bits, rounded as MXCSR says. */
export function floatToInteger(format: FloatFormat, width: IntegerWidth, a: bigint, mxcsr: number): FloatResult {
  return toInteger(format, width, a, mxcsr, roundingOf(mxcsr));
}

/** CVTTSD2SI and kin: always toward zero. */
export function floatToIntegerTruncated(
  format: FloatFormat,
  width: IntegerWidth,
  a: bigint,
  mxcsr: number,
): FloatResult {
  return toInteger(format, width, a, mxcsr, Rounding.TowardZero);
}

/**
 * NaNs, infinities and what is out of range after rounding give the integer indefinite, the smallest integer, and IE.
 */
function toInteger(
  format: FloatFormat,
  width: IntegerWidth,
  a: bigint,
  mxcsr: number,
  rounding: Rounding,
): FloatResult {
  const limit = 1n << BigInt(width - 1);
  const indefinite = { bits: limit, flags: FloatFlag.Invalid };
  if (isNan(format, a)) return indefinite;
  const x = unpack(format, a, mxcsr);
  if (x.isInfinite || bitLength(x.significand) + x.exponent > width) return indefinite;
  const { significand, isInexact } = roundShift(x.isNegative, x.significand, -x.exponent, rounding);
  const value = x.isNegative ? -significand : significand;
  // mutant limit-is-in-range: if (value < -limit || value > limit)
  if (value < -limit || value >= limit) return indefinite;
  return { bits: BigInt.asUintN(width, value), flags: isInexact ? FloatFlag.Inexact : 0 };
}

/** CVTSI2SD and kin: `value` is the bits of a signed integer of `width`. */
export function integerToFloat(format: FloatFormat, width: IntegerWidth, value: bigint, mxcsr: number): FloatResult {
  const signed = BigInt.asIntN(width, value);
  if (signed === 0n) return { bits: 0n, flags: 0 };
  return roundToFloat(format, signed < 0n, signed < 0n ? -signed : signed, 0, mxcsr, 0);
}

const USES_MXCSR = 4;
const SUPPRESSES_INEXACT = 8;

/**
 * ROUNDPS and kin: the integral float. Bits 1..0 of `immediate` are the rounding unless bit 2 asks for MXCSR's; bit 3
 * keeps PE from being raised. A result of zero has the operand's sign.
 */
export function floatRoundToIntegral(format: FloatFormat, a: bigint, immediate: number, mxcsr: number): FloatResult {
  const nan = propagateNan(format, a);
  if (nan !== undefined) return nan;
  const x = unpack(format, a, mxcsr);
  if (isZero(x)) return { bits: signedZero(format, x.isNegative), flags: 0 };
  if (x.isInfinite || x.exponent >= 0) return { bits: a, flags: 0 };
  const rounding = (immediate & USES_MXCSR) !== 0 ? roundingOf(mxcsr) : ((immediate & 3) as Rounding);
  const { significand, isInexact } = roundShift(x.isNegative, x.significand, -x.exponent, rounding);
  // mutant pe-is-not-suppressed: const flags = isInexact ? FloatFlag.Inexact : 0;
  const flags = isInexact && (immediate & SUPPRESSES_INEXACT) === 0 ? FloatFlag.Inexact : 0;
  if (significand === 0n) return { bits: signedZero(format, x.isNegative), flags };
  return { bits: roundToFloat(format, x.isNegative, significand, 0, mxcsr, 0).bits, flags };
}
