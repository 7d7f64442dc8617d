/**
 * Earliest deadline first: for control loops that need more of a core than fixed priorities can promise.
 *
 * The ready thread whose activation has the earliest absolute deadline runs; equals run first in, first out, and a
 * preempted thread keeps its place (Liu and Layland, JACM 20(1), 1973). Threads without deadline come last.
 */
import type { Cycles, ThreadId } from "../../units.js";
import type { Job, Policy } from "../policy.js";

export interface EarliestDeadlineState {
  /** Ready threads, earliest deadline first, with the deadlines that they had when they came or were renewed. */
  readonly ready: { readonly thread: ThreadId; readonly deadlineAt: Cycles }[];
}

function remove({ ready }: EarliestDeadlineState, thread: ThreadId): void {
  const index = ready.findIndex((entry) => entry.thread === thread);
  if (index >= 0) ready.splice(index, 1);
}

/** Behind all whose deadline is no later. */
function insert({ ready }: EarliestDeadlineState, { thread, deadlineAt }: Job): void {
  // mutant equals-come-first: const index = ready.findIndex((entry) => entry.deadlineAt >= deadlineAt);
  const index = ready.findIndex((entry) => entry.deadlineAt > deadlineAt);
  ready.splice(index < 0 ? ready.length : index, 0, { thread, deadlineAt });
}

function fallBehind(state: EarliestDeadlineState, job: Job): void {
  remove(state, job.thread);
  insert(state, job);
}

export const earliestDeadline: Policy<EarliestDeadlineState> = {
  name: "earliest deadline first",
  admit: () => null,
  create: () => ({ ready: [] }),
  enqueue: insert,
  renew(state, job) {
    // mutant deadline-is-not-renewed: return false;
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
