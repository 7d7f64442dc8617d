/**
 * The way out of the kernel: from whatever happened to what the core does next. The only place that enters threads.
 *
 * In order: pass a window boundary, deal with what is due, ask the policy, load the address space, arm the timer,
 * answer the thread's call, return. On a dedicated core the timer is armed only for a thread's own deadline, release
 * or slice: there is no tick.
 */
import { NEVER, type Cycles } from "../units.js";
import type { Dispatch } from "../hal/index.js";
import { EventKind } from "../trace/index.js";
import { low53 } from "./calls/call.js";
import { charge, currentPartition, isFinished, kernelBug, now, recordPartition, runningThread } from "./core.js";
import { PATHS } from "./costs/cost.js";
import type { Core, Partition, Thread } from "./objects.js";
import { chooseReservation } from "./reservation.js";
import { pick, sliceOf } from "./threads/ready-set.js";
import { nextDue, wakeDueThreads } from "./threads/thread.js";
import { switchWindow } from "./window.js";

/** Leaves the kernel. */
export function dispatch(core: Core): Dispatch {
  const { state } = core;
  const thread = runningThread(core);
  // Most calls change nothing that would ask for another look: their thread goes on.
  if (thread !== undefined && !state.mustPick) {
    const due = Math.min(state.boundary, nextDue(thread.partition));
    if (now(core) < Math.min(due, state.sliceEnd)) return enter(thread, due, -1);
  }
  return reschedule(core);
}

/** Deals with what is due, and finds out whose turn it is. */
function reschedule(core: Core): Dispatch {
  const { state } = core;
  let entryCycle = -1;
  if (core.plan.kind === "reservations") chooseReservation(core);
  else if (now(core) >= state.boundary) {
    if (isFinished(core)) state.boundary = NEVER;
    else entryCycle = switchWindow(core);
  }
  const partition = currentPartition(core);
  if (partition === undefined) return idle(core, state.boundary, entryCycle);
  const { life, workLeft } = partition.state;
  if (life === "restarting" || (life === "stopped" && workLeft > 0)) return work(partition, entryCycle);
  if (life !== "running") return idle(core, isFinished(core) ? NEVER : state.boundary, entryCycle);
  // What comes due during a switch counts as due, whenever the switch began.
  wakeDueThreads(partition, Math.max(now(core), entryCycle));
  const thread = chooseThread(partition);
  const due = Math.min(state.boundary, nextDue(partition));
  if (thread === undefined) return idle(core, due, entryCycle);
  switchTo(thread);
  return enter(thread, due, entryCycle);
}

function chooseThread(partition: Partition): Thread | undefined {
  const { core } = partition;
  const { state } = core;
  const running = runningThread(core);
  if (running !== undefined && !state.mustPick && now(core) < state.sliceEnd) return running;
  charge(core, PATHS.pick);
  const thread = pick(partition, state.preferred);
  state.mustPick = false;
  state.preferred = -1;
  return thread;
}

/** The thread becomes the running one, in its own address space. */
function switchTo({ id, core, partition, state }: Thread): void {
  const before = runningThread(core);
  if (before !== undefined && before.id !== id) before.state.life = "ready";
  core.state.running = id;
  state.life = "running";
  if (core.state.space === partition.state.space) return;
  charge(core, PATHS.spaceSwitch);
  core.state.space = partition.state.space;
}

/** The running thread has the core. `due`: when something is, slices aside. */
function enter(thread: Thread, due: Cycles, entryCycle: Cycles): Dispatch {
  const { core, state } = thread;
  const isSystemCall = state.entersBy === "system call";
  const slice = sliceOf(thread);
  const { fromSystemCall, fromInterrupt } = core.environment.returnCycles;
  // The slice is the thread's: it begins when the thread is entered.
  const startsAt = Math.max(entryCycle, now(core) + (isSystemCall ? fromSystemCall : fromInterrupt));
  core.state.sliceEnd = Math.min(NEVER, startsAt + slice);
  armTimer(core, Math.min(due, core.state.sliceEnd));
  if (state.call >= 0) answerCall(thread);
  charge(core, isSystemCall ? PATHS.systemCallReturn : PATHS.interruptReturn);
  if (entryCycle >= 0) endSwitch(core, entryCycle);
  core.state.doing = "run";
  core.state.enteredAt = now(core);
  core.trace.record(EventKind.Dispatch, core.id, thread.partition.id, thread.id, state.context, -1, -1);
  core.entry.context = state.context;
  return core.entry;
}

/** Tells the thread what has become of its call. */
function answerCall(thread: Thread): void {
  const { core, state } = thread;
  const { context, call, status, value } = state;
  state.call = -1;
  core.hal.returnFromSystemCall(core.id, context, status, value);
  core.trace.record(EventKind.SystemReturn, core.id, thread.partition.id, thread.id, call, status, low53(value));
}

function armTimer(core: Core, at: Cycles): void {
  if (at === core.state.armedAt) return;
  charge(core, PATHS.armTimer);
  core.hal.armTimer(core.id, at === NEVER ? null : at);
  core.state.armedAt = at;
}

/** The end of a window switch: the core goes on exactly at `entryCycle`. */
function endSwitch(core: Core, entryCycle: Cycles): void {
  if (now(core) > entryCycle)
    throw kernelBug(core, `a window switch ends after ${entryCycle}: the bound of kernel paths is wrong`);
  // mutant switches-take-what-they-take:
  core.hal.padUntil(core.id, entryCycle);
}

/** The core reloads a partition that restarts, or tells the peers of one that has stopped. */
function work(partition: Partition, entryCycle: Cycles): Dispatch {
  const { core } = partition;
  const cycles = partition.state.workLeft;
  armTimer(core, core.state.boundary);
  if (entryCycle >= 0) endSwitch(core, entryCycle);
  core.state.doing = "work";
  recordPartition(partition, EventKind.Work, cycles);
  return { kind: "work", cycles };
}

function idle(core: Core, until: Cycles, entryCycle: Cycles): Dispatch {
  const { state } = core;
  armTimer(core, until);
  if (entryCycle >= 0) endSwitch(core, entryCycle);
  state.running = -1;
  state.doing = "idle";
  core.trace.record(EventKind.Idle, core.id, state.partition, -1, -1, -1, -1);
  return { kind: "idle" };
}
