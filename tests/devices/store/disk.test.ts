import { describe, expect, it } from "vitest";
import {
  CACHE_BYTES,
  copyDisk,
  createDiskState,
  readDisk,
  settleDisk,
  writeDisk,
} from "../../../dist/devices/store/disk.js";
import { createMemoryMedium } from "../../../dist/devices/store/medium.js";
import { cutPower } from "../../../dist/devices/store/power-cut.js";
import { createMutant } from "../../mutant.js";

const SECTOR_BYTES = 512;
const SECTORS = 24;

/** First contents: each sector holds its number. */
const first = Uint8Array.from({ length: SECTORS * SECTOR_BYTES }, (_, at) => Math.floor(at / SECTOR_BYTES));
const medium = createMemoryMedium(first);

/** A disk on which writes were made: the sectors and the value that fills them; "flush" for an answered flush. */
function diskAfter(...operations: readonly (readonly [sector: number, count: number, value: number] | "flush")[]) {
  const disk = createDiskState();
  for (const operation of operations) {
    disk.operations++;
    if (operation === "flush") settleDisk(disk, disk.operations);
    else {
      const [sector, count, value] = operation;
      writeDisk(disk, medium, sector * SECTOR_BYTES, new Uint8Array(count * SECTOR_BYTES).fill(value));
    }
  }
  return disk;
}

const sectorsOf = (disk: ReturnType<typeof diskAfter>): number[][] =>
  Array.from({ length: SECTORS }, (_, sector) => [
    ...new Set(readDisk(disk, medium, sector * SECTOR_BYTES, SECTOR_BYTES)),
  ]);

describe("what a disk holds", () => {
  it("is the first contents where nothing was written, and the last write elsewhere", () => {
    const disk = diskAfter([3, 2, 100], [4, 1, 101], "flush", [9, 1, 102]);
    expect(sectorsOf(disk).flat().slice(0, 11)).toEqual([0, 1, 2, 100, 101, 5, 6, 7, 8, 102, 10]);
  });

  it("can be written and read over the bounds of pages", () => {
    const disk = diskAfter([6, 12, 77]);
    expect(sectorsOf(disk).flat().slice(5, 20)).toEqual([5, ...Array<number>(12).fill(77), 18, 19]);
  });

  it("is not changed in a copy by what is written later", () => {
    const disk = diskAfter([1, 1, 50]);
    const copy = copyDisk(disk);
    writeDisk(disk, medium, SECTOR_BYTES, new Uint8Array(SECTOR_BYTES).fill(51));
    expect(sectorsOf(copy)[1]).toEqual([50]);
    expect(copy.volatile).toHaveLength(1);
  });

  it("leaves the cache by itself, the oldest first, where nobody flushes", () => {
    const disk = createDiskState();
    const bytes = new Uint8Array(CACHE_BYTES / 4);
    for (let count = 1; count <= 6; count++) {
      disk.operations++;
      writeDisk(disk, medium, 0, bytes);
    }
    expect(disk.volatile.map(({ number }) => number)).toEqual([3, 4, 5, 6]);
  });
});

describe("after a loss of power", () => {
  const SEEDS = Array.from({ length: 400 }, (_, seed) => seed);
  const cuts = (disk: ReturnType<typeof diskAfter>, torn = false): number[][][] =>
    SEEDS.map((seed) => sectorsOf(cutPower(disk, medium, { seed, sectorBytes: SECTOR_BYTES, torn })));

  it("everything before the last answered flush is there, and nothing else is touched", () => {
    for (const sectors of cuts(diskAfter([1, 3, 100], [2, 1, 101], "flush", [8, 2, 102]), true)) {
      expect(sectors.slice(0, 8).flat()).toEqual([0, 100, 101, 100, 4, 5, 6, 7]);
      expect(sectors.slice(10).flat()).toEqual(Array.from({ length: SECTORS - 10 }, (_, index) => 10 + index));
    }
  });

  it("each sector of later writes is there or not, for itself: every one of these states is found", () => {
    const found = new Set(cuts(diskAfter([8, 2, 100], [10, 1, 101])).map((sectors) => sectors.slice(8, 11).join()));
    expect(found.size).toBe(8);
  });

  it("either of two writes of a sector may have come last, or neither is there", async () => {
    const disk = diskAfter([8, 1, 100], [8, 1, 101]);
    const found = (cut: typeof cutPower): string[] => {
      const states = SEEDS.map((seed) => sectorsOf(cut(disk, medium, { seed, sectorBytes: SECTOR_BYTES }))[8].join());
      return [...new Set(states)].toSorted();
    };
    expect(found(cutPower)).toEqual(["100", "101", "8"]);
    const mutant = createMutant("cut-undoes-forwards");
    try {
      const broken = await mutant.load<{ cutPower: typeof cutPower }>("devices/store/power-cut.js");
      expect(found(broken.cutPower)).toEqual(["100", "101"]);
    } finally {
      mutant.remove();
    }
  });

  it("sectors are whole, unless they may be torn: then the first bytes are new", () => {
    const disk = diskAfter([8, 1, 100]);
    expect(cuts(disk).every((sectors) => sectors[8].length === 1)).toBe(true);
    const torn = cuts(disk, true).filter((sectors) => sectors[8].length > 1);
    expect(torn.length).toBeGreaterThan(20);
    for (const sectors of torn) expect(sectors[8]).toEqual([100, 8]);
  });

  it("the same seed is the same state, and the disk that was cut is as it was", () => {
    const disk = diskAfter([8, 6, 100], [9, 9, 101]);
    const cut = (): string => sectorsOf(cutPower(disk, medium, { seed: 5, sectorBytes: SECTOR_BYTES })).join();
    expect(cut()).toBe(cut());
    expect(disk.volatile).toHaveLength(2);
    expect(sectorsOf(disk)[9]).toEqual([101]);
  });
});
