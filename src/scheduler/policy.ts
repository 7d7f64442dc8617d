/**
 * What a scheduling policy is: the thread scheduler inside one partition.
 *
 * A policy is a handful of functions over a plain state object that the kernel owns, saves and restores: it holds
 * nothing itself, reads no clock and touches no thread. It says who should run; the kernel decides when to ask.
 *
 * The *ready set* of a policy holds every thread of the partition that could run, the running one included. The policy
 * has it in its state, so it always knows who else waits for the core, and the kernel keeps it current: `enqueue` when
 * a thread becomes ready, `renew` when it goes on with its next activation, `block` when it waits or ends, `yield` when
 * it gives way, `charge` after each stretch that it ran. `pick` may be asked at any time and must name a thread of the
 * ready set when there is one. The kernel (src/kernel/threads/ready-set.ts) replaces a policy that throws, or that
 * names any other thread, by round robin.
 */
import type { Cycles, ThreadId } from "../units.js";

/** What a policy may know of a thread before anything runs; fixed by the system description. */
export interface PolicyThread {
  readonly thread: ThreadId;
  /** Larger is more urgent; 0 to 255. */
  readonly priority: number;
  /** Larger is more critical. 0 for all: no description says otherwise yet. */
  readonly criticality: number;
  readonly periodCycles: Cycles | null;
  /** Relative to the release. Null without period. */
  readonly deadlineCycles: Cycles | null;
  /** What it may run each period. Null for no limit: no description says otherwise yet. */
  readonly budgetCycles: Cycles | null;
}

/** What a policy's own constants of time are measured against. */
export interface TimeBase {
  readonly frequencyHz: number;
  /** What the kernel takes to end a thread's slice and enter another of the same partition. */
  readonly switchCycles: Cycles;
}

export interface Clock {
  readonly now: Cycles;
}

/**
 * A thread with its present activation: in the terms of real-time theory, tasks release jobs. The kernel shows it at
 * each call, and it is true for the time of the call: a policy that needs a value later copies it into its state.
 */
export interface Job extends PolicyThread, Clock {
  /** When the activation was released; of a thread without period, when the thread started. */
  readonly releaseAt: Cycles;
  /** The absolute deadline, whether it has passed or not; NEVER when there is none. */
  readonly deadlineAt: Cycles;
  /** Others wait for a lock that it holds. */
  readonly isWaitedFor: boolean;
}

/** Plain data; its shape belongs to the policy. */
export type PolicyState = object;

export interface Policy<State extends PolicyState = PolicyState> {
  /** For reports. */
  readonly name: string;
  /** Null when these threads can be scheduled, or the reason why not. Asked once, at boot. */
  admit(threads: readonly PolicyThread[]): string | null;
  /** The state of a partition without ready threads. */
  create(threads: readonly PolicyThread[], time: TimeBase): State;
  /** The thread joins the ready set. */
  enqueue(state: State, job: Job): void;
  /**
   * The thread has completed an activation and begins the next one at once, because its release has come already. It
   * stays in the ready set, with a new release and deadline. True when `pick` must be asked whether it goes on.
   */
  renew(state: State, job: Job): boolean;
  /** The thread leaves the ready set: it waits or has ended. */
  block(state: State, job: Job): void;
  /** The thread stays ready and gives way to others. */
  yield(state: State, job: Job): void;
  /**
   * The thread's priority, or whether others wait for it, has changed, whether it is ready or not: others wait for what
   * it holds, and it inherits theirs until it lets go. A policy without this goes on by what it knows.
   */
  reprioritise?(state: State, job: Job): void;
  /** The thread ran for this many cycles, until now. */
  charge(state: State, job: Job, cycles: Cycles): void;
  /**
   * Who should run, or -1 when nobody is ready. `preferred` is a ready thread to which another has just handed over,
   * or -1: a hint that the policy follows where its own rule allows.
   */
  pick(state: State, preferred: ThreadId, clock: Clock): ThreadId;
  /**
   * Cycles that the picked thread may run before `pick` is asked again although nothing happened; Infinity for no
   * limit.
   */
  slice(state: State, job: Job): Cycles;
}
