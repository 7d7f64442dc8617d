/**
 * Round robin: what stands in when another policy fails. Every ready thread gets a slice of 100 µs in turn, whatever
 * its priority; nothing starves.
 */
import type { Cycles, ThreadId } from "../../units.js";
import type { Policy } from "../policy.js";
import { quantumCycles } from "../quantum.js";

const SLICE_SECONDS = 100e-6;

export interface RoundRobinState {
  /** Ready threads; the first one runs. */
  readonly ring: ThreadId[];
  readonly sliceCycles: Cycles;
  /** What the first of the ring has run of its slice. */
  usedCycles: Cycles;
}

function remove(state: RoundRobinState, thread: ThreadId): void {
  const index = state.ring.indexOf(thread);
  if (index < 0) return;
  state.ring.splice(index, 1);
  if (index === 0) state.usedCycles = 0;
}

export const roundRobin: Policy<RoundRobinState> = {
  name: "round robin",
  admit: () => null,
  create: (_threads, time) => ({
    ring: [],
    sliceCycles: quantumCycles(SLICE_SECONDS, time),
    usedCycles: 0,
  }),
  enqueue(state, { thread }) {
    state.ring.push(thread);
  },
  renew: () => false,
  block: (state, { thread }) => remove(state, thread),
  yield(state, { thread }) {
    remove(state, thread);
    state.ring.push(thread);
  },
  charge(state, { thread }, cycles) {
    if (state.ring[0] === thread) state.usedCycles += cycles;
  },
  pick(state) {
    const { ring } = state;
    if (ring.length === 0) return -1;
    if (ring.length > 1 && state.usedCycles >= state.sliceCycles) {
      ring.push(ring.shift()!);
      state.usedCycles = 0;
    }
    return ring[0];
  },
  slice: (state) => (state.ring.length > 1 ? Math.max(1, state.sliceCycles - state.usedCycles) : Infinity),
};
