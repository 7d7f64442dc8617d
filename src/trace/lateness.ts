/**
 * The ledger of lateness: for each release of each periodic thread, when it was due, started and finished, and whose
 * every cycle in between was.
 *
 * It reads the event stream and nothing else. A core's time is cut into stretches: between two events, and at each step
 * of a kernel path. Each stretch after a release and before its end belongs to one cause (causes.ts), so the causes
 * add up to the time exactly; `causeOf` is the whole of the judgement. An activation begins to be followed when its
 * thread has ended the one before, because the event of a release comes only when the kernel has seen it.
 *
 *     due                 released         started                  finished
 *      |  causes of the start: timer, other window, …  |  and of the rest: own work, lock, …  |
 *
 * State is plain data, saved and restored with the machine.
 */
import { Cause, FIRST_STEP_CAUSE } from "./causes.js";
import { EventKind } from "./events.js";
import { EventField, EventRing, type PricedPath, type TraceStream } from "./stream.js";
import { NEVER, type CoreId, type Cycles, type PartitionId, type ThreadId } from "../units.js";
import { BlockReason, ExitReason, WakeCause } from "./words.js";

/** What a kernel path is for, as far as lateness is concerned: see PATH_ROLES in the kernel. */
export type PathRole =
  /** The way into the kernel. */
  | "entry"
  /** What was asked for. */
  | "body"
  /** A doorbell that arrives. */
  | "ring"
  /** A thread becomes ready. */
  | "wake"
  /** A partition's threads begin or end. */
  | "start"
  /** The choice of a thread, and the way to it. */
  | "exit";

export interface LatenessOptions {
  readonly cores: number;
  /** Number of kinds of kernel step. */
  readonly steps: number;
  /** Indexed by ThreadId: where each lives, and whether it has a period. */
  readonly threads: readonly { readonly core: CoreId; readonly partition: PartitionId; readonly isPeriodic: boolean }[];
  /** Indexed by the numbers of paths. */
  readonly roles: readonly PathRole[];
  /**
   * Causes are noted once more when a thread has run for this long since its release and goes on, which is where a
   * program reads the clock. 0 without: at its first cycle.
   */
  readonly probeCycles?: Cycles;
}

/** An activation that is over. The arrays are the ledger's own: who keeps them copies them. */
export interface Activation {
  readonly thread: ThreadId;
  /** Number of the release. */
  readonly index: number;
  readonly dueAt: Cycles;
  readonly startedAt: Cycles;
  readonly finishedAt: Cycles;
  /** Cycles by cause, indexed as causeNames: from due to started, to the probe, and to finished. */
  readonly startCauses: readonly Cycles[];
  readonly probeCauses: readonly Cycles[];
  readonly causes: readonly Cycles[];
}

/** What is kept of a thread. */
export interface LatenessAccount {
  activations: number;
  /** Sums and largest over activations: of started - due, and of finished - due. */
  startCycles: Cycles;
  responseCycles: Cycles;
  mostStartCycles: Cycles;
  mostResponseCycles: Cycles;
  /** Release numbers of those. */
  mostStartIndex: number;
  mostResponseIndex: number;
  /** Their causes, and the sums over all activations. */
  mostStartCauses: Cycles[];
  mostResponseCauses: Cycles[];
  startCauses: Cycles[];
  causes: Cycles[];
}

interface ThreadTrack {
  readonly thread: ThreadId;
  readonly partition: PartitionId;
  /** "closed": nothing is followed. "pending": due or to be due, and the kernel has not released it. */
  phase: "closed" | "pending" | "ready" | "running" | "locked" | "waiting";
  /** From when on its partition has budget. */
  budgetAt: Cycles;
  index: number;
  dueAt: Cycles;
  /** -1 before. */
  startedAt: Cycles;
  isProbed: boolean;
  readonly startCauses: Cycles[];
  readonly probeCauses: Cycles[];
  readonly causes: Cycles[];
}

