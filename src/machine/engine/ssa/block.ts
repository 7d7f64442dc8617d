/**
 * A block in SSA: a list of nodes (node.ts) in an order in which they can be run, then a terminator. Invariant: a
 * node's arguments stand before it, or around it where it is in the body of a repetition; no node is listed that
 * nothing needs.
 *
 * An effect that may leave the block names an exit: the instruction that is then as if it had not begun, and where the
 * state before it is to be found. Registers are listed with the exit; flags are thunks still, and are built only by
 * who asks (`buildExitFlags`), so that an exit costs the block itself nothing.
 */
import type { Instruction } from "../../isa/instruction.js";
import type { FlagName, TrapCause } from "../../isa/operations.js";
import type { WordName } from "./names.js";
import type { FlagWriters, SsaNode } from "./node.js";
import type { WordLog } from "./word-log.js";

/** The state before an instruction, for who leaves the block there. What is not listed is in the state itself. */
export interface SsaExit {
  readonly step: number;
  /** Address of the instruction. */
  readonly address: bigint;
  readonly words: ReadonlyMap<WordName, SsaNode>;
  /** Thunks, which `SsaBlock.buildExitFlags` evaluates. */
  readonly flags: ReadonlyMap<FlagName, () => SsaNode>;
  /** How many writes of the block's log come before the exit, for whoever looks at one exit after the other. */
  readonly written: number;
  readonly writers: FlagWriters;
}

export type Terminator =
  | { readonly kind: "next"; readonly address: bigint }
  | { readonly kind: "jump"; readonly target: SsaNode }
  | { readonly kind: "branch"; readonly condition: SsaNode; readonly target: SsaNode; readonly next: bigint }
  | { readonly kind: "trap"; readonly cause: TrapCause; readonly exit: number; readonly next: bigint }
  | { readonly kind: "systemCall"; readonly next: bigint };

export interface SsaStep {
  readonly address: bigint;
  readonly instruction: Instruction;
}

export interface SsaBlock {
  readonly steps: readonly SsaStep[];
  readonly nodes: readonly SsaNode[];
  readonly exits: readonly SsaExit[];
  readonly terminator: Terminator;
  /**
   * Where `end` is "exit": the exit with the state after the last instruction. Otherwise -1, and the nodes write it.
   */
  readonly endExit: number;
  /** Who gives each flag that the state lacks at the block's start; null where it lacks none. */
  readonly incoming: FlagWriters;
  readonly log: WordLog;
  /** Builds the flags of an exit, and the nodes that only they need, in order. May be called at any time. */
  readonly buildExitFlags: (exit: number) => {
    readonly flags: ReadonlyMap<FlagName, SsaNode>;
    readonly nodes: readonly SsaNode[];
  };
  /** Whether a node is in the list, and not only in what `buildExitFlags` made. */
  readonly isListed: (node: SsaNode) => boolean;
  /** Ids are below it. */
  readonly nextId: () => number;
}
