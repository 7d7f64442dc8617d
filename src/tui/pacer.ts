/**
 * How fast virtual time passes: as much of it as the speed asks for, in slices of host time so short that keys stay
 * responsive.
 *
 * Invariant: nothing here changes what a system does, only when the host lets it happen.
 */
import { createSlicer } from "../host/slices.js";
import type { Session } from "../system/index.js";
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

export type PacerEnd = "quiet" | "time is up" | "end of time";

export interface Pacer {
  isRunning: boolean;
  speed: number;
  /** Why nothing can happen any more, or null. */
  readonly end: PacerEnd | null;
  /** Whether the host can't keep up with the speed. */
  readonly isBehind: boolean;
  /** The event that the last step ended at, or null after anything else. */
  readonly steppedTo: TraceEvent | null;
  /** Runs for at most `budgetMilliseconds`. Returns whether more is due at once. */
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
  options: { readonly untilCycles: Cycles; readonly speed: number; readonly clock: () => number },
): Pacer {
  const { untilCycles, clock } = options;
  const { frequencyHz } = session.plan.machine;
  const slicer = createSlicer(session, SLICE_MILLISECONDS);
  /** Virtual time that should have been reached; fractions of cycles count at slow speeds. */
  let target = session.now();
  let before = clock();
  let end: PacerEnd | null = null;
  let isBehind = false;
  let steppedTo: TraceEvent | null = null;

  function slice(until: Cycles): void {
    const sliceEnd = slicer.run(until);
    if (sliceEnd !== "more") end = sliceEnd;
    else if (session.now() >= untilCycles) end = "time is up";
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
    advance(hostMilliseconds: number, budgetMilliseconds: number) {
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
        const stepEnd = session.run({ until: untilCycles, maxInstructions: 1 });
        if (stepEnd === "quiet" || stepEnd === "end of time") end = stepEnd;
        else if (session.now() >= untilCycles) end = "time is up";
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
        slice(untilCycles);
        if (steppedTo !== null || end !== null || clock() >= deadline) break;
      }
      unsubscribe();
    },
  };
  return pacer;
}
