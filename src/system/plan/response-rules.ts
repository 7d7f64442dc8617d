/** Refuses threads that cannot be sure to meet their deadlines, by what they and others say that they run at most. */
import type { SystemPlan } from "../../kernel/plan.js";
import type { Cycles } from "../../units.js";
import { boundResponses } from "../admission/admit.js";
import type { Problems } from "../description/problems.js";
import { formatCycles } from "../description/units.js";
import { threadPath } from "./paths.js";

export function checkResponses(plan: SystemPlan, problems: Problems): void {
  const show = (cycles: Cycles): string => `"${formatCycles(cycles, plan.machine.frequencyHz)}"`;
  for (const { partition, thread, verdict, largestWcetCycles } of boundResponses(plan)) {
    if (verdict === null || verdict.isMet) continue;
    const { atCycles, neededCycles, suppliedCycles } = verdict;
    problems.add(
      threadPath(partition, thread, "wcet"),
      `thread "${thread.name}" of partition "${partition.name}" may miss its deadline: ${show(atCycles)} after a release ` +
        `there are ${show(suppliedCycles)} for certain, and ${show(neededCycles)} may be needed`,
      largestWcetCycles === null
        ? "No wcet would do: make the deadline longer, or give the partition or thread more of the core."
        : `It would be sure to with wcet = ${show(largestWcetCycles)}, all else as it is.`,
      { restsOn: [threadPath(partition, thread, "deadline"), threadPath(partition, thread, "period")] },
    );
  }
}
