/**
 * What becomes of releases that a periodic thread has missed, because an activation took longer than its period. There
 * is one row for each policy; descriptions, images, documents and errors know the policies from here.
 */
import { builtWords } from "../../vocabulary.js";
import type { Cycles } from "../../units.js";

interface OverrunRow {
  /**
   * Number of the release that the next activation has. `following` is the one after the last; `sinceStart` is the time
   * since release 0.
   */
  readonly nextRelease: (following: number, sinceStart: Cycles, periodCycles: Cycles) => number;
  /** For documents, after the policy's name. */
  readonly meaning: string;
}

export const OVERRUNS = {
  "catch up": {
    nextRelease: (following) => following,
    meaning: "each has its activation, late ones at once",
  },
  skip: {
    nextRelease: (following, sinceStart, periodCycles) => Math.max(following, Math.floor(sinceStart / periodCycles)),
    meaning: "only the latest that has passed has one, at once",
  },
  next: {
    nextRelease: (following, sinceStart, periodCycles) => Math.max(following, Math.ceil(sinceStart / periodCycles)),
    meaning: "none has one: the thread waits for the next that is to come",
  },
} as const satisfies Readonly<Record<string, OverrunRow>>;

export type Overrun = keyof typeof OVERRUNS;

export const OVERRUN_WORDS = builtWords(OVERRUNS);

/** Of threads that don't say. */
export const DEFAULT_OVERRUN: Overrun = "catch up";
