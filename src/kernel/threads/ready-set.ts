/**
 * The kernel's side of a policy: each partition's ready set, guarded by a watchdog.
 *
 * A policy is code that may be wrong (a student's, or one from outside the project). When it throws, or picks a thread
 * that is not ready, or nobody though someone is, round robin takes its place for the rest of the partition's life,
 * and an event says so. A policy that never returns can't be caught here, and one that lets a thread wait for ever may
 * mean it (fixed priority does), so neither is looked for.
 */
import type { Cycles, ThreadId } from "../../units.js";
import { roundRobin, type Policy, type PolicyState } from "../../scheduler/index.js";
import { EventKind } from "../../trace/index.js";
import { policyThread } from "./job.js";
import type { Partition, Thread } from "../objects.js";

/** What takes the place of a policy that has failed. */
const STAND_IN: Policy = roundRobin;

export function policyOf({ state, policy }: Partition): Policy {
  return state.policyReplaced ? STAND_IN : policy;
}

function isReady({ state }: Thread): boolean {
  return state.life === "ready" || state.life === "running";
}

/** The partition's ready thread with this id; undefined when there is none, whatever a policy may have answered. */
function findReady(partition: Partition, id: ThreadId): Thread | undefined {
  const thread = partition.core.threads[id];
  return thread !== undefined && thread.partition === partition && isReady(thread) ? thread : undefined;
}

function emptySet(policy: Policy, { plan, core }: Partition): PolicyState {
  return policy.create(plan.threads.map(policyThread), core.environment.time);
}

/** Begins with an empty ready set: at each start of the partition. */
export function resetReadySet(partition: Partition): void {
  try {
    partition.state.policy = emptySet(policyOf(partition), partition);
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
  state.policy = emptySet(STAND_IN, partition);
  for (const thread of threads) if (isReady(thread)) STAND_IN.enqueue(state.policy, thread.job);
  core.state.mustPick = true;
}

/** A call of the policy threw: its replacement has the true ready set already. */
function failed(partition: Partition, what: string, error: unknown): void {
  if (partition.state.policyReplaced) throw error;
  replacePolicy(partition, `${what} threw "${error instanceof Error ? error.message : String(error)}"`);
}

/** The thread's `life` must be "ready" already. */
export function enqueue({ job, partition }: Thread): void {
  try {
    policyOf(partition).enqueue(partition.state.policy, job);
  } catch (error) {
    failed(partition, "enqueue", error);
  }
}

/** The thread's `life` must be neither "ready" nor "running" any more. */
export function leaveReadySet({ job, partition }: Thread): void {
  try {
    policyOf(partition).block(partition.state.policy, job);
  } catch (error) {
    failed(partition, "block", error);
  }
}

/** The thread has begun its next activation and stays ready. */
export function renew({ job, partition }: Thread): void {
  try {
    if (policyOf(partition).renew(partition.state.policy, job)) partition.core.state.mustPick = true;
  } catch (error) {
    failed(partition, "renew", error);
  }
}

/**
 * The thread's priority has changed: it inherits one, or no longer does. A policy that looks at none has nothing to do.
 */
export function reprioritise({ job, partition }: Thread): void {
  partition.core.state.mustPick = true;
  try {
    policyOf(partition).reprioritise?.(partition.state.policy, job);
  } catch (error) {
    failed(partition, "reprioritise", error);
  }
}

export function giveWay({ job, partition }: Thread): void {
  try {
    policyOf(partition).yield(partition.state.policy, job);
  } catch (error) {
    failed(partition, "yield", error);
  }
}

/** The thread ran for this many cycles. */
export function chargeThread({ job, partition }: Thread, cycles: Cycles): void {
  try {
    policyOf(partition).charge(partition.state.policy, job, cycles);
  } catch (error) {
    failed(partition, "charge", error);
  }
}

/** Cycles until the policy wants to be asked again about the thread; at least 1. */
export function sliceOf({ job, partition }: Thread): Cycles {
  let cycles = Infinity;
  try {
    cycles = policyOf(partition).slice(partition.state.policy, job);
  } catch (error) {
    failed(partition, "slice", error);
  }
  return cycles >= 1 ? cycles : 1;
}

/** A ready thread of the partition; undefined when it has none. `preferred`: see KernelCoreState. */
export function pick(partition: Partition, preferred: ThreadId): Thread | undefined {
  const hint = preferred >= 0 && findReady(partition, preferred) !== undefined ? preferred : -1;
  let picked: ThreadId = -2;
  try {
    picked = policyOf(partition).pick(partition.state.policy, hint, partition.core.clock);
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
  const next = STAND_IN.pick(partition.state.policy, -1, partition.core.clock);
  return next < 0 ? undefined : findReady(partition, next);
}
