/**
 * The one place where an exact value becomes a float: rounding, overflow, underflow, inexactness.
 *
 * Operations hand in (-1)^isNegative * significand * 2^exponent, exact, or with more bits than any rounding looks at
 * and a lowest bit that is set when something non-zero was cut off ("sticky"). Invariant: a value is rounded once.
 *
 * Specification: SDM volume 1, 4.8.4 (rounding), 4.9.1.4 to 4.9.1.6 and 11.5.2.4 to 11.5.2.6 (OE, UE, PE), 10.2.3.3
 * (FTZ). Tininess is found after rounding, as SSE does.
 */
import {
  FloatFlag,
  isFlushingToZero,
  isMasked,
  layoutOf,
  Rounding,
  roundingOf,
  signedInfinity,
  signedZero,
  type FloatFormat,
  type FloatResult,
} from "./format.js";

const WORD = 0xffff_ffffn;

/** Bits of `value`, which is not negative: 0 for 0, 1 for 1, 3 for 4. */
export function bitLength(value: bigint): number {
  let upper = value;
  let length = 0;
  for (; upper > WORD; upper >>= 32n) length += 32;
  return length + 32 - Math.clz32(Number(upper));
}

/** significand / 2^droppedBits as an integer. A negative count appends zeros. */
export function roundShift(
  isNegative: boolean,
  significand: bigint,
  droppedBits: number,
  rounding: Rounding,
): { readonly significand: bigint; readonly isInexact: boolean } {
  if (droppedBits <= 0) return { significand: significand << BigInt(-droppedBits), isInexact: false };
  const kept = significand >> BigInt(droppedBits);
  const rest = significand - (kept << BigInt(droppedBits));
  if (rest === 0n) return { significand: kept, isInexact: false };
  let increments: boolean;
  if (rounding === Rounding.Nearest) {
    const half = 1n << BigInt(droppedBits - 1);
    // mutant halfway-goes-up: increments = rest >= half;
    increments = rest > half || (rest === half && (kept & 1n) === 1n);
  } else {
    // mutant rounding-forgets-the-sign: increments = rounding === Rounding.Up;
    increments = rounding === (isNegative ? Rounding.Down : Rounding.Up);
  }
  return { significand: increments ? kept + 1n : kept, isInexact: true };
}

/** `significand` is not 0. `flags` are the operation's own (DE), which the result's flags join. */
export function roundToFloat(
  format: FloatFormat,
  isNegative: boolean,
  significand: bigint,
  exponent: number,
  mxcsr: number,
  flags: number,
): FloatResult {
  const { precision, minimumExponent, maximumExponent } = layoutOf(format);
  const rounding = roundingOf(mxcsr);

  // First as if exponents had no limits: what this gives decides on overflow and on tininess.
  const droppedBits = bitLength(significand) - precision;
  const unlimited = roundShift(isNegative, significand, droppedBits, rounding);
  const isCarried = bitLength(unlimited.significand) > precision;
  const unlimitedExponent = exponent + droppedBits + (isCarried ? 1 : 0);
  const unlimitedSignificand = isCarried ? unlimited.significand >> 1n : unlimited.significand;
  const unlimitedInexact = unlimited.isInexact ? FloatFlag.Inexact : 0;

  if (unlimitedExponent > maximumExponent) {
    // mutant overflow-is-always-inexact: const isInexact = true;
    const isInexact = unlimited.isInexact || isMasked(mxcsr, FloatFlag.Overflow);
    const bits = overflowedBits(format, isNegative, rounding);
    return { bits, flags: flags | FloatFlag.Overflow | (isInexact ? FloatFlag.Inexact : 0) };
  }
  // mutant tininess-before-rounding: if (unlimitedExponent - (isCarried ? 1 : 0) >= minimumExponent)
  if (unlimitedExponent >= minimumExponent) {
    const bits = pack(format, isNegative, unlimitedSignificand, unlimitedExponent);
    return { bits, flags: flags | unlimitedInexact };
  }

  const zero = signedZero(format, isNegative);
  // Unmasked, a tiny result is enough: UE comes with an exact denormal too.
  // mutant exact-underflow-is-silent: if (!isMasked(mxcsr, FloatFlag.Underflow) && unlimited.isInexact)
  if (!isMasked(mxcsr, FloatFlag.Underflow)) {
    return { bits: zero, flags: flags | FloatFlag.Underflow | unlimitedInexact };
  }
  // mutant ftz-is-forgotten:
  if (isFlushingToZero(mxcsr)) return { bits: zero, flags: flags | FloatFlag.Underflow | FloatFlag.Inexact };
  const denormal = roundShift(isNegative, significand, minimumExponent - exponent, rounding);
  return {
    bits: pack(format, isNegative, denormal.significand, minimumExponent),
    // mutant exact-denormal-has-ue: flags: flags | FloatFlag.Underflow | (denormal.isInexact ? FloatFlag.Inexact : 0)
    flags: flags | (denormal.isInexact ? FloatFlag.Underflow | FloatFlag.Inexact : 0),
  };
}

/** The masked response to overflow: infinity, or the largest finite number where the rounding points away from it. */
function overflowedBits(format: FloatFormat, isNegative: boolean, rounding: Rounding): bigint {
  const infinity = signedInfinity(format, isNegative);
  const reachesInfinity = rounding === Rounding.Nearest || rounding === (isNegative ? Rounding.Down : Rounding.Up);
  // mutant overflow-is-always-infinite: return infinity;
  return reachesInfinity ? infinity : infinity - 1n;
}

/**
 * The bits of a value that fits: a significand of at most `precision` bits. The implied bit adds 1 to the exponent
 * field, so that denormals and a denormal rounded up to the smallest normal need no case of their own.
 */
function pack(format: FloatFormat, isNegative: boolean, significand: bigint, exponent: number): bigint {
  const { minimumExponent, fractionBits } = layoutOf(format);
  return ((BigInt(exponent - minimumExponent) << fractionBits) + significand) | signedZero(format, isNegative);
}
