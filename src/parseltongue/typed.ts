/**
 * The typed tree: what the checker makes of a program. Every name is a variable or a function, every expression has a
 * type, and nothing in it can be wrong but at run time. The interpreter (meaning.ts) says what it means.
 */
import type { BinaryOperator } from "./tree.js";

export type ElementType = "i64" | "bool" | "u8";
export interface ListType {
  readonly kind: "list";
  readonly element: ElementType;
  readonly capacity: number;
}
/** What fits in a register: a bool is 0 or 1. */
export type ScalarType = { readonly kind: "i64" } | { readonly kind: "bool" };
export type Type = ScalarType | ListType;

export const I64: Type = { kind: "i64" };
export const BOOL: Type = { kind: "bool" };
export const ELEMENT_BYTES: Readonly<Record<ElementType, 1 | 8>> = { i64: 8, bool: 1, u8: 1 };

export function elementType(element: ElementType): Type {
  return element === "bool" ? BOOL : I64;
}

export function describeType(type: Type): string {
  if (type.kind !== "list") return type.kind;
  return type.element === "u8" ? `bytes(${type.capacity})` : `list(${type.element}, ${type.capacity})`;
}

export function isSameType(a: Type, b: Type): boolean {
  return describeType(a) === describeType(b);
}

/** What ends a program that does what it may not. The same in the interpreter and in machine code. */
export const FAULTS = ["overflow", "division", "bounds", "capacity", "loop_bound"] as const;
export type FaultWord = (typeof FAULTS)[number];

export interface Variable {
  readonly name: string;
  readonly type: Type;
  /** Its number in the function. */
  readonly id: number;
  readonly canChange: boolean;
  /** A list of the caller's. */
  readonly isReference: boolean;
}

/** What only trusted modules may do: the arguments are i64. */
export const MACHINE_OPERATIONS = {
  load_u8: ["address"],
  load_u32: ["address"],
  load_u64: ["address"],
  store_u8: ["address", "value"],
  store_u32: ["address", "value"],
  store_u64: ["address", "value"],
  kernel_call: ["number", "first", "second"],
  boot_information: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type MachineOperation = keyof typeof MACHINE_OPERATIONS;

export type ListValue =
  | { readonly kind: "empty" }
  | { readonly kind: "filled"; readonly value: TypedExpression }
  | { readonly kind: "bytes"; readonly bytes: readonly number[] };

export type TypedArgument =
  | { readonly kind: "value"; readonly value: TypedExpression }
  | { readonly kind: "list"; readonly variable: Variable };

export type TypedExpression =
  | { readonly kind: "constant"; readonly type: ScalarType; readonly value: bigint }
  | { readonly kind: "variable"; readonly type: ScalarType; readonly variable: Variable }
  | { readonly kind: "element"; readonly type: Type; readonly list: Variable; readonly at: TypedExpression }
  | { readonly kind: "count"; readonly type: Type; readonly list: Variable }
  | { readonly kind: "negate" | "not"; readonly type: Type; readonly operand: TypedExpression }
  | {
      readonly kind: "binary";
      readonly type: Type;
      readonly operator: BinaryOperator;
      readonly left: TypedExpression;
      readonly right: TypedExpression;
    }
  | {
      readonly kind: "call";
      readonly type: Type | null;
      readonly callee: string;
      readonly arguments: readonly TypedArgument[];
    }
  | {
      readonly kind: "machine";
      readonly type: Type;
      readonly operation: MachineOperation;
      readonly arguments: readonly TypedExpression[];
    };

/** What print writes, piece by piece. */
export type PrintPart =
  | { readonly kind: "text"; readonly bytes: readonly number[] }
  | { readonly kind: "value"; readonly value: TypedExpression }
  | { readonly kind: "list"; readonly variable: Variable };

export type TypedStatement =
  | { readonly kind: "set"; readonly variable: Variable; readonly value: TypedExpression }
  | { readonly kind: "setList"; readonly variable: Variable; readonly value: ListValue }
  | {
      readonly kind: "setElement";
      readonly list: Variable;
      readonly at: TypedExpression;
      readonly value: TypedExpression;
    }
  | { readonly kind: "append"; readonly list: Variable; readonly value: TypedExpression }
  | {
      readonly kind: "if";
      readonly condition: TypedExpression;
      readonly consequent: readonly TypedStatement[];
      readonly otherwise: readonly TypedStatement[];
    }
  | {
      readonly kind: "for";
      readonly variable: Variable;
      readonly from: TypedExpression;
      readonly to: TypedExpression;
      readonly body: readonly TypedStatement[];
    }
  | {
      readonly kind: "repeat";
      readonly atMost: bigint;
      readonly condition: TypedExpression;
      readonly body: readonly TypedStatement[];
    }
  | { readonly kind: "give"; readonly value: TypedExpression | null }
  | { readonly kind: "print"; readonly parts: readonly PrintPart[] }
  | { readonly kind: "do"; readonly value: TypedExpression };

export interface TypedFunction {
  readonly name: string;
  readonly parameters: readonly Variable[];
  readonly gives: Type | null;
  readonly variables: readonly Variable[];
  readonly body: readonly TypedStatement[];
}

export interface TypedProgram {
  readonly functions: ReadonlyMap<string, TypedFunction>;
}
