/**
 * Runs a session in slices of host time, so that keys, signals and pictures get their turn.
 *
 * Invariant: how the host slices a run changes nothing of what the system does. A slice is bounded in cycles and in
 * instructions: idle cycles cost the host next to nothing and others much, so neither bound alone is one in time.
 */
import type { Session } from "../system/running.js";
import type { Cycles } from "../units.js";
import { hostMilliseconds } from "./clock.js";

const FIRST_CYCLES = 1000;
const LEAST_INSTRUCTIONS = 100;
const FIRST_INSTRUCTIONS = 1000;
/**
 * A slice grows no faster than this from one to the next, and is never longer than this part of a second of virtual
 * time.
 */
const MOST_GROWTH = 4;
const LONGEST_PART_OF_SECOND = 4;

export type SliceEnd =
  /** More can be run; perhaps `until` is reached. */
  | "more"
  /** Nothing can happen any more. */
  | "quiet"
  /** The last cycle that there is has been reached. */
  | "end of time"
  /** A replay has come to the end of its record. */
  | "end of record";

/** How a session is run piece by piece. */
export interface Slicer {
  /** Runs for about the given host time, and not beyond `until`. */
  run(until: Cycles): SliceEnd;
}

export function createSlicer(
  session: Session,
  milliseconds: number,
  clock = hostMilliseconds,
  leastInstructions = LEAST_INSTRUCTIONS,
): Slicer {
  const longestCycles = Math.max(FIRST_CYCLES, session.plan.machine.frequencyHz / LONGEST_PART_OF_SECOND);
  let cycles = FIRST_CYCLES;
  let instructions = Math.max(FIRST_INSTRUCTIONS, leastInstructions);
  return {
    run(until) {
      const started = clock();
      const goal = session.now() + cycles;
      const end = session.run({ until: Math.min(until, goal), maxInstructions: instructions });
      const factor = Math.min(MOST_GROWTH, Math.max(1 / MOST_GROWTH, milliseconds / Math.max(0.01, clock() - started)));
      // Only the bound that ended the slice says something about itself.
      if (end === "instructions") instructions = Math.max(leastInstructions, Math.ceil(instructions * factor));
      else if (end === "until" && goal <= until)
        cycles = Math.min(longestCycles, Math.max(FIRST_CYCLES, Math.ceil(cycles * factor)));
      return end === "quiet" || end === "end of time" ? end : "more";
    },
  };
}

/** Brings all cores to one cycle, so that hashes are those of a moment that can be found again. */
export function settle(session: Session): void {
  const cycle = session.soonestInput() - session.hal.leastLatencyCycles;
  if (session.nextAt() < cycle) session.run({ until: cycle });
  else session.idleTo(cycle);
}

/**
 * The cycle that the system has come to. After a run that ended in the middle (a step), idle cores still stand where
 * they fell asleep, though nothing can happen to them before the others' time.
 */
export function presentCycle(session: Session): Cycles {
  const awake = session.kernel.view().cores.filter(({ doing, kind }) => kind !== "off" && doing !== "idle");
  return awake.length === 0
    ? session.now()
    : Math.max(session.now(), Math.min(...awake.map(({ id }) => session.hal.now(id))));
}
