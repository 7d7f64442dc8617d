/**
 * Typed expressions of WebAssembly: what code computes, as values of the types I32, I64, F32, F64 and V128, whose
 * methods are the operators. They nest as they are thought, and tsc refuses an operand of another type:
 *
 *   load64(entry, TLB_TAGS_OFFSET).xor(address).gtU(4095)
 *
 * An expression is data. Nothing is written until a statement of FunctionWriter (function-writer.ts) takes it; then its
 * operands are written from left to right, and its own instruction behind them. It may be written more than once.
 * Methods have the names of WebAssembly's instructions, and give exactly that instruction: nothing is folded.
 *
 * All expressions are of one class, which shows its methods by type (operators.ts): what reads them while code is
 * written sees one shape of object, and takes a third of the time that it takes with a class for each type.
 */
import { Op, Type } from "./opcodes.js";
import {
  SIMD,
  type SimdBinary,
  type SimdLoad,
  type SimdName,
  type SimdShift,
  type SimdTest,
  type SimdUnary,
} from "./simd.js";
import {
  BINARY,
  type Code,
  codeOf,
  codesOf,
  COMPARISON,
  CONVERSION,
  Form,
  type NamesOf,
  simdCode,
  UNARY,
} from "./operators.js";
import type { TypeName } from "./operators.js";

/** What an instruction has besides operands: see Form. */
export type Detail = number | bigint | readonly number[] | Expression | Invocation | (() => void) | null;

/** What is common to expressions of all types. */
export interface Expression<T extends Type = Type> {
  readonly type: T;
  /** The instruction: its form and number (operators.ts). */
  readonly code: Code;
  /** Operands, in the order in which they are written. */
  readonly a: Expression | null;
  readonly b: Expression | null;
  readonly detail: Detail;
}

/** A method; its type lets a float of a known format stand for one of either. */
type Method<Args extends readonly unknown[], Result> = { method(...args: Args): Result }["method"];

type Unary<Name extends TypeName, Self> = { readonly [N in NamesOf<typeof UNARY, Name>]: Method<[], Self> };
type Binary<Name extends TypeName, Operand, Self> = {
  readonly [N in NamesOf<typeof BINARY, Name>]: Method<[b: Operand], Self>;
};
type Comparison<Name extends TypeName, Operand> = {
  readonly [N in NamesOf<typeof COMPARISON, Name>]: Method<[b: Operand], I32>;
};
type Conversion<Name extends TypeName> = {
  readonly [N in NamesOf<typeof CONVERSION, Name>]: Method<[], OfType<(typeof CONVERSION)[N]["to"]>>;
};
type Operators<Name extends TypeName, Operand, Self> = Unary<Name, Self> &
  Binary<Name, Operand, Self> &
  Comparison<Name, Operand> &
  Conversion<Name>;

/** Operands of integers: numbers stand for constants. */
export type Operand32 = I32 | number;
export type Operand64 = I64 | number | bigint;

export interface I32 extends Expression<Type.I32>, Operators<"i32", Operand32, I32> {}
export interface I64 extends Expression<Type.I64>, Operators<"i64", Operand64, I64> {}
export interface F32 extends Expression<Type.F32>, Operators<"f32", F32, F32> {}
export interface F64 extends Expression<Type.F64>, Operators<"f64", F64, F64> {}

type SharedConversions = NamesOf<typeof CONVERSION, "f32"> & NamesOf<typeof CONVERSION, "f64">;

/** What the two formats of floats have in common, so that code for both can be written once. */
export interface Float
  extends
    Expression<Type.F32 | Type.F64>,
    Unary<"f64", Float>,
    Binary<"f64", Float, Float>,
    Comparison<"f64", Float>,
    Pick<Conversion<"f64">, SharedConversions> {}

export interface V128 extends Expression<Type.V128>, Operators<"v128", V128, V128> {
  /** An instruction that makes a vector of one or two. */
  simd(name: SimdUnary): V128;
  simd(name: SimdBinary, b: V128): V128;
  /** Shifts every lane by as many bits, modulo its width. */
  shift(name: SimdShift, bits: Operand32): V128;
  /** An instruction that makes a number of all lanes. */
  test(name: SimdTest): I32;
  /** A lane; those of 8 and 16 bits have zeros above. */
  lane<S extends Shape>(shape: S, lane: number): Lanes[S];
  withLane<S extends Shape>(shape: S, lane: number, value: Lanes[S]): V128;
}

/** What a lane of each shape is. */
export interface Lanes {
  readonly i8x16: I32;
  readonly i16x8: I32;
  readonly i32x4: I32;
  readonly i64x2: I64;
  readonly f32x4: F32;
  readonly f64x2: F64;
}
export type Shape = keyof Lanes;

