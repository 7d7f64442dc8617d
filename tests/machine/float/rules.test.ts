/**
 * The rules of SSE's floats one by one, as the SDM states them: what a reader would look up. Where a processor of the
 * right kind is at hand, silicon.test.ts says the same with many more operands.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  FloatFlag,
  floatAdd,
  floatCompare,
  floatComparePredicate,
  floatConvert,
  floatDivide,
  floatDotProduct,
  floatMaximum,
  floatMinimum,
  floatMultiply,
  floatRoundToIntegral,
  floatSquareRoot,
  floatSubtract,
  floatToInteger,
  floatToIntegerTruncated,
  integerToFloat,
  RELATION_RFLAGS,
  settleFloatFlags,
} from "../../../dist/machine/float/index.js";

const { Invalid, Denormal, ZeroDivide, Overflow, Underflow, Inexact } = FloatFlag;
const MASKED = 0x1f80;
const DAZ = 0x40;
const FTZ = 0x8000;
const rounding = (control: number): number => MASKED | (control << 13);
const unmasked = (flag: number): number => MASKED & ~(flag << 7);

const ONE = 0x3f800000n;
const TWO = 0x40000000n;
const INFINITY = 0x7f800000n;
const MINUS = 0x80000000n;
const LARGEST = 0x7f7fffffn;
const SMALLEST_NORMAL = 0x00800000n;
const SMALLEST = 1n;
const QUIET_A = 0x7fc0000an;
const QUIET_B = 0xffc0000bn;
const SIGNALLING_A = 0x7f80000an;
const SIGNALLING_B = 0xff80000bn;
const DEFAULT_NAN = 0xffc00000n;

describe("NaNs", () => {
  it.each([
    ["quiet and quiet: the first", QUIET_A, QUIET_B, QUIET_A, 0],
    ["quiet and signalling: the first, IE", QUIET_A, SIGNALLING_B, QUIET_A, Invalid],
    ["signalling and quiet: the first made quiet, IE", SIGNALLING_A, QUIET_B, QUIET_A, Invalid],
    ["signalling and signalling: the first made quiet, IE", SIGNALLING_A, SIGNALLING_B, QUIET_A, Invalid],
    ["number and quiet: the NaN", ONE, QUIET_B, QUIET_B, 0],
    ["number and signalling: the NaN made quiet, IE", ONE, SIGNALLING_B, QUIET_B, Invalid],
    ["a NaN hides a denormal", SMALLEST, QUIET_B, QUIET_B, 0],
  ])("%s", (_rule, a, b, bits, flags) => {
    for (const operation of [floatAdd, floatSubtract, floatMultiply, floatDivide]) {
      expect(operation(32, a, b, MASKED)).toEqual({ bits, flags });
    }
  });

  it("an invalid operation gives the negative quiet NaN and raises nothing but IE", () => {
    const expected = { bits: DEFAULT_NAN, flags: Invalid };
    expect(floatAdd(32, INFINITY, INFINITY | MINUS, MASKED)).toEqual(expected);
    expect(floatMultiply(32, INFINITY, 0n, MASKED)).toEqual(expected);
    expect(floatMultiply(32, INFINITY, SMALLEST, MASKED | DAZ)).toEqual(expected);
    expect(floatDivide(32, 0n, MINUS, MASKED)).toEqual(expected);
    expect(floatDivide(32, INFINITY, INFINITY, MASKED)).toEqual(expected);
    expect(floatSquareRoot(32, MINUS | SMALLEST, MASKED)).toEqual(expected);
    expect(floatDivide(64, 0n, 0n, MASKED).bits).toBe(0xfff8000000000000n);
  });

  it("MIN and MAX give the second operand as it is, and IE for a quiet NaN too", () => {
    for (const operation of [floatMinimum, floatMaximum]) {
      expect(operation(32, QUIET_A, ONE, MASKED)).toEqual({ bits: ONE, flags: Invalid });
      expect(operation(32, ONE, SIGNALLING_B, MASKED)).toEqual({ bits: SIGNALLING_B, flags: Invalid });
      expect(operation(32, 0n, MINUS, MASKED)).toEqual({ bits: MINUS, flags: 0 });
      expect(operation(32, MINUS, 0n, MASKED)).toEqual({ bits: 0n, flags: 0 });
    }
  });

  it("a conversion keeps the sign and the high end of the payload", () => {
    expect(floatConvert(64, 32, 0xfff0000020000001n, MASKED)).toEqual({ bits: 0xffc00001n, flags: Invalid });
    expect(floatConvert(32, 64, 0x7fc00001n, MASKED)).toEqual({ bits: 0x7ff8000020000000n, flags: 0 });
  });
});

describe("flags", () => {
  it("a denormal operand raises DE, with DAZ it is a zero and doesn't", () => {
    expect(floatAdd(32, SMALLEST, 0n, MASKED)).toEqual({ bits: SMALLEST, flags: Denormal });
    expect(floatAdd(32, MINUS | SMALLEST, MINUS, MASKED | DAZ)).toEqual({ bits: MINUS, flags: 0 });
  });

  it("a division by zero raises ZE alone, even of a denormal", () => {
    expect(floatDivide(32, SMALLEST, MINUS, MASKED)).toEqual({ bits: INFINITY | MINUS, flags: ZeroDivide });
    expect(floatDivide(32, INFINITY, 0n, MASKED)).toEqual({ bits: INFINITY, flags: 0 });
  });

  it.each([
    ["to nearest", 0, INFINITY, INFINITY | MINUS],
    ["down", 1, LARGEST, INFINITY | MINUS],
    ["up", 2, INFINITY, LARGEST | MINUS],
    ["toward zero", 3, LARGEST, LARGEST | MINUS],
  ])("overflow, rounding %s", (_name, control, positive, negative) => {
    const flags = Overflow | Inexact;
    expect(floatMultiply(32, LARGEST, TWO, rounding(control))).toEqual({ bits: positive, flags });
    expect(floatMultiply(32, LARGEST | MINUS, TWO, rounding(control))).toEqual({ bits: negative, flags });
  });

  it("masked, UE needs a tiny and inexact result; unmasked, a tiny one", () => {
    const half = 0x3f000000n;
    expect(floatMultiply(32, SMALLEST_NORMAL, half, MASKED)).toEqual({ bits: 0x00400000n, flags: 0 });
    expect(floatMultiply(32, SMALLEST_NORMAL, half, unmasked(Underflow)).flags).toBe(Underflow);
    expect(floatMultiply(32, SMALLEST_NORMAL + 1n, half, MASKED).flags).toBe(Underflow | Inexact);
  });

  it("tininess is found after rounding: what rounds up to the smallest normal raises PE alone", () => {
    // (1 + 2^-13) * (1 - 2^-13) = 1 - 2^-26, times 2^-126: with 24 bits that is 2^-126.
    expect(floatMultiply(32, 0x3f000400n, 0x00fff800n, MASKED)).toEqual({ bits: SMALLEST_NORMAL, flags: Inexact });
    expect(floatMultiply(32, 0x3f000400n, 0x00fff800n, rounding(3)).flags).toBe(Underflow | Inexact);
    // (1 + 2^-12) * (1 - 2^-12) = 1 - 2^-24 has 24 bits, so it is tiny; only the denormal's rounding reaches 2^-126.
    expect(floatMultiply(32, 0x3f000800n, 0x00fff000n, MASKED)).toEqual({
      bits: SMALLEST_NORMAL,
      flags: Underflow | Inexact,
    });
  });

  it("FTZ makes a zero of a tiny result, with UE and PE, unless underflow is unmasked", () => {
    const half = 0x3f000000n;
    const flushed = { bits: MINUS, flags: Underflow | Inexact };
    expect(floatMultiply(32, MINUS | SMALLEST_NORMAL, half, MASKED | FTZ)).toEqual(flushed);
    expect(floatMultiply(32, MINUS | SMALLEST_NORMAL, half, unmasked(Underflow) | FTZ).flags).toBe(Underflow);
  });

  it("an unmasked I, D or Z of any lane keeps O, U and P out of MXCSR, and the instruction from writing", () => {
    const lanes = Denormal | Overflow | Inexact;
    expect(settleFloatFlags(MASKED, lanes)).toEqual({ mxcsr: MASKED | lanes, raises: false });
    const control = unmasked(Denormal);
    expect(settleFloatFlags(control, lanes | Invalid)).toEqual({ mxcsr: control | Denormal | Invalid, raises: true });
    const overflow = unmasked(Overflow);
    expect(settleFloatFlags(overflow, lanes)).toEqual({ mxcsr: overflow | lanes, raises: true });
    // A flag that is already there raises nothing.
    expect(settleFloatFlags(overflow | Overflow, Inexact).raises).toBe(false);
  });
});

describe("zeros", () => {
  it("a difference that cancels is +0, or -0 when rounding down", () => {
    expect([0, 1, 2, 3].map((control) => floatSubtract(32, ONE, ONE, rounding(control)).bits)).toEqual([
      0n,
      MINUS,
      0n,
      0n,
    ]);
    expect(floatAdd(32, MINUS, MINUS, rounding(2)).bits).toBe(MINUS);
  });

  it("the root of -0 is -0", () => {
    expect(floatSquareRoot(32, MINUS, MASKED)).toEqual({ bits: MINUS, flags: 0 });
  });
});

describe("comparisons", () => {
  it("COMIS and UCOMIS set ZF, PF and CF", () => {
    const flagsOf = (a: bigint, b: bigint): number => RELATION_RFLAGS[floatCompare(32, a, b, MASKED, false).relation];
    expect(flagsOf(TWO, ONE)).toBe(0);
    expect(flagsOf(ONE, TWO)).toBe(0x01);
    expect(flagsOf(0n, MINUS)).toBe(0x40);
    expect(flagsOf(ONE, QUIET_A)).toBe(0x45);
  });

  it.each([
    ["EQ", 0, [0, 1, 0, 0], 0],
    ["LT", 1, [1, 0, 0, 0], Invalid],
    ["LE", 2, [1, 1, 0, 0], Invalid],
    ["UNORD", 3, [0, 0, 0, 1], 0],
    ["NEQ", 4, [1, 0, 1, 1], 0],
    ["NLT", 5, [0, 1, 1, 1], Invalid],
    ["NLE", 6, [0, 0, 1, 1], Invalid],
    ["ORD", 7, [1, 1, 1, 0], 0],
  ])(
    "CMP%sPS: less, equal, greater, unordered, and whether a quiet NaN is invalid",
    (_name, predicate, holds, flags) => {
      const operands = [ONE, TWO, INFINITY, QUIET_A];
      const results = operands.map((a) => floatComparePredicate(64, predicate, widen(a), widen(TWO), MASKED));
      expect(results.map(({ bits }) => (bits === 0n ? 0 : 1))).toEqual(holds);
      expect(results.every(({ bits }) => bits === 0n || bits === 0xffffffffffffffffn)).toBe(true);
      expect(results[3].flags).toBe(flags);
    },
  );
});

const widen = (bits: bigint): bigint => floatConvert(32, 64, bits, MASKED).bits;

describe("conversions", () => {
  it("to integers round as MXCSR says, or toward zero", () => {
    const minusTwoAndAHalf = 0xc0200000n;
    const rounded = [0, 1, 2, 3].map((control) => floatToInteger(32, 32, minusTwoAndAHalf, rounding(control)).bits);
    expect(rounded.map((bits) => BigInt.asIntN(32, bits))).toEqual([-2n, -3n, -2n, -2n]);
    expect(floatToIntegerTruncated(32, 64, minusTwoAndAHalf, rounding(1))).toEqual({
      bits: 0xfffffffffffffffen,
      flags: Inexact,
    });
  });

  it("out of range, infinities and NaNs give the integer indefinite and IE alone", () => {
    const almost = 0x41dfffffffe00000n; // 2^31 - 0.5
    expect(floatToInteger(64, 32, almost, rounding(0))).toEqual({ bits: 0x80000000n, flags: Invalid });
    expect(floatToInteger(64, 32, almost, rounding(1))).toEqual({ bits: 0x7fffffffn, flags: Inexact });
    for (const bits of [INFINITY, QUIET_A, SIGNALLING_A, 0x5f000000n]) {
      expect(floatToInteger(32, 64, bits, MASKED)).toEqual({ bits: 1n << 63n, flags: Invalid });
    }
    expect(floatToInteger(32, 64, 0xdf000000n, MASKED)).toEqual({ bits: 1n << 63n, flags: 0 });
  });

  it("a denormal becomes an integer, or an integral float, without DE", () => {
    expect(floatToInteger(32, 32, SMALLEST, rounding(2))).toEqual({ bits: 1n, flags: Inexact });
    expect(floatRoundToIntegral(32, SMALLEST, 2, MASKED)).toEqual({ bits: ONE, flags: Inexact });
    expect(floatRoundToIntegral(32, MINUS | SMALLEST, 8, MASKED)).toEqual({ bits: MINUS, flags: 0 });
    expect(floatRoundToIntegral(32, SMALLEST, 2, MASKED | DAZ)).toEqual({ bits: 0n, flags: 0 });
  });

  it("from integers rounds", () => {
    expect(integerToFloat(32, 32, 0xffffffffn, MASKED)).toEqual({ bits: ONE | MINUS, flags: 0 });
    expect(integerToFloat(32, 32, 16777217n, rounding(2))).toEqual({ bits: 0x4b800001n, flags: Inexact });
    expect(integerToFloat(64, 64, 1n << 63n, MASKED)).toEqual({ bits: 0xc3e0000000000000n, flags: 0 });
  });
});

it("DPPS adds its products in pairs and puts the sum where the immediate says", () => {
  const four = (lane: bigint): bigint => lane | (lane << 32n) | (lane << 64n) | (lane << 96n);
  const eight = 0x41000000n;
  expect(floatDotProduct(32, four(ONE), four(TWO), 0xf5, MASKED)).toEqual({
    bits: eight | (eight << 64n),
    mxcsr: MASKED,
    raises: false,
  });
  expect(floatDotProduct(32, four(ONE), four(TWO), 0x01, MASKED).bits).toBe(0n);
  // 2^120 * 2^120 overflows in the products already: the sums are not computed.
  const large = 0x7b800000n;
  expect(floatDotProduct(32, four(large), four(large), 0xff, unmasked(Overflow))).toMatchObject({ raises: true });
});

it("no number of the host ever holds a guest's float", () => {
  const folder = new URL("../../../src/machine/float/", import.meta.url);
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(5);
  const floats = /Float(32|64)|Math\.(sqrt|fround|hypot|pow|round|trunc)|DataView|parseFloat/;
  expect(files.filter((file) => floats.test(readFileSync(new URL(file, folder), "utf8")))).toEqual([]);
});
