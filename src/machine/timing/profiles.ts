/**
 * The timing profiles, by the words that name them. Those that model a processor are planned: their costs of
 * instructions wait for a static model of issue width and ports, those of memory for a model behind memory-model.ts.
 */
import type { BuiltWord, NotBuilt } from "../../vocabulary.js";
import { flatProfile } from "./flat.js";
import type { TimingProfile } from "./profile.js";

export const TIMING_PROFILES = {
  flat: flatProfile,
  skylake: { notBuilt: true },
  haswell: { notBuilt: true },
  zen3: { notBuilt: true },
} as const satisfies Readonly<Record<string, TimingProfile | NotBuilt>>;

export type TimingWord = BuiltWord<typeof TIMING_PROFILES>;

/** What a machine is of which nobody says. */
export const DEFAULT_TIMING: TimingWord = "flat";
