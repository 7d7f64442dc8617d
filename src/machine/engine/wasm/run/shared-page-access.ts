/**
 * Synchronising accesses of translated code, as far as the gate (gate.ts) leaves them to the engine.
 *
 * A load happens only while its core is first in the order; else its block is left before it and the core waits. A
 * store that comes too early is kept for its turn (ahead.ts).
 */
import type { Cycles, PhysicalAddress } from "../../../../units.js";
import { mixRead } from "../../../../trace/hash.js";
import { TlbKind } from "../../../memory/tlb.js";
import { comesBefore } from "../../../turn.js";
import {
  BULK_ACCESS,
  LeaveReason,
  QUIET_OFFSET,
  REASON_OFFSET,
  REFUND_SHIFT,
  TIME_OFFSET,
  TURN_ACCESS,
  UPDATE_ACCESS,
} from "../layout.js";
import type { StopPoint } from "../plan/index.js";
import { mayBegin, noteRead } from "./polling-search.js";
import {
  giveUp,
  hashOf,
  highOf,
  lowOf,
  mayRunAhead,
  type Synchroniser,
  type Sharing,
  tellFirst,
} from "./synchroniser.js";

/** An access to a synchronising page: the offset in RAM, or -1 with the reason in memory. `flags`: see gate.ts. */
export function accessShared(
  synchroniser: Synchroniser,
  sharing: Sharing,
  addressLow: number,
  physical: PhysicalAddress,
  flags: number,
  point: StopPoint,
): number {
  const { words, options } = synchroniser;
  const { core, base, slice } = sharing;
  if ((flags & BULK_ACCESS) !== 0) return leave(synchroniser, sharing, LeaveReason.None);
  const isStore = (flags & TlbKind.Write) !== 0;
  if (!isStore && point === sharing.anchor && !sharing.isLeaving)
    return leave(synchroniser, sharing, LeaveReason.Arrival);
  const clock = sharing.end - (words[(base + TIME_OFFSET) >>> 2] + (flags >>> REFUND_SHIFT));
  const sizeBytes = (flags >> 1) & 31;
  // mutant update-waits-for-its-turn: const mayKeep = isStore && (flags & TURN_ACCESS) === 0 && mayRunAhead(slice);
  const mayKeep = isStore && (flags & (UPDATE_ACCESS | TURN_ACCESS)) === 0 && mayRunAhead(slice);
  if (!comesBefore(clock, core.id, slice.nextCore)) {
    // Who polls is charged up to the store that ends it: that has to be known when no other can come before it.
    // mutant polled-store-may-wait: if (!mayKeep) return leave(synchroniser, sharing, LeaveReason.Defer);
    if (!mayKeep || (slice.isWatched && options.isPolled(physical, sizeBytes)))
      return leave(synchroniser, sharing, LeaveReason.Defer);
    return keepStore(synchroniser, sharing, physical, sizeBytes, clock);
  }
  if (!isStore && mayBegin(synchroniser, sharing, point)) return leave(synchroniser, sharing, LeaveReason.Arrival);
  options.ahead.catchUp(clock, core.id);
  if (isStore) {
    giveUp(synchroniser, sharing);
    const isClear = options.observer(core.id, physical, sizeBytes, clock);
    // Where a poller was found, the limits have changed. If this call went too far for them, the core comes back to it.
    if (slice.until < sharing.end) return leave(synchroniser, sharing, LeaveReason.Defer);
    tellFirst(synchroniser, sharing);
    if (!isClear)
      return mayKeep
        ? keepStore(synchroniser, sharing, physical, sizeBytes, clock)
        : leave(synchroniser, sharing, LeaveReason.Defer);
  }
  if (!isStore || (flags & UPDATE_ACCESS) !== 0) read(synchroniser, sharing, addressLow, physical, sizeBytes, clock);
  if (point === sharing.anchor) sharing.isLeaving = false;
  return physical;
}

/** A load comes too early, with `left` cycles at it: whether the core is first now, since others have come forward. */
export function bringOthersForward(synchroniser: Synchroniser, sharing: Sharing, left: Cycles): boolean {
  if (!synchroniser.options.bringForward(sharing.core.id, sharing.end - left)) return false;
  tellFirst(synchroniser, sharing);
  return true;
}

function leave({ words }: Synchroniser, sharing: Sharing, reason: LeaveReason): number {
  words[(sharing.base + REASON_OFFSET) >>> 2] = reason;
  return -1;
}

/** Keeps a store ahead of its turn: the offset of where it waits. */
function keepStore(
  synchroniser: Synchroniser,
  sharing: Sharing,
  physical: PhysicalAddress,
  sizeBytes: number,
  clock: Cycles,
): number {
  const offset = synchroniser.options.ahead.keep(sharing.core.id, clock, physical, sizeBytes);
  if (offset === -1) return leave(synchroniser, sharing, LeaveReason.Defer);
  giveUp(synchroniser, sharing);
  return offset;
}

/** A read, whose turn it is, enters the hash of its partition. */
function read(
  synchroniser: Synchroniser,
  sharing: Sharing,
  addressLow: number,
  physical: PhysicalAddress,
  sizeBytes: number,
  clock: Cycles,
): void {
  const { words, unsignedWords } = synchroniser;
  const low = lowOf(synchroniser, physical, sizeBytes);
  const high = highOf(synchroniser, physical, sizeBytes);
  const hash = hashOf(sharing.core);
  const lane = unsignedWords[hash >>> 2];
  if (hash !== 0) {
    mixRead(unsignedWords, hash, addressLow, sizeBytes, low, high, clock);
    // mutant second-line-misses-the-hash: if (false)
    if (sizeBytes > 8) {
      // The upper half of 16 bytes is a word of its own.
      const upper = physical + 8;
      const upperLow = lowOf(synchroniser, upper, 8);
      mixRead(unsignedWords, hash, addressLow + 8, 8, upperLow, highOf(synchroniser, upper, 8), clock);
    }
  }
  if (hash !== 0 && unsignedWords[hash >>> 2] !== lane) {
    giveUp(synchroniser, sharing);
    return;
  }
  words[(sharing.base + QUIET_OFFSET) >>> 2]++;
  noteRead(sharing, physical, sizeBytes, low, high);
}
