/**
 * What a scheduling policy is: the thread scheduler inside one partition.
 *
 * A policy is a handful of functions over a plain state object that the kernel owns, saves and restores: it holds
 * nothing itself, reads no clock and touches no thread. It says who should run; the kernel decides when to ask.
 *
 * The *ready set* of a policy holds every thread of the partition that could run, the running one included. The kernel
 * keeps it current: `enqueue` when a thread becomes ready, `block` when it waits or ends, `yield` when it gives way,
 * `charge` after each stretch that it ran. `pick` may be asked at any time and must name a thread of the ready set when
 * there is one. A policy that throws, or names any other thread, is replaced by round robin (see kernel/partition.ts).
 */
import type { Cycles, ThreadId } from "../units.js";

/** What a policy may know of a thread; fixed by the system description. */
export interface PolicyThread {
  readonly thread: ThreadId;
  /** Larger is more urgent; 0 to 255. */
  readonly priority: number;
  readonly periodCycles: Cycles | null;
  readonly deadlineCycles: Cycles | null;
}

/** Plain data; its shape belongs to the policy. */
export type PolicyState = object;

export interface Policy<State extends PolicyState = PolicyState> {
  /** For reports. */
  readonly name: string;
  /** Null when these threads can be scheduled, or the reason why not. Asked once, at boot. */
  admit(threads: readonly PolicyThread[]): string | null;
  /** The state of a partition without ready threads. */
  create(threads: readonly PolicyThread[], frequencyHz: number): State;
  /** The thread joins the ready set. */
  enqueue(state: State, thread: ThreadId): void;
  /** The thread leaves the ready set: it waits or has ended. */
  block(state: State, thread: ThreadId): void;
  /** The thread stays ready and gives way to others. */
  yield(state: State, thread: ThreadId): void;
  /** The thread ran for this many cycles. */
  charge(state: State, thread: ThreadId, cycles: Cycles): void;
  /**
   * Who should run, or -1 when nobody is ready. `preferred` is a ready thread to which another has just handed over,
   * or -1: a hint that the policy follows where its own rule allows.
   */
  pick(state: State, preferred: ThreadId): ThreadId;
  /** Cycles that the picked thread may run before `pick` is asked again although nothing happened; Infinity for no limit. */
  slice(state: State, thread: ThreadId): Cycles;
}
