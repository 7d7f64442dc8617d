/**
 * What a store holds: the first contents of its medium, and pages that were written since. And what of it a loss of
 * power could undo: the writes that no answered flush covers.
 *
 * Invariant: a page or write that is in a state is never changed, so that copies of a state can share them.
 */
import type { StoreMedium } from "./medium.js";

export const DISK_PAGE_BYTES = 4096;
/**
 * What may wait for a flush. Beyond it the oldest writes reach the disk by themselves, as they leave the cache of a
 * real one.
 */
export const CACHE_BYTES = 4 * 1024 * 1024;

/** A write that the next loss of power may undo. */
export interface VolatileWrite {
  /** Of the store's operation. */
  readonly number: number;
  readonly at: number;
  readonly bytes: Uint8Array;
  /** What lay there. */
  readonly before: Uint8Array;
}

export interface DiskState {
  /** Writes and flushes so far: each has its number. */
  operations: number;
  /** By number of the page: what differs from the first contents. */
  readonly pages: Map<number, Uint8Array>;
  /** In their order. */
  volatile: VolatileWrite[];
  /** Of all in `volatile`. */
  volatileBytes: number;
}

export function createDiskState(): DiskState {
  return { operations: 0, pages: new Map(), volatile: [], volatileBytes: 0 };
}

export function copyDisk(state: DiskState): DiskState {
  return { ...state, pages: new Map(state.pages), volatile: [...state.volatile] };
}

/** Calls back with each page of a range: its number, the part of the page, and where that is in the range. */
function eachPart(
  at: number,
  sizeBytes: number,
  visit: (page: number, inPage: number, inRange: number, partBytes: number) => void,
): void {
  for (let done = 0; done < sizeBytes;) {
    const inPage = (at + done) % DISK_PAGE_BYTES;
    const partBytes = Math.min(DISK_PAGE_BYTES - inPage, sizeBytes - done);
    visit((at + done - inPage) / DISK_PAGE_BYTES, inPage, done, partBytes);
    done += partBytes;
  }
}

export function readDisk({ pages }: DiskState, medium: StoreMedium, at: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  eachPart(at, sizeBytes, (page, inPage, inRange, partBytes) => {
    const written = pages.get(page)?.subarray(inPage, inPage + partBytes);
    bytes.set(written ?? medium.readFirst(at + inRange, partBytes), inRange);
  });
  return bytes;
}

/** Puts bytes into pages, each of which is made anew. */
export function putPages(
  pages: Map<number, Uint8Array>,
  medium: StoreMedium,
  { at, bytes }: { readonly at: number; readonly bytes: Uint8Array },
): void {
  eachPart(at, bytes.length, (page, inPage, inRange, partBytes) => {
    const changed = pages.get(page)?.slice() ?? medium.readFirst(page * DISK_PAGE_BYTES, DISK_PAGE_BYTES);
    changed.set(bytes.subarray(inRange, inRange + partBytes), inPage);
    pages.set(page, changed);
  });
}

/** Operation `operations` has written `bytes`, which are the state's from now on. */
export function writeDisk(state: DiskState, medium: StoreMedium, at: number, bytes: Uint8Array): void {
  const before = readDisk(state, medium, at, bytes.length);
  state.volatile.push({ number: state.operations, at, bytes, before });
  putPages(state.pages, medium, { at, bytes });
  state.volatileBytes += bytes.length;
  let oldest = 0;
  while (state.volatileBytes > CACHE_BYTES) state.volatileBytes -= state.volatile[oldest++].bytes.length;
  if (oldest > 0) state.volatile.splice(0, oldest);
}

/** All writes up to operation `number` have reached the disk. */
export function settleDisk(state: DiskState, number: number): void {
  state.volatile = state.volatile.filter((write) => write.number > number);
  state.volatileBytes = state.volatile.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
