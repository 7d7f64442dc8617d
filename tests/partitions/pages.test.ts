import { describe, expect, it } from "vitest";
import { bootInfoBytes, bootInfoPages, partitionSeed, type BootChannel } from "../../dist/partitions/index.js";

const text = (bytes: Uint8Array, offset: number): string => {
  const end = bytes.indexOf(0, offset);
  return new TextDecoder().decode(bytes.subarray(offset, end));
};

describe("the boot information", () => {
  const ring = (slots: number, slotBytes: number) => ({
    slots,
    slotBytes,
    slotStrideBytes: 128,
    slotsOffset: 0x140,
    sizeBytes: 0x1000,
  });
  const link = (peer: string, own: bigint, theirs: bigint, isDevice = false) => ({ own, theirs, isDevice, peer });
  const page = bootInfoPages({
    partition: 2,
    name: "sensor",
    core: 3,
    threadCount: 4,
    frequencyHz: 5_000_000_000,
    heapBase: 0x6000_0000_0000n,
    heapBytes: 8192,
    seed: 0x1122_3344_5566_7788n,
    channels: [
      {
        name: "console",
        kind: 1,
        isProducer: true,
        full: 0,
        refreshCycles: 0,
        replies: null,
        ring: ring(64, 256),
        links: [link("console", 0x7100_0000_0000n, 0x7100_0000_2000n, true)],
      },
      {
        name: "orders",
        kind: 1,
        isProducer: false,
        full: 1,
        refreshCycles: 99,
        replies: null,
        ring: ring(8, 100),
        links: [link("api", 0x7100_0000_4000n, 0x7100_0000_6000n), link("shop", 1n, 2n)],
      },
    ],
    pools: [
      {
        plan: {
          id: 3,
          name: "frames",
          mode: "seal",
          members: [0, 2],
          sizeBytes: 0x10_0000,
          blockBytes: 0x1_0000,
          frames: 0x80_0000,
        },
        member: 1,
        memberNames: ["camera", "sensor"],
      },
    ],
  });
  const view = new DataView(page.buffer);
  const words = (at: number, offsets: readonly number[]) => offsets.map((offset) => view.getUint32(at + offset, true));

  it("begins with a header that says where the tables are", () => {
    expect(page.length).toBe(4096);
    expect(text(page, 0)).toBe("HALLOWS");
    expect(words(0, [8, 12, 16, 20, 24, 28])).toEqual([2, 2, 1, 4, 2, 3]);
    expect([32, 40, 48, 56].map((offset) => view.getBigUint64(offset, true))).toEqual([
      5_000_000_000n,
      0x6000_0000_0000n,
      8192n,
      0x1122_3344_5566_7788n,
    ]);
    expect(text(page, 0x40)).toBe("sensor");
    expect(view.getUint32(0x60, true)).toBe(0);
    expect(words(0, [0x64, 0x68, 0x6c, 0x70, 0x74])).toEqual([3, 0x100, 128, 0x200, 64]);
  });

  it("lists the channel ends, and the links of each", () => {
    expect(text(page, 0x100)).toBe("console");
    expect(text(page, 0x180)).toBe("orders");
    expect(words(0x180, [0x20, 0x24, 0x28, 0x2c, 0x30])).toEqual([1, 0, 1, 1, 2]);
    expect(words(0x180, [0x38, 0x3c, 0x40, 0x44])).toEqual([8, 100, 128, 0x140]);
    expect(view.getBigUint64(0x180 + 0x58, true)).toBe(99n);
    expect([view.getBigUint64(0x240, true), view.getBigUint64(0x248, true)]).toEqual([
      0x7100_0000_4000n,
      0x7100_0000_6000n,
    ]);
    expect([words(0x200, [0x10, 0x14]), words(0x240, [0x10, 0x14])]).toEqual([
      [0, 1],
      [0, 0],
    ]);
    expect([text(page, 0x220), text(page, 0x260), text(page, 0x2a0)]).toEqual(["console", "api", "shop"]);
  });

  it("lists the pools, and who their members are", () => {
    expect(words(0, [0x78, 0x7c, 0x80, 0x84, 0x88])).toEqual([1, 0x2c0, 128, 0x340, 32]);
    expect(text(page, 0x2c0)).toBe("frames");
    expect([view.getBigUint64(0x2e0, true), view.getBigUint64(0x2e8, true)]).toEqual([0x7201_8000_0000n, 0x10_0000n]);
    expect(words(0x2c0, [0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x48])).toEqual([0x1_0000, 16, 4, 1, 2, 0, 3]);
    expect([text(page, 0x340), text(page, 0x360)]).toEqual(["camera", "sensor"]);
  });

  it("has as many pages as its tables need", () => {
    const channels = (count: number): BootChannel[] =>
      Array.from({ length: count }, () => ({
        name: "orders",
        kind: 1,
        isProducer: true,
        full: 0,
        refreshCycles: 0,
        replies: null,
        ring: ring(8, 100),
        links: [link("api", 1n, 2n)],
      }));
    expect([1, 20, 63].map((count) => bootInfoBytes(channels(count), []))).toEqual([4096, 4096, 16384]);
  });
});

describe("a partition's seed", () => {
  it("depends on the system's seed and the partition's name alone", () => {
    expect(partitionSeed(1, "a")).toBe(partitionSeed(1, "a"));
    const seeds = [partitionSeed(1, "a"), partitionSeed(2, "a"), partitionSeed(1, "b"), partitionSeed(0, "")];
    expect(new Set(seeds).size).toBe(4);
    for (const seed of seeds) expect(seed >= 0n && seed < 1n << 64n).toBe(true);
  });
});
