/**
 * Finds polling loops of translated code.
 *
 * A polling loop is looked for where a core reads again and again what it knows. The block is left before such a read
 * (an arrival), with registers in memory; a pass from there to the next arrival that leaves registers, flags and hash
 * as they were, changed no memory and read words that still hold what it read will repeat. When this is tried changes
 * no result. Loops that it doesn't find are given to the reference engine now and then, which finds more of them.
 */
import type { PhysicalAddress } from "../../../../units.js";
import { VECTOR_FILE_END } from "../../../state.js";
import type { Polling } from "../../engine.js";
import { LeaveReason, QUIET_LIMIT, QUIET_OFFSET, RECIPE_OFFSET, SPOILED_OFFSET, TIME_OFFSET } from "../layout.js";
import type { StopPoint } from "../plan/index.js";
import {
  endSearch,
  hashOf,
  highOf,
  lowOf,
  MAX_READS,
  mayRunAhead,
  type Synchroniser,
  type Sharing,
} from "./synchroniser.js";

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

/** Whether a read, whose turn it is, is where a polling loop may begin. */
export function mayBegin({ words, options }: Synchroniser, sharing: Sharing, point: StopPoint): boolean {
  if (sharing.anchor !== null) return false;
  const quiet = words[(sharing.base + QUIET_OFFSET) >>> 2];
  if (!options.findPolling || quiet < QUIET_LIMIT || !mayRunAhead(sharing.slice)) return false;
  return quiet >= 2 ** Math.min(point.failures, MOST_DOUBLINGS);
}

/** A read within a pass, if one is under way. */
export function noteRead(
  sharing: Sharing,
  physical: PhysicalAddress,
  sizeBytes: number,
  low: number,
  high: number,
): void {
  if (sharing.anchor === null) return;
  if (sharing.readCount === MAX_READS || sizeBytes > 8) {
    sharing.isSpoiled = true;
    return;
  }
  sharing.reads.set([physical, sizeBytes, low, high], 4 * sharing.readCount++);
}

/** What a call did to a pass: `tracksStores` if the region tells of its stores. */
export function noteCalled({ words }: Synchroniser, sharing: Sharing, tracksStores: boolean): void {
  if (sharing.anchor !== null && !(tracksStores && words[(sharing.base + SPOILED_OFFSET) >>> 2] === 0))
    sharing.isSpoiled = true;
}

/** The core waits at a point, or an arrival was found there. A loop that was found, or null. */
export function searchAt(
  synchroniser: Synchroniser,
  sharing: Sharing,
  point: StopPoint,
  reason: LeaveReason,
): Polling | null {
  if (!synchroniser.options.findPolling || !mayRunAhead(sharing.slice)) return null;
  if (sharing.anchor === point && !sharing.isLeaving) return arrive(synchroniser, sharing, point);
  if (sharing.anchor === null && (reason === LeaveReason.Arrival || point.isAnchor)) {
    sharing.arrivals = 0;
    depart(synchroniser, sharing, point);
  }
  return null;
}

/** Whether the reference engine should look for a loop here. */
export function asksReference({ failures }: StopPoint): boolean {
  return failures >= MOST_FAILURES;
}

/** A pass ends where it began. */
function arrive(synchroniser: Synchroniser, sharing: Sharing, point: StopPoint): Polling | null {
  if (isRepeated(synchroniser, sharing)) {
    const polling = pollingOf(sharing);
    point.failures = 0;
    point.isAnchor = true;
    endSearch(sharing);
    return polling;
  }
  if (++sharing.arrivals < MAX_ARRIVALS) {
    depart(synchroniser, sharing, point);
    return null;
  }
  point.failures++;
  point.isAnchor = false;
  synchroniser.words[(sharing.base + QUIET_OFFSET) >>> 2] = 0;
  endSearch(sharing);
  return null;
}

/** Whether the pass that ends here left all as it was. */
function isRepeated(synchroniser: Synchroniser, sharing: Sharing): boolean {
  const { words } = synchroniser;
  const { core, base, snapshot, reads } = sharing;
  if (sharing.isSpoiled || sharing.readCount === 0 || core.now <= sharing.now) return false;
  const at = base >>> 2;
  for (let i = 0; i < FIRST_WORDS; i++) if (snapshot[i] !== words[at + i]) return false;
  for (let i = SECOND_WORDS; i < END_WORDS; i++) if (snapshot[i] !== words[at + i]) return false;
  const hash = hashOf(core) >>> 2;
  if (hash !== 0 && (words[hash] !== sharing.lane0 || words[hash + 1] !== sharing.lane1)) return false;
  for (let i = 0; i < 4 * sharing.readCount; i += 4) {
    const [physical, sizeBytes, low, high] = reads.subarray(i, i + 4);
    if (lowOf(synchroniser, physical, sizeBytes) !== low || highOf(synchroniser, physical, sizeBytes) !== high)
      return false;
  }
  return true;
}

/** A pass begins. */
function depart({ words }: Synchroniser, sharing: Sharing, point: StopPoint): void {
  const { core, base, snapshot } = sharing;
  const at = base >>> 2;
  for (let i = 0; i < FIRST_WORDS; i++) snapshot[i] = words[at + i];
  for (let i = SECOND_WORDS; i < END_WORDS; i++) snapshot[i] = words[at + i];
  const hash = hashOf(core) >>> 2;
  sharing.lane0 = words[hash];
  sharing.lane1 = words[hash + 1];
  sharing.now = core.now;
  sharing.retired = core.retired;
  sharing.readCount = 0;
  sharing.isSpoiled = false;
  sharing.isLeaving = true;
  sharing.anchor = point;
}

function pollingOf({ core, now, retired, reads, readCount }: Sharing): Polling {
  return {
    startedAt: core.now,
    // mutant pass-takes-a-cycle-more: passCycles: core.now - now + 1
    passCycles: core.now - now,
    passInstructions: core.retired - retired,
    words: Array.from({ length: readCount }, (_, i) => ({ physical: reads[4 * i], sizeBytes: reads[4 * i + 1] })),
  };
}
