/**
 * Operations of the seam on floats, over the lanes of a value: src/machine/float does one lane, this goes through them.
 *
 * Invariant: nothing here changes MXCSR. The flags of all lanes come back together, for the binding to settle.
 */
import {
  floatAdd,
  floatCompare,
  floatComparePredicate,
  floatConvert,
  floatDivide,
  floatMaximum,
  floatMinimum,
  floatMultiply,
  floatRoundToIntegral,
  floatSquareRoot,
  floatSubtract,
  floatToInteger,
  floatToIntegerTruncated,
  integerToFloat,
  reciprocal32,
  reciprocalSquareRoot32,
  RELATION_RFLAGS,
  type FloatResult,
} from "../../float/index.js";
import {
  NUMBER_WIDTH,
  type Conversion,
  type FloatBinary,
  type FloatFormat,
  type FloatUnary,
} from "../../isa/vector-operations.js";

/** A lane of each of two values to one of the result. */
type Lane = (a: bigint, b: bigint, index: number) => FloatResult;

function overLanes(fromWidth: number, toWidth: number, lanes: number, a: bigint, b: bigint, apply: Lane): FloatResult {
  if (lanes === 1) return apply(a, b, 0);
  let bits = 0n;
  let flags = 0;
  for (let lane = 0; lane < lanes; lane++) {
    const at = BigInt(lane * fromWidth);
    const result = apply(BigInt.asUintN(fromWidth, a >> at), BigInt.asUintN(fromWidth, b >> at), lane);
    bits |= result.bits << BigInt(lane * toWidth);
    flags |= result.flags;
  }
  return { bits, flags };
}

function unaryLane(
  operation: FloatUnary,
  format: FloatFormat,
  a: bigint,
  immediate: number,
  mxcsr: number,
): FloatResult {
  switch (operation) {
    case "sqrt":
      return floatSquareRoot(format, a, mxcsr);
    case "round":
      return floatRoundToIntegral(format, a, immediate, mxcsr);
    case "reciprocal":
      return { bits: reciprocal32(a), flags: 0 };
    case "reciprocalSqrt":
      return { bits: reciprocalSquareRoot32(a), flags: 0 };
  }
}

export function unaryLanes(
  operation: FloatUnary,
  format: FloatFormat,
  width: number,
  a: bigint,
  immediate: number,
  mxcsr: number,
): FloatResult {
  return overLanes(format, format, width / format, a, 0n, (lane) =>
    unaryLane(operation, format, lane, immediate, mxcsr),
  );
}

const BINARY = {
  add: floatAdd,
  sub: floatSubtract,
  mul: floatMultiply,
  div: floatDivide,
  min: floatMinimum,
  max: floatMaximum,
} as const;

export function binaryLanes(
  operation: FloatBinary,
  format: FloatFormat,
  width: number,
  a: bigint,
  b: bigint,
  immediate: number,
  mxcsr: number,
): FloatResult {
  return overLanes(format, format, width / format, a, b, (left, right, index) => {
    if (operation === "compare") return floatComparePredicate(format, immediate, left, right, mxcsr);
    const one = operation === "addSub" ? (index % 2 === 0 ? "sub" : "add") : operation;
    return BINARY[one](format, left, right, mxcsr);
  });
}

const FORMAT = { float32: 32, float64: 64 } as const;

export function convertLanes({ from, to, truncates, lanes }: Conversion, a: bigint, mxcsr: number): FloatResult {
  const fromWidth = NUMBER_WIDTH[from];
  const toWidth = NUMBER_WIDTH[to];
  return overLanes(fromWidth, toWidth, lanes, a, 0n, (lane) => {
    if (from === "int32" || from === "int64") return integerToFloat(toWidth, fromWidth, lane, mxcsr);
    if (to === "float32" || to === "float64") return floatConvert(FORMAT[from], FORMAT[to], lane, mxcsr);
    const convert = truncates ? floatToIntegerTruncated : floatToInteger;
    return convert(FORMAT[from], toWidth, lane, mxcsr);
  });
}

/** `bits`: ZF, PF and CF at their places in RFLAGS. */
export function relate(format: FloatFormat, signalsQuiet: boolean, a: bigint, b: bigint, mxcsr: number): FloatResult {
  const { relation, flags } = floatCompare(format, a, b, mxcsr, signalsQuiet);
  return { bits: BigInt(RELATION_RFLAGS[relation]), flags };
}
