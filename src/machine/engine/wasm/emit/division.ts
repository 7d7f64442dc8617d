/**
 * DIV and IDIV in WebAssembly. Invariant: the block is left, with nothing done, where the processor would raise #DE.
 */
import type { Width } from "../../../isa/index.js";
import { constantOf, type SsaNode } from "../../ssa/index.js";
import { call, FUNCTIONS, I32, I64, type Local, tee } from "../assembler/index.js";
import type { FunctionBuilder } from "./function-builder.js";
import type { BlockValues } from "./values.js";

/** Defines the quotient; gives the local with the remainder. */
export function writeDivision(
  builder: FunctionBuilder,
  values: BlockValues,
  node: SsaNode,
  exit: number,
): Local<I32> | Local<I64> {
  const { width, op } = node;
  if (width === 64) return writeWideDivision(builder, values, node, exit);
  const isShort = op !== "divideSigned" && width === 32 && constantOf(node.args[0]) === 0n;
  return (isShort ? writeShortDivision : writeNarrowDivision)(builder, values, node, exit);
}

/** 128 bits by 64. A dividend of 64 bits, zero- or sign-extended, is divided at once. */
function writeWideDivision(builder: FunctionBuilder, values: BlockValues, node: SsaNode, exit: number): Local<I64> {
  const [high, low, by, quotient] = [0, 1, 2, 3].map(() => builder.temporaryOf(I64));
  node.args.forEach((argument, i) => builder.set([high, low, by][i], values.i64(argument)));
  if (node.op === "divideSigned") {
    const failed = builder.temporaryOf(I32);
    // Neither 0 nor -1, of which the latter may overflow.
    const isPlain = by.add(1).ltU(2).eqz();
    builder.if(
      high.eq(low.shrS(63)).and(isPlain),
      () => builder.set(quotient, low.divS(by)),
      () => {
        builder.call(FUNCTIONS.divideSigned, high, low, by);
        builder.setAll(quotient, failed);
        builder.leaveIf(failed, exit);
      },
    );
  } else {
    // A divisor of 0 is not above anything either.
    builder.leaveIf(high.ltU(by).eqz(), exit);
    const divided = builder.choose(
      I64,
      high.eqz(),
      () => low.divU(by),
      () => call(FUNCTIONS.divideUnsigned, high, low, by),
    );
    builder.set(quotient, divided);
  }
  builder.push(quotient);
  values.define(node);
  const remainder = builder.temporaryOf(I64);
  builder.set(remainder, low.sub(quotient.mul(by)));
  return remainder;
}

/** The dividend has at most 64 bits. */
function writeNarrowDivision(builder: FunctionBuilder, values: BlockValues, node: SsaNode, exit: number): Local<I32> {
  const [high, low, divisor] = node.args;
  const width = node.width as Width;
  const signed = node.op === "divideSigned";
  const [dividend, by, quotient] = [0, 1, 2].map(() => builder.temporaryOf(I64));
  const extended = (value: I32): I64 => (signed ? signExtended(value.extendU(), width) : value.extendU());
  builder.set(by, extended(values.i32(divisor)));
  builder.set(dividend, extended(values.i32(high)).shl(width).or(values.i32(low).extendU()));
  const overflows = by.eq(-1).and(dividend.eq(1n << 63n));
  builder.leaveIf(signed ? by.eqz().or(overflows) : by.eqz(), exit);
  builder.set(quotient, signed ? dividend.divS(by) : dividend.divU(by));
  // The quotient must fit.
  builder.leaveIf(signed ? quotient.ne(signExtended(quotient, width)) : quotient.shrU(width).ne(0), exit);
  builder.push(values.masked(quotient.wrap(), width));
  values.define(node);
  const remainder = builder.temporaryOf(I32);
  builder.set(remainder, values.masked(dividend.sub(quotient.mul(by)).wrap(), width));
  return remainder;
}

/** 32 bits by 32: the quotient fits. */
function writeShortDivision(builder: FunctionBuilder, values: BlockValues, node: SsaNode, exit: number): Local<I32> {
  const [, low, divisor] = node.args;
  const [dividend, by, quotient, remainder] = [0, 1, 2, 3].map(() => builder.temporaryOf(I32));
  builder.set(dividend, values.i32(low));
  builder.leaveIf(tee(by, values.i32(divisor)).eqz(), exit);
  builder.push(tee(quotient, dividend.divU(by)));
  values.define(node);
  builder.set(remainder, dividend.sub(quotient.mul(by)));
  return remainder;
}

function signExtended(value: I64, width: Width): I64 {
  return width === 32 ? value.extend32S() : width === 16 ? value.extend16S() : value.extend8S();
}
