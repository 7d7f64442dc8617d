/**
 * What is decided about a block before a byte is written: its SSA, where registers and flags are brought up to date
 * (sync points), which flags it needs made on entry, and what it costs.
 *
 * A cost block is cut before the first instruction that translated code leaves to the reference engine.
 */
import type { Cycles } from "../../../../units.js";
import type { FlagName } from "../../../isa/index.js";
import { type Emitter, type SsaBlock, type SsaNode, type SsaStep } from "../../ssa/index.js";
import type { Block } from "../../code/block.js";
import { type BlockEnd, endOf } from "./block-end.js";
import { bitsOf, FLAG_SETS } from "./flag-sets.js";
import type { RecipeBook } from "./recipe.js";
import { planSyncs, type Syncs } from "./sync-points.js";
import { isTranslated, type KnownForms } from "./translated-instructions.js";
import { isEffect, isFloatEffect } from "./translated-operations.js";

/** What is decided about a block, however its code is made then. */
export interface BlockPlan {
  /** What its code is made of: the SSA of all its instructions together, or a template for each. */
  readonly form: "ssa" | "templates";
  /** Virtual address of the first instruction that it runs. */
  readonly rip: bigint;
  readonly block: Block;
  /** Its index in the block: not 0 where a core stopped within the block. `start`: where the block begins. */
  readonly first: number;
  readonly start: bigint;
  /** Instructions that the translation runs: all, or those before the first that it leaves to the reference engine. */
  readonly count: number;
  /** It runs to the end of the block. */
  readonly isWhole: boolean;
  /** Cycles of its first i instructions. */
  readonly prefix: readonly Cycles[];
  /** Where it leads, and the address behind its last instruction. */
  readonly end: BlockEnd;
  readonly behind: bigint;
  /** Whether its float operations are guarded together (float-block-guard.ts). */
  readonly isFused: boolean;
  /** Flags that must be in their locals when the block starts. */
  readonly needs: ReadonlySet<FlagName>;
  /** Flags whose value the block changes. */
  readonly endFlags: ReadonlySet<FlagName>;
  /** Numbers of the recipes that it may leave behind. */
  readonly recipes: readonly number[];
}

/** A block whose code is made of the SSA of all its instructions together. */
export interface SsaPlan extends BlockPlan, Syncs {
  readonly form: "ssa";
  readonly ssa: SsaBlock;
  /**
   * Where float operations are guarded together, exits of effects that leave to the first operation of their stretch.
   */
  readonly exitOf: ReadonlyMap<SsaNode, number>;
  /** Makes nodes of those, for who needs their values. */
  readonly buildEndFlags: () => ReadonlyMap<FlagName, SsaNode>;
}

/** Stretches of float operations, and of loads between them: each effect's exit is that of the first. */
function findStretches(nodes: readonly SsaNode[]): Map<SsaNode, number> {
  const exitOf = new Map<SsaNode, number>();
  let first = -1;
  let loads: SsaNode[] = [];
  for (const node of nodes) {
    if (!isEffect(node)) continue;
    if (isFloatEffect(node)) {
      if (first < 0) first = node.exit;
      for (const member of [...loads, node]) exitOf.set(member, first);
      loads = [];
    } else if (node.op === "load" && first >= 0) loads.push(node);
    else {
      first = -1;
      loads = [];
    }
  }
  return exitOf;
}

/** Virtual address of instruction `index` of a block at `start`. */
export function addressInBlock({ entries }: Block, start: bigint, index: number): bigint {
  let address = start;
  for (let i = 0; i < index; i++) address = BigInt.asUintN(64, address + entries[i].lengthBytes);
  return address;
}

export function prefixOf(entries: Block["entries"]): Cycles[] {
  const prefix = [0];
  entries.forEach((entry, i) => prefix.push(prefix[i] + entry.cycles));
  return prefix;
}

/** What planning keeps from one block to the next. */
export interface Planner {
  readonly emitter: Emitter;
  readonly forms: KnownForms;
  readonly recipes: RecipeBook;
}

/**
 * A plan for a block at `start` from its instruction `first` on. Null when nothing of that can be translated.
 * `fusesFloats`: its float operations may be guarded together.
 */
export function planBlock(
  { emitter, forms, recipes }: Planner,
  start: bigint,
  block: Block,
  first: number,
  fusesFloats: boolean,
): SsaPlan | null {
  const steps: SsaStep[] = [];
  const entries = first === 0 ? block.entries : block.entries.slice(first);
  const rip = addressInBlock(block, start, first);
  let address = rip;
  for (const { instruction, refusal, lengthBytes } of entries) {
    if (instruction === null || refusal !== null || !isTranslated(instruction, emitter, forms)) break;
    steps.push({ address, instruction });
    address = BigInt.asUintN(64, address + lengthBytes);
  }
  let ssa: SsaBlock | null = null;
  while (steps.length > 0) {
    ssa = emitter.emitBlock(steps, "exit");
    if (ssa.terminator.kind !== "trap") break;
    steps.length = ssa.steps.length - 1;
    ssa = null;
  }
  if (ssa === null) return null;
  const prefix = prefixOf(entries);
  // Limits on instructions are kept through cycles.
  for (let i = 0; i < steps.length; i++) if (prefix[i + 1] - prefix[i] < 1) return null;
  const built = ssa;
  const { exits, endExit } = built;
  const exitOf = fusesFloats ? findStretches(built.nodes) : new Map<SsaNode, number>();
  return {
    form: "ssa",
    rip,
    block,
    first,
    start,
    count: steps.length,
    isWhole: steps.length === entries.length,
    prefix,
    end: endOf(ssa.terminator),
    behind: addressInBlock(block, start, first + steps.length),
    ssa,
    isFused: exitOf.size > 0,
    exitOf,
    ...planSyncs(ssa, exitOf, recipes),
    endFlags: FLAG_SETS[bitsOf(exits[endExit].writers)],
    buildEndFlags: () => built.buildExitFlags(endExit).flags,
  };
}
