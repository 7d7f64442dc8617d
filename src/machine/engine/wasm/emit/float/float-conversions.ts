/**
 * Conversions between integers and floats, and between the formats, under the guard (float-guard.ts).
 *
 * Integers of 32 bits fit into float64, and float32 into float64. All else may round: where PE is not set and masked,
 * or rounding is not to nearest, only what is exact is taken. Floats that don't fit into the integer give the most
 * negative one, where IE is set and masked; within a stretch (float-block-guard.ts) they leave the block.
 */
import { NUMBER_WIDTH, type Conversion, type FloatFormat } from "../../../../isa/vector-operations.js";
import type { SsaNode } from "../../../ssa/index.js";
import {
  call,
  type F32,
  type F64,
  type Float,
  FUNCTIONS,
  i32,
  I32,
  i64,
  I64,
  type Local,
  selectBits,
  shuffle,
  splat,
  V128,
  vector,
  written,
} from "../../assembler/index.js";
import { GuardAnswer, GuardClass, LOW_HALVES } from "../../routines/index.js";
import { guardOperands, isInvalidNew, isUnusual, unusualLanes, writeResult } from "./float-guard.js";
import { differs, FLOAT_LANES, lanesOf, spread } from "./float-lanes.js";
import { rangeOfInteger } from "./float-range.js";
import type { FunctionBuilder } from "../function-builder.js";
import type { BlockValues } from "../values.js";

type Integer = "int32" | "int64";
type FloatName = "float32" | "float64";

/** 2 to the power of 31 or 63, which are the least that don't fit, as bits of a float. */
const LIMITS: Readonly<Record<FloatFormat, Readonly<Record<Integer, bigint>>>> = {
  32: { int32: 0x4f00_0000n, int64: 0x5f00_0000n },
  64: { int32: 0x41e0_0000_0000_0000n, int64: 0x43e0_0000_0000_0000n },
};
const ONE_64 = 0x3ff0_0000_0000_0000n;

function isInteger(format: Conversion["from"]): format is Integer {
  return format === "int32" || format === "int64";
}

const formatOf = (float: FloatName): FloatFormat => NUMBER_WIDTH[float];

export function writeConversion(values: BlockValues, node: SsaNode, exit: number): void {
  if (node.detail.kind !== "conversion") throw new TypeError("a conversion says of what");
  const { from, to, truncates, lanes } = node.detail.conversion;
  if (isInteger(from)) {
    if (lanes === 1) convertInteger(values, node, from, formatOf(to as FloatName), exit);
    else convertIntegers(values, node, lanes, exit);
  } else if (isInteger(to)) {
    if (lanes === 1) convertToInteger(values, node, formatOf(from), to, truncates, exit);
    else convertToIntegers(values, node, lanes, truncates, exit);
  } else if (lanes === 1) {
    if (to === "float64") widen(values, node, exit);
    else narrow(values, node, exit);
  } else if (to === "float64") widenLanes(values, node, exit);
  else narrowLanes(values, node, exit);
}

/** What has to hold where an inexact result may not be taken. */
function whenStrict({ builder, guard }: BlockValues, then: () => void): void {
  if (guard === null) builder.if(builder.strictLocal(), then);
}

/** Whether a float's integral part doesn't fit, or it is a NaN. */
function doesNotFit(format: FloatFormat, to: Integer, value: Float): I32 {
  return value.abs().lt(floatOf(format, LIMITS[format][to])).eqz();
}

/**
 * Whether that is so of a number that may be the least integer all the same, or become it when it is rounded: then PE
 * is set, not IE.
 */
function mayFitRounded(format: FloatFormat, to: Integer, value: Float): I32 {
  // mutant least-integer-is-exact: return i32(0);
  return value.abs().lt(floatOf(format, twice(format, LIMITS[format][to])));
}

function floatOf(format: FloatFormat, bits: bigint): Float {
  return format === 64 ? i64(bits).asF64() : i32(Number(bits)).asF32();
}

/** The float with the next exponent. */
function twice(format: FloatFormat, bits: bigint): bigint {
  return bits + (format === 64 ? 1n << 52n : 1n << 23n);
}

/** The lanes whose magnitude is below that of a float. */
function lanesBelow({ builder }: BlockValues, format: FloatFormat, value: V128, bits: bigint): V128 {
  const limit = builder.vectorConstant(spread(format, bits));
  return value.simd(`${FLOAT_LANES[format]}.abs`).simd(`${FLOAT_LANES[format]}.lt`, limit);
}

function toFloat(format: FloatFormat, integer: I32 | I64): Float {
  return format === 64 ? integer.toF64() : integer.toF32();
}

// ---- integers to floats --------------------------------------------------------------------------------------------

