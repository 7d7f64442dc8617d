/**
 * Deficit round robin: the class `messaging`, where each thread serves queues.
 *
 * Ready threads take turns (Shreedhar and Varghese, SIGCOMM 1995). A turn adds a quantum to what a thread may run, 20
 * µs for each point of its priority, one with priority 0; what a call or an interrupt made it run beyond comes off
 * its next turn, what it has not used is lost when it waits, since its queues are dry then. So a thread with long
 * messages gets no more than one with short ones, and with nothing else to do a thread polls as long as it wants.
 */
import type { Cycles, ThreadId } from "../../units.js";
import type { Policy } from "../policy.js";
import { quantumCycles } from "../quantum.js";

export const TURN_SECONDS = 20e-6;

interface Account {
  readonly thread: ThreadId;
  readonly quantumCycles: Cycles;
  /** What it may run; negative when it has run too much. */
  deficitCycles: Cycles;
}

export interface DeficitRoundRobinState {
  readonly accounts: Account[];
  /** Ready threads; the first one has its turn. */
  readonly ring: ThreadId[];
}

function accountOf({ accounts }: DeficitRoundRobinState, thread: ThreadId): Account {
  return accounts.find((account) => account.thread === thread)!;
}

/** The first of the ring begins its turn. */
function beginTurn(state: DeficitRoundRobinState): void {
  if (state.ring.length === 0) return;
  const account = accountOf(state, state.ring[0]);
  // mutant debts-are-forgiven: account.deficitCycles = account.quantumCycles;
  account.deficitCycles += account.quantumCycles;
}

function nextTurn(state: DeficitRoundRobinState): void {
  state.ring.push(state.ring.shift()!);
  beginTurn(state);
}

export const deficitRoundRobin: Policy<DeficitRoundRobinState> = {
  name: "deficit round robin",
  admit: () => null,
  create: (threads, time) => ({
    accounts: threads.map(({ thread, priority }) => ({
      thread,
      quantumCycles: quantumCycles(TURN_SECONDS, time) * Math.max(1, priority),
      deficitCycles: 0,
    })),
    ring: [],
  }),
  enqueue(state, { thread }) {
    state.ring.push(thread);
    if (state.ring.length === 1) beginTurn(state);
  },
  renew: () => false,
  block(state, { thread }) {
    const index = state.ring.indexOf(thread);
    if (index < 0) return;
    const account = accountOf(state, thread);
    account.deficitCycles = Math.min(0, account.deficitCycles);
    state.ring.splice(index, 1);
    if (index === 0) beginTurn(state);
  },
  yield(state, { thread }) {
    if (state.ring[0] === thread) nextTurn(state);
  },
  charge(state, { thread }, cycles) {
    accountOf(state, thread).deficitCycles -= cycles;
  },
  pick(state) {
    if (state.ring.length === 0) return -1;
    // Whoever is alone goes on: its turn costs nobody anything.
    while (state.ring.length > 1 && accountOf(state, state.ring[0]).deficitCycles <= 0) nextTurn(state);
    const account = accountOf(state, state.ring[0]);
    if (state.ring.length === 1) account.deficitCycles = Math.max(account.deficitCycles, 0);
    return state.ring[0];
  },
  slice: (state, { thread }) =>
    state.ring.length < 2 ? Infinity : Math.max(1, accountOf(state, thread).deficitCycles),
};
