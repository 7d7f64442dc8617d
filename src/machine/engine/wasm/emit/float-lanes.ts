/**
 * Floats as locals and lanes of WebAssembly.
 */
import type { FloatFormat } from "../../../isa/vector-operations.js";
import { Type } from "../assembler/index.js";
import type { GuardClass } from "../routines/index.js";

/** A value in every lane. */
export function spread(format: FloatFormat, value: bigint): bigint {
  let all = 0n;
  for (let at = 0n; at < 128n; at += BigInt(format)) all |= BigInt.asUintN(format, value) << at;
  return all;
}

export const INTEGER_LANES = { 32: "i32x4", 64: "i64x2" } as const;
export const FLOAT_LANES = { 32: "f32x4", 64: "f64x2" } as const;

/** The type of a scalar. */
export function floatType(format: FloatFormat): Type {
  return format === 64 ? Type.F64 : Type.F32;
}

/** What the guard looks at: locals of type f32 or f64, or of vectors. */
export interface Guarded {
  readonly format: FloatFormat;
  readonly isPacked: boolean;
  readonly kind: GuardClass;
  readonly a: number;
  readonly b: number;
  readonly result: number;
  /** Signs that the second operand had changed when it was added. */
  readonly signs: bigint;
}