interface CoreTrack {
  /** Up to where its time is divided. */
  since: Cycles;
  doing: "kernel" | "thread" | "work" | "idle";
  partition: PartitionId;
  thread: ThreadId;
  /** Why it is in the kernel; -1 at the start. */
  reason: ExitReason | -1;
  isFromDevice: boolean;
  windowEnd: Cycles;
  /** Reservations share it. */
  isShared: boolean;
  /** A window has opened and nothing has been entered yet. */
  isOpening: boolean;
}

export interface LatenessState {
  readonly cores: CoreTrack[];
  readonly threads: ThreadTrack[];
  readonly accounts: LatenessAccount[];
}

export interface Lateness {
  /** Accounts so far, indexed by ThreadId. */
  accounts(): readonly LatenessAccount[];
  save(): LatenessState;
  restore(saved: LatenessState): void;
  /** Ends the subscription. */
  close(): void;
}

/** Whose time a stretch is that begins at `core.since`. `role` and `step`: those of a kernel path, or null and -1. */
function causeOf(core: CoreTrack, track: ThreadTrack, role: PathRole | null, step: number): number {
  if (core.doing === "kernel" && (core.isOpening || core.since >= core.windowEnd)) return Cause.WindowSwitch;
  if (core.partition !== track.partition) {
    if (core.since < track.budgetAt) return Cause.Budget;
    if (!core.isShared) return Cause.OtherWindow;
    // The timer may have come for this thread: then the kernel is about to find out.
    if (core.doing !== "kernel" || core.reason !== ExitReason.Timer || role === null) return Cause.OtherReservation;
  }
  // mutant locks-are-forgotten:
  if (track.phase === "locked") return Cause.Lock;
  if (track.phase === "waiting") return Cause.Doorbell;
  if (core.doing !== "kernel") {
    if (track.phase === "running") return Cause.Own;
    return track.phase === "pending" ? Cause.Timer : Cause.HigherPriority;
  }
  if (role === "start") return Cause.Start;
  if (role === "entry" && core.reason === ExitReason.Timer) return Cause.Timer;
  if (role === "entry" && core.reason === ExitReason.Message) return core.isFromDevice ? Cause.Interrupt : Cause.Ipi;
  if (role === "ring" && core.reason === ExitReason.Message) return Cause.Doorbell;
  if (role === "wake") return FIRST_STEP_CAUSE + step;
  if (track.phase === "pending") return Cause.PreemptionOff;
  if (role === "exit" || core.thread === track.thread) return FIRST_STEP_CAUSE + step;
  return Cause.HigherPriority;
}

/** Notes the causes as they were when the thread had run for `probeCycles`. */
function probe({ causes, probeCauses }: ThreadTrack, probeCycles: Cycles): void {
  for (let cause = 0; cause < causes.length; cause++) probeCauses[cause] = causes[cause];
  probeCauses[Cause.Own] = Math.min(probeCauses[Cause.Own], probeCycles);
}

function open(track: ThreadTrack, phase: "pending" | "ready", dueAt: Cycles): void {
  track.phase = phase;
  track.dueAt = dueAt;
  track.startedAt = -1;
  track.isProbed = false;
  track.causes.fill(0);
}

function start(track: ThreadTrack, at: Cycles): void {
  track.phase = "running";
  if (track.startedAt >= 0) return;
  track.startedAt = at;
  for (let cause = 0; cause < track.causes.length; cause++) track.startCauses[cause] = track.causes[cause];
}

function addInto(sums: Cycles[], causes: readonly Cycles[]): void {
  for (let cause = 0; cause < causes.length; cause++) sums[cause] += causes[cause];
}