interface Types {
  readonly [Type.I32]: I32;
  readonly [Type.I64]: I64;
  readonly [Type.F32]: F32;
  readonly [Type.F64]: F64;
  readonly [Type.V128]: V128;
}
type OfType<T extends Type> = T extends keyof Types ? Types[T] : never;

// ---- the class -----------------------------------------------------------------------------------------------------

/** All types in one; the interfaces above say what each may do. */
class Node implements Expression {
  constructor(
    readonly type: Type,
    readonly code: Code,
    readonly a: Expression | null,
    readonly b: Expression | null,
    readonly detail: Detail,
  ) {}

  simd(name: SimdName, b: Expression | null = null): Node {
    return new Node(Type.V128, simdCode(name), this, b, null);
  }
  shift(name: SimdShift, bits: Operand32): Node {
    return new Node(Type.V128, simdCode(name), this, operand(Type.I32, bits), null);
  }
  test(name: SimdTest): Node {
    return new Node(Type.I32, simdCode(name), this, null, null);
  }
  lane(shape: Shape, lane: number): Node {
    const { type, extraction } = LANES[shape];
    return new Node(type, codeOf(Form.SimdLane, SIMD[extraction]), this, null, lane);
  }
  withLane(shape: Shape, lane: number, value: Expression): Node {
    return new Node(Type.V128, codeOf(Form.SimdLane, SIMD[`${shape}.replace_lane`]), this, value, lane);
  }
}

const LANES: Readonly<Record<Shape, { readonly type: Type; readonly extraction: SimdName }>> = {
  i8x16: { type: Type.I32, extraction: "i8x16.extract_lane_u" },
  i16x8: { type: Type.I32, extraction: "i16x8.extract_lane_u" },
  i32x4: { type: Type.I32, extraction: "i32x4.extract_lane" },
  i64x2: { type: Type.I64, extraction: "i64x2.extract_lane" },
  f32x4: { type: Type.F32, extraction: "f32x4.extract_lane" },
  f64x2: { type: Type.F64, extraction: "f64x2.extract_lane" },
};

function operand(type: Type, value: Expression | number | bigint): Expression {
  if (typeof value === "object") return value;
  return type === Type.I64 ? i64(value) : i32(value as number);
}

function addMethods<Row>(
  table: Readonly<Record<string, Row>>,
  methodOf: (row: Row) => (this: Node, b: Expression | number | bigint) => Node,
): void {
  for (const [name, row] of Object.entries(table))
    Object.defineProperty(Node.prototype, name, { value: methodOf(row) });
}

addMethods(UNARY, (row) => {
  const codes = codesOf(row);
  return function () {
    return new Node(this.type, codes[this.type - Type.V128] as Code, this, null, null);
  };
});
addMethods(BINARY, (row) => {
  const codes = codesOf(row);
  return function (b) {
    return new Node(this.type, codes[this.type - Type.V128] as Code, this, operand(this.type, b), null);
  };
});
addMethods(COMPARISON, (row) => {
  const codes = codesOf(row);
  return function (b) {
    return new Node(Type.I32, codes[this.type - Type.V128] as Code, this, operand(this.type, b), null);
  };
});
addMethods(CONVERSION, (row) => {
  const codes = codesOf(row);
  const { to } = row;
  return function () {
    return new Node(to, codes[this.type - Type.V128] as Code, this, null, null);
  };
});

/** `type`: of it the number counts, so that another expression of the type does as well. */
function expression<T extends Expression>(
  { type }: ExpressionType<T>,
  code: Code,
  a: Expression | null = null,
  b: Expression | null = null,
  detail: Detail = null,
): T {
  return new Node(type, code, a, b, detail) as Expression as T;
}

// ---- types as values -----------------------------------------------------------------------------------------------

/** A type of expressions. */
export interface ExpressionType<T extends Expression> {
  readonly type: Type;
  /** Never there: it keeps the type for tsc. */
  readonly of?: T;
}

export const I32: ExpressionType<I32> = { type: Type.I32 };
export const I64: ExpressionType<I64> = { type: Type.I64 };
export const F32: ExpressionType<F32> = { type: Type.F32 };
export const F64: ExpressionType<F64> = { type: Type.F64 };
export const V128: ExpressionType<V128> = { type: Type.V128 };

/** A list of types. */
export type TypeList = readonly ExpressionType<Expression>[];
export type ExpressionsOf<List extends TypeList> = {
  -readonly [Place in keyof List]: List[Place] extends ExpressionType<infer T> ? T : never;
};

// ---- constants and locals ------------------------------------------------------------------------------------------

export function i32(value: number): I32 {
  return expression(I32, codeOf(Form.Number, Op.I32Const), null, null, value | 0);
}

/** The value is taken modulo 2^64. */
export function i64(value: number | bigint): I64 {
  if (typeof value === "number" && value === (value | 0))
    return expression(I64, codeOf(Form.Number, Op.I64Const), null, null, value);
  return expression(I64, codeOf(Form.Big, Op.I64Const), null, null, BigInt(value));
}

