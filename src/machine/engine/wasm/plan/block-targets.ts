/**
 * Where blocks lead.
 */
import type { BlockPlan } from "./plan.js";

/** Whether the block ends with a jump to a computed address. */
export function isDynamic({ end, isWhole }: BlockPlan): boolean {
  return isWhole && end.kind === "jump" && end.target === null;
}

/** Addresses to which a block goes that are known when it is translated. */
export function targetsOf({ end, isWhole }: BlockPlan): bigint[] {
  if (!isWhole || end.kind === "systemCall" || end.target === null) return [];
  return end.kind === "branch" ? [end.target, end.next] : [end.target];
}

function keyOf({ block, first, count, isWhole }: BlockPlan): string {
  return isWhole ? (block.entries[first + count - 1].instruction?.row.semanticKey ?? "") : "";
}

export function isCall(plan: BlockPlan): boolean {
  return keyOf(plan) === "call";
}

export function isReturn(plan: BlockPlan): boolean {
  return keyOf(plan) === "ret";
}
