/**
 * Where the time goes: translated code comes back now and then, and the region in which it stood has taken the cycles
 * since, as far as anyone knows. A near region that has taken many becomes a far one.
 *
 * Near regions come back sooner. That finds those that matter early, and V8 replaces a function by its optimised form
 * only when it is called anew.
 */
import type { Region } from "../plan/index.js";
import { type EngineCore, LEAST_QUANTUM_CYCLES } from "./engine-core.js";
import { noteCall } from "./region-batches.js";
import type { RegionStore } from "./region-store.js";

/** Most cycles in one call. */
const MOST_QUANTUM_CYCLES = 400_000;
/** A near region that has taken so many cycles has been called, so to speak, once more. */
const CYCLES_A_CALL = 2000;

/** A call into translated code came back after so many cycles since time was up, in `region`. */
export function noteTimeIn(store: RegionStore, engineCore: EngineCore, region: Region, cycles: number): void {
  if (region.reach === "far") {
    engineCore.quantumCycles = Math.min(2 * engineCore.quantumCycles, MOST_QUANTUM_CYCLES);
    return;
  }
  engineCore.quantumCycles = Math.max(engineCore.quantumCycles / 2, LEAST_QUANTUM_CYCLES);
  noteCall(store, engineCore.core, region, cycles / CYCLES_A_CALL);
}
