/**
 * The ledger: every cycle of every core has an owner.
 *
 * It reads the event stream and nothing else. Between Dispatch and Leave a core's cycles are its thread's; between Work
 * and Leave, its partition's reloading; between Idle and Leave, idle. Everything else is the kernel's, and there each
 * cycle is in a Charge or a Pad: `unaccountedCycles` is what is missing from that sum, and must be 0.
 *
 * Kernel time has a payer too: a call or fault is on the partition that made it, a timer or message on the partition
 * whose time it is when it arrives, and a window switch on no partition, because its length is nobody's doing.
 *
 * State is plain data, so that a view that runs backwards can save and restore it with the machine.
 */
import {
  createCoreAccount,
  createPartitionAccount,
  createThreadAccount,
  type CoreAccount,
  type PartitionAccount,
  type ThreadAccount,
} from "./accounts.js";
import { EVENT_ROWS, EventKind, type Counters, type PostedKind } from "./events.js";
import { EventField, EventRing, type PricedPath, type TraceStream } from "./stream.js";
import type { CoreId, Cycles, PartitionId, ThreadId } from "../units.js";

/** What a core is doing, since when, and who has it. */
interface CorePhase {
  doing: "kernel" | "thread" | "work" | "idle";
  since: Cycles;
  partition: PartitionId;
  thread: ThreadId;
  /** Charges and pads since `since`, while in the kernel. */
  explained: Cycles;
  /** The part of `explained` that `partition` pays. */
  owed: Cycles;
}

export interface LedgerState {
  readonly phases: CorePhase[];
  readonly cores: CoreAccount[];
  readonly partitions: PartitionAccount[];
  readonly threads: ThreadAccount[];
}

export interface LedgerSnapshot {
  readonly cores: readonly (CoreAccount & { readonly elapsedCycles: Cycles })[];
  readonly partitions: readonly PartitionAccount[];
  readonly threads: readonly ThreadAccount[];
}

export interface LedgerOptions {
  readonly cores: number;
  readonly partitions: number;
  readonly threads: number;
  /** Number of kinds of kernel step. */
  readonly steps: number;
}

export interface Ledger {
  /** Accounts up to each core's present cycle. Between two runs of the machine, when no core is in the kernel. */
  snapshot(now: readonly Cycles[]): LedgerSnapshot;
  save(): LedgerState;
  restore(saved: LedgerState): void;
  /** Ends the subscription. */
  close(): void;
}

function createState({ cores, partitions, threads, steps }: LedgerOptions): LedgerState {
  return {
    phases: Array.from({ length: cores }, () => ({
      doing: "kernel",
      since: 0,
      partition: -1,
      thread: -1,
      explained: 0,
      owed: 0,
    })),
    cores: Array.from({ length: cores }, () => createCoreAccount(steps)),
    partitions: Array.from({ length: partitions }, createPartitionAccount),
    threads: Array.from({ length: threads }, createThreadAccount),
  };
}

/** Settles the phase of a core up to `cycle` and begins the next one. */
function changePhase(state: LedgerState, core: CoreId, cycle: Cycles, doing: CorePhase["doing"]): CorePhase {
  const phase = state.phases[core];
  const account = state.cores[core];
  /** Nobody's while a window is switched, and in a gap. */
  const partition = phase.partition < 0 ? null : state.partitions[phase.partition];
  const cycles = cycle - phase.since;
  switch (phase.doing) {
    case "thread":
      account.threadCycles += cycles;
      if (partition !== null) partition.threadCycles += cycles;
      state.threads[phase.thread].cycles += cycles;
      break;
    case "work":
      account.workCycles += cycles;
      if (partition !== null) partition.workCycles += cycles;
      break;
    case "idle":
      account.idleCycles += cycles;
      if (partition !== null) partition.idleCycles += cycles;
      break;
    case "kernel":
      account.unaccountedCycles += cycles - phase.explained;
      if (partition !== null) partition.kernelCycles += phase.owed;
      break;
  }
  phase.doing = doing;
  phase.since = cycle;
  phase.explained = 0;
  phase.owed = 0;
  return phase;
}

/** What is counted by event, indexed by EventKind. */
const COUNTERS: readonly (Counters | null)[] = EVENT_ROWS.map(({ counters }) => counters);

/** Adds to the counters that an event's row names. A console's partition may be none. */
function count(
  { partitions, threads }: LedgerState,
  { partition: counter, thread: threadCounter, by }: Counters,
  numbers: Float64Array,
  at: number,
): void {
  const partition: PartitionId = numbers[at + EventField.Partition];
  if (partition < 0) return;
  partitions[partition][counter] += by === undefined ? 1 : numbers[at + EventField.A];
  if (threadCounter !== undefined) threads[numbers[at + EventField.Thread]][threadCounter]++;
}

