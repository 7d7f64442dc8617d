/**
 * Stride: the class `olap`, proportional shares in long slices.
 *
 * Each thread has as many tickets as its priority, one with priority 0. Running costs it virtual time, cycles divided
 * by tickets, and the thread with the least virtual time runs (Waldspurger and Weihl, 1995); so of the time that
 * threads spend ready together each gets its share, to within a slice. Slices are 2 ms: switches are rare, and
 * results late. Who comes back from waiting has no credit for it.
 */
import type { Cycles, ThreadId } from "../../units.js";
import type { Policy } from "../policy.js";
import { quantumCycles } from "../quantum.js";

export const STRIDE_SECONDS = 2e-3;

interface Share {
  readonly thread: ThreadId;
  readonly tickets: number;
  /** Virtual time. */
  pass: number;
  isReady: boolean;
}

export interface StrideState {
  readonly shares: Share[];
  readonly sliceCycles: Cycles;
  /** Who has the slice, or -1, and what it has used of it. */
  current: ThreadId;
  usedCycles: Cycles;
}

function shareOf({ shares }: StrideState, thread: ThreadId): Share {
  return shares.find((share) => share.thread === thread)!;
}

function leastPass({ shares }: StrideState): number {
  const passes = shares.filter(({ isReady }) => isReady).map(({ pass }) => pass);
  return passes.length === 0 ? 0 : Math.min(...passes);
}

function endSlice(state: StrideState): void {
  state.current = -1;
  state.usedCycles = 0;
}

export const stride: Policy<StrideState> = {
  name: "stride",
  admit: () => null,
  create: (threads, time) => ({
    shares: threads.map(({ thread, priority }) => ({
      thread,
      tickets: Math.max(1, priority),
      pass: 0,
      isReady: false,
    })),
    sliceCycles: quantumCycles(STRIDE_SECONDS, time),
    current: -1,
    usedCycles: 0,
  }),
  enqueue(state, { thread }) {
    const share = shareOf(state, thread);
    // mutant sleepers-save-time:
    share.pass = Math.max(share.pass, leastPass(state));
    share.isReady = true;
  },
  renew: () => false,
  block(state, { thread }) {
    shareOf(state, thread).isReady = false;
    if (state.current === thread) endSlice(state);
  },
  yield: endSlice,
  charge(state, { thread }, cycles) {
    const share = shareOf(state, thread);
    // mutant tickets-count-for-nothing: share.pass += cycles;
    share.pass += cycles / share.tickets;
    if (state.current === thread) state.usedCycles += cycles;
  },
  pick(state, preferred) {
    const ready = state.shares.filter(({ isReady }) => isReady);
    if (ready.length === 0) return -1;
    const goesOn = state.usedCycles < state.sliceCycles && ready.some(({ thread }) => thread === state.current);
    if (goesOn) return state.current;
    endSlice(state);
    const next = ready.reduce((first, share) => (share.pass < first.pass ? share : first));
    state.current = ready.some(({ thread }) => thread === preferred) ? preferred : next.thread;
    return state.current;
  },
  slice: (state) =>
    state.shares.filter(({ isReady }) => isReady).length < 2
      ? Infinity
      : Math.max(1, state.sliceCycles - state.usedCycles),
};
