/**
 * Pure nodes that give or take vectors, on WebAssembly's stack: v128, with lane 0 in the lowest bytes as in XMM
 * registers. Most operations of vector-operations.ts are one instruction. What differs from x86 is said where it does.
 */
import type { FloatFormat, LaneMap, LaneOperation, LaneShift, LaneWidth } from "../../../isa/vector-operations.js";
import { constantOf, positionOf, type SsaNode } from "../../ssa/index.js";
import { FLOAT_LANES } from "./float/float-lanes.js";
import { call, FUNCTIONS, i32, Op, type SimdName } from "../assembler/index.js";
import type { BlockValues, WriteValue } from "./values.js";

const LANES = { 8: "i8x16", 16: "i16x8", 32: "i32x4", 64: "i64x2" } as const;

/** What stands behind the name of the lanes. */
const SUFFIXES: { readonly [operation in LaneOperation]?: string } = {
  add: "add",
  sub: "sub",
  mul: "mul",
  addSaturatedSigned: "add_sat_s",
  addSaturatedUnsigned: "add_sat_u",
  subSaturatedSigned: "sub_sat_s",
  subSaturatedUnsigned: "sub_sat_u",
  averageUnsigned: "avgr_u",
  minSigned: "min_s",
  minUnsigned: "min_u",
  maxSigned: "max_s",
  maxUnsigned: "max_u",
  equal: "eq",
  greaterSigned: "gt_s",
};

/** Operations whose result has other lanes than their arguments, by the width of the arguments' lanes. */
const RESHAPING: { readonly [operation in LaneOperation | LaneMap]?: { readonly [laneWidth: number]: SimdName } } = {
  multiplyWideLowSigned: { 16: "i32x4.extmul_low_i16x8_s", 32: "i64x2.extmul_low_i32x4_s" },
  multiplyWideHighSigned: { 16: "i32x4.extmul_high_i16x8_s", 32: "i64x2.extmul_high_i32x4_s" },
  multiplyWideLowUnsigned: { 16: "i32x4.extmul_low_i16x8_u", 32: "i64x2.extmul_low_i32x4_u" },
  multiplyWideHighUnsigned: { 16: "i32x4.extmul_high_i16x8_u", 32: "i64x2.extmul_high_i32x4_u" },
  multiplyAddPairs: { 16: "i32x4.dot_i16x8_s" },
  narrowSigned: { 16: "i8x16.narrow_i16x8_s", 32: "i16x8.narrow_i32x4_s" },
  narrowUnsigned: { 16: "i8x16.narrow_i16x8_u", 32: "i16x8.narrow_i32x4_u" },
  absolute: { 8: "i8x16.abs", 16: "i16x8.abs", 32: "i32x4.abs" },
  widenSigned: { 8: "i16x8.extend_low_i8x16_s", 16: "i32x4.extend_low_i16x8_s", 32: "i64x2.extend_low_i32x4_s" },
  widenUnsigned: { 8: "i16x8.extend_low_i8x16_u", 16: "i32x4.extend_low_i16x8_u", 32: "i64x2.extend_low_i32x4_u" },
};

const SHIFTS: Readonly<Record<LaneShift, string>> = { left: "shl", rightUnsigned: "shr_u", rightSigned: "shr_s" };

function laneDetail({ detail }: SsaNode): Extract<SsaNode["detail"], { kind: "lanes" }> {
  if (detail.kind !== "lanes") throw new TypeError("an operation on lanes says which");
  return detail;
}

/** An instruction that takes the arguments in their order. */
export function writeSimd(name: SimdName): WriteValue {
  return (values, { args }) => {
    for (const argument of args) values.push(argument);
    values.code.simd(name);
  };
}

export function writeIsZero(values: BlockValues, { args: [a] }: SsaNode): void {
  values.push(a);
  values.code.simd("v128.any_true");
  values.code.op(Op.I32Eqz);
}

/** A vector with the value in its lowest lane and zeros above. */
export function writeWidened(values: BlockValues, { args: [a] }: SsaNode): void {
  const { code } = values;
  if (values.isHalf(a)) {
    values.pushHalf(a);
    return;
  }
  code.vector(0n);
  writeReplacement(values, a, a.width as LaneWidth, 0);
}

export function writeLowestLane(values: BlockValues, node: SsaNode): void {
  values.push(node.args[0]);
  writeExtraction(values, node.width as LaneWidth, 0);
}

