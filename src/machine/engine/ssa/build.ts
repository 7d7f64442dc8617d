/**
 * A block that is being built, and the few steps that the operations (operations.ts) are made of: exits, traps,
 * addresses.
 */
import { type Address, type TrapCause, Vector } from "../../isa/operations.js";
import type { SsaExit, SsaStep, Terminator } from "./block.js";
import type { Builder } from "./builder.js";
import type { Givens } from "./givens.js";
import { isEffect } from "./liveness.js";
import { constantOf, type Detail, type SsaNode } from "./node.js";
import type { EmitState } from "./state.js";

export interface Build {
  readonly steps: readonly SsaStep[];
  readonly builder: Builder;
  readonly state: EmitState;
  readonly exits: SsaExit[];
  readonly end: "write" | "exit";
  /** What is given in place of what the instructions say; null where all is known. */
  readonly givens: Givens | null;
  terminator: Terminator | null;
  /** Exit of the instruction at hand, once something in it can fault. */
  exitOfStep: number;
  /** Conditions that a trapIf has found false: values don't change, so once is enough. */
  readonly passed: Set<SsaNode>;
  /** How many nodes there were when the block was found to end with a trap: later effects don't happen. */
  trappedAt: number;
}

/** What an instruction without semantics does (instruction.ts, `ring3`). */
export const REFUSED: { readonly [outcome: string]: TrapCause } = {
  "#GP": { vector: Vector.GeneralProtection, errorCode: 0 },
  "#UD": { vector: Vector.InvalidOpcode, errorCode: null },
};

/** The instruction at hand. */
export function stepOf({ steps, builder }: Build): SsaStep {
  return steps[builder.step];
}

export function nextAddressOf(build: Build): bigint {
  const { address, instruction } = stepOf(build);
  return BigInt.asUintN(64, address + BigInt(instruction.lengthBytes));
}

/** Number of the exit before the instruction at hand. */
export function exitOf(build: Build): number {
  if (build.exitOfStep < 0) {
    build.exitOfStep = build.exits.length;
    build.exits.push(build.state.exit(build.builder.step, stepOf(build).address));
  }
  return build.exitOfStep;
}

export function accessOf(build: Build, { isStack }: Address<SsaNode>): Detail {
  const { row, lock } = stepOf(build).instruction;
  return { kind: "access", isStack, isLocked: lock || row.mnemonic === "XCHG" };
}

/** The instruction at hand ends the block with a trap. */
export function endWithTrap(build: Build, cause: TrapCause): void {
  build.terminator ??= { kind: "trap", cause, exit: exitOf(build), next: nextAddressOf(build) };
  build.trappedAt = Math.min(build.trappedAt, build.builder.nodes.length);
}

export function trapIf(build: Build, condition: SsaNode, cause: TrapCause): void {
  const known = constantOf(condition);
  if (known === 1n) endWithTrap(build, cause);
  if (known !== null || build.passed.has(condition)) return;
  build.passed.add(condition);
  build.builder.ordered("trapIf", 0, [condition], { kind: "trap", cause }, exitOf(build));
}

/** What the instruction at hand wrote becomes visible, unless it traps. */
export function finishStep({ terminator, state, builder, trappedAt }: Build): void {
  if (terminator?.kind !== "trap") {
    state.commit();
    return;
  }
  const after = builder.nodes.splice(trappedAt);
  builder.nodes.push(...after.filter((node) => !isEffect(node)));
  state.discard();
}