function convertInteger(values: BlockValues, node: SsaNode, from: Integer, format: FloatFormat, exit: number): void {
  const { builder } = values;
  const [operand] = node.args;
  const integer = from === "int64" ? values.local64(operand) : values.local32(operand);
  const result = builder.kept(toFloat(format, integer));
  if (from !== "int32" || format !== 64)
    whenStrict(values, () => {
      builder.leaveIf(doesNotFit(format, from, result), exit);
      const differsFrom =
        from === "int64" ? result.truncToI64().ne(integer as I64) : result.truncToI32().xor(integer as I32);
      builder.leaveIf(differsFrom, exit);
    });
  noteInteger(values, node, NUMBER_WIDTH[from], format);
  values.keepFloat(node, result);
}

/** The node is a whole number of that many bits. */
function noteInteger(values: BlockValues, node: SsaNode, bits: number, format: FloatFormat): void {
  values.noteOrdinary(node);
  values.guard?.ranges.note(node, format, rangeOfInteger(bits - 1));
}

function convertIntegers(values: BlockValues, node: SsaNode, lanes: 2 | 4, exit: number): void {
  const { builder } = values;
  const [operand] = node.args;
  if (lanes === 2) {
    const result = builder.kept(values.half(operand).simd("f64x2.convert_low_i32x4_s"));
    noteInteger(values, node, 32, 64);
    values.keep(node, result);
    return;
  }
  const integers = values.localVector(operand);
  const result = builder.kept(integers.simd("f32x4.convert_i32x4_s"));
  whenStrict(values, () => {
    // What is rounded up to 2^31 would come back as 2^31 - 1.
    const isLimit = result.simd("f32x4.eq", vector(spread(32, LIMITS[32].int32)));
    const isInexact = result.simd("i32x4.trunc_sat_f32x4_s").simd("i32x4.ne", integers);
    builder.leaveIf(isLimit.or(isInexact).anyTrue(), exit);
  });
  noteInteger(values, node, 32, 32);
  values.keep(node, result);
}

// ---- floats to integers --------------------------------------------------------------------------------------------

/** It would trap where the value doesn't fit, which is looked at before. */
function convertToInteger(
  values: BlockValues,
  node: SsaNode,
  format: FloatFormat,
  to: Integer,
  truncates: boolean,
  exit: number,
): void {
  const { builder } = values;
  const float = values.localFloat(node.args[0]);
  const rounded = truncates ? float : builder.kept(float.nearest());
  const isOut = builder.kept(doesNotFit(format, to, rounded));
  writeInvalid(values, isOut, exit);
  const result = to === "int64" ? builder.temporaryOf(I64) : builder.temporaryOf(I32);
  builder.if(
    isOut,
    () => {
      whenStrict(values, () => builder.leaveIf(mayFitRounded(format, to, float), exit));
      setInteger(builder, result, to === "int64" ? i64(1n << 63n) : i32(1 << 31));
    },
    () => {
      setInteger(builder, result, to === "int64" ? rounded.truncToI64() : rounded.truncToI32());
      whenStrict(values, () => {
        const back = builder.kept(toFloat(format, result));
        builder.leaveIf(differs(format, back, float, false), exit);
      });
    },
  );
  values.keep(node, result);
}

function setInteger(builder: FunctionBuilder, result: Local<I32> | Local<I64>, value: I32 | I64): void {
  builder.set(result as Local<I32 | I64>, value);
}

/** Leaves where a conversion that is out of range may not be taken. */
function writeInvalid({ builder, guard }: BlockValues, isOut: I32, exit: number): void {
  // mutant integers-out-of-range-set-no-flag: builder.leaveIf(guard === null ? i32(0) : isOut, exit);
  builder.leaveIf(guard === null ? isOut.and(isInvalidNew(builder.core)) : isOut, exit);
}

function convertToIntegers(values: BlockValues, node: SsaNode, lanes: 2 | 4, truncates: boolean, exit: number): void {
  const { builder } = values;
  const format = lanes === 2 ? 64 : 32;
  const floats = values.localVector(node.args[0]);
  const rounded = truncates ? floats : builder.kept(floats.simd(`${FLOAT_LANES[format]}.nearest`));
  const limit = LIMITS[format].int32;
  const outside = builder.kept(lanesBelow(values, format, rounded, limit).not());
  writeInvalid(values, outside.anyTrue(), exit);
  const result = builder.kept(rounded.simd(lanes === 2 ? "i32x4.trunc_sat_f64x2_s_zero" : "i32x4.trunc_sat_f32x4_s"));
  whenStrict(values, () => {
    const back = result.simd(lanes === 2 ? "f64x2.convert_low_i32x4_s" : "f32x4.convert_i32x4_s");
    const isInexact = back.simd(`${FLOAT_LANES[format]}.ne`, floats).andNot(outside);
    // As `mayFitRounded`.
    const mayFit = outside.and(lanesBelow(values, format, floats, twice(format, limit)));
    builder.leaveIf(isInexact.or(mayFit).anyTrue(), exit);
  });
  if (values.guard === null) {
    const replaced = lanes === 2 ? shuffle(outside, vector(0n), LOW_HALVES) : outside;
    builder.set(result, selectBits(replaced, vector(spread(32, 1n << 31n)), result));
  }
  if (lanes === 2) values.keepHalf(node, result);
  else values.keep(node, result);
}

