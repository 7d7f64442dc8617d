/**
 * What the machine asks of an engine. The reference engine implements it by stepping; a translating engine implements
 * the same interface, and both leave the same registers, memory, faults, cycles and hash after every slice.
 */
import type { CoreId, Cycles, PhysicalAddress, VirtualAddress } from "../../units.js";
import type { Instruction } from "../isa/instruction.js";
import type { AheadStores } from "../ahead.js";
import type { CoreState, MachineState } from "../state.js";
import type { TimingProfile } from "../timing/profile.js";
import type { Exit } from "../trap.js";
import type { Slice } from "../turn.js";

/**
 * Called by an engine in the middle of a core's slice when a load comes too early: lets the others come forward. True:
 * at that clock the core is first now, and the slice has the next of the others.
 */
export type BringForward = (core: CoreId, at: Cycles) => boolean;

/** A polling loop that was seen to change nothing: whole passes may be charged without running them. */
export interface Polling {
  /** Clock at the start of a pass. */
  readonly startedAt: Cycles;
  readonly passCycles: Cycles;
  readonly passInstructions: number;
  /** The synchronising words that a pass reads. */
  readonly words: readonly { readonly physical: PhysicalAddress; readonly sizeBytes: number }[];
}

export type SliceEnd =
  | { readonly kind: "exit"; readonly exit: Exit }
  /** `until` or the number of instructions is reached. */
  | { readonly kind: "limit" }
  /** The next instruction has a synchronising access and others come first. Nothing of it has happened. */
  | { readonly kind: "defer" }
  /** The core stands at the start of a pass of a polling loop. */
  | { readonly kind: "poll"; readonly polling: Polling };

export interface Engine {
  /** Runs `core` (whose registers are loaded) until the slice ends. Advances the core's clock. */
  run(core: CoreId, slice: Slice): SliceEnd;
  /** Takes the registers of the core's register file, RFLAGS included, as they are in memory now. */
  load(core: CoreId): void;
  /** Puts them there: called before anyone else reads or changes them. */
  store(core: CoreId): void;
  /** Bytes of RAM changed behind the engine's back, or a mapping of code did: forget what was decoded there. */
  invalidate(at: PhysicalAddress, sizeBytes: number): void;
  /** CR3 was written or a page invalidated: what was known about addresses no longer holds. */
  mappingChanged(core: CoreId): void;
  /** What decoded code takes of the host's memory, about. */
  codeBytes(): number;
}

/**
 * Called by an engine before a store to a synchronising page reaches memory, while its core is first. False: a core
 * that polls there must read the old value first; the store is deferred as if its core were not first.
 */
export type StoreObserver = (core: CoreId, physical: PhysicalAddress, sizeBytes: number, at: Cycles) => boolean;

/**
 * Told of each instruction as it retires, with the core's clock at its end: where it was and where control goes next.
 * What it is told of must be run one by one, so whoever listens has the reference engine without skipped polling.
 */
export type RetireObserver = (
  core: CoreState,
  instruction: Instruction,
  rip: VirtualAddress,
  next: VirtualAddress,
) => void;

/**
 * Told of each instruction before it is run, at its cycle. It may be put off and told of again then, and it may fault.
 * Who listens has the reference engine, as for RetireObserver.
 */
export type BeginObserver = (core: CoreState, rip: VirtualAddress) => void;

/** What an engine is made of and may be told. Only the first three change results. */
export interface EngineOptions {
  readonly state: MachineState;
  readonly profile: TimingProfile;
  /** Longest delay of a buffered store in cycles; 0 for sequential consistency. */
  readonly storeDelayCycles: number;
  readonly observer: StoreObserver;
  readonly ahead: AheadStores;
  /** Whether a poller reads there. For engines that make stores ahead of their turn. */
  readonly isPolled: (physical: PhysicalAddress, sizeBytes: number) => boolean;
  /** For engines that can wait in the middle of a slice. */
  readonly bringForward: BringForward;
  /** Report polling loops; off to check that skipping changes nothing. */
  readonly findPolling: boolean;
  readonly onRetire?: RetireObserver;
  readonly onBegin?: BeginObserver;
  /** Bytes that decoded code may take of the host's memory, about; the code cache decides where nobody says. */
  readonly mostCodeBytes?: number;
}
