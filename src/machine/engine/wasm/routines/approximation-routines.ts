/**
 * RCPSS and RSQRTSS of one lane: what src/machine/float/reciprocal.ts says, in integers of 32 bits.
 *
 * Significands have 12 bits behind the point, results 14 behind that of [1/2, 1], as there.
 */
import { functionOf, FUNCTIONS, type FunctionWriter, i32, I32, i64, type Local, select } from "../assembler/index.js";

const SIGN = 0x8000_0000;
const INFINITY = 0x7f80_0000;
const LEAST_NORMAL = 0x0080_0000;
const QUIET = 0x0040_0000;
const FRACTION = 0x007f_ffff;
const DEFAULT_NAN = 0xffc0_0000;
const FRACTION_BITS = 23;
const BIAS = 127;
const OPERAND_BITS = 12;
const RESULT_BITS = 14;
const DROPPED = FRACTION_BITS - OPERAND_BITS;

/** The bits without the sign. */
function magnitudeOf(bits: I32): I32 {
  return bits.and(~SIGN);
}

/** Returns where the operand is a NaN, and where it is a zero or a denormal, which counts as one. */
function writeOdd(write: FunctionWriter, bits: Local<I32>): void {
  write.if(magnitudeOf(bits).gtU(INFINITY), () => write.return(bits.or(QUIET)));
  write.if(magnitudeOf(bits).ltU(LEAST_NORMAL), () => write.return(bits.and(SIGN).or(INFINITY)));
}

function exponentOf(bits: I32): I32 {
  return magnitudeOf(bits).shrU(FRACTION_BITS).sub(BIAS);
}

/** The significand in units of 2^-12, rounded: halves go up. */
function shortened(bits: I32): I32 {
  return bits
    .and(FRACTION)
    .or(LEAST_NORMAL)
    .add(1 << (DROPPED - 1))
    .shrU(DROPPED);
}

/** Twice a value, rounded to it: halves go up. */
function halved(twice: I32): I32 {
  return twice.add(1).shrU(1);
}

/** value * 2^-14 * 2^exponent, for a value of 2^13 to 2^14. A tiny result is 0. */
function placed(write: FunctionWriter, value: I32, exponent: I32): I32 {
  // The top bit of the value adds 1 to the exponent's field, or 2 where it is 1.
  const field = exponent.add(BIAS - 2).shl(FRACTION_BITS);
  const magnitude = write.local(I32);
  write.set(magnitude, field.add(value.shl(FRACTION_BITS - RESULT_BITS + 1)));
  return select(magnitude.ltS(LEAST_NORMAL), i32(0), magnitude);
}

/** bits -> bits of about 1 / x */
export function reciprocal(): Uint8Array {
  return functionOf(FUNCTIONS.reciprocal, (write, bits) => {
    writeOdd(write, bits);
    write.if(magnitudeOf(bits).eq(INFINITY), () => write.return(bits.and(SIGN)));
    const twice = i32(1 << (OPERAND_BITS + RESULT_BITS + 1)).divU(shortened(bits));
    write.push(placed(write, halved(twice), i32(0).sub(exponentOf(bits))).or(bits.and(SIGN)));
  });
}

/** bits -> bits of about 1 / sqrt(x) */
export function reciprocalSqrt(): Uint8Array {
  return functionOf(FUNCTIONS.reciprocalSqrt, (write, bits) => {
    const exponent = write.local(I32);
    writeOdd(write, bits);
    write.if(bits.ltS(0), () => write.return(i32(DEFAULT_NAN)));
    write.if(bits.eq(INFINITY), () => write.return(i32(0)));
    // The operand as m * 4^k with m in [1, 4).
    write.set(exponent, exponentOf(bits));
    // mutant odd-exponents-are-even: const m = shortened(bits);
    const m = shortened(bits).shl(exponent.and(1));
    // A whole number of less than 53 bits, so that the integral part of its root is right.
    const square = i64(2 ** (OPERAND_BITS + 2 * RESULT_BITS + 2)).divU(m.extendU());
    const twice = square.toF64().sqrt().truncToI32();
    write.push(placed(write, halved(twice), i32(0).sub(exponent.shrS(1))));
  });
}
