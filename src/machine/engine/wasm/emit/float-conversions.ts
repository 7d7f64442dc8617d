/**
 * Conversions between integers and floats, and between the formats, under the guard (float-guard.ts).
 *
 * Integers of 32 bits fit into float64, and float32 into float64. All else may round: where PE is not set and masked,
 * or rounding is not to nearest, only what is exact is taken. Floats that don't fit into the integer leave the block:
 * x86 gives the most negative integer and sets IE.
 */
import { NUMBER_WIDTH, type Conversion, type FloatFormat } from "../../../isa/vector-operations.js";
import type { SsaNode } from "../../ssa/index.js";
import { guardOperands, pushDiffers, pushIsUnusual, pushUnusualLanes } from "./float-guard.js";
import { FLOAT_LANES, floatType, spread } from "./float-lanes.js";
import { rangeOfInteger } from "./float-range.js";
import { Op, Type } from "../assembler/index.js";
import type { BlockValues } from "./values.js";

type Integer = "int32" | "int64";
type Float = "float32" | "float64";

const CONVERT: Readonly<Record<FloatFormat, Readonly<Record<Integer, Op>>>> = {
  32: { int32: Op.F32ConvertI32S, int64: Op.F32ConvertI64S },
  64: { int32: Op.F64ConvertI32S, int64: Op.F64ConvertI64S },
};
/** They trap where the value doesn't fit, which is looked at before. */
const TRUNCATE: Readonly<Record<FloatFormat, Readonly<Record<Integer, Op>>>> = {
  32: { int32: Op.I32TruncF32S, int64: Op.I64TruncF32S },
  64: { int32: Op.I32TruncF64S, int64: Op.I64TruncF64S },
};
const REINTERPRET = { 32: Op.F32ReinterpretI32, 64: Op.F64ReinterpretI64 } as const;

/** 2 to the power of 31 or 63, which are the least that don't fit, as bits of a float. */
const LIMITS: Readonly<Record<FloatFormat, Readonly<Record<Integer, bigint>>>> = {
  32: { int32: 0x4f00_0000n, int64: 0x5f00_0000n },
  64: { int32: 0x41e0_0000_0000_0000n, int64: 0x43e0_0000_0000_0000n },
};
const ONE_64 = 0x3ff0_0000_0000_0000n;

function isInteger(format: Conversion["from"]): format is Integer {
  return format === "int32" || format === "int64";
}

const formatOf = (float: Float): FloatFormat => NUMBER_WIDTH[float];

