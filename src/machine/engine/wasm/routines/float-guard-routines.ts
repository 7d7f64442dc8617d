/**
 * The routine that judges native results which the guard (float-guard.ts) did not find ordinary: lane by lane, as SIMD.
 *
 * It says "leave" where a flag of MXCSR might change, an exception be raised, a NaN be chosen, or DAZ or FTZ play a part. What
 * it lets pass is exact, or inexact with PE set and masked. Leaving too often is slow, never wrong.
 */
import type { FloatFormat } from "../../../isa/vector-operations.js";
import { MXCSR_OFFSET } from "../../../state.js";
import { type CodeWriter, Op, type SimdName, Type } from "../assembler/index.js";
import { GuardAnswer, GuardClass, Mxcsr } from "./float-judgement.js";

const FLOAT_LANES = { 32: "f32x4", 64: "f64x2" } as const;
const LEAST_NORMAL = { 32: 0x0080_0000n, 64: 0x0010_0000_0000_0000n } as const;
const INFINITY = { 32: 0x7f80_0000n, 64: 0x7ff0_0000_0000_0000n } as const;

type WhenKind = (kind: GuardClass, then: () => void) => void;

const enum Place {
  Core = 0,
  Kind = 1,
  A = 2,
  B = 3,
  Result = 4,
  Mxcsr = 5,
  IsTiny = 6,
  Odd = 7,
  Limit = 8,
  Scratch = 9,
}

/** Locals: 0 core, 1 GuardClass, 2 and 3 operands, 4 result. Gives 1 to leave. */
export function writeFloatGuard(code: CodeWriter, format: FloatFormat): void {
  code.append([2, 3, Type.I32, 2, Type.V128]);
  const simd = (name: string): void => code.simd(`${FLOAT_LANES[format]}.${name}` as SimdName);
  const splat = (bits: bigint): void => {
    let all = 0n;
    for (let at = 0n; at < 128n; at += BigInt(format)) all |= bits << at;
    code.vector(all);
  };
  const when = (then: () => void): void => {
    code.op(Op.If);
    code.byte(Type.Void);
    then();
    code.op(Op.End);
  };
  const leave = (): void => {
    code.i32(GuardAnswer.Leave);
    code.op(Op.Return);
  };
  const pass = (): void => {
    code.get(Place.Odd);
    code.op(Op.Return);
  };
  const whenKind = (kind: GuardClass, then: () => void): void => {
    code.get(Place.Kind);
    code.i32(kind);
    code.op(Op.I32Eq);
    when(then);
  };
  const leaveIf = (): void => when(leave);
  /** Pushes whether the bits of MXCSR in `mask` are not those of `value`. */
  const pushLacks = (mask: number, value: number): void => {
    code.get(Place.Mxcsr);
    code.i32(mask);
    code.op(Op.I32And);
    code.i32(value);
    code.op(Op.I32Eq);
    code.op(Op.I32Eqz);
  };
  const pushNan = (local: Place): void => {
    code.get(local);
    code.get(local);
    simd("ne");
  };
  const pushIsZero = (local: Place): void => {
    code.get(local);
    code.vector(0n);
    simd("eq");
  };
  const pushIsInfinite = (local: Place): void => {
    code.get(local);
    simd("abs");
    splat(INFINITY[format]);
    simd("eq");
  };
  /** Pushes a mask of the lanes below the least normal number that are not 0. */
  const pushIsDenormal = (local: Place): void => {
    code.get(local);
    simd("abs");
    splat(LEAST_NORMAL[format]);
    simd("lt");
    pushIsZero(local);
    code.simd("v128.andnot");
  };

  code.get(Place.Core);
  code.memory(Op.I32Load, MXCSR_OFFSET);
  code.set(Place.Mxcsr);

  [Place.A, Place.B, Place.Result].forEach((local, i) => {
    pushIsDenormal(local);
    pushIsInfinite(local);
    code.simd("v128.or");
    if (i > 0) code.simd("v128.or");
  });
  code.simd("v128.any_true");
  code.i32(1);
  code.op(Op.I32Shl);
  code.set(Place.Odd);

  // Operands.
  pushIsDenormal(Place.A);
  pushIsDenormal(Place.B);
  code.simd("v128.or");
  code.simd("v128.any_true");
  when(() => {
    const need = Mxcsr.DenormalFlag | Mxcsr.DenormalMask;
    pushLacks(need | Mxcsr.DenormalsAreZeros, need);
    leaveIf();
  });
  whenKind(GuardClass.Operands, () => {
    pushNan(Place.A);
    pushNan(Place.B);
    code.simd("v128.or");
    code.simd("v128.any_true");
    leaveIf();
    pass();
  });

  // Results that are no numbers, or infinite without an infinite operand.
  pushNan(Place.Result);
  pushIsInfinite(Place.Result);
  pushIsInfinite(Place.A);
  pushIsInfinite(Place.B);
  code.simd("v128.or");
  code.simd("v128.andnot");
  code.simd("v128.or");
  code.simd("v128.any_true");
  leaveIf();

  // Results that are tiny, zeros that are exact aside.
  code.get(Place.Result);
  simd("abs");
  splat(LEAST_NORMAL[format]);
  simd("le");
  code.set(Place.Limit);
  pushIsZero(Place.Result);
  code.set(Place.Scratch);
  whenKind(GuardClass.Sum, () => {
    // Exact, and the least normal number is none.
    pushIsDenormal(Place.Result);
    code.simd("v128.any_true");
    pushLacks(Mxcsr.UnderflowMask | Mxcsr.FlushToZero, Mxcsr.UnderflowMask);
    code.op(Op.I32And);
    leaveIf();
    code.vector(0n);
    code.set(Place.Limit);
  });
  code.get(Place.Limit);
  code.get(Place.Scratch);
  pushIsZero(Place.A);
  // 0 * x and x * 0; but 0 / x and x / infinity.
  code.get(Place.Kind);
  code.i32(GuardClass.Quotient);
  code.op(Op.I32Eq);
  code.op(Op.If);
  code.byte(Type.V128);
  pushIsInfinite(Place.B);
  code.op(Op.Else);
  pushIsZero(Place.B);
  code.op(Op.End);
  code.simd("v128.or");
  code.simd("v128.and");
  code.simd("v128.andnot");
  code.simd("v128.any_true");
  code.set(Place.IsTiny);
  code.get(Place.IsTiny);
  when(() => {
    const need = Mxcsr.UnderflowFlag | Mxcsr.UnderflowMask;
    pushLacks(need | Mxcsr.FlushToZero, need);
    leaveIf();
  });

  // Rounding.
  pushLacks(Mxcsr.Rounding, 0);
  leaveIf();
  const inexact = Mxcsr.PrecisionFlag | Mxcsr.PrecisionMask;
  pushLacks(inexact, inexact);
  code.op(Op.I32Eqz);
  when(pass);
  code.get(Place.IsTiny);
  leaveIf();
  whenKind(GuardClass.Sum, () => {
    writeSumIsInexact(code, simd);
    leaveIf();
    pass();
  });
  if (format === 32) writeInexact32(code, whenKind, leaveIf, pass);
  else writeInexact64(code, whenKind, leaveIf, pass);
  code.get(Place.Odd);
}

