/**
 * Threads: dormant, ready, running, waiting; their releases and deadlines.
 *
 * Releases do not drift: release n of a thread is at (start + n * period) whatever happened before. Every release has
 * its activation: a thread that overran finds its next releases due at once and catches up. An activation whose
 * deadline passes before `periodic_wait` is told exactly once, when it passes or as soon afterwards as the partition
 * has the core.
 */
import type { CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import { BOOT_INFO_BASE, Status, type SystemCallNumber } from "../abi.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { START_THREAD, STOP_THREAD, WAKE } from "./cost.js";
import { type Parts } from "./parts.js";
import { enqueue, leaveReadySet } from "./ready-set.js";
import { NEVER, type ThreadState } from "./state.js";

/** What a Block event says a thread waits for. */
export const enum BlockReason {
  Channels = 0,
  Period = 1,
  Handoff = 2,
}

function releaseCycle(parts: Parts, thread: ThreadId): Cycles {
  const state = parts.state.threads[thread];
  return state.startedAt + state.releases * (parts.threads[thread].plan.periodCycles ?? 0);
}

/** Begins the activation of the present release. */
function beginActivation(parts: Parts, core: CoreId, thread: ThreadId): void {
  const { plan, partition } = parts.threads[thread];
  if (plan.periodCycles === null) return;
  const state = parts.state.threads[thread];
  const release = releaseCycle(parts, thread);
  parts.trace.record(EventKind.Release, core, partition, thread, state.releases, release);
  state.deadlineAt = plan.deadlineCycles === null ? NEVER : release + plan.deadlineCycles;
}

/** Tells a deadline that has passed at `at`, once. */
export function checkDeadline(parts: Parts, core: CoreId, thread: ThreadId, at: Cycles): void {
  const state = parts.state.threads[thread];
  if (state.deadlineAt >= at) return;
  const { partition } = parts.threads[thread];
  parts.trace.record(EventKind.DeadlineMissed, core, partition, thread, releaseCycle(parts, thread), state.deadlineAt);
  state.deadlineAt = NEVER;
}

/** A dormant thread begins at its entry point; its first release is at `at`. */
export function startThread(parts: Parts, core: CoreId, thread: ThreadId, at: Cycles, cause: WakeCause): void {
  const { plan, partition, index } = parts.threads[thread];
  const state = parts.state.threads[thread];
  parts.hal.charge(core, START_THREAD);
  parts.hal.startContext(state.context, {
    rip: plan.rip,
    rsp: plan.rsp,
    rdi: BOOT_INFO_BASE,
    rsi: BigInt(index),
    rdx: plan.entry,
  });
  state.life = "ready";
  state.entersBy = "interrupt";
  state.call = -1;
  state.startedAt = at;
  state.releases = 0;
  parts.trace.record(EventKind.Wake, core, partition, thread, cause);
  beginActivation(parts, core, thread);
  enqueue(parts, core, partition, thread);
  parts.state.cores[core].mustPick = true;
}

/** The thread is dormant from here on. */
export function endThread(parts: Parts, core: CoreId, thread: ThreadId): void {
  const { partition } = parts.threads[thread];
  const state = parts.state.threads[thread];
  const coreState = parts.state.cores[core];
  if (state.life === "dormant") return;
  parts.hal.charge(core, STOP_THREAD);
  const wasReady = state.life !== "waiting";
  state.life = "dormant";
  state.waitsFor = "nothing";
  state.wakeAt = NEVER;
  state.deadlineAt = NEVER;
  state.call = -1;
  if (wasReady) leaveReadySet(parts, core, partition, thread);
  if (coreState.running === thread) coreState.running = -1;
  coreState.mustPick = true;
}

/** The running thread waits for doorbells in `mask`, or until `until`. */
export function waitForChannels(
  parts: Parts,
  core: CoreId,
  thread: ThreadId,
  call: SystemCallNumber,
  mask: number,
  until: Cycles,
  reason: BlockReason,
): void {
  const state = parts.state.threads[thread];
  state.mask = mask;
  block(parts, core, thread, call, "channels", until, reason);
}

/**
 * The running thread has completed its activation. True when it waits for its next release; false when that has come
 * already and it goes on.
 */
export function waitForRelease(parts: Parts, core: CoreId, thread: ThreadId, call: SystemCallNumber): boolean {
  const state = parts.state.threads[thread];
  const now = parts.hal.now(core);
  checkDeadline(parts, core, thread, now);
  state.deadlineAt = NEVER;
  state.releases++;
  const release = releaseCycle(parts, thread);
  if (release <= now) {
    beginActivation(parts, core, thread);
    return false;
  }
  block(parts, core, thread, call, "period", release, BlockReason.Period);
  return true;
}

function block(
  parts: Parts,
  core: CoreId,
  thread: ThreadId,
  call: SystemCallNumber,
  waitsFor: ThreadState["waitsFor"],
  until: Cycles,
  reason: BlockReason,
): void {
  const { partition } = parts.threads[thread];
  const state = parts.state.threads[thread];
  const coreState = parts.state.cores[core];
  state.life = "waiting";
  state.waitsFor = waitsFor;
  state.wakeAt = until;
  state.waitOrder = coreState.waits++;
  state.call = call;
  coreState.running = -1;
  coreState.mustPick = true;
  leaveReadySet(parts, core, partition, thread);
  parts.trace.record(EventKind.Block, core, partition, thread, reason, until === NEVER ? -1 : until);
}

/** A waiting thread becomes ready; its call will be answered with `status` and `value`. */
export function wake(
  parts: Parts,
  core: CoreId,
  thread: ThreadId,
  cause: WakeCause,
  status: Status,
  value: number,
  channel = -1,
): void {
  const { partition } = parts.threads[thread];
  const state = parts.state.threads[thread];
  parts.hal.charge(core, WAKE);
  state.life = "ready";
  state.waitsFor = "nothing";
  state.wakeAt = NEVER;
  state.status = status;
  state.value = value;
  parts.trace.record(EventKind.Wake, core, partition, thread, cause, channel);
  enqueue(parts, core, partition, thread);
  if (parts.state.cores[core].partition === partition) parts.state.cores[core].mustPick = true;
}

/** Whatever of the partition's threads is due at `at`: deadlines of waits, releases, missed deadlines. */
export function wakeDueThreads(parts: Parts, core: CoreId, partition: PartitionId, at: Cycles): void {
  const { threads } = parts.plan.partitions[partition];
  for (let i = 0; i < threads.length; i++) {
    const { id } = threads[i];
    const { life, wakeAt, deadlineAt } = parts.state.threads[id];
    if (life === "waiting" && wakeAt <= at) endWait(parts, core, id);
    else if (deadlineAt < at) {
      parts.hal.charge(core, WAKE);
      checkDeadline(parts, core, id, at);
    }
  }
}

/** The time that a thread waits for has come. */
function endWait(parts: Parts, core: CoreId, thread: ThreadId): void {
  const { waitsFor, releases } = parts.state.threads[thread];
  if (waitsFor !== "period") return wake(parts, core, thread, WakeCause.Deadline, Status.TimedOut, 0);
  wake(parts, core, thread, WakeCause.Period, Status.NoError, releases);
  beginActivation(parts, core, thread);
}

/** The first cycle at which `wakeDueThreads` has something to do; NEVER when there is none. */
export function nextDue(parts: Parts, partition: PartitionId): Cycles {
  const { threads } = parts.plan.partitions[partition];
  let next = NEVER;
  for (let i = 0; i < threads.length; i++) {
    const { life, wakeAt, deadlineAt } = parts.state.threads[threads[i].id];
    if (life === "waiting") next = Math.min(next, wakeAt);
    else if (life !== "dormant" && deadlineAt < NEVER) next = Math.min(next, deadlineAt + 1);
  }
  return next;
}
