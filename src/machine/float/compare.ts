/**
 * MIN, MAX, COMIS, UCOMIS and the predicates of CMPccPS and its kin, of one lane.
 *
 * Specification: SDM volume 2, MINPS, MAXPS, COMISS, UCOMISS, CMPPS (table 3-1); volume 1, 4.8.3.5 and 11.5.2.1.
 */
import {
  denormalFlag,
  FloatFlag,
  isNan,
  isSignallingNan,
  isZero,
  layoutOf,
  signedZero,
  unpack,
  type FloatFormat,
  type FloatResult,
  type Unpacked,
} from "./format.js";

export type FloatRelation = "less" | "equal" | "greater" | "unordered";

/** What COMIS and UCOMIS put into RFLAGS: ZF (bit 6), PF (bit 2) and CF (bit 0). They clear OF, SF and AF. */
export const RELATION_RFLAGS: Readonly<Record<FloatRelation, number>> = {
  greater: 0,
  less: 0x01,
  equal: 0x40,
  unordered: 0x45,
};

/**
 * How `a` stands to `b`. A quiet NaN raises IE where `isSignalling` (COMIS, CMPLT, CMPLE and their negations) and not
 * otherwise (UCOMIS and the rest); a signalling NaN always does.
 */
export function floatCompare(
  format: FloatFormat,
  a: bigint,
  b: bigint,
  mxcsr: number,
  isSignalling: boolean,
): { readonly relation: FloatRelation; readonly flags: number } {
  if (isNan(format, a) || isNan(format, b)) {
    const isInvalid = isSignalling || isSignallingNan(format, a) || isSignallingNan(format, b);
    return { relation: "unordered", flags: isInvalid ? FloatFlag.Invalid : 0 };
  }
  const x = unpack(format, a, mxcsr);
  const y = unpack(format, b, mxcsr);
  const left = orderKey(format, x, a);
  const right = orderKey(format, y, b);
  return {
    relation: left < right ? "less" : left > right ? "greater" : "equal",
    flags: denormalFlag(x, y),
  };
}

/** Magnitudes of floats are ordered as their bits are; both zeros, and with DAZ all denormals, are 0. */
function orderKey(format: FloatFormat, x: Unpacked, bits: bigint): bigint {
  // mutant zeros-have-an-order: if (isZero(x)) return x.isNegative ? -1n : 0n;
  if (isZero(x)) return 0n;
  const magnitude = bits & (layoutOf(format).sign - 1n);
  return x.isNegative ? -magnitude : magnitude;
}

/** Bits 2..0 of the immediate of CMPPS, CMPPD, CMPSS and CMPSD; the upper four are the negations of the lower. */
const HOLDS: readonly ((relation: FloatRelation) => boolean)[] = [
  (relation) => relation === "equal",
  (relation) => relation === "less",
  (relation) => relation === "less" || relation === "equal",
  (relation) => relation === "unordered",
];
const LESS = 1;
const LESS_OR_EQUAL = 2;

/** All ones where the predicate (0 to 7) holds, otherwise 0. */
export function floatComparePredicate(
  format: FloatFormat,
  predicate: number,
  a: bigint,
  b: bigint,
  mxcsr: number,
): FloatResult {
  const base = predicate & 3;
  // mutant cmple-is-quiet: const isSignalling = base === LESS;
  const isSignalling = base === LESS || base === LESS_OR_EQUAL;
  const { relation, flags } = floatCompare(format, a, b, mxcsr, isSignalling);
  const holds = HOLDS[base](relation) !== predicate >= 4;
  return { bits: holds ? layoutOf(format).allOnes : 0n, flags };
}

/** a < b ? a : b. With a NaN, and for two zeros, it is `b`, unchanged: a signalling NaN stays one. */
export function floatMinimum(format: FloatFormat, a: bigint, b: bigint, mxcsr: number): FloatResult {
  return choose(format, a, b, mxcsr, "less");
}

/** a > b ? a : b, with the same rules. */
export function floatMaximum(format: FloatFormat, a: bigint, b: bigint, mxcsr: number): FloatResult {
  return choose(format, a, b, mxcsr, "greater");
}

function choose(format: FloatFormat, a: bigint, b: bigint, mxcsr: number, wanted: FloatRelation): FloatResult {
  const { relation, flags } = floatCompare(format, a, b, mxcsr, true);
  // mutant equal-operands-give-the-first: const bits = relation === wanted || relation === "equal" ? a : b;
  const bits = relation === wanted ? a : b;
  if (isNan(format, bits)) return { bits, flags };
  // With DAZ the operand that comes back is the zero that was compared.
  const x = unpack(format, bits, mxcsr);
  return { bits: isZero(x) ? signedZero(format, x.isNegative) : bits, flags };
}
