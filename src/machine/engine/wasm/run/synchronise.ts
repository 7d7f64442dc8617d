/**
 * Synchronising accesses of translated code, as far as the gate (gate.ts) leaves them to the engine, and the finding of
 * polling loops there.
 *
 * A load happens only while its core is first in the order; else its block is left before it and the core waits. A
 * store that comes too early is kept for its turn (ahead.ts).
 *
 * A polling loop is looked for where a core reads again and again what it knows. The block is left before such a read
 * (an arrival), with registers in memory; a pass from there to the next arrival that leaves registers, flags and hash
 * as they were, changed no memory and read words that still hold what it read will repeat. When this is tried changes
 * no result. Loops that it doesn't find are given to the reference engine now and then, which finds more of them.
 */
import type { Cycles, PhysicalAddress } from "../../../../units.js";
import { mixRead } from "../../../../trace/hash.js";
import { AHEAD_CAPACITY, type AheadStores } from "../../../ahead.js";
import { TlbKind } from "../../../memory/tlb.js";
import {
  HASH_BASE,
  HASH_STRIDE,
  RAM_BASE,
  VECTOR_FILE_END,
  type CoreState,
  type MachineState,
} from "../../../state.js";
import { comesBefore, createSlice, type Slice } from "../../../turn.js";
import type { BringForward, Polling, StoreObserver } from "../../engine.js";
import {
  AHEAD_LIMIT_OFFSET,
  ASK_EACH_TIME,
  BULK_ACCESS,
  END_OFFSET,
  FIRST_OFFSET,
  FORWARD_OFFSET,
  HASH_OFFSET,
  LeaveReason,
  QUIET_LIMIT,
  QUIET_OFFSET,
  REASON_OFFSET,
  RECIPE_OFFSET,
  REFUND_SHIFT,
  SPOILED_OFFSET,
  TIME_OFFSET,
  TURN_ACCESS,
  UPDATE_ACCESS,
  WATCHED_OFFSET,
} from "../layout.js";
import type { StopPoint } from "../plan/index.js";

const MAX_READS = 8;
/** Arrivals that are compared before the search is given up. */
const MAX_ARRIVALS = 4;
/** After so many searches in vain, the reference engine looks. */
const MOST_FAILURES = 6;
const MOST_DOUBLINGS = 12;

/**
 * Words of a core's area before and behind the two of time: registers; the recipe of the flags, its values, vectors.
 */
const FIRST_WORDS = TIME_OFFSET / 4;
const SECOND_WORDS = RECIPE_OFFSET / 4;
const END_WORDS = VECTOR_FILE_END / 4;

