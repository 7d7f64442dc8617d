/**
 * Locks between the threads of a partition: who waits for which, and whose priority the holders inherit.
 *
 * A release and a wait may cross: the waiter has seen the lock taken, and the holder releases it before the waiter's
 * call. So a release that nobody waits for is remembered, one bit a lock, and the next wait takes it and looks again.
 *
 * Inheritance is the protocol of Sha, Rajkumar and Lehoczky (1990): a thread runs with the largest priority of those
 * that wait for it, for those too that wait for a thread that waits for it. Threads that wait for each other in a
 * circle wait for ever, as they would with any lock.
 */
import { Status } from "../../abi/index.js";
import { WakeCause } from "../../trace/index.js";
import type { Partition, Thread } from "../objects.js";
import { reprioritise } from "./ready-set.js";
import { wake } from "./thread.js";

/** Takes the remembered release of a lock; false when there is none. */
export function takeRelease({ state }: Partition, lock: number): boolean {
  const bit = 1 << lock;
  const isReleased = (state.releasedLocks & bit) !== 0;
  state.releasedLocks = (state.releasedLocks & ~bit) >>> 0;
  return isReleased;
}

/** The most urgent waiter goes on, and the others wait for it: it is the next to take the lock. */
export function releaseLock(partition: Partition, lock: number): void {
  const waiters = partition.threads.filter(({ state }) => state.waitsFor === "lock" && state.lock === lock);
  const next = mostUrgent(waiters);
  if (next === undefined) {
    partition.state.releasedLocks = (partition.state.releasedLocks | (1 << lock)) >>> 0;
    return;
  }
  for (const { state } of waiters) state.lockHolder = next.index;
  wake(next, WakeCause.Lock, Status.NoError, 0);
  inheritPriorities(partition);
}

/** A thread has ended by itself: who waits for it is told. */
export function abandonLocks({ partition, index }: Thread): void {
  for (const waiter of partition.threads) {
    const { waitsFor, lockHolder } = waiter.state;
    if (waitsFor === "lock" && lockHolder === index) wake(waiter, WakeCause.Lock, Status.NotAvailable, 0);
  }
}

/** Equals in the order in which they came. */
function mostUrgent(waiters: readonly Thread[]): Thread | undefined {
  let first: Thread | undefined;
  for (const waiter of waiters) {
    const { priority, waitOrder } = waiter.state;
    if (first === undefined || priority > first.state.priority) first = waiter;
    else if (priority === first.state.priority && waitOrder < first.state.waitOrder) first = waiter;
  }
  return first;
}

/** Gives every thread of the partition the priority that it has now, with what it inherits; says who is waited for. */
export function inheritPriorities({ threads }: Partition): void {
  const priorities = threads.map(({ plan }) => plan.priority);
  let isSettled = false;
  while (!isSettled) {
    isSettled = true;
    for (const { index, state } of threads) {
      if (state.waitsFor !== "lock" || priorities[state.lockHolder] >= priorities[index]) continue;
      priorities[state.lockHolder] = priorities[index];
      isSettled = false;
    }
  }
  for (const thread of threads) {
    const { state, index } = thread;
    const isWaitedFor = threads.some((waiter) => waiter.state.waitsFor === "lock" && waiter.state.lockHolder === index);
    if (state.priority === priorities[index] && state.isWaitedFor === isWaitedFor) continue;
    state.priority = priorities[index];
    state.isWaitedFor = isWaitedFor;
    reprioritise(thread);
  }
}
