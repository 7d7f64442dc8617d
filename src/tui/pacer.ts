/**
 * How fast virtual time passes: as much of it as the speed asks for, in slices of host time so short that keys stay
 * responsive.
 *
 * Invariant: nothing here changes what a system does, only when the host lets it happen.
 */
import type { Live } from "../host/live.js";
import { createSlicer, type SliceEnd, type Slicer } from "../host/slices.js";
import type { Session, SessionEnd } from "../system/index.js";
import { EventKind, type TraceEvent } from "../trace/index.js";
import type { CoreId, Cycles } from "../units.js";

/** Factors of real time; the last is as fast as the host can. */
export const SPEEDS: readonly number[] = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 100, Infinity];

/** Host time of one call into the machine, to come back in time for keys. */
const SLICE_MILLISECONDS = 3;
/** How long a step to the next event, or of a chosen core, looks for it. */
const LONGEST_STEP_MILLISECONDS = 250;
/** What a slow host is behind is forgotten beyond this: the system then runs slower than asked. */
const MOST_DEBT_MILLISECONDS = 100;

/** A system that faces the outside lags when it is behind the host by more than this. */
const LEAST_LAG_MILLISECONDS = 10;

export type PacerEnd = "quiet" | "time is up" | "end of time" | "end of record";

/** A slicer that must see to something before anybody else runs the session. */
export interface PreparedSlicer extends Slicer {
  /** How far it may be run, at most `until`. */
  prepare(until: Cycles): Cycles;
}

export interface Pacer {
  isRunning: boolean;
  speed: number;
  /** Why nothing can happen any more, or null. */
  readonly end: PacerEnd | null;
  /** Whether the host can't keep up with the speed. */
  readonly isBehind: boolean;
  /** What drives a session that faces the outside, or null. */
  readonly live: Live | null;
  /** The event that the last step ended at, or null after anything else. */
  readonly steppedTo: TraceEvent | null;
  /**
   * Runs for at most `budgetMilliseconds`, or a moment if the session faces the outside. Returns whether more is due at
   * once.
   */
  advance(hostMilliseconds: number, budgetMilliseconds: number): boolean;
  /** Until one instruction of the given core, or of the one that is next, has retired. The others go on meanwhile. */
  stepInstruction(core: CoreId | null): void;
  /** Up to and including the next event that is not mere bookkeeping. */
  stepEvent(): void;
}

/** Events at which `stepEvent` does not stop: they come by the dozen with each of the others. */
const BOOKKEEPING: ReadonlySet<EventKind> = new Set([EventKind.Charge, EventKind.Pad, EventKind.Leave]);

export function createPacer(
  session: Session,
  options: {
    readonly untilCycles: Cycles;
    readonly speed: number;
    readonly clock: () => number;
    readonly live?: Live | null;
    readonly slicer?: PreparedSlicer | null;
  },
): Pacer {
  const { untilCycles, clock, live = null } = options;
  const { frequencyHz } = session.plan.machine;
  const prepared = options.slicer ?? null;
  /** Whether something may come in though nothing is left that could happen: what drives it says when it is over. */
  const comesMore = live !== null || prepared !== null;
  const slicer = prepared ?? createSlicer(session, SLICE_MILLISECONDS);
  /** Virtual time that should have been reached; fractions of cycles count at slow speeds. */
  let target = session.now();
  let before = clock();
  let end: PacerEnd | null = null;
  let isBehind = false;
  let steppedTo: TraceEvent | null = null;

  /** What a run has come to. One that faces the outside is never over because it is quiet: see Live.step. */
  function endOf(runEnd: SliceEnd | SessionEnd): PacerEnd | null {
    if (runEnd === "end of time" || runEnd === "end of record" || (runEnd === "quiet" && !comesMore)) return runEnd;
    return session.now() >= untilCycles ? "time is up" : null;
  }

  function slice(until: Cycles): void {
    end = endOf(slicer.run(until));
  }

  /** Deliveries from outside wait while the session runs. */
  function around<Result>(run: () => Result): Result {
    return live === null ? run() : live.around(run);
  }

  function advanceLive(driver: Live): boolean {
    if (!pacer.isRunning || end !== null) {
      driver.pause();
      return false;
    }
    steppedTo = null;
    driver.setSpeed(pacer.speed);
    const step = driver.step(untilCycles);
    if (step === "quiet") end = step;
    else if (step !== "nap") end = endOf(step);
    isBehind = driver.report().lagMilliseconds > LEAST_LAG_MILLISECONDS;
    return end === null && step === "more";
  }

  const pacer = {
    isRunning: true,
    speed: options.speed,
    get end() {
      return end;
    },
    get steppedTo() {
      return steppedTo;
    },
    get isBehind() {
      return isBehind;
    },
    live,
    advance(hostMilliseconds: number, budgetMilliseconds: number) {
      if (live !== null) return advanceLive(live);
      const elapsed = Math.max(0, hostMilliseconds - before);
      before = hostMilliseconds;
      if (!pacer.isRunning || end !== null) {
        target = session.now();
        return false;
      }
      steppedTo = null;
      const perMillisecond = (pacer.speed * frequencyHz) / 1000;
      target =
        pacer.speed === Infinity
          ? Infinity
          : Math.min(target, session.now() + MOST_DEBT_MILLISECONDS * perMillisecond) + elapsed * perMillisecond;
      const goal = Math.min(Math.floor(target), untilCycles);
      const deadline = clock() + budgetMilliseconds;
      while (end === null && session.now() < goal && clock() < deadline) slice(goal);
      if (pacer.speed === Infinity) {
        target = session.now();
        isBehind = false;
        return end === null;
      }
      const lag = goal - session.now();
      isBehind = lag > (MOST_DEBT_MILLISECONDS / 2) * perMillisecond;
      return end === null && lag > 0;
    },
    stepInstruction(core: CoreId | null) {
      steppedTo = null;
      const retired = (): number => (core === null ? Infinity : session.retired()[core]);
      const before = retired();
      // A core that sleeps may have none for long: the person gets the screen back.
      const deadline = clock() + LONGEST_STEP_MILLISECONDS;
      while (end === null) {
        const until = prepared?.prepare(untilCycles) ?? untilCycles;
        const step = (): SessionEnd => session.run({ until, maxInstructions: 1 });
        end = endOf(around(step));
        if (core === null || retired() > before || clock() >= deadline) return;
      }
    },
    stepEvent() {
      if (end !== null) return;
      steppedTo = null;
      const unsubscribe = session.trace.subscribe((event) => {
        if (BOOKKEEPING.has(event.kind) || steppedTo !== null) return;
        steppedTo = event;
        session.stop();
      });
      // A computing system may have no event for long: the person gets the screen back.
      const deadline = clock() + LONGEST_STEP_MILLISECONDS;
      for (;;) {
        around(() => slice(untilCycles));
        if (steppedTo !== null || end !== null || clock() >= deadline) break;
      }
      unsubscribe();
    },
  };
  return pacer;
}
