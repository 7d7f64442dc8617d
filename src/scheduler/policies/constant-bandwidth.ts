/**
 * Constant bandwidth, anchored at vsync: the class `ui`.
 *
 * Each thread has a server with a budget of half its period (the capacity that Fuchsia's display has), after Abeni
 * and Buttazzo (RTSS 1998), and the earliest server deadline runs. A thread with a period, which draws frames, has
 * the deadline of its activation. One without waits for input: its period is a frame, and its deadline the next
 * vsync, which is the next release of who draws; equal deadlines go to input, so what a key changes is in the next
 * frame. Who has used its budget has its deadline put off by a period: a handler that computes without end delays
 * itself, not frames.
 */
import type { Cycles, ThreadId } from "../../units.js";
import type { Job, Policy, PolicyThread } from "../policy.js";

/** Where no thread has a period: a frame at 60 Hz, from cycle 0 on. */
const FRAME_SECONDS = 1 / 60;
const BANDWIDTH = 0.5;

interface Server {
  readonly thread: ThreadId;
  readonly isInput: boolean;
  readonly periodCycles: Cycles;
  budgetCycles: Cycles;
  deadlineAt: Cycles;
  isReady: boolean;
}

export interface ConstantBandwidthState {
  /** In the order of the threads. */
  readonly servers: Server[];
  readonly frameCycles: Cycles;
  /** The last vsync that is known: a release of a thread with the frame's period. */
  vsyncAt: Cycles;
}

function serverOf({ servers }: ConstantBandwidthState, thread: ThreadId): Server {
  return servers.find((server) => server.thread === thread)!;
}

function nextVsync({ vsyncAt, frameCycles }: ConstantBandwidthState, now: Cycles): Cycles {
  return vsyncAt + (Math.floor((now - vsyncAt) / frameCycles) + 1) * frameCycles;
}

function refill(server: Server): void {
  server.budgetCycles = Math.max(1, Math.floor(server.periodCycles * BANDWIDTH));
}

/** The thread has something to do at `now`: it goes on with what it has left, if that is not too much by then. */
function arrive(state: ConstantBandwidthState, job: Job): void {
  const server = serverOf(state, job.thread);
  if (!server.isInput) {
    if (job.periodCycles === state.frameCycles) state.vsyncAt = job.releaseAt;
    server.deadlineAt = job.deadlineAt;
    refill(server);
    return;
  }
  const left = server.deadlineAt - job.now;
  // mutant bandwidth-is-not-kept: if (true)
  if (left <= 0 || server.budgetCycles > left * BANDWIDTH) {
    server.deadlineAt = nextVsync(state, job.now);
    refill(server);
  }
}

function isBefore(a: Server, b: Server): boolean {
  return a.deadlineAt < b.deadlineAt || (a.deadlineAt === b.deadlineAt && a.isInput && !b.isInput);
}

function frameOf(threads: readonly PolicyThread[], otherwise: Cycles): Cycles {
  const periods = threads.flatMap(({ periodCycles }) => periodCycles ?? []);
  return periods.length === 0 ? otherwise : Math.min(...periods);
}

export const constantBandwidth: Policy<ConstantBandwidthState> = {
  name: "constant bandwidth",
  admit: () => null,
  create(threads, { frequencyHz }) {
    const frameCycles = frameOf(threads, Math.max(1, Math.round(frequencyHz * FRAME_SECONDS)));
    const servers = threads.map(({ thread, periodCycles }) => ({
      thread,
      isInput: periodCycles === null,
      periodCycles: periodCycles ?? frameCycles,
      budgetCycles: 0,
      deadlineAt: 0,
      isReady: false,
    }));
    servers.forEach(refill);
    return { servers, frameCycles, vsyncAt: 0 };
  },
  enqueue(state, job) {
    arrive(state, job);
    serverOf(state, job.thread).isReady = true;
  },
  renew(state, job) {
    arrive(state, job);
    return true;
  },
  block(state, { thread }) {
    serverOf(state, thread).isReady = false;
  },
  /** It has had enough of this period. */
  yield(state, { thread }) {
    const server = serverOf(state, thread);
    server.deadlineAt += server.periodCycles;
    refill(server);
  },
  charge(state, { thread }, cycles) {
    const server = serverOf(state, thread);
    server.budgetCycles -= cycles;
    // mutant deadline-is-not-put-off: if (server.budgetCycles <= 0) refill(server);
    while (server.budgetCycles <= 0) {
      server.budgetCycles += Math.max(1, Math.floor(server.periodCycles * BANDWIDTH));
      server.deadlineAt += server.periodCycles;
    }
  },
  pick({ servers }, preferred) {
    let first: Server | undefined;
    for (const server of servers)
      if (server.isReady && (first === undefined || isBefore(server, first))) first = server;
    const handed = servers.find(({ thread, isReady }) => isReady && thread === preferred);
    if (first === undefined) return -1;
    return handed !== undefined && !isBefore(first, handed) ? handed.thread : first.thread;
  },
  slice: (state, { thread }) => serverOf(state, thread).budgetCycles,
};
