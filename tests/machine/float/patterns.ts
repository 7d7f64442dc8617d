/**
 * Berkeley-style operands, complete instead of random: every class of exponent with every pattern of significand, both
 * signs. And a float's value as an exact fraction, for judging without a second implementation of rounding.
 */
import type { FloatFormat } from "../../../dist/machine/float/index.js";

interface Shape {
  readonly fractionBits: number;
  readonly limit: number;
  readonly bias: number;
}

const SHAPES: Record<FloatFormat, Shape> = {
  32: { fractionBits: 23, limit: 255, bias: 127 },
  64: { fractionBits: 52, limit: 2047, bias: 1023 },
};

/** Numbers only: no NaN, no infinity. */
export function finitePatterns(format: FloatFormat): bigint[] {
  const { fractionBits, limit, bias } = SHAPES[format];
  const top = BigInt(fractionBits);
  const all = (1n << top) - 1n;
  const exponents = [0, 1, 2, bias - fractionBits, bias - 1, bias, bias + 1, bias + fractionBits, limit - 2, limit - 1];
  const fractions = [0n, 1n, 3n, all, all - 1n, 1n << (top - 1n), (1n << (top - 1n)) - 1n, 0x2aaaaan, all ^ 0x15555n];
  const magnitudes = exponents.flatMap((exponent) => fractions.map((each) => (BigInt(exponent) << top) | each));
  return magnitudes.flatMap((bits) => [bits, bits | (1n << BigInt(format - 1))]);
}

/** A finite float as numerator * 2^exponent. */
export function valueOf(format: FloatFormat, bits: bigint): { numerator: bigint; exponent: number } {
  const { fractionBits, bias } = SHAPES[format];
  const field = Number((bits >> BigInt(fractionBits)) & BigInt(SHAPES[format].limit));
  const fraction = bits & ((1n << BigInt(fractionBits)) - 1n);
  const significand = field === 0 ? fraction : fraction | (1n << BigInt(fractionBits));
  const isNegative = bits >> BigInt(format - 1) === 1n;
  return { numerator: isNegative ? -significand : significand, exponent: Math.max(field, 1) - bias - fractionBits };
}

/** A float's place among all floats: neighbours differ by one, both zeros are 0. */
export function orderOf(format: FloatFormat, bits: bigint): bigint {
  const magnitude = bits & ((1n << BigInt(format - 1)) - 1n);
  return bits >> BigInt(format - 1) === 1n ? -magnitude : magnitude;
}

const view = new DataView(new ArrayBuffer(8));

/** For an oracle only: the host's own number. */
export function toHost(format: FloatFormat, bits: bigint): number {
  if (format === 32) {
    view.setUint32(0, Number(bits));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

export function fromHost(format: FloatFormat, value: number): bigint {
  if (format === 32) {
    view.setFloat32(0, value);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
