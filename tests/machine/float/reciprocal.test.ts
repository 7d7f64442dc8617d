/**
 * RCP and RSQRT keep to the architecture's bound for every operand. Ours is constant over each of the intervals that an
 * operand is rounded to and the exact function is monotonic, so that the ends of all intervals decide.
 */
import { expect, it } from "vitest";
import { reciprocal32, reciprocalSquareRoot32 } from "../../../dist/machine/float/index.js";
import { withinReciprocalBound, withinReciprocalSquareRootBound } from "../../../tools/silicon/float/bounds.mjs";
import { toHost } from "./patterns.js";

const BIAS = 127;
const MINUS = 0x80000000n;

/** Both ends of the 4,097 intervals of a binade: 11 bits are rounded off. */
function intervalEnds(exponentField: number): bigint[] {
  const ends: bigint[] = [];
  for (let i = 0; i <= 4096; i++) {
    const low = Math.max((i << 11) - 1024, 0);
    const high = Math.min((i << 11) + 1023, 0x7fffff);
    for (const fraction of [low, high]) ends.push(BigInt(exponentField * 2 ** 23 + fraction));
  }
  return ends;
}

it("both stay within 1.5 * 2^-12, and within half of it as ours promises", () => {
  const wrong: string[] = [];
  let largestReciprocal = 0;
  let largestRoot = 0;
  for (const field of [1, BIAS - 1, BIAS, BIAS + 1, 252]) {
    for (const bits of intervalEnds(field)) {
      const reciprocal = reciprocal32(bits);
      const root = reciprocalSquareRoot32(bits);
      if (!withinReciprocalBound(bits, reciprocal)) wrong.push(`rcp ${bits.toString(16)}`);
      if (!withinReciprocalSquareRootBound(bits, root)) wrong.push(`rsqrt ${bits.toString(16)}`);
      const x = toHost(32, bits);
      largestReciprocal = Math.max(largestReciprocal, Math.abs(toHost(32, reciprocal) * x - 1));
      largestRoot = Math.max(largestRoot, Math.abs(toHost(32, root) * Math.sqrt(x) - 1));
    }
  }
  console.log(`largest relative error: rcp ${largestReciprocal}, rsqrt ${largestRoot}; allowed ${1.5 * 2 ** -12}`);
  expect(wrong).toEqual([]);
  expect(largestReciprocal).toBeLessThan(2 ** -13 + 2 ** -14 + 2 ** -26);
  expect(largestRoot).toBeLessThan(2 ** -13 + 2 ** -26);
});

it("the bound itself refuses what lies outside it", () => {
  const one = BigInt(BIAS) << 23n;
  expect(withinReciprocalBound(one, one + 0xc00n)).toBe(true);
  expect(withinReciprocalBound(one, one + 0xc01n)).toBe(false);
  expect(withinReciprocalBound(one, one | MINUS)).toBe(false);
  expect(withinReciprocalSquareRootBound(one, one + 0xc01n)).toBe(false);
});

it("powers of two come out exact, and results never rise with the operand", () => {
  for (let exponent = 1; exponent <= 253; exponent++) {
    const bits = BigInt(exponent) << 23n;
    expect(toHost(32, reciprocal32(bits))).toBe(1 / toHost(32, bits));
    if (exponent % 2 === 1) expect(toHost(32, reciprocalSquareRoot32(bits))).toBe(1 / Math.sqrt(toHost(32, bits)));
  }
  for (const operation of [reciprocal32, reciprocalSquareRoot32]) {
    const results = [...intervalEnds(BIAS), ...intervalEnds(BIAS + 1)].map(operation);
    expect(results.every((bits, i) => i === 0 || bits <= results[i - 1])).toBe(true);
  }
});

it.each([
  ["zero", 0n, 0x7f800000n, 0x7f800000n],
  ["-0", MINUS, 0xff800000n, 0xff800000n],
  ["a denormal, which counts as zero", 0x007fffffn, 0x7f800000n, 0x7f800000n],
  ["a negative denormal", 0x80000001n, 0xff800000n, 0xff800000n],
  ["infinity", 0x7f800000n, 0n, 0n],
  ["minus infinity", 0xff800000n, MINUS, 0xffc00000n],
  ["-1", 0xbf800000n, 0xbf800000n, 0xffc00000n],
  ["a signalling NaN", 0xff800001n, 0xffc00001n, 0xffc00001n],
  ["the largest number, whose reciprocal is tiny", 0x7f7fffffn, 0n, null],
])("special operands: %s", (_name, bits, reciprocal, root) => {
  expect(reciprocal32(bits)).toBe(reciprocal);
  if (root !== null) expect(reciprocalSquareRoot32(bits)).toBe(root);
});
