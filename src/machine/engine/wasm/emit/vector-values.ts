/**
 * Pure nodes that give or take vectors, on WebAssembly's stack: v128, with lane 0 in the lowest bytes as in XMM registers.
 * Most operations of vector-operations.ts are one instruction. What differs from x86 is said where it does.
 */
import type { FloatFormat, LaneMap, LaneOperation, LaneShift, LaneWidth } from "../../../isa/vector-operations.js";
import type { SsaNode } from "../../ssa/index.js";
import { FLOAT_LANES } from "./float-guard.js";
import { Op, type SimdName } from "../assembler/index.js";
import { constantOf, type BlockValues } from "./values.js";

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

/** Those whose result has other lanes than their arguments, by the width of the arguments' lanes. */
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

/** Whether the node's code is written here. */
export function isVectorValue(node: SsaNode): boolean {
  return node.width === 128 || node.args.some(({ width }) => width === 128);
}

function laneDetail({ detail }: SsaNode): Extract<SsaNode["detail"], { kind: "lanes" }> {
  if (detail.kind !== "lanes") throw new TypeError("an operation on lanes says which");
  return detail;
}

/** Pushes the node's value; its arguments come from `values`. */
export function writeVectorValue(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const [a, b, c] = node.args;
  switch (node.op) {
    case "and":
    case "or":
    case "xor":
      values.push(a);
      values.push(b);
      code.simd(`v128.${node.op}`);
      return;
    case "not":
      values.push(a);
      code.simd("v128.not");
      return;
    case "isZero":
      values.push(a);
      code.simd("v128.any_true");
      code.op(Op.I32Eqz);
      return;
    case "select":
      values.push(b);
      values.push(c);
      values.push(a);
      code.op(Op.Select);
      return;
    case "zeroExtend":
      if (values.isHalf(a)) {
        values.pushHalf(a);
        return;
      }
      code.vector(0n);
      if (values.isFloat(a)) {
        values.pushFloat(a);
        code.simdLane(`${FLOAT_LANES[a.width as FloatFormat]}.replace_lane`, 0);
        return;
      }
      values.push(a);
      code.simdLane(`${LANES[a.width as LaneWidth]}.replace_lane`, 0);
      return;
    case "truncate":
      values.push(a);
      writeExtraction(values, node.width as LaneWidth, 0);
      return;
    case "lanes":
    case "mapLanes":
      writeLanes(values, node);
      return;
    case "shiftLanes":
      writeShift(values, node);
      return;
    case "shuffleBytes":
      if (node.detail.kind !== "bytes") throw new TypeError("a shuffle says which bytes");
      values.push(a);
      values.push(b);
      code.simd("i8x16.shuffle");
      code.append(node.detail.indices);
      return;
    case "selectBits":
      values.push(b);
      values.push(c);
      values.push(a);
      code.simd("v128.bitselect");
      return;
    case "extractLane": {
      const { laneWidth, lane } = laneDetail(node);
      values.push(a);
      writeExtraction(values, laneWidth, lane);
      return;
    }
    case "insertLane": {
      const { laneWidth, lane } = laneDetail(node);
      values.push(a);
      if (values.isFloat(b)) {
        values.pushFloat(b);
        code.simdLane(`${FLOAT_LANES[laneWidth as FloatFormat]}.replace_lane`, lane);
        return;
      }
      values.push(b);
      code.simdLane(`${LANES[laneWidth]}.replace_lane`, lane);
      return;
    }
    case "laneSigns": {
      const { laneWidth } = laneDetail(node);
      values.push(a);
      code.simd(`${LANES[laneWidth as 8 | 32 | 64]}.bitmask`);
      return;
    }
    default:
      throw new TypeError(`no code for ${node.op} on vectors`);
  }
}

function writeExtraction({ code }: BlockValues, laneWidth: LaneWidth, lane: number): void {
  if (laneWidth === 64 || laneWidth === 32) code.simdLane(`${LANES[laneWidth]}.extract_lane`, lane);
  else code.simdLane(`${LANES[laneWidth]}.extract_lane_u`, lane);
}

function writeLanes(values: BlockValues, node: SsaNode): void {
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
function writeShift(values: BlockValues, node: SsaNode): void {
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
