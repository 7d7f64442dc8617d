/**
 * Division of 128 bits by 64, which WebAssembly lacks: two steps of 64 by 32 bits, after D. Knuth, The Art of Computer
 * Programming, volume 2, 4.3.1, algorithm D, for two digits of 32 bits. The remainder is low - quotient * divisor.
 */
import { type CodeWriter, Op, Type } from "../assembler/index.js";

const LOW_HALF = 0xffff_ffffn;

/** Locals: 0 high, 1 low, 2 divisor. The quotient must fit: high below divisor. */
export function writeDivideUnsigned(code: CodeWriter): void {
  const [high, low, divisor, shift, top, bottom, estimate, rest, first] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  code.append([1, 6, Type.I64]);
  code.get(high);
  code.op(Op.I64Eqz);
  code.op(Op.If);
  code.byte(Type.Void);
  code.get(low);
  code.get(divisor);
  code.op(Op.I64DivU);
  code.op(Op.Return);
  code.op(Op.End);

  // The divisor's top bit becomes 1.
  code.get(divisor);
  code.op(Op.I64Clz);
  code.set(shift);
  code.get(divisor);
  code.get(shift);
  code.op(Op.I64Shl);
  code.tee(divisor);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.set(top);
  code.get(divisor);
  code.i64(LOW_HALF);
  code.op(Op.I64And);
  code.set(bottom);
  code.get(high);
  code.get(shift);
  code.op(Op.I64Shl);
  code.get(low);
  code.i64(1n);
  code.op(Op.I64ShrU);
  code.i64(63n);
  code.get(shift);
  code.op(Op.I64Sub);
  code.op(Op.I64ShrU);
  code.op(Op.I64Or);
  code.set(high);
  code.get(low);
  code.get(shift);
  code.op(Op.I64Shl);
  code.set(low);

  /** One digit of the quotient into `estimate`: of `high` and the digit of the dividend that `pushDigit` gives. */
  const writeDigit = (pushDigit: () => void): void => {
    code.get(high);
    code.get(top);
    code.op(Op.I64DivU);
    code.tee(estimate);
    code.get(top);
    code.op(Op.I64Mul);
    code.set(rest);
    code.get(high);
    code.get(rest);
    code.op(Op.I64Sub);
    code.set(rest);
    code.op(Op.Block);
    code.byte(Type.Void);
    code.op(Op.Loop);
    code.byte(Type.Void);
    // Too great: it has more than 32 bits, or its product with the rest of the divisor is more than there is.
    code.get(estimate);
    code.i64(32n);
    code.op(Op.I64ShrU);
    code.i64(0n);
    code.op(Op.I64Ne);
    code.get(rest);
    code.i64(32n);
    code.op(Op.I64Shl);
    pushDigit();
    code.op(Op.I64Or);
    code.get(estimate);
    code.get(bottom);
    code.op(Op.I64Mul);
    code.op(Op.I64LtU);
    code.op(Op.I32Or);
    code.op(Op.I32Eqz);
    code.op1(Op.BrIf, 1);
    code.get(estimate);
    code.i64(1n);
    code.op(Op.I64Sub);
    code.set(estimate);
    code.get(rest);
    code.get(top);
    code.op(Op.I64Add);
    code.tee(rest);
    code.i64(32n);
    code.op(Op.I64ShrU);
    code.op(Op.I64Eqz);
    code.op1(Op.BrIf, 0);
    code.op(Op.End);
    code.op(Op.End);
  };
  writeDigit(() => {
    code.get(low);
    code.i64(32n);
    code.op(Op.I64ShrU);
  });
  code.get(estimate);
  code.set(first);
  code.get(high);
  code.i64(32n);
  code.op(Op.I64Shl);
  code.get(low);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I64Or);
  code.get(first);
  code.get(divisor);
  code.op(Op.I64Mul);
  code.op(Op.I64Sub);
  code.set(high);
  writeDigit(() => {
    code.get(low);
    code.i64(LOW_HALF);
    code.op(Op.I64And);
  });
  code.get(first);
  code.i64(32n);
  code.op(Op.I64Shl);
  code.get(estimate);
  code.op(Op.I64Add);
}

/** Locals: 0 high, 1 low, 2 divisor. Gives the quotient, and whether there is none (i32): #DE. */
export function writeDivideSigned(code: CodeWriter, divideUnsigned: number): void {
  const [high, low, divisor, isNegative, quotient] = [0, 1, 2, 3, 4];
  code.append([1, 2, Type.I64]);
  const fail = (): void => {
    code.op(Op.If);
    code.byte(Type.Void);
    code.i64(0n);
    code.i32(1);
    code.op(Op.Return);
    code.op(Op.End);
  };
  // All bits of it are the sign of the quotient.
  code.get(high);
  code.get(divisor);
  code.op(Op.I64Xor);
  code.i64(63n);
  code.op(Op.I64ShrS);
  code.set(isNegative);
  // Magnitudes.
  code.get(high);
  code.i64(0n);
  code.op(Op.I64LtS);
  code.op(Op.If);
  code.byte(Type.Void);
  code.i64(0n);
  code.get(high);
  code.op(Op.I64Sub);
  code.get(low);
  code.i64(0n);
  code.op(Op.I64Ne);
  code.op(Op.I64ExtendI32U);
  code.op(Op.I64Sub);
  code.set(high);
  code.i64(0n);
  code.get(low);
  code.op(Op.I64Sub);
  code.set(low);
  code.op(Op.End);
  code.get(divisor);
  code.i64(0n);
  code.op(Op.I64LtS);
  code.op(Op.If);
  code.byte(Type.Void);
  code.i64(0n);
  code.get(divisor);
  code.op(Op.I64Sub);
  code.set(divisor);
  code.op(Op.End);
  code.get(high);
  code.get(divisor);
  code.op(Op.I64LtU);
  code.op(Op.I32Eqz);
  fail();
  code.get(high);
  code.get(low);
  code.get(divisor);
  code.op1(Op.Call, divideUnsigned);
  code.set(quotient);
  // At most 2^63 - 1, or 2^63 where it is negative.
  code.i64((1n << 63n) - 1n);
  code.get(isNegative);
  code.op(Op.I64Sub);
  code.get(quotient);
  code.op(Op.I64LtU);
  fail();
  code.get(quotient);
  code.get(isNegative);
  code.op(Op.I64Xor);
  code.get(isNegative);
  code.op(Op.I64Sub);
  code.i32(0);
}