function account(
  total: LatenessAccount,
  { index, dueAt, startedAt, startCauses, causes }: ThreadTrack,
  at: Cycles,
): void {
  const startCycles = startedAt - dueAt;
  const responseCycles = at - dueAt;
  total.activations++;
  total.startCycles += startCycles;
  total.responseCycles += responseCycles;
  addInto(total.startCauses, startCauses);
  addInto(total.causes, causes);
  if (startCycles > total.mostStartCycles) {
    total.mostStartCycles = startCycles;
    total.mostStartIndex = index;
    total.mostStartCauses = [...startCauses];
  }
  if (responseCycles > total.mostResponseCycles) {
    total.mostResponseCycles = responseCycles;
    total.mostResponseIndex = index;
    total.mostResponseCauses = [...causes];
  }
}

function createAccount(causes: number): LatenessAccount {
  const zeros = (): Cycles[] => Array.from({ length: causes }, () => 0);
  return {
    activations: 0,
    startCycles: 0,
    responseCycles: 0,
    mostStartCycles: -1,
    mostResponseCycles: -1,
    mostStartIndex: -1,
    mostResponseIndex: -1,
    mostStartCauses: zeros(),
    mostResponseCauses: zeros(),
    startCauses: zeros(),
    causes: zeros(),
  };
}

function createState({ cores, steps, threads }: LatenessOptions): LatenessState {
  const causes = FIRST_STEP_CAUSE + steps;
  const zeros = (): Cycles[] => Array.from({ length: causes }, () => 0);
  return {
    cores: Array.from({ length: cores }, () => ({
      since: 0,
      doing: "kernel",
      partition: -1,
      thread: -1,
      reason: -1,
      isFromDevice: false,
      windowEnd: NEVER,
      isShared: false,
      isOpening: false,
    })),
    threads: threads.map(({ partition }, thread) => ({
      thread,
      partition,
      phase: "closed",
      budgetAt: 0,
      index: -1,
      dueAt: NEVER,
      startedAt: -1,
      isProbed: false,
      startCauses: zeros(),
      probeCauses: zeros(),
      causes: zeros(),
    })),
    accounts: threads.map(() => createAccount(causes)),
  };
}

