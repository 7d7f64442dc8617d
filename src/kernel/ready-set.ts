/**
 * The kernel's side of a policy: each partition's ready set, guarded by a watchdog.
 *
 * A policy is code that may be wrong (a student's, or one from outside the project). When it throws, or picks a thread
 * that is not ready, or nobody though someone is, round robin takes its place for the rest of the partition's life,
 * and an event says so. A policy that never returns can't be caught here, and one that lets a thread wait for ever may
 * mean it (fixed priority does), so neither is looked for.
 */
import type { CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import { roundRobin, type Policy, type PolicyThread } from "../scheduler/index.js";
import { EventKind } from "../trace/index.js";
import { type Parts } from "./parts.js";
import type { PartitionPlan } from "./plan.js";

export function policyThreads(partition: PartitionPlan): PolicyThread[] {
  return partition.threads.map(({ id, priority, periodCycles, deadlineCycles }) => ({
    thread: id,
    priority,
    periodCycles,
    deadlineCycles,
  }));
}

export function policyOf(parts: Parts, partition: PartitionId): Policy {
  return parts.state.partitions[partition].policyReplaced ? roundRobin : parts.policies[partition];
}

function isReady(parts: Parts, partition: PartitionId, thread: ThreadId): boolean {
  const place = parts.threads[thread];
  if (place === undefined || place.partition !== partition) return false;
  const { life } = parts.state.threads[thread];
  return life === "ready" || life === "running";
}

function isAnyReady(parts: Parts, partition: PartitionId): boolean {
  return parts.plan.partitions[partition].threads.some(({ id }) => isReady(parts, partition, id));
}

/** Begins with an empty ready set: at boot, and at each start of the partition. */
export function resetReadySet(parts: Parts, core: CoreId, partition: PartitionId): void {
  try {
    const threads = policyThreads(parts.plan.partitions[partition]);
    const fresh = policyOf(parts, partition).create(threads, parts.plan.machine.frequencyHz);
    parts.state.partitions[partition].policy = fresh;
  } catch (error) {
    failed(parts, core, partition, "create", error);
  }
}

function replacePolicy(parts: Parts, core: CoreId, partition: PartitionId, reason: string): void {
  const state = parts.state.partitions[partition];
  const plan = parts.plan.partitions[partition];
  parts.trace.recordText(
    EventKind.PolicyReplaced,
    core,
    partition,
    -1,
    -1,
    -1,
    -1,
    `policy "${policyOf(parts, partition).name}" of partition ${plan.name} is replaced by round robin: ${reason}`,
  );
  state.policyReplaced = true;
  const fresh = roundRobin.create(policyThreads(plan), parts.plan.machine.frequencyHz);
  for (const { id } of plan.threads) if (isReady(parts, partition, id)) roundRobin.enqueue(fresh, id);
  state.policy = fresh;
  parts.state.cores[core].mustPick = true;
}

/** A call of the policy threw: its replacement has the true ready set already. */
function failed(parts: Parts, core: CoreId, partition: PartitionId, what: string, error: unknown): void {
  if (parts.state.partitions[partition].policyReplaced) throw error;
  replacePolicy(parts, core, partition, `${what} threw "${error instanceof Error ? error.message : String(error)}"`);
}

/** The thread's `life` must be "ready" already. */
export function enqueue(parts: Parts, core: CoreId, partition: PartitionId, thread: ThreadId): void {
  try {
    policyOf(parts, partition).enqueue(parts.state.partitions[partition].policy, thread);
  } catch (error) {
    failed(parts, core, partition, "enqueue", error);
  }
}

/** The thread's `life` must be neither "ready" nor "running" any more. */
export function leaveReadySet(parts: Parts, core: CoreId, partition: PartitionId, thread: ThreadId): void {
  try {
    policyOf(parts, partition).block(parts.state.partitions[partition].policy, thread);
  } catch (error) {
    failed(parts, core, partition, "block", error);
  }
}

export function giveWay(parts: Parts, core: CoreId, partition: PartitionId, thread: ThreadId): void {
  try {
    policyOf(parts, partition).yield(parts.state.partitions[partition].policy, thread);
  } catch (error) {
    failed(parts, core, partition, "yield", error);
  }
}

export function chargeThread(
  parts: Parts,
  core: CoreId,
  partition: PartitionId,
  thread: ThreadId,
  cycles: Cycles,
): void {
  try {
    policyOf(parts, partition).charge(parts.state.partitions[partition].policy, thread, cycles);
  } catch (error) {
    failed(parts, core, partition, "charge", error);
  }
}

/** Cycles until the policy wants to be asked again; at least 1. */
export function sliceOf(parts: Parts, core: CoreId, partition: PartitionId, thread: ThreadId): Cycles {
  let cycles = Infinity;
  try {
    cycles = policyOf(parts, partition).slice(parts.state.partitions[partition].policy, thread);
  } catch (error) {
    failed(parts, core, partition, "slice", error);
  }
  return cycles >= 1 ? cycles : 1;
}

/** A ready thread of the partition, or -1 when it has none. */
export function pick(parts: Parts, core: CoreId, partition: PartitionId, preferred: ThreadId): ThreadId {
  const hint = preferred >= 0 && isReady(parts, partition, preferred) ? preferred : -1;
  let picked: ThreadId = -2;
  try {
    picked = policyOf(parts, partition).pick(parts.state.partitions[partition].policy, hint);
  } catch (error) {
    failed(parts, core, partition, "pick", error);
  }
  if (picked === -1 ? !isAnyReady(parts, partition) : isReady(parts, partition, picked)) return picked;
  if (!parts.state.partitions[partition].policyReplaced)
    replacePolicy(
      parts,
      core,
      partition,
      picked === -1 ? "it picked nobody though a thread is ready" : `it picked thread ${picked}, which is not ready`,
    );
  return roundRobin.pick(parts.state.partitions[partition].policy as ReturnType<typeof roundRobin.create>, -1);
}
