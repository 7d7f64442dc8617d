/**
 * A loss of power: what a disk may hold afterwards.
 *
 *   write 1  write 2  FLUSH answered │ write 3  write 4  flush on its way  write 5 ✂
 *   ───────────── kept ───────────── │ ─── each sector is there or not, in any order ───
 *
 * Every write before the last answered flush is there. Of the others each sector may be there or not, for itself (so
 * that a write of several is torn between them), and where two wrote the same sector, either may have come last. With
 * `torn`, a sector may also end in the middle: its first bytes new, the rest as it was. A seed decides which of these
 * states it is.
 */
import { nextWord, seedWords } from "../random.js";
import { createDiskState, putPages, readDisk, type DiskState } from "./disk.js";
import type { StoreMedium } from "./medium.js";

export interface PowerCut {
  readonly seed: number;
  readonly sectorBytes: number;
  /** Whether sectors may be torn within. */
  readonly torn?: boolean;
}

interface SectorWrite {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Of a random word, the share of sectors that survive: none, all, and what is between. */
const SURVIVAL = [0, 0.2, 0.5, 0.8, 1] as const;

/** The state of the disk when it is read again. Nothing is volatile in it. */
export function cutPower(disk: DiskState, medium: StoreMedium, { seed, sectorBytes, torn }: PowerCut): DiskState {
  const words = seedWords(seed, disk.operations);
  /** 0 to `count` - 1. */
  const pick = (count: number): number => Math.floor(((nextWord(words) >>> 0) / 2 ** 32) * count);
  const pages = new Map(disk.pages);
  // mutant cut-undoes-forwards: for (const { at, before } of disk.volatile)
  for (const { at, before } of disk.volatile.toReversed()) putPages(pages, medium, { at, bytes: before });
  const share = SURVIVAL[pick(SURVIVAL.length)];
  const sectors = disk.volatile
    .flatMap(({ at, bytes }) => splitSectors(at, bytes, sectorBytes))
    .filter(() => nextWord(words) >>> 0 < share * 2 ** 32);
  const cut: DiskState = { ...createDiskState(), pages };
  for (const { at, bytes } of shuffle(sectors, pick)) {
    const whole = torn !== true || pick(4) > 0;
    const old = whole ? bytes : readDisk(cut, medium, at, sectorBytes);
    const newBytes = whole ? sectorBytes : pick(sectorBytes);
    old.set(bytes.subarray(0, newBytes));
    putPages(pages, medium, { at, bytes: old });
  }
  return cut;
}

function splitSectors(at: number, bytes: Uint8Array, sectorBytes: number): SectorWrite[] {
  return Array.from({ length: bytes.length / sectorBytes }, (_, index) => ({
    at: at + index * sectorBytes,
    bytes: bytes.slice(index * sectorBytes, (index + 1) * sectorBytes),
  }));
}

/** Half of the time as they were, since disks mostly keep the order; otherwise in any (Fisher and Yates). */
function shuffle(sectors: readonly SectorWrite[], pick: (count: number) => number): SectorWrite[] {
  const shuffled = [...sectors];
  if (pick(2) === 0) return shuffled;
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = pick(last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]];
  }
  return shuffled;
}
