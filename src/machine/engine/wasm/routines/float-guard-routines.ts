/**
 * The routine that judges native results which the guard (float-guard.ts) did not find ordinary: lane by lane, as SIMD.
 *
 * It says "leave" where a flag of MXCSR might change, an exception be raised, or DAZ or FTZ play a part. What it lets
 * pass is exact, or has flags set and masked for all that it isn't; NaNs are still to be made of bits
 * (float-nan-routines.ts). Leaving too often is slow, never wrong.
 */
import type { FloatFormat } from "../../../isa/vector-operations.js";
import { MXCSR_OFFSET } from "../../../state.js";
import {
  type FunctionWriter,
  functionOf,
  FUNCTIONS,
  i32,
  I32,
  load32,
  type Local,
  shuffle,
  V128,
  vector,
} from "../assembler/index.js";
import { FLOAT_LANES, GuardAnswer, GuardClass, Mxcsr, splatBits } from "./float-judgement.js";
import { nanLanes, QUIET } from "./float-nan-routines.js";

const LEAST_NORMAL = { 32: 0x0080_0000n, 64: 0x0010_0000_0000_0000n } as const;
const INFINITY = { 32: 0x7f80_0000n, 64: 0x7ff0_0000_0000_0000n } as const;

/** What the routine judges: operands and result of an operation. */
interface Judged {
  readonly a: Local<V128>;
  readonly b: Local<V128>;
  readonly result: Local<V128>;
  /** GuardClass of the operation. */
  readonly kind: I32;
  readonly leave: () => void;
  readonly pass: () => void;
}

/** (core, GuardClass, operands, result) -> GuardAnswer, or 0 */
export function floatGuard(format: FloatFormat): Uint8Array {
  const lanes = FLOAT_LANES[format];
  const zero = vector(0n);
  const least = splatBits(format, LEAST_NORMAL[format]);
  const isZero = (value: V128): V128 => value.simd(`${lanes}.eq`, zero);
  const isInfinite = (value: V128): V128 =>
    value.simd(`${lanes}.abs`).simd(`${lanes}.eq`, splatBits(format, INFINITY[format]));
  /** Lanes below the least normal number that are not 0. */
  const isDenormal = (value: V128): V128 => value.simd(`${lanes}.abs`).simd(`${lanes}.lt`, least).andNot(isZero(value));

  return functionOf(
    format === 64 ? FUNCTIONS.floatGuard64 : FUNCTIONS.floatGuard32,
    (write, core, kind, a, b, result) => {
      const [mxcsr, isTiny, odd] = write.locals(I32, 3);
      const [limit, scratch] = write.locals(V128, 2);
      const leave = (): void => write.return(i32(GuardAnswer.Leave));
      const pass = (): void => write.return(odd);
      /** Whether the bits of MXCSR in `mask` are not those of `value`. */
      const lacks = (mask: number, value: number): I32 => mxcsr.and(mask).eq(value).eqz();

      write.set(mxcsr, load32(core, MXCSR_OFFSET));
      const oddLanes = [a, b, result].map((value) => isDenormal(value).or(isInfinite(value)));
      write.set(
        odd,
        oddLanes
          .reduce((all, some) => all.or(some))
          .anyTrue()
          .shl(1),
      );

      // Operands, those beside a NaN too: DAZ makes a zero of what MIN gives, and a number of a root.
      write.if(isDenormal(a).or(isDenormal(b)).anyTrue(), () => {
        const need = Mxcsr.DenormalFlag | Mxcsr.DenormalMask;
        write.if(lacks(need | Mxcsr.DenormalsAreZeros, need), leave);
      });
      writeNanJudgement(write, format, { a, b, result, kind, leave, pass }, { odd, lacks, limit, scratch });
      write.if(kind.geU(GuardClass.Operands), pass);

      // Results that are infinite without an infinite operand.
      write.set(scratch, isInfinite(result).andNot(isInfinite(a).or(isInfinite(b))));
      write.if(kind.eq(GuardClass.Quotient), () => {
        const need = Mxcsr.ZeroDivideFlag | Mxcsr.ZeroDivideMask;
        write.if(scratch.and(isZero(b)).anyTrue().and(lacks(need, need)), leave);
        write.set(scratch, scratch.andNot(isZero(b)));
      });
      write.if(scratch.anyTrue(), () => {
        const need = Mxcsr.OverflowFlag | Mxcsr.OverflowMask | Mxcsr.PrecisionFlag | Mxcsr.PrecisionMask;
        // mutant overflow-sets-no-flag:
        write.if(lacks(need, need), leave);
      });

      // Results that are tiny, zeros that are exact aside.
      write.set(limit, result.simd(`${lanes}.abs`).simd(`${lanes}.le`, least));
      write.set(scratch, isZero(result));
      write.if(kind.eq(GuardClass.Sum), () => {
        // Exact, and the least normal number is none.
        const flushes = lacks(Mxcsr.UnderflowMask | Mxcsr.FlushToZero, Mxcsr.UnderflowMask);
        write.if(isDenormal(result).anyTrue().and(flushes), leave);
        write.set(limit, zero);
      });
      // 0 * x and x * 0; but 0 / x and x / infinity.
      const isExactBy = write.choose(
        V128,
        kind.eq(GuardClass.Quotient),
        () => isInfinite(b),
        () => isZero(b),
      );
      const exactZeros = scratch.and(isZero(a).or(isExactBy));
      write.set(isTiny, limit.andNot(exactZeros).anyTrue());
      write.if(isTiny, () => {
        const need = Mxcsr.UnderflowFlag | Mxcsr.UnderflowMask;
        write.if(lacks(need | Mxcsr.FlushToZero, need), leave);
      });

      // Rounding.
      write.if(lacks(Mxcsr.Rounding, 0), leave);
      const inexact = Mxcsr.PrecisionFlag | Mxcsr.PrecisionMask;
      write.if(lacks(inexact, inexact).eqz(), pass);
      write.if(isTiny, leave);
      const judged = { a, b, result, kind, leave, pass };
      write.if(kind.eq(GuardClass.Sum), () => {
        write.if(sumIsInexact(write, lanes, judged, scratch), leave);
        pass();
      });
      if (format === 32) writeInexact32(write, judged);
      else writeInexact64(write, judged);
      write.push(odd);
    },
  );
}

