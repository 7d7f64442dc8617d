/**
 * DIV and IDIV in WebAssembly. Invariant: the block is left, with nothing done, where the processor would raise #DE.
 */
import type { Width } from "../../../isa/index.js";
import { constantOf, type SsaNode } from "../../ssa/index.js";
import type { FunctionBuilder } from "./function-builder.js";
import { FunctionIndex, Op, Type } from "../assembler/index.js";
import type { BlockValues } from "./values.js";

/** Defines the quotient; gives the local with the remainder. */
export function writeDivision(builder: FunctionBuilder, values: BlockValues, node: SsaNode, exit: number): number {
  return node.width === 64
    ? writeWideDivision(builder, values, node, exit)
    : writeNarrowDivision(builder, values, node, exit);
}

function leaveIf(builder: FunctionBuilder, exit: number): void {
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
}

/** 128 bits by 64. A dividend of 64 bits, zero- or sign-extended, is divided at once. */
function writeWideDivision(builder: FunctionBuilder, values: BlockValues, node: SsaNode, exit: number): number {
  const { code } = builder;
  const signed = node.op === "divideSigned";
  const [high, low, by, quotient] = [0, 1, 2, 3].map(() => builder.temporary(Type.I64));
  node.args.forEach((argument, index) => {
    values.push(argument);
    code.set([high, low, by][index]);
  });
  if (signed) {
    const failed = builder.temporary(Type.I32);
    code.get(high);
    code.get(low);
    code.i64(63n);
    code.op(Op.I64ShrS);
    code.op(Op.I64Eq);
    // Neither 0 nor -1, of which the latter may overflow.
    code.get(by);
    code.i64(1n);
    code.op(Op.I64Add);
    code.i64(2n);
    code.op(Op.I64LtU);
    code.op(Op.I32Eqz);
    code.op(Op.I32And);
    builder.open(Op.If, "plain");
    code.get(low);
    code.get(by);
    code.op(Op.I64DivS);
    code.set(quotient);
    builder.otherwise();
    code.get(high);
    code.get(low);
    code.get(by);
    code.call(FunctionIndex.DivideSigned);
    code.set(failed);
    code.set(quotient);
    code.get(failed);
    leaveIf(builder, exit);
    builder.close();
  } else {
    // A divisor of 0 is not above anything either.
    code.get(high);
    code.get(by);
    code.op(Op.I64LtU);
    code.op(Op.I32Eqz);
    leaveIf(builder, exit);
    code.get(high);
    code.op(Op.I64Eqz);
    builder.open(Op.If, "plain", Type.I64);
    code.get(low);
    code.get(by);
    code.op(Op.I64DivU);
    builder.otherwise();
    code.get(high);
    code.get(low);
    code.get(by);
    code.call(FunctionIndex.DivideUnsigned);
    builder.close();
    code.set(quotient);
  }
  code.get(quotient);
  values.define(node);
  const remainder = builder.temporary(Type.I64);
  code.get(low);
  code.get(quotient);
  code.get(by);
  code.op(Op.I64Mul);
  code.op(Op.I64Sub);
  code.set(remainder);
  return remainder;
}

/** The dividend has at most 64 bits. */
function writeNarrowDivision(builder: FunctionBuilder, values: BlockValues, node: SsaNode, exit: number): number {
  const { code } = builder;
  const [high, low, divisor] = node.args;
  const width = node.width as Width;
  const signed = node.op === "divideSigned";
  if (!signed && width === 32 && constantOf(high) === 0n) return writeShortDivision(builder, values, node, exit);
  const dividend = builder.temporary(Type.I64);
  const by = builder.temporary(Type.I64);
  const quotient = builder.temporary(Type.I64);
  const extend = (): void => {
    code.op(Op.I64ExtendI32U);
    if (signed) writeSignExtension(builder, width);
  };
  values.push(divisor);
  extend();
  code.set(by);
  values.push(high);
  extend();
  code.i64(BigInt(width));
  code.op(Op.I64Shl);
  values.push(low);
  code.op(Op.I64ExtendI32U);
  code.op(Op.I64Or);
  code.set(dividend);
  code.get(by);
  code.op(Op.I64Eqz);
  if (signed) {
    code.get(by);
    code.i64(-1n);
    code.op(Op.I64Eq);
    code.get(dividend);
    code.i64(1n << 63n);
    code.op(Op.I64Eq);
    code.op(Op.I32And);
    code.op(Op.I32Or);
  }
  leaveIf(builder, exit);
  code.get(dividend);
  code.get(by);
  code.op(signed ? Op.I64DivS : Op.I64DivU);
  code.set(quotient);
  // The quotient must fit.
  code.get(quotient);
  if (signed) {
    code.get(quotient);
    writeSignExtension(builder, width);
    code.op(Op.I64Ne);
  } else {
    code.i64(BigInt(width));
    code.op(Op.I64ShrU);
    code.i64(0n);
    code.op(Op.I64Ne);
  }
  leaveIf(builder, exit);
  const narrow = (): void => {
    code.op(Op.I32WrapI64);
    values.mask(node.width);
  };
  code.get(quotient);
  narrow();
  values.define(node);
  const remainder = builder.temporary(Type.I32);
  code.get(dividend);
  code.get(quotient);
  code.get(by);
  code.op(Op.I64Mul);
  code.op(Op.I64Sub);
  narrow();
  code.set(remainder);
  return remainder;
}

/** 32 bits by 32: the quotient fits. */
function writeShortDivision(builder: FunctionBuilder, values: BlockValues, node: SsaNode, exit: number): number {
  const { code } = builder;
  const [, low, divisor] = node.args;
  const [dividend, by, quotient, remainder] = [0, 1, 2, 3].map(() => builder.temporary(Type.I32));
  values.push(low);
  code.set(dividend);
  values.push(divisor);
  code.tee(by);
  code.op(Op.I32Eqz);
  leaveIf(builder, exit);
  code.get(dividend);
  code.get(by);
  code.op(Op.I32DivU);
  code.tee(quotient);
  values.define(node);
  code.get(dividend);
  code.get(quotient);
  code.get(by);
  code.op(Op.I32Mul);
  code.op(Op.I32Sub);
  code.set(remainder);
  return remainder;
}

function writeSignExtension({ code }: FunctionBuilder, width: Width): void {
  code.op(width === 32 ? Op.I64Extend32S : width === 16 ? Op.I64Extend16S : Op.I64Extend8S);
}
