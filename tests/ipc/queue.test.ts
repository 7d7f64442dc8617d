import { describe, expect, it } from "vitest";
import { FullPolicy } from "../../dist/abi/index.js";
import {
  CHANNEL_KINDS,
  drainQueue,
  type ChannelMemory,
  type ChannelShape,
  type PlacedLink,
} from "../../dist/ipc/index.js";

const { queue } = CHANNEL_KINDS;
const SHAPE: ChannelShape = { slots: 8, slotBytes: 100, full: FullPolicy.Block, replyBytes: 0, refreshCycles: 0 };
const RING = queue.ring(SHAPE);
const LINK: PlacedLink = { fromSide: 0x1000, toSide: 0x8000 };

function memoryOf(
  words: readonly (readonly [at: number, value: number])[],
): ChannelMemory & { word(at: number): number } {
  const bytes = new Uint8Array(0x10000);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of words) view.setUint32(at, value, true);
  return {
    readPhysical: (at, sizeBytes) => bytes.slice(at, at + sizeBytes),
    writePhysical: (at, data) => bytes.set(data, at),
    word: (at) => view.getUint32(at, true),
  };
}

const TAIL = 0x1000;
const HEAD = 0x8040;
const DESCRIPTORS = 0x1100;

describe("the sides of a queue", () => {
  it("have descriptors and slots where messages are produced, and counters alone where they are consumed", () => {
    expect(RING).toEqual({ slots: 8, slotBytes: 100, slotStrideBytes: 128, slotsOffset: 0x140, sizeBytes: 0x540 });
    expect(queue.side(SHAPE, "producer")).toEqual({ sizeBytes: 0x540, isForAll: false });
    expect(queue.side(SHAPE, "consumer")).toEqual({ sizeBytes: 256, isForAll: false });
  });
});

describe("a device that consumes a queue", () => {
  it("takes every message, counters over 2^32 included, and asks for the next", () => {
    const memory = memoryOf([
      [TAIL, 1],
      [HEAD, 0xffff_fffe],
      [DESCRIPTORS + 8 * 6, 3],
      [DESCRIPTORS + 8 * 7, 5],
      [DESCRIPTORS, 0],
    ]);
    const lengths: number[] = [];
    expect(drainQueue(memory, SHAPE, LINK, ({ length }) => lengths.push(length))).toBe("ok");
    expect(lengths).toEqual([3, 5, 0]);
    expect([memory.word(HEAD), memory.word(0x8080)]).toEqual([1, 1]);
  });

  it("stops at a length that can't be, after what came before it", () => {
    const memory = memoryOf([
      [TAIL, 2],
      [DESCRIPTORS, 100],
      [DESCRIPTORS + 8, 101],
    ]);
    let taken = 0;
    expect(drainQueue(memory, SHAPE, LINK, () => taken++)).toBe("violation");
    expect([taken, memory.word(HEAD)]).toEqual([1, 1]);
  });
});

describe("the fill of a queue", () => {
  it("is that of its fullest link, and beyond its slots where a producer claims what can't be", () => {
    const other: PlacedLink = { fromSide: 0x2000, toSide: 0x9000 };
    const memory = memoryOf([
      [TAIL, 5],
      [HEAD, 3],
      [0x2000, 9],
    ]);
    expect(queue.indices(memory, SHAPE, [LINK, other])).toEqual({ head: 3, tail: 14, fill: 9 });
    const lossy = { ...SHAPE, full: FullPolicy.DropOldest };
    expect(queue.indices(memory, lossy, [LINK, other]).fill).toBe(8);
  });
});
