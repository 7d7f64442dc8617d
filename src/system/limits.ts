/** Bounds of single values, the same in descriptions and in images. (Counts of things that guests see: src/abi.) */
import { MAX_BLOCK_BYTES, MAX_POOL_BYTES, MAX_RING_SLOTS, MAX_SLOT_BYTES } from "../abi/index.js";
import { LARGE_PAGE_SIZE_BYTES, PAGE_SIZE_BYTES } from "../units.js";

export interface Limits {
  readonly least: number;
  readonly most: number;
}

export interface SizeLimits extends Limits {
  readonly multiple: number;
}

const GIB = 1024 * 1024 * 1024;

export const CORES: Limits = { least: 1, most: 16 };
export const CORE: Limits = { least: 0, most: CORES.most - 1 };
export const PRIORITY: Limits = { least: 0, most: 255 };
export const RESTARTS: Limits = { least: 0, most: 1_000_000 };
export const SEED: Limits = { least: 0, most: Number.MAX_SAFE_INTEGER };
export const FREQUENCY_HZ: Limits = { least: 1000, most: 100_000_000_000 };
export const SLOTS: Limits = { least: 2, most: MAX_RING_SLOTS };

/** Of a system, the console among them. */
export const MAX_DEVICES = 64;

export const MACHINE_MEMORY: SizeLimits = {
  least: LARGE_PAGE_SIZE_BYTES,
  most: 2 * GIB,
  multiple: LARGE_PAGE_SIZE_BYTES,
};
export const PARTITION_MEMORY: SizeLimits = { least: PAGE_SIZE_BYTES, most: 2 * GIB, multiple: PAGE_SIZE_BYTES };
export const STACK: SizeLimits = { least: PAGE_SIZE_BYTES, most: 8 * 1024 * 1024, multiple: PAGE_SIZE_BYTES };
export const SLOT: SizeLimits = { least: 1, most: MAX_SLOT_BYTES, multiple: 1 };

export const POOL: SizeLimits = { least: PAGE_SIZE_BYTES, most: MAX_POOL_BYTES, multiple: PAGE_SIZE_BYTES };
export const BLOCK: SizeLimits = { least: PAGE_SIZE_BYTES, most: MAX_BLOCK_BYTES, multiple: PAGE_SIZE_BYTES };

/** Whether a block can't have so many bytes: it is a power of two. */
export function blockProblem(blockBytes: number): boolean {
  return !Number.isInteger(Math.log2(blockBytes));
}

/** Why a ring can't have so many slots, or null. */
export function slotsProblem(slots: number): { readonly problem: string; readonly hint: string } | null {
  const isPowerOfTwo = Number.isInteger(Math.log2(slots));
  if (isPowerOfTwo && slots >= SLOTS.least && slots <= SLOTS.most) return null;
  const within = Math.max(SLOTS.least, Math.min(slots, SLOTS.most));
  return {
    problem: `slots can't be ${slots}`,
    hint: `It is a power of two from ${SLOTS.least} to ${SLOTS.most}, such as ${2 ** Math.ceil(Math.log2(within))}.`,
  };
}
