/**
 * Cores that stand in a polling loop: it was found to change nothing, so its passes are charged rather than run.
 *
 * A poller leaves its loop (`settle`) at its next event, at the end of the run, or before a store to a word that it
 * reads. It is charged the whole passes that end before that, and runs the rest. So every read before the store sees
 * the old value.
 */
import type { CoreId, Cycles, PhysicalAddress } from "../units.js";
import type { Polling } from "./engine/engine.js";
import type { CoreState } from "./state.js";

/** Host state: a poller that is forgotten runs its loop until it is found again. */
export interface Pollers {
  /** By core, the loop that it stands in; null for none. */
  readonly loops: (Polling | null)[];
  /** How many cores stand. */
  count: number;
  /** Cycles that were charged without being run, in all. */
  skippedCycles: Cycles;
}

export function createPollers(coreCount: number): Pollers {
  return { loops: Array.from({ length: coreCount }, () => null), count: 0, skippedCycles: 0 };
}

export function standInLoop(pollers: Pollers, core: CoreId, loop: Polling): void {
  pollers.loops[core] = loop;
  pollers.count++;
}

/** Charges a poller the whole passes that end before `at`, and lets it run again. */
export function settle(pollers: Pollers, core: CoreState, at: Cycles): void {
  const loop = pollers.loops[core.id];
  if (loop === null) return;
  pollers.loops[core.id] = null;
  pollers.count--;
  // A pass that would end exactly at `at` is run: instructions of no cost at its end may not come before the event.
  // mutant poller-pays-a-pass-more: const passes = Math.max(0, Math.ceil((at - core.now) / loop.passCycles));
  const passes = Math.max(0, Math.ceil((at - core.now) / loop.passCycles) - 1);
  core.now += passes * loop.passCycles;
  // mutant skipped-passes-do-not-retire:
  core.retired += passes * loop.passInstructions;
  pollers.skippedCycles += passes * loop.passCycles;
}

export function readsAny({ words }: Polling, physical: PhysicalAddress, sizeBytes: number): boolean {
  return words.some((word) => physical < word.physical + word.sizeBytes && word.physical < physical + sizeBytes);
}

/** Whether a core that stands in a polling loop reads any of these bytes there. */
export function isPolled({ loops }: Pollers, physical: PhysicalAddress, sizeBytes: number): boolean {
  return loops.some((loop) => loop !== null && readsAny(loop, physical, sizeBytes));
}

/** Every poller simply stands where it last was. */
export function forgetLoops(pollers: Pollers): void {
  pollers.loops.fill(null);
  pollers.count = 0;
}
