/**
 * The kernel's side of a policy: each partition's ready set, guarded by a watchdog.
 *
 * A policy is code that may be wrong (a student's, or one from outside the project). When it throws, or picks a thread
 * that is not ready, or nobody though someone is, round robin takes its place for the rest of the partition's life,
 * and an event says so. A policy that never returns can't be caught here, and one that lets a thread wait for ever may
 * mean it (fixed priority does), so neither is looked for.
 */
import type { Cycles, ThreadId } from "../units.js";
import { roundRobin, type Policy, type PolicyThread } from "../scheduler/index.js";
import { EventKind } from "../trace/index.js";
import type { Partition, Thread } from "./objects.js";
import type { PartitionPlan } from "./plan.js";

export function policyThreads(partition: PartitionPlan): PolicyThread[] {
  return partition.threads.map(({ id, priority, periodCycles, deadlineCycles }) => ({
    thread: id,
    priority,
    periodCycles,
    deadlineCycles,
  }));
}

export function policyOf({ state, policy }: Partition): Policy {
  return state.policyReplaced ? roundRobin : policy;
}

function isReady({ state }: Thread): boolean {
  return state.life === "ready" || state.life === "running";
}

/** The partition's ready thread with this id; undefined when there is none, whatever a policy may have answered. */
function findReady(partition: Partition, id: ThreadId): Thread | undefined {
  const thread = partition.core.threads[id];
  return thread !== undefined && thread.partition === partition && isReady(thread) ? thread : undefined;
}

/** Begins with an empty ready set: at each start of the partition. */
export function resetReadySet(partition: Partition): void {
  try {
    const { frequencyHz } = partition.core.environment.plan.machine;
    partition.state.policy = policyOf(partition).create(policyThreads(partition.plan), frequencyHz);
  } catch (error) {
    failed(partition, "create", error);
  }
}

function replacePolicy(partition: Partition, reason: string): void {
  const { core, plan, state, threads } = partition;
  core.trace.recordText(
    EventKind.PolicyReplaced,
    core.id,
    partition.id,
    -1,
    -1,
    -1,
    -1,
    `policy "${policyOf(partition).name}" of partition ${plan.name} is replaced by round robin: ${reason}`,
  );
  state.policyReplaced = true;
  const fresh = roundRobin.create(policyThreads(plan), core.environment.plan.machine.frequencyHz);
  for (const thread of threads) if (isReady(thread)) roundRobin.enqueue(fresh, thread.id);
  state.policy = fresh;
  core.state.mustPick = true;
}

/** A call of the policy threw: its replacement has the true ready set already. */
function failed(partition: Partition, what: string, error: unknown): void {
  if (partition.state.policyReplaced) throw error;
  replacePolicy(partition, `${what} threw "${error instanceof Error ? error.message : String(error)}"`);
}

/** The thread's `life` must be "ready" already. */
export function enqueue({ id, partition }: Thread): void {
  try {
    policyOf(partition).enqueue(partition.state.policy, id);
  } catch (error) {
    failed(partition, "enqueue", error);
  }
}

/** The thread's `life` must be neither "ready" nor "running" any more. */
export function leaveReadySet({ id, partition }: Thread): void {
  try {
    policyOf(partition).block(partition.state.policy, id);
  } catch (error) {
    failed(partition, "block", error);
  }
}

export function giveWay({ id, partition }: Thread): void {
  try {
    policyOf(partition).yield(partition.state.policy, id);
  } catch (error) {
    failed(partition, "yield", error);
  }
}

/** The thread ran for this many cycles. */
export function chargeThread({ id, partition }: Thread, cycles: Cycles): void {
  try {
    policyOf(partition).charge(partition.state.policy, id, cycles);
  } catch (error) {
    failed(partition, "charge", error);
  }
}

/** Cycles until the policy wants to be asked again about the thread; at least 1. */
export function sliceOf({ id, partition }: Thread): Cycles {
  let cycles = Infinity;
  try {
    cycles = policyOf(partition).slice(partition.state.policy, id);
  } catch (error) {
    failed(partition, "slice", error);
  }
  return cycles >= 1 ? cycles : 1;
}

/** A ready thread of the partition; undefined when it has none. `preferred`: see CoreState. */
export function pick(partition: Partition, preferred: ThreadId): Thread | undefined {
  const hint = preferred >= 0 && findReady(partition, preferred) !== undefined ? preferred : -1;
  let picked: ThreadId = -2;
  try {
    picked = policyOf(partition).pick(partition.state.policy, hint);
  } catch (error) {
    failed(partition, "pick", error);
  }
  if (picked === -1 && !partition.threads.some(isReady)) return undefined;
  const thread = picked < 0 ? undefined : findReady(partition, picked);
  if (thread !== undefined) return thread;
  if (!partition.state.policyReplaced)
    replacePolicy(
      partition,
      picked === -1 ? "it picked nobody though a thread is ready" : `it picked thread ${picked}, which is not ready`,
    );
  const stand = roundRobin.pick(partition.state.policy as ReturnType<typeof roundRobin.create>, -1);
  return stand < 0 ? undefined : findReady(partition, stand);
}
