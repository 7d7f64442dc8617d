/**
 * Floats as locals and lanes of WebAssembly.
 */
import type { FloatFormat } from "../../../../isa/vector-operations.js";
import { type F32, type F64, type Float, type I32, type Local, splat, type V128 } from "../../assembler/index.js";
import { FLOAT_LANES, type GuardClass } from "../../routines/index.js";

export { FLOAT_LANES };

/** A value in every lane. */
export function spread(format: FloatFormat, value: bigint): bigint {
  let all = 0n;
  for (let at = 0n; at < 128n; at += BigInt(format)) all |= BigInt.asUintN(format, value) << at;
  return all;
}

export const INTEGER_LANES = { 32: "i32x4", 64: "i64x2" } as const;

/** A scalar, or the lanes of a vector, in a local. */
export type FloatLocal = Local<Float> | Local<V128>;

/** Vectors as they are, scalars in every lane. */
export function lanesOf(format: FloatFormat, value: Float | V128, isPacked: boolean): V128 {
  if (isPacked) return value as V128;
  return format === 64 ? splat("f64x2", value as F64) : splat("f32x4", value as F32);
}

export function withFloat(format: FloatFormat, vector: V128, lane: number, value: Float): V128 {
  return format === 64 ? vector.withLane("f64x2", lane, value as F64) : vector.withLane("f32x4", lane, value as F32);
}

/** Whether two floats, or any lanes of two vectors, are not equal. */
export function differs(format: FloatFormat, a: Float | V128, b: Float | V128, isPacked: boolean): I32 {
  if (isPacked) return (a as V128).simd(`${FLOAT_LANES[format]}.ne`, b as V128).anyTrue();
  return (a as Float).eq(b as Float).eqz();
}

/** The same, of their bits. */
export function differsInBits(format: FloatFormat, a: Float | V128, b: Float | V128, isPacked: boolean): I32 {
  if (isPacked) return (a as V128).xor(b as V128).anyTrue();
  return format === 64 ? (a as F64).asI64().ne((b as F64).asI64()) : (a as F32).asI32().ne((b as F32).asI32());
}

/** What the guard looks at. */
export interface Guarded {
  readonly format: FloatFormat;
  readonly isPacked: boolean;
  readonly kind: GuardClass;
  readonly a: FloatLocal;
  readonly b: FloatLocal;
  readonly result: FloatLocal;
  /** Signs that the second operand had changed when it was added. */
  readonly signs: bigint;
  /** Makes the NaNs of the result, where there are any; null where they are right. */
  readonly repair: (() => void) | null;
}
