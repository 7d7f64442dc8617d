import { describe, expect, it } from "vitest";
import { bootInfoPage, partitionSeed } from "../../dist/partitions/index.js";

const text = (bytes: Uint8Array, offset: number): string => {
  const end = bytes.indexOf(0, offset);
  return new TextDecoder().decode(bytes.subarray(offset, end));
};

describe("the boot-information page", () => {
  const page = bootInfoPage({
    partition: 2,
    name: "sensor",
    core: 3,
    threadCount: 4,
    frequencyHz: 5_000_000_000,
    heapBase: 0x6000_0000_0000n,
    heapBytes: 8192,
    seed: 0x1122_3344_5566_7788n,
    channels: [
      { name: "console", at: 0x7100_0000_0000n, isProducer: true, slots: 64, slotBytes: 256, full: 0, peer: "console" },
      { name: "orders", at: 0x7100_0100_0000n, isProducer: false, slots: 8, slotBytes: 100, full: 1, peer: "api" },
    ],
  });
  const view = new DataView(page.buffer);

  it("has its fields at the offsets of the ABI", () => {
    expect(page.length).toBe(4096);
    expect(text(page, 0)).toBe("HALLOWS");
    expect([8, 12, 16, 20, 24, 28].map((offset) => view.getUint32(offset, true))).toEqual([1, 2, 1, 4, 2, 3]);
    expect([32, 40, 48, 56].map((offset) => view.getBigUint64(offset, true))).toEqual([
      5_000_000_000n,
      0x6000_0000_0000n,
      8192n,
      0x1122_3344_5566_7788n,
    ]);
    expect(text(page, 0x40)).toBe("sensor");
    expect(view.getUint32(0x60, true)).toBe(0);
  });

  it("lists the channel ends from 0x100, 96 bytes each", () => {
    expect(text(page, 0x100)).toBe("console");
    expect(text(page, 0x160)).toBe("orders");
    expect(view.getBigUint64(0x160 + 0x20, true)).toBe(0x7100_0100_0000n);
    expect([0x28, 0x2c, 0x30, 0x34].map((offset) => view.getUint32(0x160 + offset, true))).toEqual([0, 8, 100, 1]);
    expect(text(page, 0x160 + 0x40)).toBe("api");
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
