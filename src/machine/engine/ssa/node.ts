/**
 * The nodes of the small typed SSA that the "emit" binding builds from a block of instructions (block.ts).
 *
 * Pure nodes depend on their arguments alone. `read` nodes take a part of the processor's state as it was at the last
 * `write`s. Effects (memory, traps, time, writes of state) happen in the order in which the block lists them.
 */
import type { Segment } from "../../isa/instruction.js";
import type { FlagThunks, Operations, RepeatUntil, TrapCause, ValueWidth } from "../../isa/operations.js";
import type { Conversion, FloatBinary, FloatFormat, FloatUnary } from "../../isa/vector-operations.js";
import { type EffectOp, isEffectWord } from "./effect-table.js";
import type { Given } from "./given.js";
import type { StateName } from "./names.js";
import { type PureDetail, type PureOp, pureRow, type PureShape } from "./pure-table.js";

/** Width of a node's value in bits; 0 for effects without a value. */
export type SsaWidth = ValueWidth | 0;

export type SsaOp = PureOp | EffectOp | "read";

/** What a node needs to know besides its arguments. */
export type Detail =
  | PureDetail
  | { readonly kind: "state"; readonly state: StateName }
  | { readonly kind: "given"; readonly given: Given }
  | { readonly kind: "access"; readonly isStack: boolean; readonly isLocked: boolean }
  | { readonly kind: "trap"; readonly cause: TrapCause }
  | { readonly kind: "fence"; readonly fence: "load" | "store" | "full" }
  | { readonly kind: "segment"; readonly segment: Segment }
  | {
      readonly kind: "float";
      readonly operation: FloatUnary | FloatBinary;
      readonly format: FloatFormat;
      readonly immediate: number;
    }
  | { readonly kind: "conversion"; readonly conversion: Conversion }
  | { readonly kind: "relation"; readonly format: FloatFormat; readonly signalsQuiet: boolean }
  | {
      readonly kind: "repeat";
      readonly addressWidth: 32 | 64;
      readonly until: RepeatUntil;
      /**
       * One iteration: state is read and written in it. Where the block ends with an exit, the repetition is one
       * effect, the last, and the body only names the operands: values of its loads are those of the last iteration.
       */
      readonly body: readonly SsaNode[];
    };

export interface SsaNode {
  /** Ascending in the order of creation. */
  readonly id: number;
  readonly op: SsaOp;
  readonly width: SsaWidth;
  readonly args: readonly SsaNode[];
  readonly detail: Detail;
  /** Position in the block of the instruction that asked for it first. */
  readonly step: number;
  /** Index of the exit that it may take, or -1. */
  readonly exit: number;
}

export const NO_DETAIL: Detail = { kind: "none" };

/** Who wrote each flag of FLAG_NAMES last; null where the state has it. */
export type FlagWriters = readonly (FlagThunks<SsaNode> | null)[];

/** The value of a constant node, or null. */
export function constantOf(node: SsaNode): bigint | null {
  return node.detail.kind === "constant" ? node.detail.value : null;
}

/** The position in the details of a node, where it has one; otherwise 0. */
export function positionOf({ detail }: Pick<SsaNode, "detail">): number {
  return detail.kind === "position" ? detail.position : 0;
}

/** The value of a pure node, by what a binding has the operations mean. `values`: of its arguments. */
export function pureValue(operations: Operations<bigint>, node: SsaNode, values: readonly bigint[]): bigint {
  const evaluate = isEffectWord(node.op) || node.op === "read" ? null : pureRow(node.op).evaluate;
  if (evaluate === null) throw new TypeError(`${node.op} has no value of its own`);
  return evaluate(operations, node as PureShape, values);
}
