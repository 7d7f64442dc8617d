/**
 * What is known of floats before a block runs: for each lane of a value, that it is 0, or between two powers of two.
 * Sums, products, quotients and roots of such numbers can't be denormal, infinite or a NaN where the bounds that follow
 * are within the format's, and so need no guard of their own (float-block-guard.ts).
 */
import type { FloatFormat } from "../../../../isa/vector-operations.js";
import { constantOf, type SsaNode } from "../../../ssa/index.js";

/** A lane is 0, if `hasZero`, or 2^least <= |lane| <= 2^most; and it is a multiple of 2^grain. */
export interface FloatRange {
  readonly least: number;
  readonly most: number;
  readonly grain: number;
  readonly hasZero: boolean;
}

/** Digits of a significand, and the exponents of normal numbers. */
const FORMATS = {
  32: { digits: 24, least: -126, most: 127 },
  64: { digits: 53, least: -1022, most: 1023 },
} as const;

export const ZERO: FloatRange = { least: Infinity, most: -Infinity, grain: Infinity, hasZero: true };

/** Normal numbers from 2^least to 2^most, or 0. */
export function rangeBetween(format: FloatFormat, least: number, most: number, hasZero = true): FloatRange {
  return { least, most, grain: least - FORMATS[format].digits + 1, hasZero };
}

/** Whole numbers of up to `bits` bits and a sign, rounded. */
export function rangeOfInteger(bits: number): FloatRange {
  return { least: 0, most: bits, grain: 0, hasZero: true };
}

export function rangeOfEither(a: FloatRange, b: FloatRange): FloatRange {
  return {
    least: Math.min(a.least, b.least),
    most: Math.max(a.most, b.most),
    grain: Math.min(a.grain, b.grain),
    hasZero: a.hasZero || b.hasZero,
  };
}

/**
 * Whether all numbers of the range are normal or 0 in the format, and neither tiny nor too large before they are
 * rounded to it.
 */
export function isWithin(format: FloatFormat, { least, most }: FloatRange): boolean {
  return least >= FORMATS[format].least && most <= FORMATS[format].most;
}

/** Sums are as fine as the finer operand, so what is left of a difference is 0 or no less than that. */
export function rangeOfSum(a: FloatRange, b: FloatRange): FloatRange {
  const grain = Math.min(a.grain, b.grain);
  /* mutant difference-is-no-smaller:
     return { least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) + 1, grain, hasZero: true }; */
  return { least: grain, most: Math.max(a.most, b.most) + 1, grain, hasZero: true };
}

export function rangeOfProduct(format: FloatFormat, a: FloatRange, b: FloatRange): FloatRange {
  // mutant product-is-as-its-first-factor: return rangeBetween(format, a.least, a.most, a.hasZero || b.hasZero);
  return rangeBetween(format, a.least + b.least, a.most + b.most, a.hasZero || b.hasZero);
}

/** The quotient by a divisor that is not 0. */
export function rangeOfQuotient(format: FloatFormat, a: FloatRange, b: FloatRange): FloatRange {
  // mutant quotient-is-as-its-dividend: return rangeBetween(format, a.least, a.most, a.hasZero);
  return rangeBetween(format, a.least - b.most, a.most - b.least, a.hasZero);
}

/** How far a value is followed through shuffles. */
const MOST_STEPS = 6;

/** Ranges of the values of a block, by format. */
export class FloatRanges {
  private readonly known = { 32: new Map<SsaNode, FloatRange>(), 64: new Map<SsaNode, FloatRange>() };

  note(node: SsaNode, format: FloatFormat, range: FloatRange): void {
    this.known[format].set(node, range);
  }

  /** Null where nothing is known of some lane. */
  find(node: SsaNode, format: FloatFormat, steps = MOST_STEPS): FloatRange | null {
    const known = this.known[format].get(node);
    if (known !== undefined) return known;
    if (constantOf(node) === 0n) return ZERO;
    if (steps === 0) return null;
    const of = (argument: SsaNode): FloatRange | null => this.find(argument, format, steps - 1);
    const either = (one: SsaNode, other: FloatRange | null): FloatRange | null => {
      const range = other === null ? null : of(one);
      return range === null || other === null ? null : rangeOfEither(range, other);
    };
    const [a, b] = node.args;
    const { detail } = node;
    switch (node.op) {
      case "truncate":
        return node.width >= format ? of(a) : null;
      case "zeroExtend":
        return a.width >= format ? either(a, ZERO) : null;
      case "extractLane":
        return detail.kind === "lanes" && detail.laneWidth >= format ? of(a) : null;
      case "insertLane":
        // mutant vector-is-as-its-scalar: return detail.kind === "lanes" && detail.laneWidth >= format ? of(b) : null;
        return detail.kind === "lanes" && detail.laneWidth >= format ? either(a, of(b)) : null;
      case "shuffleBytes": {
        if (detail.kind !== "bytes" || !keepsLanes(detail.indices, format / 8)) return null;
        const { indices } = detail;
        if (indices.every((index) => index < 16)) return of(a);
        return indices.every((index) => index >= 16) ? of(b) : either(a, of(b));
      }
      default:
        return null;
    }
  }
}

function keepsLanes(indices: readonly number[], bytes: number): boolean {
  return indices.every(
    (index, at) => index % bytes === at % bytes && index - (at % bytes) === indices[at - (at % bytes)],
  );
}
