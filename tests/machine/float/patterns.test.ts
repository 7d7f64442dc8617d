/**
 * All pairs of a complete set of operands (patterns.ts), without a processor of the right kind: rounding to nearest
 * against the host's own IEEE arithmetic, the directed roundings against the definition.
 */
import { describe, expect, it } from "vitest";
import {
  FloatFlag,
  floatAdd,
  floatConvert,
  floatDivide,
  floatMultiply,
  floatSquareRoot,
  floatSubtract,
  isNan,
  type FloatFormat,
  type FloatResult,
} from "../../../dist/machine/float/index.js";
import { finitePatterns, fromHost, orderOf, toHost, valueOf } from "./patterns.js";

const MASKED = 0x1f80;
const [NEAREST, DOWN, UP, ZERO] = [0, 1, 2, 3].map((rounding) => MASKED | (rounding << 13));

type Binary = (format: FloatFormat, a: bigint, b: bigint, mxcsr: number) => FloatResult;

const OPERATIONS: readonly [string, Binary, (a: number, b: number) => number][] = [
  ["add", floatAdd, (a, b) => a + b],
  ["subtract", floatSubtract, (a, b) => a - b],
  ["multiply", floatMultiply, (a, b) => a * b],
  ["divide", floatDivide, (a, b) => a / b],
];

/** -1, 0 or 1: how (left numerator * 2^exponent) stands to the right one. */
function compareScaled(left: bigint, leftExponent: number, right: bigint, rightExponent: number): number {
  const low = Math.min(leftExponent, rightExponent);
  const difference = (left << BigInt(leftExponent - low)) - (right << BigInt(rightExponent - low));
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** How `result` stands to the exact a op b; both finite, the divisor not zero. */
function compareWithExact(name: string, format: FloatFormat, result: bigint, a: bigint, b: bigint): number {
  const x = valueOf(format, a);
  const y = valueOf(format, b);
  const r = valueOf(format, result);
  if (name === "multiply")
    return compareScaled(r.numerator, r.exponent, x.numerator * y.numerator, x.exponent + y.exponent);
  if (name === "divide") {
    const order = compareScaled(r.numerator * y.numerator, r.exponent + y.exponent, x.numerator, x.exponent);
    return y.numerator < 0n ? -order : order;
  }
  const low = Math.min(x.exponent, y.exponent);
  const left = x.numerator << BigInt(x.exponent - low);
  const right = y.numerator << BigInt(y.exponent - low);
  return compareScaled(r.numerator, r.exponent, name === "add" ? left + right : left - right, low);
}

const isFinite = (format: FloatFormat, bits: bigint): boolean =>
  (bits & (format === 32 ? 0x7f800000n : 0x7ff0000000000000n)) !== (format === 32 ? 0x7f800000n : 0x7ff0000000000000n);

describe.each([32, 64] as const)("binary%i, every pair of patterns", (format) => {
  const patterns = finitePatterns(format);

  // Double arithmetic rounded once more to single is exact for these four operations (53 >= 2 * 24 + 2).
  it.each(OPERATIONS)("%s, rounded to nearest, is the host's", (_name, operation, onHost) => {
    const wrong: string[] = [];
    for (const a of patterns) {
      for (const b of patterns) {
        const { bits, flags } = operation(format, a, b, NEAREST);
        const expected = onHost(toHost(format, a), toHost(format, b));
        const agrees = Number.isNaN(expected)
          ? isNan(format, bits) && flags === FloatFlag.Invalid
          : bits === fromHost(format, expected);
        if (!agrees) wrong.push(`${a.toString(16)} ${b.toString(16)}: ${bits.toString(16)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each(OPERATIONS)("%s: the directed roundings enclose the exact value and are neighbours", (name, operation) => {
    const wrong: string[] = [];
    let enclosed = 0;
    patterns.forEach((a, i) => {
      patterns.forEach((b, j) => {
        if ((i + j) % 4 !== 0) return;
        const down = operation(format, a, b, DOWN);
        const up = operation(format, a, b, UP);
        if (![down, up].every(({ bits }) => isFinite(format, bits))) return;
        enclosed++;
        const below = compareWithExact(name, format, down.bits, a, b);
        const above = compareWithExact(name, format, up.bits, a, b);
        const isExact = below === 0 && above === 0;
        const isEnclosed = below < 0 && above > 0;
        const distance = orderOf(format, up.bits) - orderOf(format, down.bits);
        const isInexact = (down.flags & FloatFlag.Inexact) !== 0;
        const nearest = operation(format, a, b, NEAREST);
        const toZero = operation(format, a, b, ZERO);
        const isPositive = orderOf(format, down.bits) >= 0n;
        // Next to the smallest normal a value may be tiny one way and not the other.
        const sameFlags = ((down.flags ^ up.flags) & ~FloatFlag.Underflow) === 0;
        const holds =
          sameFlags &&
          (isExact ? distance === 0n && !isInexact : isEnclosed && distance === 1n && isInexact) &&
          [down.bits, up.bits].includes(nearest.bits) &&
          (isExact || toZero.bits === (isPositive ? down.bits : up.bits));
        if (!holds) {
          wrong.push(`${a.toString(16)} ${b.toString(16)}: ${down.bits.toString(16)} ${up.bits.toString(16)}`);
        }
      });
    });
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(enclosed).toBeGreaterThan(3000);
  });

  it("square roots are the host's to nearest, and their squares enclose the operand otherwise", () => {
    const wrong: string[] = [];
    for (const a of patterns) {
      const host = fromHost(format, Math.sqrt(toHost(format, a)));
      const { bits } = floatSquareRoot(format, a, NEAREST);
      const isBelowZero = orderOf(format, a) < 0n;
      if (isBelowZero ? !isNan(format, bits) : bits !== host) wrong.push(`nearest ${a.toString(16)}`);
      if (isBelowZero) continue;
      const x = valueOf(format, a);
      const low = valueOf(format, floatSquareRoot(format, a, DOWN).bits);
      const high = valueOf(format, floatSquareRoot(format, a, UP).bits);
      if (compareScaled(low.numerator ** 2n, 2 * low.exponent, x.numerator, x.exponent) > 0) wrong.push(`down ${a}`);
      if (compareScaled(high.numerator ** 2n, 2 * high.exponent, x.numerator, x.exponent) < 0) wrong.push(`up ${a}`);
    }
    expect(wrong).toEqual([]);
  });
});

it("narrowing rounds as the host does, and widening then narrowing gives back every binary32", () => {
  const wrong: string[] = [];
  for (const a of [...finitePatterns(64), ...finitePatterns(32).map((bits) => fromHost(64, toHost(32, bits)) + 1n)]) {
    if (floatConvert(64, 32, a, NEAREST).bits !== fromHost(32, toHost(64, a))) wrong.push(a.toString(16));
  }
  for (const a of finitePatterns(32)) {
    const wide = floatConvert(32, 64, a, ZERO);
    const back = floatConvert(64, 32, wide.bits, UP);
    if (back.bits !== a || (back.flags & FloatFlag.Inexact) !== 0) wrong.push(a.toString(16));
  }
  expect(wrong).toEqual([]);
});
