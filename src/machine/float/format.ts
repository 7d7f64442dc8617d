/**
 * The bits of binary32 and binary64, and MXCSR.
 *
 * A guest's float is a bigint of 32 or 64 bits, from the register to the register: no JavaScript number ever holds its
 * value, so that no host decides what becomes of a NaN's payload or of a denormal.
 *
 *   binary32   31 sign | 30..23 exponent, bias 127  | 22..0 fraction       precision 24
 *   binary64   63 sign | 62..52 exponent, bias 1023 | 51..0 fraction       precision 53
 *
 *   MXCSR      15 FTZ | 14..13 RC | 12 PM 11 UM 10 OM 9 ZM 8 DM 7 IM | 6 DAZ | 5 PE 4 UE 3 OE 2 ZE 1 DE 0 IE
 *
 * Specification: IEEE 754-2008; Intel SDM volume 1, 4.8 (real numbers), 4.9 and 11.5 (exceptions), 10.2.3 (MXCSR).
 */

export type FloatFormat = 32 | 64;

/** The exception flags, at MXCSR's places. A mask is its flag shifted left by MASK_SHIFT. */
export const FloatFlag = {
  Invalid: 1,
  Denormal: 2,
  ZeroDivide: 4,
  Overflow: 8,
  Underflow: 16,
  Inexact: 32,
} as const;
export const MASK_SHIFT = 7;
/** What is found before anything is computed; the other three are found from the result. */
export const BEFORE_COMPUTATION = FloatFlag.Invalid | FloatFlag.Denormal | FloatFlag.ZeroDivide;
const ALL_FLAGS = 0x3f;

const DAZ = 1 << 6;
const FTZ = 1 << 15;
const ROUNDING_SHIFT = 13;

/** MXCSR.RC, and bits 1..0 of the immediate of ROUNDPS. */
export const Rounding = { Nearest: 0, Down: 1, Up: 2, TowardZero: 3 } as const;
export type Rounding = (typeof Rounding)[keyof typeof Rounding];

/**
 * What one lane gives: the result, masked to its width, and the flags it raises (FloatFlag). Flags already in MXCSR
 * play no part. When `flags` holds an unmasked one, `bits` means nothing: the instruction writes no result at all.
 */
export interface FloatResult {
  readonly bits: bigint;
  readonly flags: number;
}

export interface Layout {
  /** Bits of a significand, the implied one included. */
  readonly precision: number;
  readonly fractionBits: bigint;
  /** The exponent field of infinities and NaNs. */
  readonly exponentLimit: number;
  /**
   * value = significand * 2^exponent: the exponent of denormals and of the smallest normals, and that of the largest.
   */
  readonly minimumExponent: number;
  readonly maximumExponent: number;
  readonly sign: bigint;
  readonly infinity: bigint;
  readonly quiet: bigint;
  readonly fraction: bigint;
  /** The real indefinite: what an invalid operation gives. Negative and quiet. */
  readonly defaultNan: bigint;
  readonly allOnes: bigint;
}

function describe(width: number, precision: number): Layout {
  const fractionBits = BigInt(precision - 1);
  const exponentLimit = 2 ** (width - precision) - 1;
  const bias = exponentLimit >> 1;
  const sign = 1n << BigInt(width - 1);
  const infinity = BigInt(exponentLimit) << fractionBits;
  const quiet = 1n << (fractionBits - 1n);
  return {
    precision,
    fractionBits,
    exponentLimit,
    minimumExponent: 1 - bias - (precision - 1),
    maximumExponent: bias - (precision - 1),
    sign,
    infinity,
    quiet,
    fraction: (1n << fractionBits) - 1n,
    // mutant default-nan-is-positive: defaultNan: infinity | quiet
    defaultNan: sign | infinity | quiet,
    allOnes: (1n << BigInt(width)) - 1n,
  };
}

const BINARY32 = describe(32, 24);
const BINARY64 = describe(64, 53);

export function layoutOf(format: FloatFormat): Layout {
  return format === 32 ? BINARY32 : BINARY64;
}