export function writeShuffle(values: BlockValues, { args, detail }: SsaNode): void {
  if (detail.kind !== "bytes") throw new TypeError("a shuffle says which bytes");
  for (const argument of args) values.push(argument);
  values.code.simd("i8x16.shuffle");
  values.code.append(detail.indices);
}

export function writeSelectBits(values: BlockValues, { args: [mask, whenOne, whenZero] }: SsaNode): void {
  values.push(whenOne);
  values.push(whenZero);
  values.push(mask);
  values.code.simd("v128.bitselect");
}

export function writeLane(values: BlockValues, node: SsaNode): void {
  const { laneWidth, lane } = laneDetail(node);
  values.push(node.args[0]);
  writeExtraction(values, laneWidth, lane);
}

export function writeWithLane(values: BlockValues, node: SsaNode): void {
  const { laneWidth, lane } = laneDetail(node);
  const [vector, value] = node.args;
  values.push(vector);
  writeReplacement(values, value, laneWidth, lane);
}

export function writeLaneSigns(values: BlockValues, node: SsaNode): void {
  const { laneWidth } = laneDetail(node);
  values.push(node.args[0]);
  values.code.simd(`${LANES[laneWidth as 8 | 32 | 64]}.bitmask`);
}

/** Puts the value into a lane of the vector on the stack. */
function writeReplacement(values: BlockValues, value: SsaNode, laneWidth: LaneWidth, lane: number): void {
  if (values.isFloat(value)) {
    values.pushFloat(value);
    values.code.simdLane(`${FLOAT_LANES[laneWidth as FloatFormat]}.replace_lane`, lane);
    return;
  }
  values.push(value);
  values.code.simdLane(`${LANES[laneWidth]}.replace_lane`, lane);
}

function writeExtraction({ code }: BlockValues, laneWidth: LaneWidth, lane: number): void {
  if (laneWidth === 64 || laneWidth === 32) code.simdLane(`${LANES[laneWidth]}.extract_lane`, lane);
  else code.simdLane(`${LANES[laneWidth]}.extract_lane_u`, lane);
}

export function writeLanes(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const { operation, laneWidth } = laneDetail(node);
  for (const argument of node.args) values.push(argument);
  if (operation === "swizzle") {
    // Only numbers of 16 and more give 0 here, on x86 only those with bit 7.
    code.vector(0x8f8f_8f8f_8f8f_8f8f_8f8f_8f8f_8f8f_8f8fn);
    code.simd("v128.and");
    code.simd("i8x16.swizzle");
    return;
  }
  const reshaping = RESHAPING[operation as LaneOperation | LaneMap]?.[laneWidth];
  code.simd(reshaping ?? (`${LANES[laneWidth]}.${SUFFIXES[operation as LaneOperation]}` as SimdName));
}

/** WebAssembly takes counts modulo the width; x86 gives 0, or the sign in every bit, for one of the width or more. */
export function writeLaneShift(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const [a, count] = node.args;
  const { operation, laneWidth } = laneDetail(node);
  const name = `${LANES[laneWidth]}.${SHIFTS[operation as LaneShift]}` as SimdName;
  const width = BigInt(laneWidth);
  const isSigned = operation === "rightSigned";
  const constant = constantOf(count);
  if (constant !== null) {
    if (constant >= width && !isSigned) {
      code.vector(0n);
      return;
    }
    values.push(a);
    code.i32(Number(constant < width ? constant : width - 1n));
    code.simd(name);
    return;
  }
  const by = values.local(count);
  const pushIsInside = (): void => {
    code.get(by);
    code.i64(width);
    code.op(Op.I64LtU);
  };
  values.push(a);
  code.get(by);
  if (isSigned) {
    code.i64(width - 1n);
    pushIsInside();
    code.op(Op.Select);
  }
  code.op(Op.I32WrapI64);
  code.simd(name);
  if (isSigned) return;
  code.vector(0n);
  pushIsInside();
  code.op(Op.Select);
}

/** The comparison of PCMPESTRI and its kin. */
export function writeComparedStrings(values: BlockValues, node: SsaNode): void {
  const [a, lengthA, b, lengthB] = node.args;
  const control = i32(positionOf(node));
  const [first, second] = [values.localVector(a), values.localVector(b)];
  const { compareStrings } = FUNCTIONS;
  values.builder.push(call(compareStrings, control, first, values.i32(lengthA), second, values.i32(lengthB)));
}