/** A constant of 128 bits. */
export function vector(value: bigint): V128 {
  return expression(V128, codeOf(Form.SimdConstant, SIMD["v128.const"]), null, null, value);
}

declare const local: unique symbol;
/** An expression that is a local's value, so that it can be set. */
export type Local<T extends Expression> = T & { readonly [local]: true };

/** The local of a number. */
export function localOf<T extends Expression>(type: ExpressionType<T>, index: number): Local<T> {
  return expression(type as ExpressionType<Local<T>>, codeOf(Form.Index, Op.LocalGet), null, null, index);
}

/** The number of a local. */
export function indexOf(place: Local<Expression>): number {
  return place.detail as number;
}

/** Sets the local, and is its new value. */
export function tee<T extends Expression>(place: Local<T>, value: NoInfer<T>): T {
  return expression<T>(place, codeOf(Form.Index, Op.LocalTee), value, null, place.detail);
}

/** The value of a global. */
export function globalOf<T extends Expression>(type: ExpressionType<T>, index: number): T {
  return expression(type, codeOf(Form.Index, Op.GlobalGet), null, null, index);
}

/** What the function writes, which has to leave one value of the type on the stack. */
export function written<T extends Expression>(type: ExpressionType<T>, write: () => void): T {
  return expression(type, codeOf(Form.Written, 0), null, null, write);
}

/** The value that is on top of the stack already. */
export function stacked<T extends Expression>(type: ExpressionType<T>): T {
  return expression(type, codeOf(Form.Stacked, 0));
}

// ---- three operands ------------------------------------------------------------------------------------------------

/** `a` where the condition is not 0, otherwise `b`; both are computed, the condition last. */
export function select<T extends Expression>(condition: I32, a: T, b: NoInfer<T>): T {
  return expression<T>(a, codeOf(Form.Third, Op.Select), a, b, condition);
}

/** Bits of `a` where the mask has ones, of `b` where it has zeros; the mask is computed last. */
export function selectBits(mask: V128, a: V128, b: V128): V128 {
  return expression(V128, codeOf(Form.SimdThird, SIMD["v128.bitselect"]), a, b, mask);
}

// ---- vectors -------------------------------------------------------------------------------------------------------

/** A value in every lane. */
export function splat<S extends Shape>(shape: S, value: Lanes[S]): V128 {
  return expression(V128, simdCode(`${shape}.splat`), value);
}

/** Bytes of two vectors, by their numbers: 16 and more are those of `b`. */
export function shuffle(a: V128, b: V128, indices: readonly number[]): V128 {
  return expression(V128, codeOf(Form.SimdBytes, SIMD["i8x16.shuffle"]), a, b, indices);
}

// ---- memory --------------------------------------------------------------------------------------------------------

function load<T extends Expression>(type: ExpressionType<T>, op: Op, address: Operand32, offset: number): T {
  return expression(type, codeOf(Form.Memory, op), operand(Type.I32, address), null, offset);
}

/** So many bits at `offset` behind the address, with zeros above. */
export function load8(address: Operand32, offset: number): I32 {
  return load(I32, Op.I32Load8U, address, offset);
}
export function load16(address: Operand32, offset: number): I32 {
  return load(I32, Op.I32Load16U, address, offset);
}
export function load32(address: Operand32, offset: number): I32 {
  return load(I32, Op.I32Load, address, offset);
}
export function load64(address: Operand32, offset: number): I64 {
  return load(I64, Op.I64Load, address, offset);
}

const WIDENED = { 1: Op.I64Load8U, 2: Op.I64Load16U, 4: Op.I64Load32U, 8: Op.I64Load } as const;

/** So many bytes as a number of 64 bits. */
export function loadBytes(bytes: keyof typeof WIDENED, address: Operand32, offset: number): I64 {
  return load(I64, WIDENED[bytes], address, offset);
}

export function loadVector(address: Operand32, offset: number, name: SimdLoad = "v128.load"): V128 {
  return expression(V128, codeOf(Form.SimdMemory, SIMD[name]), operand(Type.I32, address), null, offset);
}

// ---- calls ---------------------------------------------------------------------------------------------------------

/** A function by its number, and its types. */
export interface Callee<Parameters extends TypeList = TypeList, Results extends TypeList = TypeList> {
  readonly index: number;
  readonly parameters: Parameters;
  readonly results: Results;
}

/** What a call has as its detail: the function's number and the arguments. */
export interface Invocation {
  readonly index: number;
  readonly args: readonly Expression[];
}

/** A call of a function with one result. */
export function call<Parameters extends TypeList, Result extends Expression>(
  { index, results }: Callee<Parameters, readonly [ExpressionType<Result>]>,
  ...args: ExpressionsOf<Parameters>
): Result {
  return expression(results[0], codeOf(Form.Call, Op.Call), null, null, { index, args });
}