/** What the judgement of NaNs has besides: `lacks` and locals of the routine, of which two are changed. */
interface NanJudgement {
  readonly odd: Local<I32>;
  readonly lacks: (mask: number, value: number) => I32;
  readonly limit: Local<V128>;
  readonly scratch: Local<V128>;
}

/** NaNs: the lanes that have one are done with then, and become zeros, which are exact. */
function writeNanJudgement(
  write: FunctionWriter,
  format: FloatFormat,
  { a, b, result, kind, leave }: Judged,
  { odd, lacks, limit: ofOperands, scratch: nans }: NanJudgement,
): void {
  const quiet = splatBits(format, QUIET[format]);
  const isNan = (value: V128): V128 => nanLanes(format, value);
  const isSignalling = (value: V128): V128 =>
    isNan(value).andNot(value.and(quiet).simd(format === 64 ? "i64x2.eq" : "i32x4.eq", quiet));
  write.set(ofOperands, isNan(a).or(isNan(b)));
  write.set(nans, ofOperands.or(isNan(result)));
  write.if(nans.anyTrue(), () => {
    // A NaN that no operand was is invalid.
    const isInvalid = isSignalling(a).or(isSignalling(b)).or(nans.andNot(ofOperands)).anyTrue();
    // mutant quiet-nans-are-in-order: const isUnordered = i32(0);
    const isUnordered = kind.eq(GuardClass.OrderedOperands);
    const need = Mxcsr.InvalidFlag | Mxcsr.InvalidMask;
    // mutant invalid-sets-no-flag:
    write.if(isInvalid.or(isUnordered).and(lacks(need, need)), leave);
    write.set(odd, i32(GuardAnswer.Nan | GuardAnswer.Odd));
    for (const value of [a, b, result]) write.set(value, value.andNot(nans));
  });
}

/**
 * Whether A + B is not the result exactly: the error of the sum, which is a float itself, is not 0 (Knuth's TwoSum).
 */
function sumIsInexact(
  write: FunctionWriter,
  lanes: "f32x4" | "f64x2",
  { a, b, result }: Judged,
  scratch: Local<V128>,
): I32 {
  write.set(scratch, result.simd(`${lanes}.sub`, a));
  return a
    .simd(`${lanes}.sub`, result.simd(`${lanes}.sub`, scratch))
    .simd(`${lanes}.add`, b.simd(`${lanes}.sub`, scratch))
    .simd(`${lanes}.ne`, vector(0n))
    .anyTrue();
}

const UPPER_HALF_FIRST = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7];

/**
 * Products of 24-bit numbers are exact in 53 bits: A * B against the result, or result * B or result * result against
 * A.
 */
function writeInexact32(write: FunctionWriter, { a, b, result, kind, leave, pass }: Judged): void {
  const halves: readonly ((value: V128) => V128)[] = [
    (value) => value.simd("f64x2.promote_low_f32x4"),
    (value) => shuffle(value, value, UPPER_HALF_FIRST).simd("f64x2.promote_low_f32x4"),
  ];
  const leaveUnlessEqual = (left: V128, right: V128, whole: V128): void => {
    const [low, high] = halves.map((half) => half(left).simd("f64x2.mul", half(right)).simd("f64x2.ne", half(whole)));
    write.if(low.or(high).anyTrue(), leave);
  };
  write.if(kind.eq(GuardClass.Product), () => {
    leaveUnlessEqual(a, b, result);
    pass();
  });
  write.if(kind.eq(GuardClass.Quotient), () => {
    leaveUnlessEqual(result, b, a);
    pass();
  });
  leaveUnlessEqual(result, result, a);
}

/**
 * A product is exact where its factors have together no more than 53 digits, counted to their last 1. Where they
 * might have 54, the answer is to leave.
 */
function writeInexact64(write: FunctionWriter, { a, b, result, kind, leave, pass }: Judged): void {
  const hidden = 1n << 52n;
  /** The number of zeros behind the last 1 of a significand; 64 or more for a zero. */
  const zeros = (value: V128, lane: 0 | 1): I32 => {
    const bits = value.lane("i64x2", lane);
    const behind = bits
      .and(hidden - 1n)
      .or(hidden)
      .ctz();
    return behind.wrap().or(bits.shl(1).eqz().shl(6));
  };
  const leaveUnlessShort = (left: V128, right: V128): void => {
    const [low, high] = ([0, 1] as const).map((lane) => zeros(left, lane).add(zeros(right, lane)).ltU(53));
    write.if(low.or(high), leave);
  };
  const leaveUnlessEqual = (left: V128, right: V128): void =>
    write.if(left.simd("f64x2.mul", right).simd("f64x2.ne", a).anyTrue(), leave);
  write.if(kind.eq(GuardClass.Product), () => {
    leaveUnlessShort(a, b);
    pass();
  });
  write.if(kind.eq(GuardClass.Quotient), () => {
    leaveUnlessShort(result, b);
    leaveUnlessEqual(result, b);
    pass();
  });
  leaveUnlessShort(result, result);
  leaveUnlessEqual(result, result);
}