/** A number that is not a NaN: (-1)^isNegative * significand * 2^exponent, or infinite. Zero has significand 0. */
export interface Unpacked {
  readonly isNegative: boolean;
  readonly isInfinite: boolean;
  /** A denormal that counts as one: with DAZ it is a zero instead. */
  readonly isDenormal: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

/** `bits` must not be a NaN. */
export function unpack(format: FloatFormat, bits: bigint, mxcsr: number): Unpacked {
  const layout = layoutOf(format);
  const isNegative = (bits & layout.sign) !== 0n;
  const exponentField = Number((bits & layout.infinity) >> layout.fractionBits);
  const fraction = bits & layout.fraction;
  if (exponentField === layout.exponentLimit) {
    return { isNegative, isInfinite: true, isDenormal: false, significand: 0n, exponent: 0 };
  }
  if (exponentField !== 0) {
    const significand = fraction | (layout.fraction + 1n);
    const exponent = layout.minimumExponent + exponentField - 1;
    return { isNegative, isInfinite: false, isDenormal: false, significand, exponent };
  }
  // mutant daz-is-forgotten: const significand = fraction;
  const significand = (mxcsr & DAZ) !== 0 ? 0n : fraction;
  const isDenormal = significand !== 0n;
  return { isNegative, isInfinite: false, isDenormal, significand, exponent: layout.minimumExponent };
}

export function isZero(x: Unpacked): boolean {
  return !x.isInfinite && x.significand === 0n;
}

/** DE if any operand is a denormal that counts. */
export function denormalFlag(x: Unpacked, y: Unpacked = x): number {
  // mutant second-denormal-is-silent: return x.isDenormal ? FloatFlag.Denormal : 0;
  return x.isDenormal || y.isDenormal ? FloatFlag.Denormal : 0;
}

export function isNan(format: FloatFormat, bits: bigint): boolean {
  const { allOnes, sign, infinity } = layoutOf(format);
  return (bits & (allOnes ^ sign)) > infinity;
}

export function isSignallingNan(format: FloatFormat, bits: bigint): boolean {
  return isNan(format, bits) && (bits & layoutOf(format).quiet) === 0n;
}

/**
 * What SSE gives when an operand is a NaN: the first operand that is one, made quiet, and IE if any is signalling (SDM
 * volume 1, table 4-7). Nothing else is raised then, not even DE. undefined when no operand is a NaN.
 */
export function propagateNan(format: FloatFormat, a: bigint, b: bigint = a): FloatResult | undefined {
  // mutant second-nan-goes-first: const first = isNan(format, b) ? b : isNan(format, a) ? a : undefined;
  const first = isNan(format, a) ? a : isNan(format, b) ? b : undefined;
  if (first === undefined) return undefined;
  // mutant second-signalling-nan-is-silent: const isInvalid = isSignallingNan(format, first);
  const isInvalid = isSignallingNan(format, a) || isSignallingNan(format, b);
  // mutant nan-stays-signalling: return { bits: first, flags: isInvalid ? FloatFlag.Invalid : 0 };
  return { bits: first | layoutOf(format).quiet, flags: isInvalid ? FloatFlag.Invalid : 0 };
}

export function invalid(format: FloatFormat): FloatResult {
  return { bits: layoutOf(format).defaultNan, flags: FloatFlag.Invalid };
}

export function signedZero(format: FloatFormat, isNegative: boolean): bigint {
  return isNegative ? layoutOf(format).sign : 0n;
}

export function signedInfinity(format: FloatFormat, isNegative: boolean): bigint {
  return layoutOf(format).infinity | signedZero(format, isNegative);
}

export function roundingOf(mxcsr: number): Rounding {
  return ((mxcsr >> ROUNDING_SHIFT) & 3) as Rounding;
}

export function isMasked(mxcsr: number, flag: number): boolean {
  return (mxcsr & (flag << MASK_SHIFT)) !== 0;
}

export function isFlushingToZero(mxcsr: number): boolean {
  return (mxcsr & FTZ) !== 0;
}

/**
 * What an instruction makes of the flags of its lanes, ORed together: MXCSR afterwards, and whether it raises #XM.
 *
 * A packed instruction looks at the operands of all its lanes first. If I, D or Z is unmasked and occurred in any of
 * them, no lane is computed: MXCSR gets the I, D and Z of all lanes and no O, U or P. Otherwise it gets all six. On
 * #XM no result is written, in no lane, and RIP stays at the instruction (SDM volume 1, 11.5.3).
 */
export function settleFloatFlags(mxcsr: number, flags: number): { readonly mxcsr: number; readonly raises: boolean } {
  const unmasked = flags & ALL_FLAGS & ~(mxcsr >> MASK_SHIFT);
  // mutant later-flags-are-not-hidden: const seen = flags;
  const seen = (unmasked & BEFORE_COMPUTATION) !== 0 ? flags & BEFORE_COMPUTATION : flags;
  return { mxcsr: mxcsr | seen, raises: unmasked !== 0 };
}
