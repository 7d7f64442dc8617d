/**
 * Two levels: the class `oltp`, where short transactions pause long ones.
 *
 * A thread that becomes ready is taken for short, and runs first come, first served, before all long ones. One that has
 * run for 50 µs at a stretch of work is long from then on, until it waits again; long ones take turns. A thread that
 * others wait for, because it holds a lock that they want, is short as long as they do: a scan that was paused inside a
 * critical section does not keep transactions out (PreemptDB, SIGMOD 2025, calls these its non-preemptible regions).
 */
import type { Cycles, ThreadId } from "../../units.js";
import type { Policy } from "../policy.js";
import { quantumCycles } from "../quantum.js";

export const SHORT_SECONDS = 50e-6;

interface Transaction {
  readonly thread: ThreadId;
  /** What it has run since it became ready. */
  ranCycles: Cycles;
  isWaitedFor: boolean;
}

export interface TwoLevelState {
  readonly transactions: Transaction[];
  readonly quantumCycles: Cycles;
  /** Ready threads in order of arrival, short and long. */
  readonly short: ThreadId[];
  readonly long: ThreadId[];
  /** What the first of `long` has run since it got there. */
  turnCycles: Cycles;
}

function transactionOf({ transactions }: TwoLevelState, thread: ThreadId): Transaction {
  return transactions.find((transaction) => transaction.thread === thread)!;
}

function remove(state: TwoLevelState, thread: ThreadId): void {
  for (const queue of [state.short, state.long]) {
    const index = queue.indexOf(thread);
    if (index < 0) continue;
    if (queue === state.long && index === 0) state.turnCycles = 0;
    queue.splice(index, 1);
  }
}

function isShort(state: TwoLevelState, { ranCycles, isWaitedFor }: Transaction): boolean {
  return isWaitedFor || ranCycles < state.quantumCycles;
}

/** Puts a ready thread where it belongs. */
function place(state: TwoLevelState, thread: ThreadId): void {
  const transaction = transactionOf(state, thread);
  const queue = isShort(state, transaction) ? state.short : state.long;
  if (queue.includes(thread)) return;
  remove(state, thread);
  if (transaction.isWaitedFor) queue.unshift(thread);
  else queue.push(thread);
}

export const twoLevel: Policy<TwoLevelState> = {
  name: "two levels",
  admit: () => null,
  create: (threads, time) => ({
    transactions: threads.map(({ thread }) => ({ thread, ranCycles: 0, isWaitedFor: false })),
    quantumCycles: quantumCycles(SHORT_SECONDS, time),
    short: [],
    long: [],
    turnCycles: 0,
  }),
  enqueue(state, { thread }) {
    transactionOf(state, thread).ranCycles = 0;
    place(state, thread);
  },
  renew(state, { thread }) {
    transactionOf(state, thread).ranCycles = 0;
    place(state, thread);
    return false;
  },
  block: (state, { thread }) => remove(state, thread),
  yield(state, { thread }) {
    remove(state, thread);
    place(state, thread);
  },
  reprioritise(state, { thread, isWaitedFor }) {
    const transaction = transactionOf(state, thread);
    // mutant holders-stay-long: transaction.isWaitedFor = false;
    transaction.isWaitedFor = isWaitedFor;
    if (state.short.includes(thread) || state.long.includes(thread)) place(state, thread);
  },
  charge(state, { thread }, cycles) {
    const transaction = transactionOf(state, thread);
    transaction.ranCycles += cycles;
    if (state.long[0] === thread) state.turnCycles += cycles;
    if (state.short.includes(thread)) place(state, thread);
  },
  pick(state, preferred) {
    const { short, long } = state;
    // mutant long-ones-go-on: if (short.length > 0 && long.length === 0)
    if (short.length > 0) return preferred >= 0 && short.includes(preferred) ? preferred : short[0];
    if (long.length === 0) return -1;
    if (long.length > 1 && state.turnCycles >= state.quantumCycles) {
      long.push(long.shift()!);
      state.turnCycles = 0;
    }
    return long[0];
  },
  slice(state, { thread }) {
    const transaction = transactionOf(state, thread);
    if (state.short.length + state.long.length < 2) return Infinity;
    if (state.short.includes(thread))
      return transaction.isWaitedFor ? Infinity : Math.max(1, state.quantumCycles - transaction.ranCycles);
    return Math.max(1, state.quantumCycles - state.turnCycles);
  },
};
