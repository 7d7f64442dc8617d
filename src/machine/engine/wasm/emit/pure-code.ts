/**
 * Pure nodes on WebAssembly's stack, one row an operation: for values of up to 64 bits, and where it gives or takes
 * vectors. Values of up to 32 bits are i32 with zeros above their width (values.ts), and each row keeps that.
 */
import { CORE_STRIDE } from "../../../state.js";
import { positionOf, type SsaNode } from "../../ssa/index.js";
import { call, FUNCTIONS, i32, Op } from "../assembler/index.js";
import type { TranslatedPureOp } from "../plan/index.js";
import {
  writeBit,
  writeBitsByMask,
  writeByteSwap,
  writeCrc32,
  writeInsert,
  writeIsCanonical,
  writeMultiplyHigh,
  writeRotate,
  writeShift,
  writeShiftRightSigned,
} from "./bit-operations.js";
import { writeRelation, writeRelationBit } from "./float/float-values.js";
import type { BlockValues, WriteValue } from "./values.js";
import {
  writeComparedStrings,
  writeIsZero,
  writeLane,
  writeLanes,
  writeLaneShift,
  writeLaneSigns,
  writeLowestLane,
  writeSelectBits,
  writeShuffle,
  writeSimd,
  writeWidened,
  writeWithLane,
} from "./vector-values.js";

interface PureCode {
  /** Null where there is none of up to 64 bits, or none with vectors. */
  readonly scalar: WriteValue | null;
  readonly vector: WriteValue | null;
}

const scalar = (write: WriteValue): PureCode => ({ scalar: write, vector: null });
const vector = (write: WriteValue): PureCode => ({ scalar: null, vector: write });

/** Instructions for two values of the node's width, and whether the result may have bits above it. */
function binary(op32: Op, op64: Op, overflows: boolean): WriteValue {
  return (values, { width, args: [a, b] }) => {
    values.push(a);
    values.push(b);
    values.code.op(width === 64 ? op64 : op32);
    if (overflows) values.mask(width);
  };
}

/** Instructions that compare two values, by the width of these. */
function comparison(op32: Op, op64: Op): WriteValue {
  return (values, { args: [a, b] }) => {
    values.push(a);
    values.push(b);
    values.code.op(a.width === 64 ? op64 : op32);
  };
}

function writeConstant({ code }: BlockValues, { width, detail }: SsaNode): void {
  if (detail.kind !== "constant") throw new TypeError("a constant has a value");
  if (width === 128) code.vector(detail.value);
  else if (width === 64) code.i64(detail.value);
  else code.i32(Number(detail.value) | 0);
}

function writeNot(values: BlockValues, { width, args: [a] }: SsaNode): void {
  const { code } = values;
  values.push(a);
  if (width === 1) {
    // V8 makes one comparison and jump of this and what was compared; not so of an exclusive or.
    code.op(Op.I32Eqz);
    return;
  }
  if (width === 64) code.i64(-1n);
  else code.i32(width === 32 ? -1 : (1 << width) - 1);
  code.op(width === 64 ? Op.I64Xor : Op.I32Xor);
}

function writeNegation(values: BlockValues, { width, args: [a] }: SsaNode): void {
  const { code } = values;
  if (width === 64) code.i64(0n);
  else code.i32(0);
  values.push(a);
  code.op(width === 64 ? Op.I64Sub : Op.I32Sub);
  values.mask(width);
}

function writeLessSigned(values: BlockValues, { args: [a, b] }: SsaNode): void {
  values.pushSigned(a);
  values.pushSigned(b);
  values.code.op(a.width === 64 ? Op.I64LtS : Op.I32LtS);
}

function writeZeroTest(values: BlockValues, { args: [a] }: SsaNode): void {
  values.push(a);
  values.code.op(a.width === 64 ? Op.I64Eqz : Op.I32Eqz);
}

function writeSign(values: BlockValues, { args: [a] }: SsaNode): void {
  const { code } = values;
  values.push(a);
  if (a.width === 64) {
    code.i64(0n);
    code.op(Op.I64LtS);
  } else {
    code.i32(a.width - 1);
    code.op(Op.I32ShrU);
  }
}

function writeAnyBit(values: BlockValues, node: SsaNode): void {
  const [a] = node.args;
  if (a.op === "floatRelation") writeRelationBit(values, a, positionOf(node));
  else writeBit(values, a, positionOf(node));
}

function writeSelect(values: BlockValues, { args: [condition, whenTrue, whenFalse] }: SsaNode): void {
  values.push(whenTrue);
  values.push(whenFalse);
  values.push(condition);
  values.code.op(Op.Select);
}

function writeZeroExtend(values: BlockValues, { width, args: [a] }: SsaNode): void {
  values.push(a);
  if (width === 64 && a.width !== 64) values.code.op(Op.I64ExtendI32U);
}

function writeSignExtend(values: BlockValues, { width, args: [a] }: SsaNode): void {
  values.pushSigned(a);
  if (width === 64) values.code.op(Op.I64ExtendI32S);
  else values.mask(width);
}