/** Pushes whether A + B is not Result exactly: the error of the sum, which is a float itself, is not 0 (Knuth's TwoSum). */
function writeSumIsInexact(code: CodeWriter, simd: (name: string) => void): void {
  code.get(Place.Result);
  code.get(Place.A);
  simd("sub");
  code.set(Place.Scratch);
  code.get(Place.A);
  code.get(Place.Result);
  code.get(Place.Scratch);
  simd("sub");
  simd("sub");
  code.get(Place.B);
  code.get(Place.Scratch);
  simd("sub");
  simd("add");
  code.vector(0n);
  simd("ne");
  code.simd("v128.any_true");
}

/** Products of 24-bit numbers are exact in 53 bits: A * B against Result, or Result * B or Result * Result against A. */
function writeInexact32(code: CodeWriter, whenKind: WhenKind, leaveIf: () => void, pass: () => void): void {
  const pushWide = (local: Place, half: 0 | 1): void => {
    code.get(local);
    if (half === 1) {
      code.get(local);
      code.simd("i8x16.shuffle");
      code.append([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
    }
    code.simd("f64x2.promote_low_f32x4");
  };
  const leaveUnlessEqual = (left: Place, right: Place, whole: Place): void => {
    for (const half of [0, 1] as const) {
      pushWide(left, half);
      pushWide(right, half);
      code.simd("f64x2.mul");
      pushWide(whole, half);
      code.simd("f64x2.ne");
    }
    code.simd("v128.or");
    code.simd("v128.any_true");
    leaveIf();
  };
  whenKind(GuardClass.Product, () => {
    leaveUnlessEqual(Place.A, Place.B, Place.Result);
    pass();
  });
  whenKind(GuardClass.Quotient, () => {
    leaveUnlessEqual(Place.Result, Place.B, Place.A);
    pass();
  });
  leaveUnlessEqual(Place.Result, Place.Result, Place.A);
}

/**
 * A product is exact where its factors have together no more than 53 digits, counted to their last 1. Where they
 * might have 54, the answer is to leave.
 */
function writeInexact64(code: CodeWriter, whenKind: WhenKind, leaveIf: () => void, pass: () => void): void {
  /** Pushes the number of zeros behind the last 1 of a significand; 64 or more for a zero. */
  const pushZeros = (local: Place, lane: 0 | 1): void => {
    code.get(local);
    code.simdLane("i64x2.extract_lane", lane);
    code.i64((1n << 52n) - 1n);
    code.op(Op.I64And);
    code.i64(1n << 52n);
    code.op(Op.I64Or);
    code.op(Op.I64Ctz);
    code.op(Op.I32WrapI64);
    code.get(local);
    code.simdLane("i64x2.extract_lane", lane);
    code.i64(1n);
    code.op(Op.I64Shl);
    code.op(Op.I64Eqz);
    code.i32(6);
    code.op(Op.I32Shl);
    code.op(Op.I32Or);
  };
  const leaveUnlessShort = (left: Place, right: Place): void => {
    for (const lane of [0, 1] as const) {
      pushZeros(left, lane);
      pushZeros(right, lane);
      code.op(Op.I32Add);
      code.i32(53);
      code.op(Op.I32LtU);
    }
    code.op(Op.I32Or);
    leaveIf();
  };
  const leaveUnlessEqual = (left: Place, right: Place): void => {
    code.get(left);
    code.get(right);
    code.simd("f64x2.mul");
    code.get(Place.A);
    code.simd("f64x2.ne");
    code.simd("v128.any_true");
    leaveIf();
  };
  whenKind(GuardClass.Product, () => {
    leaveUnlessShort(Place.A, Place.B);
    pass();
  });
  whenKind(GuardClass.Quotient, () => {
    leaveUnlessShort(Place.Result, Place.B);
    leaveUnlessEqual(Place.Result, Place.B);
    pass();
  });
  leaveUnlessShort(Place.Result, Place.Result);
  leaveUnlessEqual(Place.Result, Place.Result);
}
