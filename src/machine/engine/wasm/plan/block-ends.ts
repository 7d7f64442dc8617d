/**
 * How blocks end, and where they lead.
 */
import type { BlockPlan } from "./plan.js";

/** Whether the block ends with a jump to a computed address. */
export function isDynamic({ ssa, isWhole }: BlockPlan): boolean {
  const { terminator } = ssa;
  return isWhole && terminator.kind === "jump" && terminator.target.detail.kind !== "constant";
}

/** Addresses to which a block goes that are known when it is translated. */
export function targetsOf(plan: BlockPlan): bigint[] {
  const { terminator } = plan.ssa;
  if (!plan.isWhole) return [];
  switch (terminator.kind) {
    case "next":
      return [terminator.address];
    case "branch":
      return terminator.target.detail.kind === "constant" ? [terminator.target.detail.value, terminator.next] : [];
    case "jump":
      return terminator.target.detail.kind === "constant" ? [terminator.target.detail.value] : [];
    default:
      return [];
  }
}

function keyOf({ ssa, isWhole }: BlockPlan): string {
  return isWhole ? ssa.steps[ssa.steps.length - 1].instruction.row.semanticKey : "";
}

export function isCall(plan: BlockPlan): boolean {
  return keyOf(plan) === "call";
}

export function isReturn(plan: BlockPlan): boolean {
  return keyOf(plan) === "ret";
}

/** Where the instruction behind the block is. */
export function addressBehind({ ssa }: BlockPlan): bigint {
  const last = ssa.steps[ssa.steps.length - 1];
  return BigInt.asUintN(64, last.address + BigInt(last.instruction.lengthBytes));
}