/** What one core is in the middle of. Host state. */
export interface Synchronising {
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

export interface Synchroniser {
  create(core: CoreState, base: number): Synchronising;
  /** Before translated code is called with `left` cycles. */
  begin(host: Synchronising, slice: Slice, left: Cycles): void;
  /** An access to a synchronising page: the offset in RAM, or -1 with the reason in memory. */
  access(host: Synchronising, addressLow: number, physical: PhysicalAddress, flags: number, point: StopPoint): number;
  /**
   * A load comes too early, with `left` cycles at it: whether the core is first now, since others have come forward.
   */
  bringForward(host: Synchronising, left: Cycles): boolean;
  /** What a call did to a pass: `tracksStores` if the region tells of its stores. */
  called(host: Synchronising, tracksStores: boolean): void;
  /** The core waits at a point, or an arrival was found there. A loop that was found, or null. */
  stop(host: Synchronising, point: StopPoint, reason: LeaveReason): Polling | null;
  /** Whether the reference engine should look for a loop here. */
  asksReference(point: StopPoint): boolean;
  /** Forgets what was seen: other code runs, or something else than guest code happened. */
  reset(host: Synchronising): void;
}

export interface SynchroniserOptions {
  readonly state: MachineState;
  readonly observer: StoreObserver;
  readonly isPolled: (physical: PhysicalAddress, sizeBytes: number) => boolean;
  readonly bringForward: BringForward;
  readonly ahead: AheadStores;
  readonly findPolling: boolean;
}

export function createSynchroniser({
  state,
  observer,
  isPolled,
  bringForward,
  ahead,
  findPolling,
}: SynchroniserOptions): Synchroniser {
  const words = new Int32Array(state.memory.buffer);
  const unsigned = new Uint32Array(state.memory.buffer);
  const { view } = state;

  function create(core: CoreState, base: number): Synchronising {
    return {
      core,
      base,
      slice: createSlice(),
      end: 0,
      anchor: null,
      isLeaving: false,
      isSpoiled: false,
      arrivals: 0,
      snapshot: new Int32Array(END_WORDS),
      lane0: 0,
      lane1: 0,
      now: 0,
      retired: 0,
      reads: new Uint32Array(4 * MAX_READS),
      readCount: 0,
    };
  }

  function hashOf({ hashSlot }: CoreState): number {
    return hashSlot < 0 ? 0 : HASH_BASE + hashSlot * HASH_STRIDE;
  }

  function begin(host: Synchronising, slice: Slice, left: Cycles): void {
    const { core } = host;
    const at = host.base >>> 2;
    const end = core.now + left;
    host.slice = slice;
    host.end = end;
    words[at + END_OFFSET / 4] = end | 0;
    words[at + END_OFFSET / 4 + 1] = end / 4294967296;
    const isCounted = !mayRunAhead(slice);
    // No loop is looked for then, and an arrival at the anchor would find nothing, and come again.
    if (isCounted) reset(host);
    const isFree = !isCounted && !slice.isWatched;
    words[at + AHEAD_LIMIT_OFFSET / 4] = isFree ? AHEAD_CAPACITY : 0;
    words[at + FORWARD_OFFSET / 4] = isFree && !slice.isNested ? 1 : 0;
    tellFirst(host);
    words[at + HASH_OFFSET / 4] = hashOf(core);
    words[at + WATCHED_OFFSET / 4] = slice.isWatched ? 1 : 0;
  }

  /** Where instructions are counted, which of them run must not depend on the engine. */
  function mayRunAhead({ instructions }: Slice): boolean {
    return instructions === Infinity;
  }

  function tellFirst({ core, base, end, slice, anchor }: Synchronising): void {
    const others = end - slice.nextCore.at - (core.id < slice.nextCore.core ? 1 : 0);
    words[(base + FIRST_OFFSET) >>> 2] = anchor === null ? Math.max(others, -1) : ASK_EACH_TIME;
  }

  function leave(host: Synchronising, reason: LeaveReason): number {
    words[(host.base + REASON_OFFSET) >>> 2] = reason;
    return -1;
  }

  /** Whether a read, whose turn it is, is where a polling loop may begin. */
  function mayBegin(host: Synchronising, point: StopPoint): boolean {
    if (host.anchor !== null) return false;
    const quiet = words[(host.base + QUIET_OFFSET) >>> 2];
    if (!findPolling || quiet < QUIET_LIMIT || host.slice.instructions !== Infinity) return false;
    return quiet >= 2 ** Math.min(point.failures, MOST_DOUBLINGS);
  }

  function access(
    host: Synchronising,
    addressLow: number,
    physical: PhysicalAddress,
    flags: number,
    point: StopPoint,
  ): number {
    const { core, base, slice } = host;
    if ((flags & BULK_ACCESS) !== 0) return leave(host, LeaveReason.None);
    const isStore = (flags & TlbKind.Write) !== 0;
    if (!isStore && point === host.anchor && !host.isLeaving) return leave(host, LeaveReason.Arrival);
    const clock = host.end - (words[(base + TIME_OFFSET) >>> 2] + (flags >>> REFUND_SHIFT));
    const isFirst = comesBefore(clock, core.id, slice.nextCore);
    const sizeBytes = (flags >> 1) & 31;
    const mayKeep = isStore && (flags & (UPDATE_ACCESS | TURN_ACCESS)) === 0 && mayRunAhead(slice);
    if (!isFirst) {
      // Who polls is charged up to the store that ends it: that has to be known when no other can come before it.
      if (!mayKeep || (slice.isWatched && isPolled(physical, sizeBytes))) return leave(host, LeaveReason.Defer);
      return keep(host, physical, sizeBytes, clock);
    }
    if (!isStore && mayBegin(host, point)) return leave(host, LeaveReason.Arrival);
    ahead.catchUp(clock, core.id);
    if (isStore) {
      giveUp(host);
      const isClear = observer(core.id, physical, sizeBytes, clock);
      // Where a poller was found, the limits have changed. If this call went too far for them, the core comes back to
      // it.
      if (slice.until < host.end) return leave(host, LeaveReason.Defer);
      tellFirst(host);
      if (!isClear) return mayKeep ? keep(host, physical, sizeBytes, clock) : leave(host, LeaveReason.Defer);
    }
    if (!isStore || (flags & UPDATE_ACCESS) !== 0) read(host, addressLow, physical, sizeBytes, clock);
    if (point === host.anchor) host.isLeaving = false;
    return physical;
  }

  /** The core does more than to poll. */
  function giveUp(host: Synchronising): void {
    words[(host.base + QUIET_OFFSET) >>> 2] = 0;
    if (host.anchor === null) return;
    reset(host);
    tellFirst(host);
  }

  /** A store ahead of its turn. */
  function keep(host: Synchronising, physical: PhysicalAddress, sizeBytes: number, clock: Cycles): number {
    const offset = ahead.keep(host.core.id, clock, physical, sizeBytes);
    if (offset === -1) return leave(host, LeaveReason.Defer);
    giveUp(host);
    return offset;
  }

  function lowOf(physical: PhysicalAddress, sizeBytes: number): number {
    const at = RAM_BASE + physical;
    if (sizeBytes >= 4) return view.getUint32(at, true);
    return sizeBytes === 2 ? view.getUint16(at, true) : view.getUint8(at);
  }

  function highOf(physical: PhysicalAddress, sizeBytes: number): number {
    return sizeBytes >= 8 ? view.getUint32(RAM_BASE + physical + 4, true) : 0;
  }

  function read(
    host: Synchronising,
    addressLow: number,
    physical: PhysicalAddress,
    sizeBytes: number,
    clock: Cycles,
  ): void {
    const { core, base } = host;
    const low = lowOf(physical, sizeBytes);
    const high = highOf(physical, sizeBytes);
    const hash = hashOf(core);
    const lane = unsigned[hash >>> 2];
    if (hash !== 0) {
      mixRead(unsigned, hash, addressLow, sizeBytes, low, high, clock);
      // The upper half of 16 bytes is a word of its own.
      const upper = physical + 8;
      if (sizeBytes > 8) mixRead(unsigned, hash, addressLow + 8, 8, lowOf(upper, 8), highOf(upper, 8), clock);
    }
    if (hash !== 0 && unsigned[hash >>> 2] !== lane) {
      giveUp(host);
      return;
    }
    words[(base + QUIET_OFFSET) >>> 2]++;
    if (host.anchor === null) return;
    if (host.readCount === MAX_READS || sizeBytes > 8) {
      host.isSpoiled = true;
      return;
    }
    host.reads.set([physical, sizeBytes, low, high], 4 * host.readCount++);
  }

  function called(host: Synchronising, tracksStores: boolean): void {
    if (host.anchor !== null && !(tracksStores && words[(host.base + SPOILED_OFFSET) >>> 2] === 0))
      host.isSpoiled = true;
  }

  function isRepeated(host: Synchronising): boolean {
    const { core, base, snapshot, reads } = host;
    if (host.isSpoiled || host.readCount === 0 || core.now <= host.now) return false;
    const at = base >>> 2;
    for (let i = 0; i < FIRST_WORDS; i++) if (snapshot[i] !== words[at + i]) return false;
    for (let i = SECOND_WORDS; i < END_WORDS; i++) if (snapshot[i] !== words[at + i]) return false;
    const hash = hashOf(core) >>> 2;
    if (hash !== 0 && (words[hash] !== host.lane0 || words[hash + 1] !== host.lane1)) return false;
    for (let i = 0; i < 4 * host.readCount; i += 4)
      if (lowOf(reads[i], reads[i + 1]) !== reads[i + 2] || highOf(reads[i], reads[i + 1]) !== reads[i + 3])
        return false;
    return true;
  }

  /** A pass begins. */
  function depart(host: Synchronising, point: StopPoint): void {
    const { core, base, snapshot } = host;
    const at = base >>> 2;
    for (let i = 0; i < FIRST_WORDS; i++) snapshot[i] = words[at + i];
    for (let i = SECOND_WORDS; i < END_WORDS; i++) snapshot[i] = words[at + i];
    const hash = hashOf(core) >>> 2;
    host.lane0 = words[hash];
    host.lane1 = words[hash + 1];
    host.now = core.now;
    host.retired = core.retired;
    host.readCount = 0;
    host.isSpoiled = false;
    host.isLeaving = true;
    host.anchor = point;
  }

  function stop(host: Synchronising, point: StopPoint, reason: LeaveReason): Polling | null {
    if (!findPolling || host.slice.instructions !== Infinity) return null;
    if (host.anchor === point && !host.isLeaving) {
      if (isRepeated(host)) {
        const polling = pollingOf(host);
        point.failures = 0;
        point.isAnchor = true;
        reset(host);
        return polling;
      }
      if (++host.arrivals < MAX_ARRIVALS) depart(host, point);
      else {
        point.failures++;
        point.isAnchor = false;
        words[(host.base + QUIET_OFFSET) >>> 2] = 0;
        reset(host);
      }
    } else if (host.anchor === null && (reason === LeaveReason.Arrival || point.isAnchor)) {
      host.arrivals = 0;
      depart(host, point);
    }
    return null;
  }

  function pollingOf({ core, now, retired, reads, readCount }: Synchronising): Polling {
    return {
      startedAt: core.now,
      passCycles: core.now - now,
      passInstructions: core.retired - retired,
      words: Array.from({ length: readCount }, (_, i) => ({ physical: reads[4 * i], sizeBytes: reads[4 * i + 1] })),
    };
  }

  function reset(host: Synchronising): void {
    host.anchor = null;
    host.isLeaving = false;
  }

  return {
    create,
    begin,
    access,
    bringForward(host, left) {
      if (!bringForward(host.core.id, host.end - left)) return false;
      tellFirst(host);
      return true;
    },
    called,
    stop,
    asksReference: ({ failures }) => failures >= MOST_FAILURES,
    reset,
  };
}
