/**
 * First come, first served: the class `backend`.
 *
 * Threads run to completion in the order in which they became ready, except that one which has run for 5 µs goes to
 * the tail when others wait (the preemption interval of Shinjuku, NSDI'19: it keeps the tail light when request sizes
 * are not), or for ten switches where those take longer. A thread alone is never interrupted.
 */
import type { Cycles, ThreadId } from "../../units.js";
import type { Policy } from "../policy.js";
import { quantumCycles } from "../quantum.js";

export const PREEMPTION_SECONDS = 5e-6;

export interface FirstComeState {
  /** Ready threads in order of arrival; the first one runs. */
  readonly queue: ThreadId[];
  readonly quantumCycles: Cycles;
  /** What the first of the queue has run since it got there. */
  ranCycles: Cycles;
}

function remove(state: FirstComeState, thread: ThreadId): void {
  const index = state.queue.indexOf(thread);
  if (index < 0) return;
  state.queue.splice(index, 1);
  if (index === 0) state.ranCycles = 0;
}

export const firstCome: Policy<FirstComeState> = {
  name: "first come first served",
  admit: () => null,
  create: (_threads, time) => ({
    queue: [],
    quantumCycles: quantumCycles(PREEMPTION_SECONDS, time),
    ranCycles: 0,
  }),
  enqueue(state, { thread }) {
    state.queue.push(thread);
  },
  renew: () => false,
  block: (state, { thread }) => remove(state, thread),
  yield(state, { thread }) {
    remove(state, thread);
    state.queue.push(thread);
  },
  charge(state, { thread }, cycles) {
    if (state.queue[0] === thread) state.ranCycles += cycles;
  },
  pick(state, preferred) {
    const { queue } = state;
    if (queue.length === 0) return -1;
    if (preferred >= 0 && queue[0] !== preferred) {
      remove(state, preferred);
      queue.unshift(preferred);
      state.ranCycles = 0;
    } else if (queue.length > 1 && state.ranCycles >= state.quantumCycles) {
      queue.push(queue.shift()!);
      state.ranCycles = 0;
    }
    return queue[0];
  },
  slice: (state) => (state.queue.length > 1 ? Math.max(1, state.quantumCycles - state.ranCycles) : Infinity),
};
