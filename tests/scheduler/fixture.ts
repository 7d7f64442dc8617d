/** Threads and jobs for policies that run without a kernel. */
import type { Clock, Job, PolicyThread, TimeBase } from "../../dist/scheduler/index.js";

const NEVER = Number.MAX_SAFE_INTEGER;

export const CLOCK: Clock = { now: 0 };
/** A fast machine, whose switches are nothing beside a quantum. */
export const TIME: TimeBase = { frequencyHz: 1e9, switchCycles: 100 };

export function threadOf(row: Partial<PolicyThread>): PolicyThread {
  return {
    thread: 0,
    priority: 0,
    criticality: 0,
    periodCycles: null,
    deadlineCycles: null,
    budgetCycles: null,
    ...row,
  };
}

export function jobOf(row: Partial<Job>): Job {
  return { ...threadOf(row), now: 0, releaseAt: 0, deadlineAt: NEVER, isWaitedFor: false, ...row };
}
