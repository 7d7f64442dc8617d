/**
 * ADD, SUB, MUL, DIV and SQRT of one lane: the exact value, then one rounding.
 *
 * Exceptions in their order (SDM volume 1, 4.9.2): a signalling NaN; a quiet NaN, which ends it without any; other
 * invalid operations and division by zero, which hide a denormal; a denormal operand; the result's own.
 */
import {
  denormalFlag,
  FloatFlag,
  invalid,
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
import { bitLength, roundToFloat } from "./round.js";

/** a + b. `a` is the first operand (the destination), whose NaN goes before that of `b`. */
export function floatAdd(format: FloatFormat, a: bigint, b: bigint, mxcsr: number): FloatResult {
  return propagateNan(format, a, b) ?? addNumbers(format, a, b, mxcsr);
}

/** a - b. A NaN in `b` keeps its sign. */
export function floatSubtract(format: FloatFormat, a: bigint, b: bigint, mxcsr: number): FloatResult {
  return propagateNan(format, a, b) ?? addNumbers(format, a, b ^ layoutOf(format).sign, mxcsr);
}

function addNumbers(format: FloatFormat, a: bigint, b: bigint, mxcsr: number): FloatResult {
  const x = unpack(format, a, mxcsr);
  const y = unpack(format, b, mxcsr);
  const flags = denormalFlag(x, y);
  // mutant infinities-have-a-sum:
  if (x.isInfinite && y.isInfinite && x.isNegative !== y.isNegative) return invalid(format);
  if (x.isInfinite || y.isInfinite) {
    return { bits: signedInfinity(format, x.isInfinite ? x.isNegative : y.isNegative), flags };
  }
  const exponent = Math.min(x.exponent, y.exponent);
  const left = x.significand << BigInt(x.exponent - exponent);
  const right = y.significand << BigInt(y.exponent - exponent);
  const sum = (x.isNegative ? -left : left) + (y.isNegative ? -right : right);
  if (sum !== 0n) return roundToFloat(format, sum < 0n, sum < 0n ? -sum : sum, exponent, mxcsr, flags);
  // Zeros of one sign keep it; a difference that cancels is +0, or -0 when rounding down.
  // mutant cancelled-is-always-positive: const isNegative = isZero(x) && isZero(y) && x.isNegative && y.isNegative;
  const isNegative =
    isZero(x) && isZero(y) && x.isNegative === y.isNegative ? x.isNegative : roundingOf(mxcsr) === Rounding.Down;
  return { bits: signedZero(format, isNegative), flags };
}

export function floatMultiply(format: FloatFormat, a: bigint, b: bigint, mxcsr: number): FloatResult {
  const nan = propagateNan(format, a, b);
  if (nan !== undefined) return nan;
  const x = unpack(format, a, mxcsr);
  const y = unpack(format, b, mxcsr);
  const flags = denormalFlag(x, y);
  const isNegative = x.isNegative !== y.isNegative;
  if ((x.isInfinite && isZero(y)) || (isZero(x) && y.isInfinite)) return invalid(format);
  if (x.isInfinite || y.isInfinite) return { bits: signedInfinity(format, isNegative), flags };
  if (isZero(x) || isZero(y)) return { bits: signedZero(format, isNegative), flags };
  return roundToFloat(format, isNegative, x.significand * y.significand, x.exponent + y.exponent, mxcsr, flags);
}

/** a / b. */
export function floatDivide(format: FloatFormat, a: bigint, b: bigint, mxcsr: number): FloatResult {
  const nan = propagateNan(format, a, b);
  if (nan !== undefined) return nan;
  const x = unpack(format, a, mxcsr);
  const y = unpack(format, b, mxcsr);
  const flags = denormalFlag(x, y);
  const isNegative = x.isNegative !== y.isNegative;
  if ((x.isInfinite && y.isInfinite) || (isZero(x) && isZero(y))) return invalid(format);
  if (x.isInfinite) return { bits: signedInfinity(format, isNegative), flags };
  if (y.isInfinite || isZero(x)) return { bits: signedZero(format, isNegative), flags };
  if (isZero(y))
    return {
      bits: signedInfinity(format, isNegative),
      flags: /* mutant zero-divide-shows-de: flags | FloatFlag.ZeroDivide */ FloatFlag.ZeroDivide,
    };
  // The smallest significand is 1 and the largest below 2^precision, so this quotient has precision + 3 bits or more.
  // mutant quotient-has-no-bits-to-spare: const shift = layoutOf(format).precision;
  const shift = 2 * layoutOf(format).precision + 3;
  const dividend = x.significand << BigInt(shift);
  const quotient = dividend / y.significand;
  const sticky = dividend % y.significand === 0n ? 0n : 1n;
  const exponent = x.exponent - y.exponent - shift;
  return roundToFloat(format, isNegative, quotient | sticky, exponent, mxcsr, flags);
}

export function floatSquareRoot(format: FloatFormat, a: bigint, mxcsr: number): FloatResult {
  const nan = propagateNan(format, a);
  if (nan !== undefined) return nan;
  const x = unpack(format, a, mxcsr);
  // mutant root-of-minus-zero-is-positive: if (isZero(x)) return { bits: 0n, flags: 0 };
  if (isZero(x)) return { bits: signedZero(format, x.isNegative), flags: 0 };
  if (x.isNegative) return invalid(format);
  if (x.isInfinite) return { bits: signedInfinity(format, false), flags: 0 };
  // An even exponent, and a radicand whose root has more than precision + 3 bits even when the significand is 1.
  // mutant root-has-no-bits-to-spare: const evenShift = layoutOf(format).precision & ~1;
  const evenShift = 2 * layoutOf(format).precision + 8;
  const shift = evenShift + (Math.abs(x.exponent) % 2);
  const radicand = x.significand << BigInt(shift);
  const root = integerSquareRoot(radicand);
  const sticky = root * root === radicand ? 0n : 1n;
  return roundToFloat(format, false, root | sticky, (x.exponent - shift) / 2, mxcsr, denormalFlag(x));
}

/** The largest integer whose square is at most `value`, which is not negative. Newton's iteration from above. */
export function integerSquareRoot(value: bigint): bigint {
  if (value === 0n) return 0n;
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
