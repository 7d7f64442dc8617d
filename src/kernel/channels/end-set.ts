/**
 * Sets of a partition's channel ends, one bit each, as masks of system calls have them: two words, because numbers are
 * exact to 2^53 only. Plain data, changed in place.
 */
import type { RegisterValue } from "../../hal/index.js";

export interface EndSet {
  /** Ends 0 to 31 and 32 to 63; unsigned. */
  low: number;
  high: number;
}

export function noEnds(): EndSet {
  return { low: 0, high: 0 };
}

export function hasEnd({ low, high }: EndSet, index: number): boolean {
  return (((index < 32 ? low : high) >>> (index & 31)) & 1) !== 0;
}

export function addEnd(set: EndSet, index: number): void {
  if (index < 32) set.low = (set.low | (1 << index)) >>> 0;
  else set.high = (set.high | (1 << (index & 31))) >>> 0;
}

/** Moves the ends of `set` that are in a mask out of it. Returns them, as a register holds them. */
export function takeEnds(set: EndSet, low: number, high: number): RegisterValue {
  const takenLow = (set.low & low) >>> 0;
  const takenHigh = (set.high & high) >>> 0;
  set.low = (set.low & ~low) >>> 0;
  set.high = (set.high & ~high) >>> 0;
  if (takenHigh < 2 ** 21) return takenHigh * 2 ** 32 + takenLow;
  return (BigInt(takenHigh) << 32n) | BigInt(takenLow);
}

/** The two words of a mask in a register. */
export function lowWord(mask: RegisterValue): number {
  return typeof mask === "number" ? mask >>> 0 : Number(mask & 0xffff_ffffn);
}

export function highWord(mask: RegisterValue): number {
  return typeof mask === "number" ? Math.floor(mask / 2 ** 32) : Number(mask >> 32n);
}
