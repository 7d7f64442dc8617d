/**
 * The intermediate form: functions of basic blocks over virtual registers, each of 64 bits and set as often as one
 * likes. A Value is a register (a number) or an immediate (a bigint). Checks are instructions: they can move and fall.
 */
import type { FaultWord } from "./typed.js";

export type Register = number;
export type Value = Register | bigint;
/** As x86 names them: signed l, le, g, ge; unsigned b, ae. */
export type Condition = "e" | "ne" | "l" | "le" | "g" | "ge" | "b" | "ae";

export const OPPOSITE: Readonly<Record<Condition, Condition>> = {
  e: "ne",
  ne: "e",
  l: "ge",
  ge: "l",
  le: "g",
  g: "le",
  b: "ae",
  ae: "b",
};

/** Memory at base + index * size + offset; a base that is a local is bytes of the function's frame. */
export interface Address {
  readonly base: Value | { readonly local: number };
  readonly index: Register | null;
  readonly offset: number;
  readonly sizeBytes: 1 | 4 | 8;
}

export type Arithmetic = "add" | "sub" | "mul" | "div" | "rem" | "plus";

export type Instruction =
  | { readonly op: "move"; readonly to: Register; readonly from: Value }
  /** Checked, but for plus. */
  | { readonly op: Arithmetic; readonly to: Register; readonly left: Value; readonly right: Value }
  | {
      readonly op: "compare";
      readonly to: Register;
      readonly condition: Condition;
      readonly left: Value;
      readonly right: Value;
    }
  | {
      readonly op: "check";
      readonly condition: Condition;
      readonly left: Value;
      readonly right: Value;
      readonly fault: FaultWord;
    }
  | { readonly op: "load"; readonly to: Register; readonly address: Address }
  | { readonly op: "store"; readonly address: Address; readonly value: Value }
  | { readonly op: "local"; readonly to: Register; readonly local: number }
  | { readonly op: "data"; readonly to: Register; readonly data: number }
  | {
      readonly op: "call";
      readonly to: Register | null;
      readonly callee: string;
      readonly arguments: readonly Value[];
    }
  | { readonly op: "kernel"; readonly to: Register; readonly arguments: readonly Value[] }
  | { readonly op: "boot"; readonly to: Register };

export type End =
  | { readonly op: "jump"; readonly target: number }
  | {
      readonly op: "branch";
      readonly condition: Condition;
      readonly left: Value;
      readonly right: Value;
      readonly consequent: number;
      readonly otherwise: number;
    }
  | { readonly op: "give"; readonly value: Value | null };

export interface Block {
  readonly instructions: readonly Instruction[];
  readonly end: End;
}

export interface IrFunction {
  readonly name: string;
  readonly parameters: readonly Register[];
  readonly registerCount: number;
  /** Bytes of each local. */
  readonly locals: readonly number[];
  readonly blocks: readonly Block[];
}

export interface IrProgram {
  /** Callees before their callers. */
  readonly functions: readonly IrFunction[];
  readonly data: readonly (readonly number[])[];
}

export function successors(end: End): readonly number[] {
  if (end.op === "jump") return [end.target];
  return end.op === "branch" ? [end.consequent, end.otherwise] : [];
}

/** The registers that an instruction or an end reads. */
export function reads(node: Instruction | End): readonly Register[] {
  return valuesOf(node).filter((value): value is Register => typeof value === "number");
}

function valuesOf(node: Instruction | End): readonly (Value | null)[] {
  switch (node.op) {
    case "move":
      return [node.from];
    case "load":
      return addressValues(node.address);
    case "store":
      return [...addressValues(node.address), node.value];
    case "call":
    case "kernel":
      return node.arguments;
    case "local":
    case "data":
    case "boot":
    case "jump":
      return [];
    case "give":
      return [node.value];
    default:
      return [node.left, node.right];
  }
}

function addressValues({ base, index }: Address): readonly (Value | null)[] {
  return [typeof base === "object" ? null : base, index];
}

/** The register that an instruction sets, or null. */
export function sets(node: Instruction | End): Register | null {
  return "to" in node ? node.to : null;
}

/** The text of a program, for people: what --dump ir prints. */
export function formatIr({ functions }: IrProgram): string {
  return functions.map(formatFunction).join("\n");
}

function formatFunction({ name, parameters, locals, blocks }: IrFunction): string {
  const head = `function ${name}(${parameters.map(show).join(", ")})${locals.map((bytes, at) => ` local${at}: ${bytes} bytes`).join(",")}`;
  const lines = blocks.flatMap(({ instructions, end }, index) => [
    `block${index}:`,
    ...[...instructions, end].map((each) => `  ${formatNode(each)}`),
  ]);
  return `${head}\n${lines.join("\n")}\n`;
}

const show = (value: Value | null): string =>
  typeof value === "bigint" ? `${value}` : value === null ? "" : `v${value}`;

function showAddress({ base, index, offset, sizeBytes }: Address): string {
  const from = typeof base === "object" ? `local${base.local}` : show(base);
  return `u${sizeBytes * 8}[${from}${index === null ? "" : ` + ${show(index)}*${sizeBytes}`} + ${offset}]`;
}

function formatNode(node: Instruction | End): string {
  const result = sets(node);
  const left = result === null ? "" : `${show(result)} = `;
  switch (node.op) {
    case "move":
      return `${left}${show(node.from)}`;
    case "compare":
      return `${left}${show(node.left)} ${node.condition} ${show(node.right)}`;
    case "check":
      return `fault ${node.fault} if ${show(node.left)} ${node.condition} ${show(node.right)}`;
    case "load":
      return `${left}${showAddress(node.address)}`;
    case "store":
      return `${showAddress(node.address)} = ${show(node.value)}`;
    case "local":
      return `${left}address of local${node.local}`;
    case "data":
      return `${left}address of data${node.data}`;
    case "call":
      return `${left}${node.callee}(${node.arguments.map(show).join(", ")})`;
    case "kernel":
      return `${left}kernel(${node.arguments.map(show).join(", ")})`;
    case "boot":
      return `${left}boot information`;
    case "jump":
      return `jump block${node.target}`;
    case "branch":
      return `if ${show(node.left)} ${node.condition} ${show(node.right)} block${node.consequent} else block${node.otherwise}`;
    case "give":
      return `give ${show(node.value)}`;
    default:
      return `${left}${node.op} ${show(node.left)}, ${show(node.right)}`;
  }
}
