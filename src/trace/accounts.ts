/** What the ledger keeps: an account a core, a partition and a thread, as plain data. */
import type { Cycles } from "../units.js";

export interface CoreAccount {
  threadCycles: Cycles;
  kernelCycles: Cycles;
  padCycles: Cycles;
  workCycles: Cycles;
  idleCycles: Cycles;
  /** Kernel time that no step explains; 0. */
  unaccountedCycles: Cycles;
  /** Counts and cycles, indexed by KernelStep. */
  readonly stepCounts: number[];
  readonly stepCycles: Cycles[];
}

export interface ThreadAccount {
  cycles: Cycles;
  dispatches: number;
  systemCalls: number;
  releases: number;
  deadlinesMissed: number;
}

export interface PartitionAccount {
  /** What its threads ran. */
  threadCycles: Cycles;
  /** Kernel time that it pays for. */
  kernelCycles: Cycles;
  /** Reloading after restarts. */
  workCycles: Cycles;
  /** Idle time of its core while it was its time. */
  idleCycles: Cycles;
  dispatches: number;
  systemCalls: number;
  faults: number;
  restarts: number;
  /** Doorbells that it sent, and that reached it. */
  notifications: number;
  doorbells: number;
  /** Doorbells that woke a thread. */
  doorbellsAwaited: number;
  releases: number;
  deadlinesMissed: number;
  violations: number;
  /** Windows that opened, or times that it got a core which reservations share. */
  windows: number;
  /** Times that it had used up its reservation. */
  budgetsUsed: number;
  consoleBytes: number;
}

/** `steps`: number of kinds of kernel step. */
export function createCoreAccount(steps: number): CoreAccount {
  const zeros = (): number[] => Array.from({ length: steps }, () => 0);
  return {
    threadCycles: 0,
    kernelCycles: 0,
    padCycles: 0,
    workCycles: 0,
    idleCycles: 0,
    unaccountedCycles: 0,
    stepCounts: zeros(),
    stepCycles: zeros(),
  };
}

export function createPartitionAccount(): PartitionAccount {
  return {
    threadCycles: 0,
    kernelCycles: 0,
    workCycles: 0,
    idleCycles: 0,
    dispatches: 0,
    systemCalls: 0,
    faults: 0,
    restarts: 0,
    notifications: 0,
    doorbells: 0,
    doorbellsAwaited: 0,
    releases: 0,
    deadlinesMissed: 0,
    violations: 0,
    windows: 0,
    budgetsUsed: 0,
    consoleBytes: 0,
  };
}

export function createThreadAccount(): ThreadAccount {
  return { cycles: 0, dispatches: 0, systemCalls: 0, releases: 0, deadlinesMissed: 0 };
}
