/**
 * The way out of the kernel: from whatever happened to what the core does next. The only place that enters threads.
 *
 * In order: pass a window boundary, deal with what is due, ask the policy, load the address space, arm the timer,
 * answer the thread's call, return. On a dedicated core the timer is armed only for a thread's own deadline, release
 * or slice: there is no tick.
 */
import type { CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import type { Dispatch } from "../hal/index.js";
import { EventKind } from "../trace/index.js";
import { ARM_TIMER, INTERRUPT_RETURN, PICK, SPACE_SWITCH, SYSTEM_CALL_RETURN } from "./cost.js";
import { kernelBug, type Parts } from "./parts.js";
import { isCoreFinished } from "./partition.js";
import { pick, sliceOf } from "./ready-set.js";
import { NEVER } from "./state.js";
import { nextDue, wakeDueThreads } from "./thread.js";
import { switchWindow } from "./window.js";

/** Leaves the kernel on `core`. */
export function dispatch(parts: Parts, core: CoreId): Dispatch {
  const state = parts.state.cores[core];
  const { running, partition } = state;
  // Most calls change nothing that would ask for another look: their thread goes on.
  if (running >= 0 && !state.mustPick) {
    const due = Math.min(state.boundary, nextDue(parts, partition));
    if (parts.hal.now(core) < Math.min(due, state.sliceEnd)) return goOn(parts, core, partition, running, due, -1);
  }
  return decide(parts, core);
}

/** Deals with what is due, and finds out whose turn it is. */
function decide(parts: Parts, core: CoreId): Dispatch {
  const { hal } = parts;
  const state = parts.state.cores[core];
  let entryCycle = -1;
  if (hal.now(core) >= state.boundary) {
    if (isCoreFinished(parts, core)) state.boundary = NEVER;
    else entryCycle = switchWindow(parts, core);
  }
  const { partition } = state;
  if (partition < 0) return idle(parts, core, state.boundary, entryCycle);
  const { life } = parts.state.partitions[partition];
  if (life === "restarting") return work(parts, core, partition, entryCycle);
  if (life !== "running") return idle(parts, core, isCoreFinished(parts, core) ? NEVER : state.boundary, entryCycle);
  // What comes due during a switch counts as due, whenever the switch began.
  wakeDueThreads(parts, core, partition, Math.max(hal.now(core), entryCycle));
  const thread = choose(parts, core, partition);
  if (thread < 0) return idle(parts, core, Math.min(state.boundary, nextDue(parts, partition)), entryCycle);
  return enter(parts, core, partition, thread, entryCycle);
}

function choose(parts: Parts, core: CoreId, partition: PartitionId): ThreadId {
  const state = parts.state.cores[core];
  if (!state.mustPick && state.running >= 0 && parts.hal.now(core) < state.sliceEnd) return state.running;
  parts.hal.charge(core, PICK);
  const thread = pick(parts, core, partition, state.preferred);
  state.mustPick = false;
  state.preferred = -1;
  return thread;
}

function arm(parts: Parts, core: CoreId, at: Cycles): void {
  const state = parts.state.cores[core];
  if (at === state.armedAt) return;
  parts.hal.charge(core, ARM_TIMER);
  parts.hal.armTimer(core, at === NEVER ? null : at);
  state.armedAt = at;
}

/** The end of a window switch: the core goes on exactly at `entryCycle`. */
function pad(parts: Parts, core: CoreId, entryCycle: Cycles): void {
  if (parts.hal.now(core) > entryCycle)
    throw kernelBug(parts, core, `a window switch ends after ${entryCycle}: the bound of kernel paths is wrong`);
  parts.hal.padUntil(core, entryCycle);
}

/** Tells the thread what has become of its call. */
function answer(parts: Parts, core: CoreId, partition: PartitionId, thread: ThreadId): void {
  const state = parts.state.threads[thread];
  const { context, call, status, value } = state;
  state.call = -1;
  parts.hal.returnFromSystemCall(core, context, status, value);
  parts.trace.record(EventKind.SystemReturn, core, partition, thread, call, status, value);
}

function enter(parts: Parts, core: CoreId, partition: PartitionId, thread: ThreadId, entryCycle: Cycles): Dispatch {
  const state = parts.state.cores[core];
  const { space } = parts.state.partitions[partition];
  if (state.running >= 0 && state.running !== thread) parts.state.threads[state.running].life = "ready";
  state.running = thread;
  parts.state.threads[thread].life = "running";
  if (state.space !== space) {
    parts.hal.charge(core, SPACE_SWITCH);
    state.space = space;
  }
  return goOn(parts, core, partition, thread, Math.min(state.boundary, nextDue(parts, partition)), entryCycle);
}

/** The running thread has the core. `due`: when something is, slices aside. */
function goOn(
  parts: Parts,
  core: CoreId,
  partition: PartitionId,
  thread: ThreadId,
  due: Cycles,
  entryCycle: Cycles,
): Dispatch {
  const { hal } = parts;
  const state = parts.state.cores[core];
  const { entersBy, call, context } = parts.state.threads[thread];
  const isSystemCall = entersBy === "system call";
  const slice = sliceOf(parts, core, partition, thread);
  const { fromSystemCall, fromInterrupt } = parts.returnCycles;
  // The slice is the thread's: it begins when the thread is entered.
  const startsAt = Math.max(entryCycle, hal.now(core) + (isSystemCall ? fromSystemCall : fromInterrupt));
  state.sliceEnd = Math.min(NEVER, startsAt + slice);
  arm(parts, core, Math.min(due, state.sliceEnd));
  if (call >= 0) answer(parts, core, partition, thread);
  hal.charge(core, isSystemCall ? SYSTEM_CALL_RETURN : INTERRUPT_RETURN);
  if (entryCycle >= 0) pad(parts, core, entryCycle);
  state.doing = "run";
  state.enteredAt = hal.now(core);
  parts.trace.record(EventKind.Dispatch, core, partition, thread, context);
  parts.entry.context = context;
  return parts.entry;
}

function work(parts: Parts, core: CoreId, partition: PartitionId, entryCycle: Cycles): Dispatch {
  const state = parts.state.cores[core];
  const cycles = parts.state.partitions[partition].workLeft;
  arm(parts, core, state.boundary);
  if (entryCycle >= 0) pad(parts, core, entryCycle);
  state.doing = "work";
  parts.trace.record(EventKind.Work, core, partition, -1, cycles);
  return { kind: "work", cycles };
}

function idle(parts: Parts, core: CoreId, until: Cycles, entryCycle: Cycles): Dispatch {
  const state = parts.state.cores[core];
  arm(parts, core, until);
  if (entryCycle >= 0) pad(parts, core, entryCycle);
  state.running = -1;
  state.doing = "idle";
  parts.trace.record(EventKind.Idle, core, state.partition);
  return { kind: "idle" };
}
