/**
 * What a system call is to the kernel: a handler of its own, and what it may charge.
 *
 * A handler gets the running thread and its arguments in the order of the call's row in the ABI. It returns an outcome:
 * what the caller is told, or that it waits, or that it is gone. Scheduling follows from the outcome (dispatch.ts); no
 * handler switches threads. A bad argument is a status, never an error of ours.
 */
import { NEVER, type Cycles } from "../../units.js";
import { NO_DEADLINE, type Status } from "../../abi/index.js";
import type { Path, RegisterValue } from "../../hal/index.js";
import type { ChannelEnd, Thread } from "../objects.js";

export const enum Outcome {
  /** `answer` has what the caller is told, and it goes on when the scheduler lets it. */
  Answered,
  /** The caller waits; who wakes it has the answer. */
  Waits,
  /** The caller has ended. */
  Gone,
}

export type Handler = (caller: Thread, first: RegisterValue, second: RegisterValue, third: RegisterValue) => Outcome;

export interface SystemCall {
  readonly handle: Handler;
  /**
   * The ways through the handler, each as the paths that it charges; the longest of all calls is part of the bound of a
   * window switch. Threads that end, begin or are woken together are counted there, not here.
   */
  readonly ways: readonly (readonly Path[])[];
}

/** What the caller is told. */
export function answer({ state }: Thread, status: Status, value = 0): Outcome {
  state.status = status;
  state.value = value;
  return Outcome.Answered;
}

/** For traces: what fits a number exactly. */
export function low53(value: RegisterValue): number {
  return typeof value === "number" ? value : Number(BigInt.asUintN(53, value));
}

/** A channel end of the caller's partition; undefined when it has none of that number. */
export function findEnd({ partition }: Thread, index: RegisterValue): ChannelEnd | undefined {
  return index < partition.ends.length ? partition.ends[Number(index)] : undefined;
}

/** A mask of the caller's channel ends, or -1. */
export function toMask({ partition }: Thread, mask: RegisterValue): number {
  return mask < 2 ** partition.ends.length ? Number(mask) : -1;
}

/** An absolute deadline; what lies beyond exact numbers never comes. */
export function toCycles(deadline: RegisterValue): Cycles {
  return deadline >= NEVER ? NEVER : Number(deadline);
}

/** Whether nothing could ever end a wait: for no channel, without a deadline. */
export function isEndless(mask: number, deadline: RegisterValue): boolean {
  return mask === 0 && deadline === NO_DEADLINE;
}
