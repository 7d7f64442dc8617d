/**
 * Pure operations that take more than one or two WebAssembly instructions: bits, shifts, rotations, products, byte
 * swaps. Each pushes the node's value; the arguments come from BlockValues.
 */
import { constantOf, positionOf, type SsaNode } from "../../ssa/index.js";
import { call, FUNCTIONS, I32, i32, I64, i64, type Local, select } from "../assembler/index.js";
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
  let value: I32;
  if (a.width === 64) value = values.i64(a).shrU(position).wrap();
  else value = position > 0 ? values.i32(a).shrU(position) : values.i32(a);
  values.builder.push(value.and(1));
}

export function writeInsert(values: BlockValues, node: SsaNode): void {
  const [outer, part] = node.args;
  const position = BigInt(positionOf(node));
  const around = values.i64(outer).and(~(((1n << BigInt(part.width)) - 1n) << position));
  const inserted = values.i32(part).extendU();
  values.builder.push(around.or(position > 0n ? inserted.shl(position) : inserted));
}

/** The upper half of the product of two unsigned numbers of 64 bits, from four products of 32. */
function upperProduct({ builder }: BlockValues, a: Local<I64>, b: Local<I64>): I64 {
  const low = (value: I64): I64 => value.and(0xffff_ffffn);
  const high = (value: I64): I64 => value.shrU(32);
  const middle = builder.temporaryOf(I64);
  builder.set(
    middle,
    high(a)
      .mul(low(b))
      .add(high(low(a).mul(low(b)))),
  );
  return high(a)
    .mul(high(b))
    .add(high(middle))
    .add(high(low(a).mul(high(b)).add(low(middle))));
}

export function writeMultiplyHigh(values: BlockValues, node: SsaNode): void {
  const { builder } = values;
  const { width } = node;
  const [a, b] = node.args;
  const signed = node.op === "mulHighSigned";
  if (width !== 64) {
    const extended = (factor: SsaNode): I64 =>
      signed ? values.signed(factor).extendS() : values.i32(factor).extendU();
    builder.push(values.masked(extended(a).mul(extended(b)).shrU(width).wrap(), width));
    return;
  }
  const left = values.local64(a);
  const right = values.local64(b);
  const product = upperProduct(values, left, right);
  // A negative factor counts 2^64 too much of the other.
  builder.push(signed ? product.sub(left.shrS(63).and(right)).sub(right.shrS(63).and(left)) : product);
}

/** A count of the width or more gives 0; WebAssembly takes counts modulo 32 or 64. */
export function writeShift(values: BlockValues, node: SsaNode): void {
  const { builder } = values;
  const { width } = node;
  const [a, count] = node.args;
  const isLeft = node.op === "shl";
  const isSmall = mostOf(count) < (width === 64 ? 64n : 32n);
  if (width === 64) {
    const by = isSmall ? values.i64(count) : values.local64(count);
    const shifted = isLeft ? values.i64(a).shl(by) : values.i64(a).shrU(by);
    builder.push(isSmall ? shifted : select(by.ltU(64), shifted, i64(0)));
  } else {
    const by = isSmall ? values.i32(count) : values.local32(count);
    const shifted = isLeft ? values.masked(values.i32(a).shl(by), width) : values.i32(a).shrU(by);
    builder.push(isSmall ? shifted : select(by.ltU(32), shifted, i32(0)));
  }
}

export function writeShiftRightSigned(values: BlockValues, node: SsaNode): void {
  const { builder } = values;
  const { width } = node;
  const [a, count] = node.args;
  const isSmall = mostOf(count) < (width === 64 ? 64n : 32n);
  if (width === 64) {
    const by = isSmall ? values.i64(count) : values.local64(count);
    builder.push(values.i64(a).shrS(isSmall ? by : select(by.ltU(64), by, i64(63))));
  } else {
    const by = isSmall ? values.i32(count) : values.local32(count);
    const shifted = values.signed(a).shrS(isSmall ? by : select(by.ltU(32), by, i32(31)));
    builder.push(values.masked(shifted, width));
  }
}

export function writeRotate(values: BlockValues, node: SsaNode): void {
  const { builder } = values;
  const { width } = node;
  const [a, count] = node.args;
  const left = node.op === "rotateLeft";
  if (width === 64) {
    builder.push(left ? values.i64(a).rotl(values.i64(count)) : values.i64(a).rotr(values.i64(count)));
    return;
  }
  if (width === 32) {
    builder.push(left ? values.i32(a).rotl(values.i32(count)) : values.i32(a).rotr(values.i32(count)));
    return;
  }
  const value = values.local32(a);
  const turns = builder.temporaryOf(I32);
  builder.set(turns, values.i32(count).and(width - 1));
  const others = i32(width).sub(turns);
  const turned = left ? value.shl(turns).or(value.shrU(others)) : value.shrU(turns).or(value.shl(others));
  builder.push(values.masked(turned, width));
}

/** Neighbouring parts of so many bits change places where the mask has the lower of them. */
const SWAPS = [
  [8, 0x00ff_00ff_00ff_00ffn],
  [16, 0x0000_ffff_0000_ffffn],
] as const;

export function writeByteSwap(values: BlockValues, node: SsaNode): void {
  const { builder } = values;
  const [a] = node.args;
  if (node.width === 64) {
    const value = builder.temporaryOf(I64);
    builder.set(value, values.i64(a));
    for (const [bits, mask] of SWAPS) builder.set(value, value.and(mask).shl(bits).or(value.shrU(bits).and(mask)));
    builder.push(value.rotl(32));
    return;
  }
  const value = values.local32(a);
  if (node.width === 16) builder.push(value.shl(8).and(0xff00).or(value.shrU(8)));
  else builder.push(value.rotl(8).and(0x00ff_00ff).or(value.rotr(8).and(0xff00_ff00)));
}

export function writeIsCanonical(values: BlockValues, { args: [a] }: SsaNode): void {
  const address = values.local64(a);
  values.builder.push(address.shl(16).shrS(16).eq(address));
}

/** A value of any width up to 64 bits, with zeros above it. */
function widened(values: BlockValues, node: SsaNode): I64 {
  return node.width === 64 ? values.i64(node) : values.i32(node).extendU();
}

/** PDEP and PEXT. */
export function writeBitsByMask(values: BlockValues, { op, width, args: [source, mask] }: SsaNode): void {
  const routine = op === "depositBits" ? FUNCTIONS.depositBits : FUNCTIONS.extractBits;
  const result = call(routine, widened(values, source), widened(values, mask));
  values.builder.push(width === 64 ? result : result.wrap());
}

export function writeCrc32(values: BlockValues, { args: [remainder, data] }: SsaNode): void {
  values.builder.push(call(FUNCTIONS.crc32, values.i32(remainder), widened(values, data), i32(data.width)));
}
