/**
 * What synchronising accesses of translated code need to know, for all cores and for each: how far the gate (gate.ts)
 * may go without the engine, and the search for a polling loop (polling-search.ts) that a core is in the middle of.
 */
import type { Cycles, PhysicalAddress } from "../../../../units.js";
import { AHEAD_CAPACITY, type AheadStores } from "../../../ahead.js";
import {
  type CoreState,
  HASH_BASE,
  HASH_STRIDE,
  type MachineState,
  RAM_BASE,
  VECTOR_FILE_END,
} from "../../../state.js";
import { createSlice, type Slice } from "../../../turn.js";
import type { BringForward, StoreObserver } from "../../engine.js";
import {
  AHEAD_LIMIT_OFFSET,
  ASK_EACH_TIME,
  END_OFFSET,
  FIRST_OFFSET,
  FORWARD_OFFSET,
  HASH_OFFSET,
  QUIET_OFFSET,
  WATCHED_OFFSET,
} from "../layout.js";
import type { StopPoint } from "../plan/index.js";

/** Words that a pass of a polling loop may read. */
export const MAX_READS = 8;

export interface SynchroniserOptions {
  readonly state: MachineState;
  readonly observer: StoreObserver;
  readonly isPolled: (physical: PhysicalAddress, sizeBytes: number) => boolean;
  readonly bringForward: BringForward;
  readonly ahead: AheadStores;
  readonly findPolling: boolean;
}

export interface Synchroniser {
  readonly options: SynchroniserOptions;
  /** The machine's memory. */
  readonly words: Int32Array;
  readonly unsignedWords: Uint32Array;
}

/** What one core is in the middle of. Host state. */
export interface Sharing {
  readonly core: CoreState;
  readonly base: number;
  slice: Slice;
  /** The clock at which the time word's cycles run out. */
  end: Cycles;
  /** Where a pass began; null while no loop is looked for. */
  anchor: StopPoint | null;
  /** The anchor's own instruction comes next: no arrival. */
  isLeaving: boolean;
  isSpoiled: boolean;
  arrivals: number;
  readonly snapshot: Int32Array;
  lane0: number;
  lane1: number;
  now: Cycles;
  retired: number;
  /** Four numbers a word that the pass has read: offset in RAM, bytes, low and high half of the value. */
  readonly reads: Uint32Array;
  readCount: number;
}

export function createSynchroniser(options: SynchroniserOptions): Synchroniser {
  const { buffer } = options.state.memory;
  return { options, words: new Int32Array(buffer), unsignedWords: new Uint32Array(buffer) };
}

export function createSharing(core: CoreState, base: number): Sharing {
  return {
    core,
    base,
    slice: createSlice(),
    end: 0,
    anchor: null,
    isLeaving: false,
    isSpoiled: false,
    arrivals: 0,
    snapshot: new Int32Array(VECTOR_FILE_END / 4),
    lane0: 0,
    lane1: 0,
    now: 0,
    retired: 0,
    reads: new Uint32Array(4 * MAX_READS),
    readCount: 0,
  };
}

/** Offset of the hash that the core's reads enter; 0 for none. */
export function hashOf({ hashSlot }: CoreState): number {
  return hashSlot < 0 ? 0 : HASH_BASE + hashSlot * HASH_STRIDE;
}

/** Before translated code is called with `left` cycles. */
export function beginCall(synchroniser: Synchroniser, sharing: Sharing, slice: Slice, left: Cycles): void {
  const { words } = synchroniser;
  const { core } = sharing;
  const at = sharing.base >>> 2;
  const end = core.now + left;
  sharing.slice = slice;
  sharing.end = end;
  words[at + END_OFFSET / 4] = end | 0;
  words[at + END_OFFSET / 4 + 1] = end / 4294967296;
  const isCounted = !mayRunAhead(slice);
  // No loop is looked for then, and an arrival at the anchor would find nothing, and come again.
  if (isCounted) endSearch(sharing);
  const isFree = !isCounted && !slice.isWatched;
  words[at + AHEAD_LIMIT_OFFSET / 4] = isFree ? AHEAD_CAPACITY : 0;
  words[at + FORWARD_OFFSET / 4] = isFree && !slice.isNested ? 1 : 0;
  tellFirst(synchroniser, sharing);
  words[at + HASH_OFFSET / 4] = hashOf(core);
  words[at + WATCHED_OFFSET / 4] = slice.isWatched ? 1 : 0;
}

/** Where instructions are counted, which of them run must not depend on the engine. */
export function mayRunAhead({ instructions }: Slice): boolean {
  return instructions === Infinity;
}

/** Tells the gate until when the core is first in the order. */
export function tellFirst({ words }: Synchroniser, { core, base, end, slice, anchor }: Sharing): void {
  // mutant equal-cycles-make-each-first: const others = end - slice.nextCore.at - 1;
  const others = end - slice.nextCore.at - (core.id < slice.nextCore.core ? 1 : 0);
  words[(base + FIRST_OFFSET) >>> 2] = anchor === null ? Math.max(others, -1) : ASK_EACH_TIME;
}

/** The core does more than to poll. */
export function giveUp(synchroniser: Synchroniser, sharing: Sharing): void {
  synchroniser.words[(sharing.base + QUIET_OFFSET) >>> 2] = 0;
  if (sharing.anchor === null) return;
  endSearch(sharing);
  tellFirst(synchroniser, sharing);
}

/** Forgets what was seen of a loop: it was found, or other code runs, or something else than guest code happened. */
export function endSearch(sharing: Sharing): void {
  sharing.anchor = null;
  sharing.isLeaving = false;
}

/** The low 32 bits of up to 8 bytes in RAM. */
export function lowOf({ options }: Synchroniser, physical: PhysicalAddress, sizeBytes: number): number {
  const { view } = options.state;
  const at = RAM_BASE + physical;
  if (sizeBytes >= 4) return view.getUint32(at, true);
  return sizeBytes === 2 ? view.getUint16(at, true) : view.getUint8(at);
}

/** The high 32 bits, where there are 8 bytes. */
export function highOf({ options }: Synchroniser, physical: PhysicalAddress, sizeBytes: number): number {
  return sizeBytes >= 8 ? options.state.view.getUint32(RAM_BASE + physical + 4, true) : 0;
}