/** Subscribe before the first run. `onActivation` is told of each activation that is over, in batches. */
export function createLateness(
  trace: TraceStream,
  options: LatenessOptions,
  onActivation: (activation: Activation) => void = () => {},
): Lateness {
  const { threads, roles, probeCycles = 0 } = options;
  let state = createState(options);
  /** Periodic threads by core, and which they are. */
  const periodic = Array.from({ length: options.cores }, (_, core) =>
    threads.flatMap((thread, id) => (thread.isPeriodic && thread.core === core ? [id] : [])),
  );

  /** Divides the core's time up to `to` among the causes of whoever is due. */
  function divide(core: CoreTrack, mine: readonly ThreadId[], to: Cycles, role: PathRole | null, step: number): void {
    for (let i = 0; i < mine.length; i++) {
      const track = state.threads[mine[i]];
      if (track.phase === "closed" || track.dueAt >= to) continue;
      const cause = causeOf(core, track, role, step);
      const from = Math.max(core.since, track.dueAt);
      // A refill in the middle of the stretch divides it.
      const refillAt = cause === Cause.Budget ? Math.min(to, Math.max(from, track.budgetAt)) : to;
      // mutant time-before-the-release-counts: track.causes[cause] += refillAt - core.since;
      track.causes[cause] += refillAt - from;
      track.causes[Cause.OtherReservation] += to - refillAt;
      if (cause !== Cause.Own || track.isProbed || track.causes[Cause.Own] <= probeCycles) continue;
      probe(track, probeCycles);
      track.isProbed = true;
    }
    core.since = to;
  }

  function finish(track: ThreadTrack, at: Cycles): void {
    if (!track.isProbed) probe(track, probeCycles);
    account(state.accounts[track.thread], track, at);
    const { thread, index, dueAt, startedAt, startCauses, probeCauses, causes } = track;
    onActivation({ thread, index, dueAt, startedAt, finishedAt: at, startCauses, probeCauses, causes });
    track.phase = "closed";
  }

  /** The kernel has seen a release. */
  function release(track: ThreadTrack, at: Cycles, index: number, dueAt: Cycles): void {
    if (track.phase === "pending") track.phase = "ready";
    else {
      // The thread starts, or goes on at once with an activation that was due already.
      if (track.phase !== "closed") finish(track, at);
      open(track, "ready", dueAt);
      // mutant releases-are-never-late:
      track.causes[index === 0 ? Cause.Start : Cause.EarlierActivation] += at - dueAt;
    }
    track.index = index;
  }

  function post(core: CoreTrack, kind: EventKind, numbers: Float64Array, at: number): void {
    const cycle = numbers[at + EventField.Cycle];
    const partition: PartitionId = numbers[at + EventField.Partition];
    const thread: ThreadId = numbers[at + EventField.Thread];
    const a = numbers[at + EventField.A];
    const b = numbers[at + EventField.B];
    const track = thread >= 0 && threads[thread].isPeriodic ? state.threads[thread] : null;
    switch (kind) {
      case EventKind.Dispatch:
        core.doing = "thread";
        core.partition = partition;
        core.thread = thread;
        core.isOpening = false;
        if (track !== null && track.phase === "ready") start(track, cycle);
        return;
      case EventKind.Work:
      case EventKind.Idle:
        core.doing = kind === EventKind.Work ? "work" : "idle";
        core.partition = partition;
        core.thread = -1;
        core.isOpening = false;
        return;
      case EventKind.Leave:
        core.doing = "kernel";
        core.reason = a;
        core.isFromDevice = b === 1;
        if (track !== null && track.phase === "running") track.phase = "ready";
        return;
      case EventKind.WindowOpen:
        core.partition = partition;
        core.windowEnd = b;
        // mutant switches-are-forgotten:
        core.isOpening = true;
        return;
      case EventKind.Serve:
        core.partition = partition;
        core.isShared = true;
        return;
      case EventKind.BudgetOut:
        for (const other of state.threads) if (other.partition === partition) other.budgetAt = a;
        return;
      case EventKind.WindowClose:
        core.partition = -1;
        core.thread = -1;
        return;
      case EventKind.Wake:
        if (a === WakeCause.Start || a === WakeCause.Restart) {
          core.partition = partition;
          if (track !== null) track.phase = "closed";
        } else if (track !== null && (track.phase === "locked" || track.phase === "waiting")) track.phase = "ready";
        return;
      case EventKind.Release:
        if (track !== null) release(track, cycle, a, b);
        return;
      case EventKind.Block:
        if (track === null || track.phase === "closed") return;
        if (a === BlockReason.Period) {
          finish(track, cycle);
          open(track, "pending", b);
        } else track.phase = a === BlockReason.Lock ? "locked" : "waiting";
        return;
      case EventKind.ThreadExit:
        if (track !== null) track.phase = "closed";
        return;
      case EventKind.PartitionStop:
        for (const other of state.threads) if (other.partition === partition) other.phase = "closed";
    }
  }

  function charge(core: CoreTrack, mine: readonly ThreadId[], { steps }: PricedPath, role: PathRole): void {
    for (let i = 0; i < steps.length; i++) divide(core, mine, core.since + steps[i].cycles, role, steps[i].step);
  }

  function read(id: CoreId, numbers: Float64Array, from: number, to: number, paths: readonly PricedPath[]): void {
    const core = state.cores[id];
    const mine = periodic[id];
    for (let at = from; at < to; at += EventRing.Fields) {
      const kind: EventKind = numbers[at + EventField.Kind] | 0;
      divide(core, mine, numbers[at + EventField.Cycle], null, -1);
      if (kind === EventKind.Charge) {
        const path = numbers[at + EventField.A];
        charge(core, mine, paths[path], roles[path]);
      } else post(core, kind, numbers, at);
    }
  }

  const close = trace.readBatches(read);
  return {
    accounts() {
      trace.flush();
      return structuredClone(state.accounts);
    },
    save() {
      trace.flush();
      return structuredClone(state);
    },
    restore(saved) {
      trace.flush();
      state = structuredClone(saved);
    },
    close,
  };
}
