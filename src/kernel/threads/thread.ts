/**
 * Threads: dormant, ready, running, waiting; their releases and deadlines.
 *
 * Releases do not drift: release n of a thread is at (start + n * period) whatever happened before. Which of the
 * releases that a thread has missed get an activation is its policy (overruns.ts). An activation whose deadline passes
 * before `periodic_wait` is told exactly once, when it passes or as soon afterwards as the partition has the core.
 */
import { NEVER, type Cycles } from "../../units.js";
import { BOOT_INFO_BASE, Status } from "../../abi/index.js";
import { BlockReason, EventKind, WakeCause } from "../../trace/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { charge, now, recordThread } from "../core.js";
import { PATHS } from "../costs/cost.js";
import type { Partition, Thread } from "../objects.js";
import { OVERRUNS } from "./overruns.js";
import { enqueue, leaveReadySet, renew } from "./ready-set.js";
import type { ThreadState } from "../state.js";

/** Begins the activation of the present release. */
function beginActivation(thread: Thread): void {
  const { plan, state, job } = thread;
  if (plan.periodCycles === null) return;
  recordThread(thread, EventKind.Release, state.releases, job.releaseAt);
  state.deadlineAt = job.deadlineAt;
}

/** Tells a deadline that has passed at `at`, once. */
function checkDeadline(thread: Thread, at: Cycles): void {
  const { state, job } = thread;
  if (state.deadlineAt >= at) return;
  recordThread(thread, EventKind.DeadlineMissed, job.releaseAt, state.deadlineAt);
  state.deadlineAt = NEVER;
}

/** A dormant thread begins at its entry point; its first release is at `at`. */
export function startThread(thread: Thread, at: Cycles, cause: WakeCause): void {
  const { core, plan, state, index } = thread;
  charge(core, PATHS.startThread);
  core.hal.startContext(state.context, {
    rip: plan.rip,
    rsp: plan.rsp,
    rdi: BOOT_INFO_BASE,
    rsi: BigInt(index),
    rdx: plan.entry,
  });
  state.life = "ready";
  state.priority = plan.priority;
  state.isWaitedFor = false;
  state.entersBy = "interrupt";
  state.call = -1;
  state.startedAt = at;
  state.releases = 0;
  recordThread(thread, EventKind.Wake, cause);
  beginActivation(thread);
  enqueue(thread);
  core.state.mustPick = true;
}

/** The thread is dormant from here on. */
export function endThread(thread: Thread): void {
  const { core, state } = thread;
  if (state.life === "dormant") return;
  charge(core, PATHS.stopThread);
  const wasReady = state.life !== "waiting";
  state.life = "dormant";
  state.waitsFor = "nothing";
  state.wakeAt = NEVER;
  state.deadlineAt = NEVER;
  state.call = -1;
  if (wasReady) leaveReadySet(thread);
  if (core.state.running === thread.id) core.state.running = -1;
  core.state.mustPick = true;
}

/** The running thread waits for doorbells of the ends in a mask, given as two words, or until `until`. */
export function waitForChannels(thread: Thread, low: number, high: number, until: Cycles, reason: BlockReason): void {
  thread.state.mask.low = low;
  thread.state.mask.high = high;
  block(thread, "channels", until, reason);
}

/** The running thread waits for the release of a lock, however long that takes. */
export function waitForLock(thread: Thread, lock: number, holder: Thread): void {
  thread.state.lock = lock;
  thread.state.lockHolder = holder.index;
  block(thread, "lock", NEVER, BlockReason.Lock);
}

/**
 * The running thread has completed its activation. True when it waits for its next release; false when that has come
 * already and it goes on.
 */
export function waitForRelease(thread: Thread): boolean {
  const { core, state, job } = thread;
  const at = now(core);
  checkDeadline(thread, at);
  state.deadlineAt = NEVER;
  state.releases = nextRelease(thread, at);
  if (job.releaseAt <= at) {
    beginActivation(thread);
    renew(thread);
    return false;
  }
  block(thread, "period", job.releaseAt, BlockReason.Period);
  return true;
}

/** The number of the release that a thread has next whose activation ends at `at`. */
function nextRelease({ plan, state }: Thread, at: Cycles): number {
  const following = state.releases + 1;
  return plan.periodCycles === null
    ? following
    : OVERRUNS[plan.overrun].nextRelease(following, at - state.startedAt, plan.periodCycles);
}

/** Whole periods since a periodic thread started: more than its releases when it is late. */
export function wholePeriods({ core, plan, state }: Thread): number {
  const { periodCycles } = plan;
  if (periodCycles === null) return 0;
  return Math.max(state.releases, Math.floor((now(core) - state.startedAt) / periodCycles));
}

function block(thread: Thread, waitsFor: ThreadState["waitsFor"], until: Cycles, reason: BlockReason): void {
  const { core, state } = thread;
  state.life = "waiting";
  state.waitsFor = waitsFor;
  state.wakeAt = until;
  state.waitOrder = core.state.waits++;
  core.state.running = -1;
  core.state.mustPick = true;
  leaveReadySet(thread);
  recordThread(thread, EventKind.Block, reason, until === NEVER ? -1 : until);
}

/** A waiting thread becomes ready; its call will be answered with `status` and `value`. */
export function wake(thread: Thread, cause: WakeCause, status: Status, value: RegisterValue, channel = -1): void {
  charge(thread.core, PATHS.wake);
  makeReady(thread, cause, status, value, channel);
}

/** The same, where it is paid for already. */
export function makeReady(
  thread: Thread,
  cause: WakeCause,
  status: Status,
  value: RegisterValue,
  channel: number,
): void {
  const { core, partition, state } = thread;
  state.life = "ready";
  state.waitsFor = "nothing";
  state.wakeAt = NEVER;
  state.status = status;
  state.value = value;
  recordThread(thread, EventKind.Wake, cause, channel);
  enqueue(thread);
  // Where reservations share the core, it may be another partition's turn.
  if (core.state.partition === partition.id || core.sharers.length > 0) core.state.mustPick = true;
}

/** Whatever of the partition's threads is due at `at`: deadlines of waits, releases, missed deadlines. */
export function wakeDueThreads({ threads, core }: Partition, at: Cycles): void {
  for (let i = 0; i < threads.length; i++) {
    const { life, wakeAt, deadlineAt } = threads[i].state;
    if (life === "waiting" && wakeAt <= at) endWait(threads[i]);
    else if (deadlineAt < at) {
      charge(core, PATHS.wake);
      checkDeadline(threads[i], at);
    }
  }
}

/** The time that a thread waits for has come. */
function endWait(thread: Thread): void {
  if (thread.state.waitsFor !== "period") return wake(thread, WakeCause.Deadline, Status.TimedOut, 0);
  wake(thread, WakeCause.Period, Status.NoError, wholePeriods(thread));
  beginActivation(thread);
}

/** The first cycle at which `wakeDueThreads` has something to do; NEVER when there is none. */
export function nextDue({ threads }: Partition): Cycles {
  let next = NEVER;
  for (let i = 0; i < threads.length; i++) {
    const { life, wakeAt, deadlineAt } = threads[i].state;
    if (life === "waiting") next = Math.min(next, wakeAt);
    else if (life !== "dormant" && deadlineAt < NEVER) next = Math.min(next, deadlineAt + 1);
  }
  return next;
}
