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
  type Synchronising,
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
export function mayBegin({ words, options }: Synchroniser, host: Synchronising, point: StopPoint): boolean {
  if (host.anchor !== null) return false;
  const quiet = words[(host.base + QUIET_OFFSET) >>> 2];
  if (!options.findPolling || quiet < QUIET_LIMIT || !mayRunAhead(host.slice)) return false;
  return quiet >= 2 ** Math.min(point.failures, MOST_DOUBLINGS);
}

/** A read within a pass, if one is under way. */
export function noteRead(
  host: Synchronising,
  physical: PhysicalAddress,
  sizeBytes: number,
  low: number,
  high: number,
): void {
  if (host.anchor === null) return;
  if (host.readCount === MAX_READS || sizeBytes > 8) {
    host.isSpoiled = true;
    return;
  }
  host.reads.set([physical, sizeBytes, low, high], 4 * host.readCount++);
}

/** What a call did to a pass: `tracksStores` if the region tells of its stores. */
export function noteCalled({ words }: Synchroniser, host: Synchronising, tracksStores: boolean): void {
  if (host.anchor !== null && !(tracksStores && words[(host.base + SPOILED_OFFSET) >>> 2] === 0)) host.isSpoiled = true;
}

/** The core waits at a point, or an arrival was found there. A loop that was found, or null. */
export function searchAt(
  synchroniser: Synchroniser,
  host: Synchronising,
  point: StopPoint,
  reason: LeaveReason,
): Polling | null {
  if (!synchroniser.options.findPolling || !mayRunAhead(host.slice)) return null;
  if (host.anchor === point && !host.isLeaving) return arrive(synchroniser, host, point);
  if (host.anchor === null && (reason === LeaveReason.Arrival || point.isAnchor)) {
    host.arrivals = 0;
    depart(synchroniser, host, point);
  }
  return null;
}

/** Whether the reference engine should look for a loop here. */
export function asksReference({ failures }: StopPoint): boolean {
  return failures >= MOST_FAILURES;
}

/** A pass ends where it began. */
function arrive(synchroniser: Synchroniser, host: Synchronising, point: StopPoint): Polling | null {
  if (isRepeated(synchroniser, host)) {
    const polling = pollingOf(host);
    point.failures = 0;
    point.isAnchor = true;
    endSearch(host);
    return polling;
  }
  if (++host.arrivals < MAX_ARRIVALS) {
    depart(synchroniser, host, point);
    return null;
  }
  point.failures++;
  point.isAnchor = false;
  synchroniser.words[(host.base + QUIET_OFFSET) >>> 2] = 0;
  endSearch(host);
  return null;
}

/** Whether the pass that ends here left all as it was. */
function isRepeated(synchroniser: Synchroniser, host: Synchronising): boolean {
  const { words } = synchroniser;
  const { core, base, snapshot, reads } = host;
  if (host.isSpoiled || host.readCount === 0 || core.now <= host.now) return false;
  const at = base >>> 2;
  for (let i = 0; i < FIRST_WORDS; i++) if (snapshot[i] !== words[at + i]) return false;
  for (let i = SECOND_WORDS; i < END_WORDS; i++) if (snapshot[i] !== words[at + i]) return false;
  const hash = hashOf(core) >>> 2;
  if (hash !== 0 && (words[hash] !== host.lane0 || words[hash + 1] !== host.lane1)) return false;
  for (let i = 0; i < 4 * host.readCount; i += 4) {
    const [physical, sizeBytes, low, high] = reads.subarray(i, i + 4);
    if (lowOf(synchroniser, physical, sizeBytes) !== low || highOf(synchroniser, physical, sizeBytes) !== high)
      return false;
  }
  return true;
}

/** A pass begins. */
function depart({ words }: Synchroniser, host: Synchronising, point: StopPoint): void {
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

function pollingOf({ core, now, retired, reads, readCount }: Synchronising): Polling {
  return {
    startedAt: core.now,
    passCycles: core.now - now,
    passInstructions: core.retired - retired,
    words: Array.from({ length: readCount }, (_, i) => ({ physical: reads[4 * i], sizeBytes: reads[4 * i + 1] })),
  };
}
