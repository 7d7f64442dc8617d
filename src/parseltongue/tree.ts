/** The tree of a program as it is written, before names and types mean anything. */
import type { Span } from "./source.js";

export interface Name extends Span {
  readonly text: string;
}

export interface TypeTree extends Span {
  readonly name: string;
  /** list(ELEMENT, CAPACITY), bytes(CAPACITY) */
  readonly element: TypeTree | null;
  readonly capacity: bigint | null;
}

export type BinaryOperator = "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or";

export interface Argument extends Span {
  readonly name: Name | null;
  readonly isChange: boolean;
  readonly value: Expression;
}

export type Expression = Span &
  (
    | { readonly kind: "number"; readonly value: bigint }
    | { readonly kind: "boolean"; readonly value: boolean }
    | { readonly kind: "text"; readonly parts: readonly (string | Expression)[] }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "call"; readonly callee: Name; readonly arguments: readonly Argument[] }
    | { readonly kind: "index"; readonly list: Expression; readonly at: Expression }
    | { readonly kind: "field"; readonly of: Expression; readonly field: Name }
    | { readonly kind: "unary"; readonly operator: "-" | "not"; readonly operand: Expression }
    | {
        readonly kind: "binary";
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
  );

export type Statement = Span &
  (
    | {
        readonly kind: "declare";
        readonly isVariable: boolean;
        readonly name: Name;
        readonly type: TypeTree | null;
        readonly value: Expression;
      }
    | { readonly kind: "assign"; readonly target: Expression; readonly value: Expression }
    | {
        readonly kind: "if";
        readonly condition: Expression;
        readonly consequent: readonly Statement[];
        readonly otherwise: readonly Statement[];
      }
    | {
        readonly kind: "for";
        readonly name: Name;
        readonly from: Expression;
        readonly to: Expression;
        readonly body: readonly Statement[];
      }
    | {
        readonly kind: "each";
        readonly name: Name;
        readonly list: Expression;
        readonly body: readonly Statement[];
      }
    | {
        readonly kind: "repeat";
        readonly atMost: bigint;
        readonly condition: Expression;
        readonly body: readonly Statement[];
      }
    | { readonly kind: "give"; readonly value: Expression | null }
    | { readonly kind: "print"; readonly value: Expression }
    | { readonly kind: "do"; readonly call: Expression }
  );

export interface Parameter extends Span {
  readonly name: Name;
  readonly isChange: boolean;
  readonly type: TypeTree;
}

export interface FunctionTree extends Span {
  readonly name: Name;
  readonly parameters: readonly Parameter[];
  readonly gives: TypeTree | null;
  readonly body: readonly Statement[];
}

export interface Module {
  readonly isTrusted: boolean;
  readonly functions: readonly FunctionTree[];
}
