/**
 * The operators of expressions (expression.ts), as tables from their names to WebAssembly's instructions by type. A row
 * is all that a new one needs: its method and the types of its operands follow.
 *
 * Source: WebAssembly Core Specification 2.0, 5.4.
 */
import { Op, Type } from "./opcodes.js";
import { SIMD, type SimdName } from "./simd.js";

/** What stands behind an instruction's number, and what its expression has as `detail` for that. */
export const enum Form {
  /** Nothing. */
  Plain,
  /** An index. */
  Index,
  /** An offset, behind an alignment of 1. */
  Memory,
  /** A signed number of 32 bits. */
  Number,
  /** A signed number of 64 bits. */
  Big,
  /** A SIMD instruction and nothing. */
  Simd,
  /** A SIMD instruction and the number of a lane. */
  SimdLane,
  /** A SIMD instruction and an offset, behind an alignment of 1. */
  SimdMemory,
  /** A SIMD instruction and 16 bytes. */
  SimdBytes,
  /** A constant of 128 bits. */
  SimdConstant,
  /** Nothing; `detail` is a third operand, which is written last. */
  Third,
  /** The same of a SIMD instruction. */
  SimdThird,
  /** The index of a function; `detail` is the Invocation. */
  Call,
  /** No instruction: `detail` is a function that writes the value. */
  Written,
  /** No instruction: the value is on the stack. */
  Stacked,
}

/** A Form, times 256, and the number of an instruction, of SIMD the one behind its prefix. */
export type Code = number;

export function codeOf(form: Form, op: number): Code {
  return (form << 8) | op;
}
export function simdCode(name: SimdName): Code {
  return codeOf(Form.Simd, SIMD[name]);
}

export type TypeName = "i32" | "i64" | "f32" | "f64" | "v128";

/** The numbers of the types are next to each other: Type.V128 is the least. */
const NAMES = ["v128", "f64", "f32", "i64", "i32"] as const satisfies readonly TypeName[];

type Row = { readonly [Name in TypeName]?: Code };
/** The names of the operators in a table that a type has. */
export type NamesOf<Table, Name extends TypeName> = {
  [N in keyof Table]: Name extends keyof Table[N] ? N : never;
}[keyof Table];

/** An operand; they give the same type. */
export const UNARY = {
  clz: { i32: Op.I32Clz, i64: Op.I64Clz },
  ctz: { i32: Op.I32Ctz, i64: Op.I64Ctz },
  popcnt: { i32: Op.I32Popcnt, i64: Op.I64Popcnt },
  extend8S: { i32: Op.I32Extend8S, i64: Op.I64Extend8S },
  extend16S: { i32: Op.I32Extend16S, i64: Op.I64Extend16S },
  extend32S: { i64: Op.I64Extend32S },
  abs: { f32: Op.F32Abs, f64: Op.F64Abs },
  ceil: { f32: Op.F32Ceil, f64: Op.F64Ceil },
  floor: { f32: Op.F32Floor, f64: Op.F64Floor },
  trunc: { f32: Op.F32Trunc, f64: Op.F64Trunc },
  nearest: { f32: Op.F32Nearest, f64: Op.F64Nearest },
  sqrt: { f32: Op.F32Sqrt, f64: Op.F64Sqrt },
  not: { v128: simdCode("v128.not") },
} as const satisfies Readonly<Record<string, Row>>;

