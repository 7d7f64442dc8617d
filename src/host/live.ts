/**
 * A session that faces the outside, driven against the host's clock.
 *
 * Its virtual time follows the host's at the frequency of the description: an idle system waits until its next event is
 * due, or until something comes in. A busy one that the host can't keep up with lags, and catches up when it can.
 * Nothing is forgotten, and nothing is run ahead by more than `LEAD_MILLISECONDS`.
 *
 * Invariant: the host's clock and load decide at which cycle an input enters, and nothing else. The run is a pure
 * function of those cycles (`onInput` hears of each), however it was cut into slices.
 */
import type { Session } from "../system/running.js";
import type { ChannelId, Cycles } from "../units.js";
import { createNap, type Nap } from "./clock.js";
import { createSlicer, settle, type SliceEnd } from "./slices.js";

/** Something from outside has got the cycle at which it enters. */
export type InputListener = (channel: ChannelId, at: Cycles, bytes: Uint8Array) => void;

export interface LiveOptions {
  /** Milliseconds since some fixed moment, never going back. */
  readonly clock: () => number;
  readonly onInput?: InputListener;
  /** About once a second of the host all cores stand at one cycle, for who keeps a record. */
  readonly onSettled?: () => void;
  /** For tests. */
  readonly nap?: Nap;
}

/** Where things come from: a socket that listens, a keyboard, a clock. */
export interface LiveSource {
  /**
   * Something for the device at a channel, behind everything that came before. It enters as soon as is exact, and wakes
   * a system that waits. May be called at any time, also by what hears the system while it runs. The bytes must not
   * change until they have taken effect.
   */
  deliver(channel: ChannelId, bytes: Uint8Array): void;
  /** Nothing will come from it any more. */
  close(): void;
}

export type LiveEnd =
  | SliceEnd
  /** Nothing is due yet: `nap`. */
  | "nap";

export interface LiveReport {
  /** How far virtual time is behind the host's; 0 for a system that waits. */
  readonly lagMilliseconds: number;
  readonly greatestLagMilliseconds: number;
  /** The frequency at which this host would just keep up with what the system did of late; null while unknown. */
  readonly sustainableHz: number | null;
  readonly inputs: number;
  readonly inputBytes: number;
}

export interface Live {
  /**
   * While a source is open, a system in which nothing is left that could happen waits for it, unless all its partitions
   * have stopped.
   */
  openSource(): LiveSource;
  /** Runs for a moment, not beyond `until`. Not while it runs. */
  step(until: Cycles): LiveEnd;
  /** Sleeps until something is due or has come in, for at most `mostMilliseconds`. */
  nap(mostMilliseconds: number): Promise<void>;
  /** Runs the session in another way, such as by single steps: what comes in meanwhile waits until then. */
  around<Result>(run: () => Result): Result;
  /** The host's time until the next `step` does not count. */
  pause(): void;
  /** Factor of the host's time, at most 1: what faces the outside is never ahead of it. */
  setSpeed(factor: number): void;
  report(): LiveReport;
}

/** As exact as timers of the host are: what is due within it happens now. */
const LEAD_MILLISECONDS = 1;
/** Host time of a slice, and of one shortly after an input, when more may come. */
const SLICE_MILLISECONDS = 2;
const BRIEF_SLICE_MILLISECONDS = 0.2;
const BRIEF_FOR_MILLISECONDS = 10;
/** A repetition (REP MOVS) that the end of a slice cuts in two goes on slowly: slices are longer than that matters. */
const LEAST_INSTRUCTIONS = 20_000;
/** A core that computes is looked at again when as much more is due. */
const REST_MILLISECONDS = 1;
/** Virtual time that is run at once when a system has something to do: what most events lead to fits into it. */
const FIRST_BURST_MILLISECONDS = 0.05;
/** Speed is measured over one to two of these. */
const MEASURED_MILLISECONDS = 1000;
const SETTLED_MILLISECONDS = 1000;

/** Where virtual time and the time spent in running the session were. */
interface Mark {
  readonly cycle: Cycles;
  readonly runMilliseconds: number;
}

interface Pending {
  readonly channel: ChannelId;
  readonly bytes: Uint8Array;
}

