/**
 * Floats as SSE computes them, on bits: the reference of both engines. One function is one lane of one operation; it
 * takes MXCSR as it is before the instruction and gives the result's bits and the flags raised. An instruction ORs the
 * flags of its lanes and asks settleFloatFlags what becomes of MXCSR, and whether #XM takes the place of its results.
 *
 * Imports nothing, holds no state. Judged by tests/machine/float/ against a real processor.
 */
export { FloatFlag, Rounding, isNan, settleFloatFlags, type FloatFormat, type FloatResult } from "./format.js";
export { floatAdd, floatDivide, floatMultiply, floatSquareRoot, floatSubtract } from "./arithmetic.js";
export {
  floatCompare,
  floatComparePredicate,
  floatMaximum,
  floatMinimum,
  RELATION_RFLAGS,
  type FloatRelation,
} from "./compare.js";
export {
  floatConvert,
  floatRoundToIntegral,
  floatToInteger,
  floatToIntegerTruncated,
  integerToFloat,
  type IntegerWidth,
} from "./convert.js";
export { reciprocal32, reciprocalSquareRoot32 } from "./reciprocal.js";
export { floatDotProduct } from "./dot.js";