function writeTruncate(values: BlockValues, { width, args: [a] }: SsaNode): void {
  values.push(a);
  if (a.width === 64) values.code.op(Op.I32WrapI64);
  values.mask(width);
}

function writePopulationCount(values: BlockValues, { width, args: [a] }: SsaNode): void {
  values.push(a);
  values.code.op(width === 64 ? Op.I64Popcnt : Op.I32Popcnt);
}

function writeLeadingZeros(values: BlockValues, { width, args: [a] }: SsaNode): void {
  const { code } = values;
  values.push(a);
  code.op(width === 64 ? Op.I64Clz : Op.I32Clz);
  if (width >= 32) return;
  code.i32(32 - width);
  code.op(Op.I32Sub);
}

function writeTrailingZeros(values: BlockValues, { width, args: [a] }: SsaNode): void {
  const { code } = values;
  values.push(a);
  if (width < 32) {
    code.i32(1 << width);
    code.op(Op.I32Or);
  }
  code.op(width === 64 ? Op.I64Ctz : Op.I32Ctz);
}

function writeCpuid(values: BlockValues, node: SsaNode): void {
  const [leaf, subleaf] = node.args;
  const { builder } = values;
  const position = i32(positionOf(node));
  builder.push(call(FUNCTIONS.cpuid, builder.core, values.i32(leaf), values.i32(subleaf), position));
}

const PURE_CODE = {
  constant: { scalar: writeConstant, vector: writeConstant },
  add: scalar(binary(Op.I32Add, Op.I64Add, true)),
  sub: scalar(binary(Op.I32Sub, Op.I64Sub, true)),
  mul: scalar(binary(Op.I32Mul, Op.I64Mul, true)),
  mulHighUnsigned: scalar(writeMultiplyHigh),
  mulHighSigned: scalar(writeMultiplyHigh),
  and: { scalar: binary(Op.I32And, Op.I64And, false), vector: writeSimd("v128.and") },
  or: { scalar: binary(Op.I32Or, Op.I64Or, false), vector: writeSimd("v128.or") },
  xor: { scalar: binary(Op.I32Xor, Op.I64Xor, false), vector: writeSimd("v128.xor") },
  not: { scalar: writeNot, vector: writeSimd("v128.not") },
  neg: scalar(writeNegation),
  shl: scalar(writeShift),
  shr: scalar(writeShift),
  sar: scalar(writeShiftRightSigned),
  rotateLeft: scalar(writeRotate),
  rotateRight: scalar(writeRotate),
  equal: scalar(comparison(Op.I32Eq, Op.I64Eq)),
  lessUnsigned: scalar(comparison(Op.I32LtU, Op.I64LtU)),
  lessSigned: scalar(writeLessSigned),
  isZero: { scalar: writeZeroTest, vector: writeIsZero },
  sign: scalar(writeSign),
  bit: scalar(writeAnyBit),
  select: { scalar: writeSelect, vector: writeSelect },
  zeroExtend: { scalar: writeZeroExtend, vector: writeWidened },
  signExtend: scalar(writeSignExtend),
  truncate: { scalar: writeTruncate, vector: writeLowestLane },
  insert: scalar(writeInsert),
  populationCount: scalar(writePopulationCount),
  countLeadingZeros: scalar(writeLeadingZeros),
  countTrailingZeros: scalar(writeTrailingZeros),
  byteSwap: scalar(writeByteSwap),
  depositBits: scalar(writeBitsByMask),
  extractBits: scalar(writeBitsByMask),
  isCanonical: scalar(writeIsCanonical),
  remainder: scalar((values, { args: [division] }) => values.pushSecond(division)),
  upperHalf: scalar((values, { args: [pair] }) => values.pushSecond(pair)),
  repeated: scalar((values, node) => values.pushRepeated(positionOf(node))),
  coreNumber: scalar(({ builder }) => builder.push(builder.core.shrU(Math.log2(CORE_STRIDE)).extendU())),
  cpuid: scalar(writeCpuid),
  lanes: vector(writeLanes),
  mapLanes: vector(writeLanes),
  shiftLanes: vector(writeLaneShift),
  shuffleBytes: vector(writeShuffle),
  selectBits: vector(writeSelectBits),
  extractLane: vector(writeLane),
  insertLane: vector(writeWithLane),
  laneSigns: vector(writeLaneSigns),
  crc32: scalar(writeCrc32),
  compareStrings: vector(writeComparedStrings),
} as const satisfies Record<TranslatedPureOp, PureCode>;

function isOfVectors({ width, args }: SsaNode): boolean {
  return width === 128 || args.some((argument) => argument.width === 128);
}

/** Pushes the value of a pure node, or the flags of a comparison of floats. */
export function writeValue(values: BlockValues, node: SsaNode): void {
  if (node.op === "floatRelation") {
    writeRelation(values, node);
    return;
  }
  const row: PureCode | undefined = PURE_CODE[node.op as TranslatedPureOp];
  const write = isOfVectors(node) ? row?.vector : row?.scalar;
  if (write === null || write === undefined) throw new TypeError(`no code for ${node.op} of width ${node.width}`);
  write(values, node);
}
