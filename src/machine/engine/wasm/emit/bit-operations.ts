/**
 * Pure operations that take more than one or two WebAssembly instructions: bits, shifts, rotations, products, byte
 * swaps. Each pops nothing and pushes the node's value; the arguments come from BlockValues.
 */
import { constantOf, positionOf, type SsaNode } from "../../ssa/index.js";
import { Op, Type } from "../assembler/index.js";
import type { BlockValues } from "./values.js";

/** No value of the node is greater. */
function mostOf(node: SsaNode): bigint {
  const constant = constantOf(node);
  if (constant !== null) return constant;
  const all = (1n << BigInt(node.width)) - 1n;
  const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
  if (node.op === "and") return least(mostOf(node.args[0]), mostOf(node.args[1]));
  if (node.op === "zeroExtend" || node.op === "truncate") return least(mostOf(node.args[0]), all);
  return all;
}

export function writeBit(values: BlockValues, a: SsaNode, position: number): void {
  const { code } = values;
  values.push(a);
  if (a.width === 64) {
    code.i64(BigInt(position));
    code.op(Op.I64ShrU);
    code.op(Op.I32WrapI64);
  } else if (position > 0) {
    code.i32(position);
    code.op(Op.I32ShrU);
  }
  code.i32(1);
  code.op(Op.I32And);
}

export function writeInsert(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const [outer, part] = node.args;
  const position = BigInt(positionOf(node));
  values.push(outer);
  code.i64(~(((1n << BigInt(part.width)) - 1n) << position));
  code.op(Op.I64And);
  values.push(part);
  code.op(Op.I64ExtendI32U);
  if (position > 0n) {
    code.i64(position);
    code.op(Op.I64Shl);
  }
  code.op(Op.I64Or);
}

/** Pushes the upper half of the product of two unsigned 64-bit locals, from four 32-bit products. */
function writeProductOfHalves({ builder, code }: BlockValues, a: number, b: number): void {
  const middle = builder.temporary(Type.I64);
  const low = (local: number): void => {
    code.get(local);
    code.i64(0xffff_ffffn);
    code.op(Op.I64And);
  };
  const high = (local: number): void => {
    code.get(local);
    code.i64(32n);
    code.op(Op.I64ShrU);
  };
  high(a);
  low(b);
  code.op(Op.I64Mul);
  low(a);
  low(b);
  code.op(Op.I64Mul);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I64Add);
  code.set(middle);
  high(a);
  high(b);
  code.op(Op.I64Mul);
  high(middle);
  code.op(Op.I64Add);
  low(a);
  high(b);
  code.op(Op.I64Mul);
  low(middle);
  code.op(Op.I64Add);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I64Add);
}

export function writeMultiplyHigh(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const { width } = node;
  const [a, b] = node.args;
  const signed = node.op === "mulHighSigned";
  if (width !== 64) {
    for (const factor of [a, b]) {
      if (signed) values.pushSigned(factor);
      else values.push(factor);
      code.op(signed ? Op.I64ExtendI32S : Op.I64ExtendI32U);
    }
    code.op(Op.I64Mul);
    code.i64(BigInt(width));
    code.op(Op.I64ShrU);
    code.op(Op.I32WrapI64);
    values.mask(width);
    return;
  }
  const left = values.local(a);
  const right = values.local(b);
  writeProductOfHalves(values, left, right);
  if (!signed) return;
  // A negative factor counts 2^64 too much of the other.
  for (const [sign, other] of [
    [left, right],
    [right, left],
  ]) {
    code.get(sign);
    code.i64(63n);
    code.op(Op.I64ShrS);
    code.get(other);
    code.op(Op.I64And);
    code.op(Op.I64Sub);
  }
}

