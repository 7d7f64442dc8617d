/**
 * What the translating engine knows of one core besides its registers. All of it is host state.
 */
import type { Tlb } from "../../../memory/tlb.js";
import { CORE_STRIDE, type CoreState, type MachineState } from "../../../state.js";
import type { Block } from "../../code/block.js";
import type { Region, StopPoint } from "../plan/index.js";
import { createJumpCache, forgetJumps, type JumpCache } from "./jump-cache.js";
import type { Sharing } from "./synchroniser.js";

/** Slots of a core's cache of regions; a power of two. */
const KNOWN_REGIONS = 4096;

/** Least cycles that a call of translated code may take before it comes back. */
export const LEAST_QUANTUM_CYCLES = 25_000;

/** One core, as the translating engine has it. Host state. */
export interface EngineCore {
  readonly core: CoreState;
  readonly base: number;
  readonly tlb: Tlb;
  inMemory: boolean;
  /** Regions by address: the address in each slot of a cache, what starts there, and the age at which it was found. */
  readonly knownAt: Float64Array;
  readonly known: (Region | null)[];
  readonly knownAge: Float64Array;
  readonly jumps: JumpCache;
  /** The next block is the reference engine's. */
  skipsNext: boolean;
  /** Most cycles in one call of translated code (promotion.ts). */
  quantumCycles: number;
  /** Blocks that the reference engine keeps. */
  keeps: number;
  /** The block that the reference engine entered last. */
  previous: Block | null;
  /** The region that was entered last. */
  last: Region | null;
  /** The region that `takesOver` found. */
  taken: Region | null;
  /** Where the core stopped in translated code, if it hasn't gone on since. */
  stoppedAt: StopPoint | null;
  /** Grows when mappings or regions change. */
  age: number;
  readonly sharing: Sharing;
}

export function createEngineCore(state: MachineState, core: CoreState, tlb: Tlb, sharing: Sharing): EngineCore {
  return {
    core,
    base: core.id * CORE_STRIDE,
    tlb,
    inMemory: false,
    knownAt: new Float64Array(KNOWN_REGIONS),
    knownAge: new Float64Array(KNOWN_REGIONS),
    known: Array.from({ length: KNOWN_REGIONS }, () => null),
    jumps: createJumpCache(state, core),
    skipsNext: false,
    quantumCycles: LEAST_QUANTUM_CYCLES,
    keeps: 0,
    previous: null,
    last: null,
    taken: null,
    stoppedAt: null,
    age: 1,
    sharing,
  };
}

/** Mappings have changed, or regions: which region belongs to an address is looked up again. */
export function forgetAddresses(engineCore: EngineCore): void {
  engineCore.age++;
  forgetJumps(engineCore.jumps);
}

/** Slot of an address in a core's cache of regions. */
export function slotOf(rip: number): number {
  return (rip ^ (rip / KNOWN_REGIONS)) & (KNOWN_REGIONS - 1);
}