export function createLive(session: Session, options: LiveOptions): Live {
  const { clock, onInput, onSettled, nap = createNap() } = options;
  const { frequencyHz } = session.plan.machine;
  const slicer = createSlicer(session, SLICE_MILLISECONDS, clock, LEAST_INSTRUCTIONS);
  const briefSlicer = createSlicer(session, BRIEF_SLICE_MILLISECONDS, clock, LEAST_INSTRUCTIONS);
  const leastBurst = session.hal.leastLatencyCycles;
  const firstBurst = Math.max(leastBurst, Math.floor((frequencyHz / 1000) * FIRST_BURST_MILLISECONDS));
  let cyclesPerMillisecond = frequencyHz / 1000;
  /** A moment of the host and the cycle that belongs to it; null while its time does not count. */
  let anchor: { readonly host: number; readonly cycle: Cycles } | null = null;
  let isRunning = false;
  let pending: Pending[] = [];
  let openSources = 0;
  /** Of the latest input. */
  let stamped: Cycles = 0;
  let deliveredAt = -Infinity;
  let inputs = 0;
  let inputBytes = 0;
  /** How far a system is run at once while it is not behind the host: more each time until it waits. */
  let burst = firstBurst;
  let dueInMilliseconds = 0;
  let greatestLag = 0;
  let runMilliseconds = 0;
  let marks: readonly [older: Mark, newer: Mark] = [mark(), mark()];
  let markedAt = clock();
  let settledAt = markedAt;

  function mark(): Mark {
    return { cycle: session.now(), runMilliseconds };
  }

  /** The cycle that belongs to a moment of the host. */
  function goalAt(host: number): Cycles {
    if (anchor === null) return session.now();
    return Math.floor(anchor.cycle + Math.max(0, host - anchor.host) * cyclesPerMillisecond);
  }

  function lagAt(host: number): number {
    const goal = goalAt(host);
    return Math.max(0, goal - Math.max(session.now(), Math.min(goal, session.nextAt()))) / cyclesPerMillisecond;
  }

  function enter({ channel, bytes }: Pending): void {
    const host = clock();
    // Until its next event an idle system need not be run: it is where the host's time is.
    const idleUntil = Math.min(goalAt(host), session.nextAt()) + leastBurst;
    stamped = Math.max(stamped, session.soonestInput(), idleUntil);
    session.inject(channel, stamped, bytes);
    onInput?.(channel, stamped, bytes);
    deliveredAt = host;
    inputs++;
    inputBytes += bytes.length;
  }

  function enterPending(): void {
    if (pending.length === 0) return;
    const waiting = pending;
    pending = [];
    waiting.forEach(enter);
  }

  function around<Result>(run: () => Result): Result {
    isRunning = true;
    try {
      return run();
    } finally {
      isRunning = false;
      enterPending();
    }
  }

  function noteSpeed(started: number): void {
    runMilliseconds += clock() - started;
    if (started - markedAt < MEASURED_MILLISECONDS) return;
    marks = [marks[1], mark()];
    markedAt = started;
  }

  function rest(milliseconds: number): LiveEnd {
    burst = firstBurst;
    dueInMilliseconds = milliseconds;
    return "nap";
  }

  function step(until: Cycles): LiveEnd {
    const host = clock();
    anchor ??= { host, cycle: session.now() };
    enterPending();
    const next = session.nextAt();
    if (next === Infinity && (openSources === 0 || hasStopped(session))) return "quiet";
    if (onSettled !== undefined && host - settledAt >= SETTLED_MILLISECONDS) {
      settledAt = host;
      around(() => settle(session));
      onSettled();
      return "more";
    }
    greatestLag = Math.max(greatestLag, lagAt(host));
    const goal = Math.min(until, goalAt(host));
    const horizon = Math.min(until, goal + Math.floor(LEAD_MILLISECONDS * cyclesPerMillisecond));
    if (next >= horizon) {
      session.idleTo(goal);
      if (session.now() >= until) return "more";
      return rest((Math.min(next, until) - goalAt(host)) / cyclesPerMillisecond);
    }
    const target = Math.max(goal, Math.min(horizon, next + burst));
    burst *= 2;
    if (target <= session.now()) return rest(REST_MILLISECONDS);
    const { run } = host - deliveredAt < BRIEF_FOR_MILLISECONDS ? briefSlicer : slicer;
    const end = around(() => run(target));
    noteSpeed(host);
    if (end === "end of time") return end;
    return session.now() >= horizon && horizon < until ? rest(REST_MILLISECONDS) : "more";
  }

  return {
    openSource() {
      openSources++;
      let isOpen = true;
      return {
        deliver(channel, bytes) {
          if (!isOpen) return;
          if (!isRunning) enter({ channel, bytes });
          else {
            pending.push({ channel, bytes });
            session.stop();
          }
          nap.wake();
        },
        close() {
          if (!isOpen) return;
          isOpen = false;
          openSources--;
          nap.wake();
        },
      };
    },
    step,
    around,
    nap: (mostMilliseconds) => nap.sleep(Math.min(dueInMilliseconds, mostMilliseconds)),
    pause() {
      anchor = null;
      dueInMilliseconds = Infinity;
    },
    setSpeed(factor) {
      const perMillisecond = (Math.min(1, factor) * frequencyHz) / 1000;
      if (perMillisecond === cyclesPerMillisecond) return;
      const host = clock();
      if (anchor !== null) anchor = { host, cycle: goalAt(host) };
      cyclesPerMillisecond = perMillisecond;
    },
    report() {
      const milliseconds = runMilliseconds - marks[0].runMilliseconds;
      const cycles = session.now() - marks[0].cycle;
      return {
        lagMilliseconds: anchor === null ? 0 : lagAt(clock()),
        greatestLagMilliseconds: greatestLag,
        sustainableHz: milliseconds > 0 ? (cycles / milliseconds) * 1000 : null,
        inputs,
        inputBytes,
      };
    },
  };
}

function hasStopped({ kernel }: Session): boolean {
  return kernel.state.partitions.every(({ life }) => life === "stopped");
}