// ---- between the formats -------------------------------------------------------------------------------------------

/** The node is its argument in another format. */
function noteWidened(values: BlockValues, node: SsaNode): void {
  values.noteOrdinary(node);
  const range = values.guard?.ranges.find(node.args[0], 32) ?? null;
  if (range !== null) values.guard?.ranges.note(node, 64, range);
}

function widen(values: BlockValues, node: SsaNode, exit: number): void {
  const float = values.localFloat(node.args[0]);
  const { builder } = values;
  const result = builder.kept((float as Float as F32).toF64());
  const repair = (): void => {
    const repaired = call(FUNCTIONS.widenNans, lanesOf(32, float, false), lanesOf(64, result, false));
    writeResult(builder, 64, result, repaired, false);
  };
  guardOperands(values, node, { operands: [float], format: 32, isPacked: false, repair }, exit);
  noteWidened(values, node);
  values.keepFloat(node, result);
}

function widenLanes(values: BlockValues, node: SsaNode, exit: number): void {
  const { builder } = values;
  const half = builder.kept(values.half(node.args[0]));
  const result = builder.kept(half.simd("f64x2.promote_low_f32x4"));
  const repair = (): void => builder.set(result, call(FUNCTIONS.widenNans, half, result));
  guardOperands(values, node, { operands: [half], format: 32, isPacked: true, repair }, exit);
  noteWidened(values, node);
  values.keep(node, result);
}

function narrow(values: BlockValues, node: SsaNode, exit: number): void {
  const float = values.localFloat(node.args[0]);
  const wide = float as Float as F64;
  const result = values.builder.kept(wide.toF32());
  if (values.guard === null) guardNarrowing(values, wide, result, exit);
  else values.guard.admitNarrowing(node, float, false);
  values.noteOrdinary(node);
  values.keepFloat(node, result);
}

function guardNarrowing(values: BlockValues, wide: F64, result: Local<F32>, exit: number): void {
  const { builder } = values;
  builder.block((done) => {
    builder.block((odd) => {
      builder.brIf(odd, isUnusual(64, wide, 1));
      builder.brIf(odd, isUnusual(32, result, 2));
      whenStrict(values, () => builder.leaveIf(result.toF64().eq(wide).eqz(), exit));
      builder.br(done);
    });
    writeOddNarrowing(builder, wide, result, exit);
  });
}

/** Zeros and infinities stay what they are, NaNs are made of bits; all else that isn't ordinary leaves. */
function writeOddNarrowing(builder: FunctionBuilder, wide: F64, result: Local<F32>, exit: number): void {
  const lanes = lanesOf(64, wide, false);
  const answer = builder.temporaryOf(I32);
  const kind = i32(GuardClass.Operands);
  builder.set(answer, call(FUNCTIONS.floatGuard64, builder.core, kind, lanes, lanes, lanes));
  const isInfinite = wide.abs().eq(i64(0x7ff0_0000_0000_0000n).asF64());
  const isExact = wide.eq(i64(0).asF64()).or(isInfinite).or(answer.and(GuardAnswer.Nan));
  builder.leaveIf(answer.eq(GuardAnswer.Leave).or(isExact.eqz()), exit);
  builder.if(answer.and(GuardAnswer.Nan), () => {
    const repaired = call(FUNCTIONS.narrowNans, lanes, splat("f32x4", result));
    writeResult(builder, 32, result, repaired, false);
  });
  builder.set(builder.oddLocal(), builder.oddLocal().or(answer));
}

function narrowLanes(values: BlockValues, node: SsaNode, exit: number): void {
  const { builder } = values;
  const floats = values.localVector(node.args[0]);
  if (values.guard === null) guardLanesNarrowing(values, floats, exit);
  else values.guard.admitNarrowing(node, floats, true);
  const result = builder.kept(floats.simd("f32x4.demote_f64x2_zero"));
  whenStrict(values, () => builder.leaveIf(differs(64, result.simd("f64x2.promote_low_f32x4"), floats, true), exit));
  values.noteOrdinary(node);
  values.keepHalf(node, result);
}

function guardLanesNarrowing({ builder }: BlockValues, floats: Local<V128>, exit: number): void {
  // Zeros are judged as ones.
  const ones = floats.simd("f64x2.eq", vector(0n)).and(builder.vectorConstant(spread(64, ONE_64)));
  const judged = builder.kept(floats.or(ones));
  const isUnusualNarrowed = written(V128, () => {
    const narrowed = judged.simd("f32x4.demote_f64x2_zero");
    const both = builder.kept(splat("f64x2", narrowed.lane("f64x2", 0)));
    builder.push(unusualLanes(builder, 32, both));
  });
  builder.leaveIf(unusualLanes(builder, 64, judged).or(isUnusualNarrowed).anyTrue(), exit);
}