/** A count of the width or more gives 0; WebAssembly takes counts modulo 32 or 64. */
export function writeShift(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const { width } = node;
  const [a, count] = node.args;
  const wide = width === 64;
  const most = mostOf(count);
  const op = node.op === "shl" ? (wide ? Op.I64Shl : Op.I32Shl) : wide ? Op.I64ShrU : Op.I32ShrU;
  if (most < (wide ? 64n : 32n)) {
    values.push(a);
    values.push(count);
    code.op(op);
    if (node.op === "shl") values.mask(width);
    return;
  }
  const by = values.local(count);
  values.push(a);
  code.get(by);
  code.op(op);
  if (node.op === "shl") values.mask(width);
  if (wide) code.i64(0n);
  else code.i32(0);
  code.get(by);
  if (wide) code.i64(64n);
  else code.i32(32);
  code.op(wide ? Op.I64LtU : Op.I32LtU);
  code.op(Op.Select);
}

export function writeShiftRightSigned(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const { width } = node;
  const [a, count] = node.args;
  const wide = width === 64;
  const limit = wide ? 64 : 32;
  if (mostOf(count) < BigInt(limit)) {
    values.pushSigned(a);
    values.push(count);
  } else {
    const by = values.local(count);
    values.pushSigned(a);
    code.get(by);
    if (wide) code.i64(63n);
    else code.i32(31);
    code.get(by);
    if (wide) code.i64(64n);
    else code.i32(32);
    code.op(wide ? Op.I64LtU : Op.I32LtU);
    code.op(Op.Select);
  }
  code.op(wide ? Op.I64ShrS : Op.I32ShrS);
  values.mask(width);
}

export function writeRotate(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const { width } = node;
  const [a, count] = node.args;
  const left = node.op === "rotateLeft";
  if (width >= 32) {
    values.push(a);
    values.push(count);
    if (width === 64) code.op(left ? Op.I64Rotl : Op.I64Rotr);
    else code.op(left ? Op.I32Rotl : Op.I32Rotr);
    return;
  }
  const value = values.local(a);
  const turns = values.builder.temporary(Type.I32);
  values.push(count);
  code.i32(width - 1);
  code.op(Op.I32And);
  code.set(turns);
  code.get(value);
  code.get(turns);
  code.op(left ? Op.I32Shl : Op.I32ShrU);
  code.get(value);
  code.i32(width);
  code.get(turns);
  code.op(Op.I32Sub);
  code.op(left ? Op.I32ShrU : Op.I32Shl);
  code.op(Op.I32Or);
  values.mask(width);
}

/** Neighbouring parts of so many bits change places where the mask has the lower of them. */
const SWAPS = [
  [8n, 0x00ff_00ff_00ff_00ffn],
  [16n, 0x0000_ffff_0000_ffffn],
] as const;

export function writeByteSwap(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  const [a] = node.args;
  if (node.width === 64) {
    const value = values.builder.temporary(Type.I64);
    values.push(a);
    code.set(value);
    for (const [shift, mask] of SWAPS) {
      code.get(value);
      code.i64(mask);
      code.op(Op.I64And);
      code.i64(shift);
      code.op(Op.I64Shl);
      code.get(value);
      code.i64(shift);
      code.op(Op.I64ShrU);
      code.i64(mask);
      code.op(Op.I64And);
      code.op(Op.I64Or);
      code.set(value);
    }
    code.get(value);
    code.i64(32n);
    code.op(Op.I64Rotl);
    return;
  }
  const value = values.local(a);
  const is16 = node.width === 16;
  code.get(value);
  code.i32(8);
  code.op(is16 ? Op.I32Shl : Op.I32Rotl);
  code.i32(is16 ? 0xff00 : 0x00ff00ff);
  code.op(Op.I32And);
  code.get(value);
  code.i32(8);
  code.op(is16 ? Op.I32ShrU : Op.I32Rotr);
  if (!is16) {
    code.i32(0xff00ff00 | 0);
    code.op(Op.I32And);
  }
  code.op(Op.I32Or);
}

export function writeIsCanonical(values: BlockValues, { args: [a] }: SsaNode): void {
  const { code } = values;
  const address = values.local(a);
  code.get(address);
  code.i64(16n);
  code.op(Op.I64Shl);
  code.i64(16n);
  code.op(Op.I64ShrS);
  code.get(address);
  code.op(Op.I64Eq);
}
