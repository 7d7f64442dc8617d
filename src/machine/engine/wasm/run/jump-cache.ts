/**
 * A core's jump cache in the machine's memory (layout.ts), by which translated code finds the next region itself.
 *
 * Invariant: an entry of the present epoch leads to a live region whose code the core's tables have at that address.
 * When mappings or regions change, the epoch does, at once: translated code may be in the middle of a call then.
 */
import type { CoreState, MachineState } from "../../../state.js";
import { CORE_STRIDE } from "../../../state.js";
import {
  EMPTY_JUMP_BYTE,
  EPOCH_OFFSET,
  JUMP_CACHE_BASE,
  JUMP_CACHE_STRIDE,
  JUMP_EPOCH_OFFSET,
  JUMP_EPOCHS,
  JUMP_PLACE_OFFSET,
  JUMP_SET_BYTES,
  JUMP_WAY_BYTES,
  jumpSetOf,
} from "../layout.js";
import type { Region } from "../plan/index.js";

export interface JumpCache {
  readonly words: Uint32Array;
  readonly start: number;
  readonly epochAt: number;
  /** Of the entries that hold. */
  epoch: number;
  /** The region that was put there last. */
  noted: Region | null;
}

export function createJumpCache({ memory }: MachineState, { id }: CoreState): JumpCache {
  const start = JUMP_CACHE_BASE + id * JUMP_CACHE_STRIDE;
  const epochAt = EPOCH_OFFSET + id * CORE_STRIDE;
  const cache = { words: new Uint32Array(memory.buffer), start, epochAt, epoch: JUMP_EPOCHS - 1, noted: null };
  forgetJumps(cache);
  return cache;
}

/** What is in it doesn't hold any more. */
export function forgetJumps(cache: JumpCache): void {
  const { words, start, epochAt } = cache;
  cache.epoch = (cache.epoch + 1) % JUMP_EPOCHS;
  // mutant epochs-come-again:
  if (cache.epoch === 0) new Uint8Array(words.buffer, start, JUMP_CACHE_STRIDE).fill(EMPTY_JUMP_BYTE);
  words[epochAt >>> 2] = cache.epoch;
  cache.noted = null;
}

/** Jumps to the region's address may lead to it. What was first in its set becomes second. */
export function noteJump(cache: JumpCache, region: Region): void {
  if (region === cache.noted || region.point !== null) return;
  cache.noted = region;
  const { words, start, epoch } = cache;
  const first = (start + JUMP_SET_BYTES * jumpSetOf(region.rip | 0)) >>> 2;
  const [low, high] = [region.rip >>> 0, Math.floor(region.rip / 4294967296)];
  if (words[first] !== low || words[first + 1] !== high)
    words.copyWithin(first + JUMP_WAY_BYTES / 4, first, first + JUMP_WAY_BYTES / 4);
  words[first] = low;
  words[first + 1] = high;
  words[first + JUMP_PLACE_OFFSET / 4] = region.place;
  words[first + JUMP_EPOCH_OFFSET / 4] = epoch;
}
