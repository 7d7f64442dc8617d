/**
 * Admission: a bound on the response time of each periodic thread that says what it runs at most (`wcet`), by the
 * description alone, or the reason why there is none.
 *
 * Counted are the thread's own time and that of all that its policy may put first; the kernel's paths for each of
 * their activations; the longest path that nothing interrupts; doorbells from other cores as often as they can come;
 * and the supply of the partition's windows or reservation. NOT COUNTED: time for which a thread waits, for a lock or
 * a message, within an activation; where threads do, the bound is of what they run. A partition has bounds when every
 * thread that may run before the others has a period and a wcet, and its policy is by fixed priority or earliest
 * deadline.
 */
import { countRemoteLinks } from "../../kernel/index.js";
import type { PartitionPlan, SystemPlan, ThreadPlan } from "../../kernel/plan.js";
import { CLASSES, POLICIES } from "../../scheduler/index.js";
import type { Cycles, ThreadId } from "../../units.js";
import { kernelCosts } from "../plan/kernel-costs.js";
import {
  earliestDeadlineVerdicts,
  fixedPriorityVerdicts,
  type Interference,
  type Task,
  type Verdict,
} from "./response.js";
import { supplyOf, type Supply } from "./supply.js";

export interface ThreadBound {
  readonly partition: PartitionPlan;
  readonly thread: ThreadPlan;
  /** Null where there can be no bound; `reason` says why. */
  readonly verdict: Verdict | null;
  readonly reason: string;
  /** The largest wcet with which the thread would meet its deadline; null where it does, or none would do. */
  readonly largestWcetCycles: Cycles | null;
}

interface Analysis {
  readonly supply: Supply;
  readonly interference: Interference;
  /** What the kernel does for one activation, from the release to the way to the next thread. */
  readonly activationCycles: Cycles;
  readonly judge: typeof fixedPriorityVerdicts;
}

/** A bound for each periodic thread of a system, in the order of its threads. */
export function boundResponses(plan: SystemPlan): ThreadBound[] {
  return plan.partitions.flatMap((partition) => boundPartition(plan, partition));
}

/** Bounds by thread, for those that have one. */
export function boundsByThread(plan: SystemPlan): ReadonlyMap<ThreadId, Cycles> {
  const bounds = new Map<ThreadId, Cycles>();
  for (const { thread, verdict } of boundResponses(plan))
    if (verdict?.isMet === true) bounds.set(thread.id, verdict.boundCycles);
  return bounds;
}

function boundPartition(plan: SystemPlan, partition: PartitionPlan): ThreadBound[] {
  const periodic = partition.threads.filter(({ periodCycles }) => periodCycles !== null);
  const analysis = analyse(plan, partition);
  const without = (reason: string): ThreadBound[] =>
    periodic.map((thread) => ({ partition, thread, verdict: null, reason, largestWcetCycles: null }));
  if (typeof analysis === "string") return without(analysis);
  const isFixed = analysis.judge === fixedPriorityVerdicts;
  return periodic.map((thread): ThreadBound => {
    const before = partition.threads.filter((other) => !isFixed || other.priority >= thread.priority);
    const unknown = before.find(({ periodCycles, wcetCycles }) => periodCycles === null || wcetCycles === null);
    if (unknown !== undefined) {
      const reason = `thread "${unknown.name}" has no ${unknown.periodCycles === null ? "period" : "wcet"}`;
      return { partition, thread, verdict: null, reason, largestWcetCycles: null };
    }
    const position = before.indexOf(thread);
    const verdictWith = (wcetCycles: Cycles): Verdict =>
      analysis.judge(
        before.map((other) => taskOf(other, other === thread ? wcetCycles : (other.wcetCycles ?? 0), analysis)),
        analysis.supply,
        analysis.interference,
      )[position];
    const verdict = verdictWith(thread.wcetCycles ?? 0);
    const largestWcetCycles = verdict.isMet ? null : largestWcet(thread.wcetCycles ?? 0, verdictWith);
    return { partition, thread, verdict, reason: "", largestWcetCycles };
  });
}

function taskOf(
  { periodCycles, deadlineCycles, priority }: ThreadPlan,
  wcet: Cycles,
  { activationCycles }: Analysis,
): Task {
  const period = periodCycles ?? 0;
  return { cycles: wcet + activationCycles, periodCycles: period, deadlineCycles: deadlineCycles ?? period, priority };
}

function largestWcet(most: Cycles, verdictWith: (wcet: Cycles) => Verdict): Cycles | null {
  if (!verdictWith(1).isMet) return null;
  let [low, high] = [1, most];
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (verdictWith(middle).isMet) low = middle;
    else high = middle;
  }
  return low;
}

/** What a partition's threads are judged by, or why they can't be. */
function analyse(plan: SystemPlan, partition: PartitionPlan): Analysis | string {
  const policy = partition.policy === null ? CLASSES[partition.class].policy : POLICIES[partition.policy];
  const judge =
    policy === POLICIES["fixed-priority"]
      ? fixedPriorityVerdicts
      : policy === POLICIES["earliest-deadline"]
        ? earliestDeadlineVerdicts
        : null;
  if (judge === null) return `there is no analysis of its policy, ${policy.name}`;
  const { bounds, releaseCycles, completionCycles, shareCycles } = kernelCosts(plan);
  const core = plan.cores[partition.core];
  const supply = supplyOf(core, partition, bounds.switchCycles);
  if (supply === null) return "it is promised no time";
  const isShared = core.kind === "reservations";
  const links = countRemoteLinks(plan, partition.id);
  const messageCycles = isShared ? bounds.sharedMessageCycles : bounds.messageCycles;
  const spacingCycles = (isShared ? 20 : 2) * links * bounds.messageCycles;
  const sporadic = Array.from({ length: links }, () => ({ cycles: messageCycles, spacingCycles }));
  // Each other reservation can take the core away once a period of its own, and giving it back costs this one.
  if (core.kind === "reservations")
    for (const other of core.reservations)
      if (other.partition !== partition.id) sporadic.push({ cycles: shareCycles, spacingCycles: other.periodCycles });
  return {
    supply,
    interference: { blockingCycles: bounds.quietCycles, sporadic },
    activationCycles: releaseCycles + completionCycles + (isShared ? 2 * shareCycles : 0),
    judge,
  };
}