export function writeConversion(values: BlockValues, node: SsaNode, exit: number): void {
  if (node.detail.kind !== "conversion") throw new TypeError("a conversion says of what");
  const { from, to, truncates, lanes } = node.detail.conversion;
  if (isInteger(from)) {
    if (lanes === 1) convertInteger(values, node, from, formatOf(to as Float), exit);
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

/** Leaves if the condition that `push` pushes holds. */
function leaveIf({ builder }: BlockValues, exit: number, push: () => void): void {
  push();
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
}

/** What has to hold where an inexact result may not be taken. */
function whenStrict({ builder, code, guard }: BlockValues, then: () => void): void {
  if (guard !== null) return;
  code.get(builder.strict());
  builder.open(Op.If, "plain");
  then();
  builder.close();
}

/** Pushes whether a float's integral part doesn't fit, or it is a NaN. */
function pushDoesNotFit({ code }: BlockValues, format: FloatFormat, to: Integer, local: number): void {
  code.get(local);
  code.op(format === 64 ? Op.F64Abs : Op.F32Abs);
  if (format === 64) code.i64(LIMITS[64][to]);
  else code.i32(Number(LIMITS[32][to]));
  code.op(REINTERPRET[format]);
  code.op(format === 64 ? Op.F64Lt : Op.F32Lt);
  code.op(Op.I32Eqz);
}

/** The same of any lane, for integers of 32 bits. */
function pushLanesDoNotFit({ builder, code }: BlockValues, format: FloatFormat, local: number): void {
  code.get(local);
  code.simd(`${FLOAT_LANES[format]}.abs`);
  code.get(builder.constant(spread(format, LIMITS[format].int32)));
  code.simd(`${FLOAT_LANES[format]}.lt`);
  code.simd(format === 64 ? "i64x2.all_true" : "i32x4.all_true");
  code.op(Op.I32Eqz);
}

function keep(values: BlockValues, type: Type): number {
  const local = values.builder.temporary(type);
  values.code.set(local);
  return local;
}

// ---- integers to floats --------------------------------------------------------------------------------------------

function convertInteger(values: BlockValues, node: SsaNode, from: Integer, format: FloatFormat, exit: number): void {
  const { code } = values;
  const integer = values.local(node.args[0]);
  code.get(integer);
  code.op(CONVERT[format][from]);
  const result = keep(values, floatType(format));
  if (from !== "int32" || format !== 64)
    whenStrict(values, () => {
      leaveIf(values, exit, () => pushDoesNotFit(values, format, from, result));
      leaveIf(values, exit, () => {
        code.get(result);
        code.op(TRUNCATE[format][from]);
        code.get(integer);
        code.op(from === "int64" ? Op.I64Ne : Op.I32Xor);
      });
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
  const { code } = values;
  if (lanes === 2) {
    values.pushHalf(node.args[0]);
    code.simd("f64x2.convert_low_i32x4_s");
    noteInteger(values, node, 32, 64);
    values.keep(node, keep(values, Type.V128));
    return;
  }
  const integers = values.local(node.args[0]);
  code.get(integers);
  code.simd("f32x4.convert_i32x4_s");
  const result = keep(values, Type.V128);
  whenStrict(values, () =>
    leaveIf(values, exit, () => {
      // What is rounded up to 2^31 would come back as 2^31 - 1.
      code.get(result);
      code.vector(spread(32, LIMITS[32].int32));
      code.simd("f32x4.eq");
      code.get(result);
      code.simd("i32x4.trunc_sat_f32x4_s");
      code.get(integers);
      code.simd("i32x4.ne");
      code.simd("v128.or");
      code.simd("v128.any_true");
    }),
  );
  noteInteger(values, node, 32, 32);
  values.keep(node, result);
}

// ---- floats to integers --------------------------------------------------------------------------------------------

function convertToInteger(
  values: BlockValues,
  node: SsaNode,
  format: FloatFormat,
  to: Integer,
  truncates: boolean,
  exit: number,
): void {
  const { code } = values;
  const float = values.localFloat(node.args[0]);
  let rounded = float;
  if (!truncates) {
    code.get(float);
    code.op(format === 64 ? Op.F64Nearest : Op.F32Nearest);
    rounded = keep(values, floatType(format));
  }
  leaveIf(values, exit, () => pushDoesNotFit(values, format, to, rounded));
  code.get(rounded);
  code.op(TRUNCATE[format][to]);
  const result = keep(values, to === "int64" ? Type.I64 : Type.I32);
  whenStrict(values, () =>
    leaveIf(values, exit, () => {
      code.get(result);
      code.op(CONVERT[format][to]);
      const back = keep(values, floatType(format));
      pushDiffers(values, format, false, back, float);
    }),
  );
  values.keep(node, result);
}

function convertToIntegers(values: BlockValues, node: SsaNode, lanes: 2 | 4, truncates: boolean, exit: number): void {
  const { code } = values;
  const format = lanes === 2 ? 64 : 32;
  const floats = values.local(node.args[0]);
  let rounded = floats;
  if (!truncates) {
    code.get(floats);
    code.simd(`${FLOAT_LANES[format]}.nearest`);
    rounded = keep(values, Type.V128);
  }
  leaveIf(values, exit, () => pushLanesDoNotFit(values, format, rounded));
  code.get(rounded);
  code.simd(lanes === 2 ? "i32x4.trunc_sat_f64x2_s_zero" : "i32x4.trunc_sat_f32x4_s");
  const result = keep(values, Type.V128);
  whenStrict(values, () =>
    leaveIf(values, exit, () => {
      code.get(result);
      code.simd(lanes === 2 ? "f64x2.convert_low_i32x4_s" : "f32x4.convert_i32x4_s");
      code.get(floats);
      code.simd(`${FLOAT_LANES[format]}.ne`);
      code.simd("v128.any_true");
    }),
  );
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
  const { code } = values;
  const float = values.localFloat(node.args[0]);
  guardOperands(values, node, [float], 32, false, exit);
  code.get(float);
  code.op(Op.F64PromoteF32);
  noteWidened(values, node);
  values.keepFloat(node, keep(values, Type.F64));
}

function widenLanes(values: BlockValues, node: SsaNode, exit: number): void {
  const { code } = values;
  values.pushHalf(node.args[0]);
  const half = keep(values, Type.V128);
  guardOperands(values, node, [half], 32, true, exit);
  code.get(half);
  code.simd("f64x2.promote_low_f32x4");
  noteWidened(values, node);
  values.keep(node, keep(values, Type.V128));
}

function narrow(values: BlockValues, node: SsaNode, exit: number): void {
  const { code } = values;
  const float = values.localFloat(node.args[0]);
  code.get(float);
  code.op(Op.F32DemoteF64);
  const result = keep(values, Type.F32);
  if (values.guard === null) guardNarrowing(values, float, result, exit);
  else values.guard.admitNarrowing(node, float, false);
  values.noteOrdinary(node);
  values.keepFloat(node, result);
}

function guardNarrowing(values: BlockValues, float: number, result: number, exit: number): void {
  const { builder, code } = values;
  builder.open(Op.Block, "plain");
  builder.open(Op.Block, "plain");
  pushIsUnusual(values, 64, float, 1);
  code.op1(Op.BrIf, 0);
  pushIsUnusual(values, 32, result, 2);
  code.op1(Op.BrIf, 0);
  whenStrict(values, () =>
    leaveIf(values, exit, () => {
      code.get(result);
      code.op(Op.F64PromoteF32);
      code.get(float);
      code.op(Op.F64Eq);
      code.op(Op.I32Eqz);
    }),
  );
  code.op1(Op.Br, 1);
  builder.close();
  leaveIf(values, exit, () => {
    code.get(float);
    code.i64(0n);
    code.op(Op.F64ReinterpretI64);
    code.op(Op.F64Eq);
    code.op(Op.I32Eqz);
  });
  builder.close();
}

function narrowLanes(values: BlockValues, node: SsaNode, exit: number): void {
  const { code } = values;
  const floats = values.local(node.args[0]);
  if (values.guard === null) guardLanesNarrowing(values, floats, exit);
  else values.guard.admitNarrowing(node, floats, true);
  code.get(floats);
  code.simd("f32x4.demote_f64x2_zero");
  const result = keep(values, Type.V128);
  whenStrict(values, () =>
    leaveIf(values, exit, () => {
      code.get(result);
      code.simd("f64x2.promote_low_f32x4");
      code.get(floats);
      code.simd("f64x2.ne");
      code.simd("v128.any_true");
    }),
  );
  values.noteOrdinary(node);
  values.keepHalf(node, result);
}

function guardLanesNarrowing(values: BlockValues, floats: number, exit: number): void {
  const { builder, code } = values;
  // Zeros are judged as ones.
  code.get(floats);
  code.get(floats);
  code.vector(0n);
  code.simd("f64x2.eq");
  code.get(builder.constant(spread(64, ONE_64)));
  code.simd("v128.and");
  code.simd("v128.or");
  const judged = keep(values, Type.V128);
  leaveIf(values, exit, () => {
    pushUnusualLanes(values, 64, judged);
    code.get(judged);
    code.simd("f32x4.demote_f64x2_zero");
    code.simdLane("f64x2.extract_lane", 0);
    code.simd("f64x2.splat");
    const narrowed = keep(values, Type.V128);
    pushUnusualLanes(values, 32, narrowed);
    code.simd("v128.or");
    code.simd("v128.any_true");
  });
}
