/**
 * DPPS and DPPD: the whole register, because their lanes meet.
 *
 * Lanes that immediate bits 7..4 choose are multiplied, the others count as +0; the products are added as (0 + 1) and
 * (2 + 3), then these; immediate bits 3..0 say which lanes of the result get the sum, the rest are +0. Every step
 * rounds and settles its own flags: an unmasked exception in one step keeps the next from running, and an unmasked DE
 * of a sum leaves the O, U and P of the products in MXCSR.
 *
 * Specification: SDM volume 2, DPPS and DPPD.
 */
import { floatAdd, floatMultiply } from "./arithmetic.js";
import { settleFloatFlags, type FloatFormat, type FloatResult } from "./format.js";

const REGISTER_BITS = 128;

/**
 * `x` (the destination) and `y` are 128 bits, as is the result; `mxcsr` and `raises` are as settleFloatFlags gives them
 * for an instruction, already settled step by step.
 */
export function floatDotProduct(
  format: FloatFormat,
  x: bigint,
  y: bigint,
  immediate: number,
  mxcsr: number,
): { readonly bits: bigint; readonly mxcsr: number; readonly raises: boolean } {
  const places = Array.from({ length: REGISTER_BITS / format }, (_, lane) => BigInt(lane * format));
  const lane = (value: bigint, place: bigint): bigint => BigInt.asUintN(format, value >> place);
  const zero: FloatResult = { bits: 0n, flags: 0 };
  let terms = places.map((place, i) =>
    (immediate & (0x10 << i)) === 0 ? zero : floatMultiply(format, lane(x, place), lane(y, place), mxcsr),
  );
  let after = settleFloatFlags(mxcsr, flagsOf(terms));
  // mutant sums-follow-an-exception: while (terms.length > 1)
  while (terms.length > 1 && !after.raises) {
    const sums: FloatResult[] = [];
    for (let i = 0; i < terms.length; i += 2) {
      // mutant higher-lane-goes-first: sums.push(floatAdd(format, terms[i + 1].bits, terms[i].bits, mxcsr));
      sums.push(floatAdd(format, terms[i].bits, terms[i + 1].bits, mxcsr));
    }
    terms = sums;
    after = settleFloatFlags(after.mxcsr, flagsOf(terms));
  }
  const bits = places.reduce(
    (all, place, i) => ((immediate & (1 << i)) === 0 ? all : all | (terms[0].bits << place)),
    0n,
  );
  return { bits, ...after };
}

function flagsOf(results: readonly FloatResult[]): number {
  return results.reduce((flags, result) => flags | result.flags, 0);
}
