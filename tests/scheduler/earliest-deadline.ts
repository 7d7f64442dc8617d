/**
 * Earliest deadline first, as somebody outside the project would write it against `Policy`: what shows that the
 * contract suffices. No class uses it yet.
 *
 * The ready thread whose activation has the earliest absolute deadline runs; equals run first in, first out, and a
 * preempted thread keeps its place (Liu and Layland, JACM 20(1), 1973). Threads without deadline come last.
 */
import type { Job, Policy } from "../../dist/scheduler/index.js";

export interface EarliestDeadlineState {
  /** Ready threads, earliest deadline first, with the deadlines that they had when they came or were renewed. */
  readonly ready: { readonly thread: number; readonly deadlineAt: number }[];
}

function remove({ ready }: EarliestDeadlineState, thread: number): void {
  const index = ready.findIndex((entry) => entry.thread === thread);
  if (index >= 0) ready.splice(index, 1);
}

/** Behind all whose deadline is no later. */
function insert({ ready }: EarliestDeadlineState, { thread, deadlineAt }: Job): void {
  const index = ready.findIndex((entry) => entry.deadlineAt > deadlineAt);
  ready.splice(index < 0 ? ready.length : index, 0, { thread, deadlineAt });
}

function fallBehind(state: EarliestDeadlineState, job: Job): void {
  remove(state, job.thread);
  insert(state, job);
}

export const earliestDeadline: Policy<EarliestDeadlineState> = {
  name: "earliest deadline first",
  admit(threads) {
    const endless = threads.filter(({ deadlineCycles }) => deadlineCycles === null);
    return endless.length < threads.length ? null : "no thread has a deadline";
  },
  create: () => ({ ready: [] }),
  enqueue: insert,
  renew(state, job) {
    fallBehind(state, job);
    return state.ready[0].thread !== job.thread;
  },
  block: (state, { thread }) => remove(state, thread),
  yield: fallBehind,
  charge: () => {},
  pick(state, preferred) {
    const [first] = state.ready;
    if (first === undefined) return -1;
    // A handover passes over equals, never over an earlier deadline.
    const handed = state.ready.find(({ thread }) => thread === preferred);
    if (handed === undefined || handed.deadlineAt > first.deadlineAt) return first.thread;
    remove(state, handed.thread);
    state.ready.unshift(handed);
    return handed.thread;
  },
  slice: () => Infinity,
};
