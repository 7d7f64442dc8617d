/**
 * NaNs as SSE has them, made of bits: what WebAssembly's own instructions give for a NaN's payload is open.
 *
 * Source: SDM volume 1, 4.8.3.5 (table 4-7) and 4.8.3.7. Judged by src/machine/float/format.ts, `propagateNan`.
 */
import type { FloatFormat } from "../../../isa/vector-operations.js";
import { functionOf, FUNCTIONS, selectBits, shuffle, type V128, vector } from "../assembler/index.js";
import { FLOAT_LANES, splatBits } from "./float-judgement.js";

export const QUIET = { 32: 0x0040_0000n, 64: 0x0008_0000_0000_0000n } as const;
const DEFAULT_NAN = { 32: 0xffc0_0000n, 64: 0xfff8_0000_0000_0000n } as const;

/** The lanes that are NaNs. */
export function nanLanes(format: FloatFormat, value: V128): V128 {
  return value.simd(`${FLOAT_LANES[format]}.ne`, value);
}

/**
 * (a, b, result) -> the result, where its NaNs are the first operand that is one, made quiet, or the default NaN where
 * none is.
 */
export function chooseNans(format: FloatFormat): Uint8Array {
  return functionOf(format === 64 ? FUNCTIONS.chooseNans64 : FUNCTIONS.chooseNans32, (write, a, b, result) => {
    const quiet = splatBits(format, QUIET[format]);
    const made = splatBits(format, DEFAULT_NAN[format]);
    const invalid = selectBits(nanLanes(format, result), made, result);
    // mutant second-nan-is-chosen: const [first, second] = [b, a];
    const [first, second] = [a, b];
    const ofSecond = selectBits(nanLanes(format, second), second.or(quiet), invalid);
    write.push(selectBits(nanLanes(format, first), first.or(quiet), ofSecond));
  });
}

/** (two floats of 32 bits in the lower half, the same as floats of 64 bits) -> these with their NaNs right */
export function widenNans(): Uint8Array {
  return functionOf(FUNCTIONS.widenNans, (write, narrow, result) => {
    const bits = narrow.simd("i64x2.extend_low_i32x4_u");
    const payload = bits.and(splatBits(64, 0x7f_ffffn)).shift("i64x2.shl", 29);
    const sign = bits.and(splatBits(64, 0x8000_0000n)).shift("i64x2.shl", 32);
    const nan = payload.or(sign).or(splatBits(64, 0x7ff8_0000_0000_0000n));
    write.push(selectBits(nanLanes(64, result), nan, result));
  });
}

/** (two floats of 64 bits, the same as floats of 32 bits in the lower half) -> these with their NaNs right */
export function narrowNans(): Uint8Array {
  return functionOf(FUNCTIONS.narrowNans, (write, wide, result) => {
    const payload = wide.shift("i64x2.shr_u", 29).and(splatBits(64, 0x7f_ffffn));
    const sign = wide.shift("i64x2.shr_u", 32).and(splatBits(64, 0x8000_0000n));
    const nan = payload.or(sign).or(splatBits(64, 0x7fc0_0000n));
    const nans = shuffle(nan, vector(0n), LOW_HALVES);
    write.push(selectBits(nanLanes(32, result), nans, result));
  });
}

/** The lower halves of both words of 64 bits, and zeros. */
export const LOW_HALVES = [0, 1, 2, 3, 8, 9, 10, 11, 16, 16, 16, 16, 16, 16, 16, 16];