/**
 * An event's share in the accounts, charges apart. Fields that have no meaning for its kind are -1, and index nothing.
 * Kinds that are frequent, or say what a core does, have a case; their rows say "in code".
 */
function post(
  state: LedgerState,
  core: CoreId,
  kind: Exclude<EventKind, EventKind.Charge>,
  numbers: Float64Array,
  at: number,
): void {
  const { partitions, threads } = state;
  const cycle = numbers[at + EventField.Cycle];
  const partition: PartitionId = numbers[at + EventField.Partition] | 0;
  const thread: ThreadId = numbers[at + EventField.Thread] | 0;
  switch (kind) {
    case EventKind.Dispatch: {
      const phase = changePhase(state, core, cycle, "thread");
      phase.partition = partition;
      phase.thread = thread;
      partitions[partition].dispatches++;
      threads[thread].dispatches++;
      return;
    }
    case EventKind.Work:
      changePhase(state, core, cycle, "work").partition = partition;
      return;
    case EventKind.Idle:
      changePhase(state, core, cycle, "idle").partition = partition;
      return;
    case EventKind.Leave:
      changePhase(state, core, cycle, "kernel").partition = partition;
      return;
    case EventKind.Pad: {
      const cycles = numbers[at + EventField.A];
      state.cores[core].padCycles += cycles;
      state.phases[core].explained += cycles;
      return;
    }
    case EventKind.WindowClose: {
      // From here until the next entry the time is the switch's.
      const phase = state.phases[core];
      if (phase.partition >= 0) partitions[phase.partition].kernelCycles += phase.owed;
      phase.owed = 0;
      phase.partition = -1;
      return;
    }
    case EventKind.SystemCall:
      partitions[partition].systemCalls++;
      threads[thread].systemCalls++;
      return;
    case EventKind.Doorbell:
      partitions[partition].doorbells++;
      partitions[partition].doorbellsAwaited += numbers[at + EventField.B];
      return;
    default: {
      const counters = COUNTERS[kind satisfies Exclude<EventKind, PostedKind>];
      if (counters !== null) count(state, counters, numbers, at);
    }
  }
}

function addCharges(account: CoreAccount, phase: CorePhase, cycles: Cycles): void {
  account.kernelCycles += cycles;
  phase.explained += cycles;
  phase.owed += cycles;
}

/**
 * Most entries are charges and system calls: the loop is written for them. `times` is for its own use, an element a
 * path and all 0.
 */
function postBatch(
  state: LedgerState,
  core: CoreId,
  numbers: Float64Array,
  from: number,
  to: number,
  paths: readonly PricedPath[],
  times: number[],
): void {
  const account = state.cores[core];
  const phase = state.phases[core];
  /** Cycles of charges that are in no account of cycles yet. */
  let charged = 0;
  for (let at = from; at < to; at += EventRing.Fields) {
    const kind: EventKind = numbers[at + EventField.Kind] | 0;
    if (kind === EventKind.Charge) {
      const number = numbers[at + EventField.A] | 0;
      charged += paths[number].cycles;
      times[number]++;
    } else if (kind !== EventKind.SystemReturn) {
      if (charged > 0) addCharges(account, phase, charged);
      charged = 0;
      post(state, core, kind, numbers, at);
    }
  }
  addCharges(account, phase, charged);
  for (let number = 0; number < paths.length; number++) {
    if (times[number] > 0) addSteps(account, paths[number], times[number]);
    times[number] = 0;
  }
}

function addSteps({ stepCounts, stepCycles }: CoreAccount, path: PricedPath, times: number): void {
  for (const { step, count, cycles } of path.steps) {
    stepCounts[step] += count * times;
    stepCycles[step] += cycles * times;
  }
}

/** Subscribe before the first run: events that went by are lost to it. */
export function createLedger(trace: TraceStream, options: LedgerOptions): Ledger {
  let state = createState(options);
  /** Indexed by number: how often the paths of a batch were charged. */
  const times: number[] = [];
  const close = trace.readBatches((core, numbers, from, to, paths) => {
    while (times.length < paths.length) times.push(0);
    postBatch(state, core, numbers, from, to, paths, times);
  });
  return {
    snapshot(now) {
      trace.flush();
      const copy = structuredClone(state);
      copy.phases.forEach((phase, core) => changePhase(copy, core, now[core], phase.doing));
      return {
        cores: copy.cores.map((account, core) => ({ ...account, elapsedCycles: now[core] })),
        partitions: copy.partitions,
        threads: copy.threads,
      };
    },
    save() {
      trace.flush();
      return structuredClone(state);
    },
    restore(saved) {
      // What has happened belongs to the state that goes.
      trace.flush();
      state = structuredClone(saved);
    },
    close,
  };
}
