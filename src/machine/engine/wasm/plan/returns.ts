/**
 * Return prediction: where a RET goes whose calls are in its region. What comes behind these calls is known when the
 * region is translated, so that the RET compares RIP with these few addresses and goes on there, instead of through the
 * dispatching node with all computed jumps of the region.
 *
 * Invariant: this decides only which addresses are compared. A RET that goes elsewhere leaves the region.
 */
import { isCall, isReturn } from "./block-targets.js";
import type { BlockPlan } from "./plan.js";

/** With more the dispatching node does as well. */
const MAX_RETURN_POINTS = 4;

/**
 * For each block that ends with RET, by number, the blocks behind the calls that lead to it, where those are known and
 * few. `targets` gives where a block goes, a call to what it calls; `behindCalls`, by block, where a call returns to.
 */
export function matchReturns(
  blocks: readonly BlockPlan[],
  behindCalls: readonly (number | undefined)[],
  targets: (block: number) => readonly number[],
): ReadonlyMap<number, readonly number[]> {
  const matches = new Map<number, Set<number>>();
  behindCalls.forEach((returnPoint, call) => {
    if (returnPoint === undefined) return;
    // All that runs before the call returns; what is called from there has returned by then.
    const pending = [...targets(call)];
    const seen = new Set(pending);
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (isReturn(blocks[at])) {
        const known = matches.get(at);
        if (known === undefined) matches.set(at, new Set([returnPoint]));
        else known.add(returnPoint);
        continue;
      }
      const after = behindCalls[at];
      const next = !isCall(blocks[at]) ? targets(at) : after === undefined ? [] : [after];
      for (const target of next) {
        if (seen.has(target)) continue;
        seen.add(target);
        pending.push(target);
      }
    }
  });
  return new Map(
    [...matches]
      .filter(([, points]) => points.size <= MAX_RETURN_POINTS)
      .map(([block, points]) => [block, [...points]]),
  );
}
