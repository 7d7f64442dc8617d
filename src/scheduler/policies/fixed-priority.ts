/**
 * Fixed priority, preemptive: the class `realtime`.
 *
 * The ready thread with the largest priority runs; equals run first in, first out, and a preempted thread keeps its
 * place at the head (as SCHED_FIFO of POSIX); so does one whose priority changes. A lower thread can wait for ever:
 * that is the policy's meaning, so the kernel's watchdog does not look for starvation.
 */
import type { ThreadId } from "../../units.js";
import type { Policy } from "../policy.js";

export interface FixedPriorityState {
  /** Priority of each thread of the partition; parallel to `threads`. */
  readonly threads: ThreadId[];
  readonly priorities: number[];
  /** Ready threads, most urgent first, equals in order of arrival. */
  readonly ready: ThreadId[];
}

function priorityOf(state: FixedPriorityState, thread: ThreadId): number {
  return state.priorities[state.threads.indexOf(thread)];
}

function remove(state: FixedPriorityState, thread: ThreadId): void {
  const index = state.ready.indexOf(thread);
  if (index >= 0) state.ready.splice(index, 1);
}

/** Lets the thread at `index` fall behind its equals, where those behind it are in order. */
function sink(state: FixedPriorityState, index: number): void {
  const { ready } = state;
  const thread = ready[index];
  const priority = priorityOf(state, thread);
  let to = index;
  for (; to + 1 < ready.length && priorityOf(state, ready[to + 1]) >= priority; to++) ready[to] = ready[to + 1];
  ready[to] = thread;
}

export const fixedPriority: Policy<FixedPriorityState> = {
  name: "fixed priority",
  admit(threads) {
    const wrong = threads.find(({ priority }) => !(Number.isInteger(priority) && priority >= 0 && priority <= 255));
    return wrong === undefined
      ? null
      : `thread ${wrong.thread} has priority ${wrong.priority}; priorities are 0 to 255`;
  },
  create: (threads) => ({
    threads: threads.map(({ thread }) => thread),
    priorities: threads.map(({ priority }) => priority),
    ready: [],
  }),
  enqueue(state, { thread }) {
    state.ready.unshift(thread);
    sink(state, 0);
  },
  renew: () => false,
  block: (state, { thread }) => remove(state, thread),
  yield(state, { thread }) {
    const index = state.ready.indexOf(thread);
    if (index >= 0) sink(state, index);
  },
  reprioritise(state, { thread, priority }) {
    state.priorities[state.threads.indexOf(thread)] = priority;
    if (!state.ready.includes(thread)) return;
    remove(state, thread);
    const index = state.ready.findIndex((other) => priorityOf(state, other) <= priority);
    state.ready.splice(index < 0 ? state.ready.length : index, 0, thread);
  },
  charge: () => {},
  pick(state, preferred) {
    if (state.ready.length === 0) return -1;
    // A handover passes over equals, never over someone more urgent.
    if (preferred >= 0 && priorityOf(state, preferred) >= priorityOf(state, state.ready[0])) {
      remove(state, preferred);
      state.ready.unshift(preferred);
    }
    return state.ready[0];
  },
  slice: () => Infinity,
};
