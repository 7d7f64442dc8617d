/**
 * What it costs to change how the pages of a block are mapped, and the bounds that follow. As everywhere these are
 * lists of paths, and what is charged and what a window switch waits out are sums over the same lists.
 *
 * A partition is on one core, and only its own calls change how it maps a block; so the entries that have to go are
 * in the TLB of the core that is in the kernel, and no other core is interrupted. Rights that grow need no INVLPG.
 */
import { PAGE_SIZE_BYTES, type Cycles } from "../../units.js";
import { KernelStep, type Path } from "../../hal/index.js";
import { PATHS, pathCycles, type CostOf } from "../costs/cost.js";
import type { PoolPlan } from "../plan.js";
import type { BlockChange } from "./block-state.js";

/** From so many pages on, all of the TLB goes rather than page by page. */
const FLUSH_PAGES = 33;
const ENTRIES_PER_LINE = 8;

/** A path and how often it is gone. */
type Times = readonly [path: Path, count: number];

export function pagesOf({ blockBytes }: PoolPlan): number {
  return blockBytes / PAGE_SIZE_BYTES;
}

/** What is charged for a change of so many pages. */
export function changeCosts(change: BlockChange, pages: number): readonly Times[] {
  const tables: Times = [PATHS.tableLine, Math.ceil(pages / ENTRIES_PER_LINE)];
  // mutant shrinking-rights-cost-no-invalidation: const invalidation: Times = [PATHS.invalidatePage, 0];
  const invalidation: Times = pages < FLUSH_PAGES ? [PATHS.invalidatePage, pages] : [PATHS.invalidateAll, 1];
  switch (change) {
    case "none":
      return [];
    case "copy":
      return [[PATHS.copyPage, pages]];
    case "map":
    case "map-read-only":
    case "make-writable":
      return [tables];
    case "unmap":
    case "make-read-only":
      return [tables, invalidation];
  }
}

export function changeCycles(costOf: CostOf, change: BlockChange, pages: number): Cycles {
  return changeCosts(change, pages).reduce((sum, [path, count]) => sum + count * pathCycles(costOf, path), 0);
}

/** Longest body of a call to one of these pools; 0 without pools. */
export function longestPoolCall(costOf: CostOf, pools: readonly PoolPlan[]): Cycles {
  const bodies = pools.map((pool) => {
    if (pool.mode === "share") return 0;
    const worst = pool.mode === "copy" ? (["copy", "unmap"] as const) : (["unmap"] as const);
    return Math.max(...worst.map((change) => changeCycles(costOf, change, pagesOf(pool))));
  });
  return pools.length === 0 ? 0 : pathCycles(costOf, PATHS.poolCall) + Math.max(...bodies);
}

/** What looking at one block takes when a member's life is over. */
export function lookCycles(costOf: CostOf): Cycles {
  return costOf(KernelStep.Instruction);
}
