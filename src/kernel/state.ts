/**
 * All that can change in the kernel, as plain data under one root: it can be cloned, saved and restored at any point
 * between two runs of the machine.
 *
 * Ownership: a `KernelCoreState` belongs to its core; partitions, threads and channel ends belong to the core on which
 * their partition runs. While a core is in the kernel it touches its own objects only; the others are reached by
 * messages.
 * Everything that is fixed at boot (who is whose peer, priorities, windows) is in the plan, not here.
 */
import { NEVER, type Cycles, type PartitionId, type ThreadId } from "../units.js";
import type { PartitionMode, Status } from "../abi/index.js";
import type { AddressSpaceId, ContextId, RegisterValue } from "../hal/index.js";
import { noEnds, type EndSet } from "./channels/end-set.js";
import type { PoolState } from "./pools/pool-state.js";
import type { PolicyState } from "../scheduler/index.js";

export interface KernelCoreState {
  /** What the core does outside the kernel: see Dispatch in the HAL. */
  doing: "kernel" | "run" | "work" | "idle";
  /** Whose time it is; -1 in a gap between windows and on a core that is off. */
  partition: PartitionId;
  /** The thread entered, or -1. Kept while the kernel handles its exit. */
  running: ThreadId;
  /** Address space in CR3, or -1. */
  space: AddressSpaceId;
  /** When `running` was entered last. */
  enteredAt: Cycles;
  /** What the timer is armed for; NEVER when disarmed. */
  armedAt: Cycles;
  /** When the policy wants to be asked again about `running`. */
  sliceEnd: Cycles;
  /** The ready set changed: `pick` must be asked before the next entry. */
  mustPick: boolean;
  /** A thread that was handed the core, or -1. */
  preferred: ThreadId;
  /** Start of the current major frame, and index of the current slot in it; see window.ts. */
  frameStart: Cycles;
  slot: number;
  /** End of the current slot; NEVER on a dedicated core. */
  boundary: Cycles;
  /** Since when the time is on the account of the partition that has the core; only on one with reservations. */
  servedFrom: Cycles;
  /** Counts waits, so that the longest waiting thread takes a doorbell. */
  waits: number;
}

export interface FaultRecord {
  readonly cycle: Cycles;
  readonly thread: ThreadId;
  /** -1 for an application error. */
  readonly vector: number;
  readonly errorCode: number;
  readonly address: bigint;
  readonly rip: bigint;
  readonly text: string;
}

/** One link of a channel end. */
export interface LinkState {
  quarantined: boolean;
  /**
   * When the last doorbell that was sent over it to another core arrives there; later ones merge with it until then.
   * With a device at the other end: when the last input of that device takes effect.
   */
  doorbellArrival: Cycles;
  /** When alarms of the device at the other end ring, soonest first; and when the last one rang. */
  alarms: Cycles[];
  alarmedAt: Cycles;
}

/** A part of a reservation's budget, and from when on it may be used. */
export interface Refill {
  at: Cycles;
  cycles: Cycles;
}

export interface PartitionState {
  readonly space: AddressSpaceId;
  /** "waiting to start" until its first window; "restarting" while its memory is reloaded. */
  life: "waiting to start" | "running" | "restarting" | "stopped";
  mode: PartitionMode;
  generation: number;
  /** Start condition of the boot-information page: 0 normal, 1 by itself, 3 by health monitoring. */
  startCondition: number;
  /** Restarts after faults, counted against the limit of the plan. */
  restarts: number;
  faults: number;
  lastFault: FaultRecord | null;
  /** The code that it gave to `exit`, or -1. */
  exitCode: number;
  /** Doorbells that rang and were not taken, one bit an end. */
  readonly pending: EndSet;
  /** Locks that were released when nobody waited for them, one bit a lock. */
  releasedLocks: number;
  /** Of all its links, in the order of its ends. */
  readonly links: LinkState[];
  /** Cycles of reloading, and of telling its peers, that are still due while restarting; of the latter once stopped. */
  workLeft: Cycles;
  /** Of its reservation, in the order of their cycles; empty without one. See reservation.ts. */
  readonly refills: Refill[];
  /** Whether it had something to do when the core was last divided; only with a reservation or on slack. */
  isActive: boolean;
  /** The class's policy failed and round robin stands in. */
  policyReplaced: boolean;
  policy: PolicyState;
}

export type ThreadLife = "dormant" | "ready" | "running" | "waiting";

export interface ThreadState {
  readonly context: ContextId;
  life: ThreadLife;
  waitsFor: "nothing" | "channels" | "period" | "lock";
  /** Channel ends waited for. */
  readonly mask: EndSet;
  /** Of those who wait so for an end, the most urgent is woken; of others the one that has waited longest. */
  byPriority: boolean;
  /** The lock waited for, and the index in its partition of the thread that holds it. */
  lock: number;
  lockHolder: number;
  /** The plan's, or a larger one that it inherits from those who wait for it. */
  priority: number;
  /** Others wait for a lock that it holds. */
  isWaitedFor: boolean;
  /** Deadline of a wait, or the next release; NEVER without. */
  wakeAt: Cycles;
  /** Order among the waiting threads of the core. */
  waitOrder: number;
  /** How it left guest code, and so how it goes back. */
  entersBy: "system call" | "interrupt";
  /** The system call that is to be answered at the next entry, or -1; with status and value. */
  call: number;
  status: Status;
  value: RegisterValue;
  /** Release n of a periodic thread is at startedAt + n * period. */
  startedAt: Cycles;
  releases: number;
  /** Absolute deadline of the current activation; NEVER when there is none, it is completed, or its miss was told. */
  deadlineAt: Cycles;
}

export interface KernelState {
  readonly version: 2;
  readonly cores: KernelCoreState[];
  readonly partitions: PartitionState[];
  readonly threads: ThreadState[];
  /** Of no core: see pools/pool.ts. */
  readonly pools: PoolState[];
}

export function createKernelCoreState(): KernelCoreState {
  return {
    doing: "kernel",
    partition: -1,
    running: -1,
    space: -1,
    enteredAt: 0,
    armedAt: NEVER,
    sliceEnd: NEVER,
    mustPick: true,
    preferred: -1,
    frameStart: 0,
    slot: -1,
    boundary: NEVER,
    servedFrom: 0,
    waits: 0,
  };
}

export function createThreadState(context: ContextId): ThreadState {
  return {
    context,
    life: "dormant",
    waitsFor: "nothing",
    mask: noEnds(),
    byPriority: false,
    lock: 0,
    lockHolder: 0,
    priority: 0,
    isWaitedFor: false,
    wakeAt: NEVER,
    waitOrder: 0,
    entersBy: "interrupt",
    call: -1,
    status: 0,
    value: 0,
    startedAt: 0,
    releases: 0,
    deadlineAt: NEVER,
  };
}
