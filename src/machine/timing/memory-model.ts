/**
 * The seam for what memory costs: caches and TLBs of a timing profile, an access at a time, a core at a time.
 *
 * A core's accesses happen at the cycle at which their instruction starts, whatever they cost. When the instruction has
 * retired, or an iteration of a repetition is over, the model is told of its loads and stores in their order, and what
 * they cost is added to the core's clock. An instruction that faults, or is put off since another core comes first, has
 * cost nothing: so cutting a run differently changes nothing.
 *
 * The state of a core's model is plain data in the machine's memory (state.ts), so it is saved and restored with it.
 */
import type { Cycles, PhysicalAddress } from "../../units.js";

/** A locked access, or any other that reads and writes at once, is a "write". */
export type MemoryAccessKind = "read" | "write";

export interface MemoryModel {
  /** What a core's state takes: a multiple of 8, at most MAX_MEMORY_MODEL_BYTES. All zero at power-on. */
  readonly stateBytes: number;
  /**
   * Cycles that an access takes beyond its instruction's own. `words`: the core's state, which it may change. The bytes
   * lie in one page; an access that crosses pages is two.
   *
   * An access that takes 0 cycles leaves the state as it is: a polling loop of which each pass does is skipped.
   */
  access(words: Uint32Array, kind: MemoryAccessKind, physical: PhysicalAddress, sizeBytes: number): Cycles;
}
