/**
 * What a system call is to the kernel: a handler of its own, and what it may charge.
 *
 * A handler gets the running thread and its arguments in the order of the call's row in the ABI. It returns an outcome:
 * what the caller is told, or that it waits, or that it is gone. Scheduling follows from the outcome (dispatch.ts); no
 * handler switches threads. A bad argument is a status, never an error of ours.
 */
import { NEVER, type Cycles } from "../../units.js";
import { NO_DEADLINE, WAIT_BY_PRIORITY, type Status } from "../../abi/index.js";
import type { Path, RegisterValue } from "../../hal/index.js";
import type { Link, Thread } from "../objects.js";

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
export function answer({ state }: Thread, status: Status, value: RegisterValue = 0): Outcome {
  state.status = status;
  state.value = value;
  return Outcome.Answered;
}

/** For traces: what fits a number exactly. */
export function low53(value: RegisterValue): number {
  return typeof value === "number" ? value : Number(BigInt.asUintN(53, value));
}

/** A link of a channel end of the caller's partition; undefined when it has none of that number. */
export function findLink({ partition }: Thread, end: RegisterValue, link: RegisterValue): Link | undefined {
  if (end >= partition.ends.length) return undefined;
  const { links } = partition.ends[Number(end)];
  return link < links.length ? links[Number(link)] : undefined;
}

/** A mask without the bit that says how waiting threads are served. */
function endsIn(mask: RegisterValue): RegisterValue {
  return mask >= WAIT_BY_PRIORITY ? BigInt(mask) - WAIT_BY_PRIORITY : mask;
}

/** Whether a mask has none but the caller's channel ends, and at least one of them where it asks for an order. */
export function isMask({ partition }: Thread, mask: RegisterValue): boolean {
  const ends = endsIn(mask);
  return ends < 2 ** partition.ends.length && (ends >= 1 || mask < WAIT_BY_PRIORITY);
}

/** An absolute deadline; what lies beyond exact numbers never comes. */
export function toCycles(deadline: RegisterValue): Cycles {
  return deadline >= NEVER ? NEVER : Number(deadline);
}

/** Whether nothing could ever end a wait: for no channel, without a deadline. */
export function isEndless(mask: RegisterValue, deadline: RegisterValue): boolean {
  return endsIn(mask) < 1 && deadline === NO_DEADLINE;
}