/** Two operands of one type; they give the same type. */
export const BINARY = {
  add: { i32: Op.I32Add, i64: Op.I64Add, f32: Op.F32Add, f64: Op.F64Add },
  sub: { i32: Op.I32Sub, i64: Op.I64Sub, f32: Op.F32Sub, f64: Op.F64Sub },
  mul: { i32: Op.I32Mul, i64: Op.I64Mul, f32: Op.F32Mul, f64: Op.F64Mul },
  div: { f32: Op.F32Div, f64: Op.F64Div },
  divS: { i64: Op.I64DivS },
  divU: { i32: Op.I32DivU, i64: Op.I64DivU },
  remS: { i64: Op.I64RemS },
  remU: { i64: Op.I64RemU },
  and: { i32: Op.I32And, i64: Op.I64And, v128: simdCode("v128.and") },
  or: { i32: Op.I32Or, i64: Op.I64Or, v128: simdCode("v128.or") },
  xor: { i32: Op.I32Xor, i64: Op.I64Xor, v128: simdCode("v128.xor") },
  /** Without the bits of the second. */
  andNot: { v128: simdCode("v128.andnot") },
  shl: { i32: Op.I32Shl, i64: Op.I64Shl },
  shrS: { i32: Op.I32ShrS, i64: Op.I64ShrS },
  shrU: { i32: Op.I32ShrU, i64: Op.I64ShrU },
  rotl: { i32: Op.I32Rotl, i64: Op.I64Rotl },
  rotr: { i32: Op.I32Rotr, i64: Op.I64Rotr },
} as const satisfies Readonly<Record<string, Row>>;

/** Two operands of one type; they give 1 or 0 as an I32. */
export const COMPARISON = {
  eq: { i32: Op.I32Eq, i64: Op.I64Eq, f32: Op.F32Eq, f64: Op.F64Eq },
  ne: { i32: Op.I32Ne, i64: Op.I64Ne },
  lt: { f32: Op.F32Lt, f64: Op.F64Lt },
  le: { f32: Op.F32Le, f64: Op.F64Le },
  ltS: { i32: Op.I32LtS, i64: Op.I64LtS },
  ltU: { i32: Op.I32LtU, i64: Op.I64LtU },
  gtS: { i32: Op.I32GtS, i64: Op.I64GtS },
  gtU: { i32: Op.I32GtU, i64: Op.I64GtU },
  leS: { i32: Op.I32LeS, i64: Op.I64LeS },
  leU: { i32: Op.I32LeU, i64: Op.I64LeU },
  geS: { i32: Op.I32GeS, i64: Op.I64GeS },
  geU: { i32: Op.I32GeU, i64: Op.I64GeU },
} as const satisfies Readonly<Record<string, Row>>;

/** An operand; they give the type that stands first. */
export const CONVERSION = {
  /** Whether it is 0. */
  eqz: { to: Type.I32, i32: Op.I32Eqz, i64: Op.I64Eqz },
  /** Whether any bit is set. */
  anyTrue: { to: Type.I32, v128: simdCode("v128.any_true") },
  wrap: { to: Type.I32, i64: Op.I32WrapI64 },
  extendS: { to: Type.I64, i32: Op.I64ExtendI32S },
  extendU: { to: Type.I64, i32: Op.I64ExtendI32U },
  /** The integral part of a float, which has to fit. */
  truncToI32: { to: Type.I32, f32: Op.I32TruncF32S, f64: Op.I32TruncF64S },
  truncToI64: { to: Type.I64, f32: Op.I64TruncF32S, f64: Op.I64TruncF64S },
  /** The number, as near as can be. */
  toF32: { to: Type.F32, i32: Op.F32ConvertI32S, i64: Op.F32ConvertI64S, f64: Op.F32DemoteF64 },
  toF64: { to: Type.F64, i32: Op.F64ConvertI32S, i64: Op.F64ConvertI64S, f32: Op.F64PromoteF32 },
  /** The same bits. */
  asF32: { to: Type.F32, i32: Op.F32ReinterpretI32 },
  asF64: { to: Type.F64, i64: Op.F64ReinterpretI64 },
  asI32: { to: Type.I32, f32: Op.I32ReinterpretF32 },
  asI64: { to: Type.I64, f64: Op.I64ReinterpretF64 },
} as const satisfies Readonly<Record<string, Row & { readonly to: Type }>>;

/** The codes of a row by type, less Type.V128. */
export function codesOf(row: Row): readonly (Code | undefined)[] {
  return NAMES.map((name) => row[name]);
}
