import { describe, expect, it } from "vitest";
import { FullPolicy } from "../../dist/abi/index.js";
import { CHANNEL_KINDS, type ChannelShape, type EndRole } from "../../dist/ipc/index.js";

const { queue } = CHANNEL_KINDS;
const shape = (full: FullPolicy): ChannelShape => ({ slots: 8, slotBytes: 100, full });

describe("the pages of a queue", () => {
  it("are writable by the end that owns them alone", () => {
    const rights = (role: EndRole) =>
      Object.fromEntries(queue.parts(shape(FullPolicy.Block), role).map(({ name, write }) => [name, write]));
    expect(rights("producer")).toEqual({ configuration: false, producer: true, consumer: false, data: true });
    expect(rights("consumer")).toEqual({ configuration: false, producer: false, consumer: true, data: false });
  });

  it("follow each other without gap, the configuration filled in", () => {
    const parts = queue.parts(shape(FullPolicy.Refuse), "producer");
    expect(parts.map(({ offset, sizeBytes }) => [offset, sizeBytes])).toEqual([
      [0, 4096],
      [4096, 4096],
      [8192, 4096],
      [12288, 4096],
    ]);
    const view = new DataView(parts[0].contents.buffer);
    expect([0, 4, 8, 12, 16, 20, 24].map((offset) => view.getUint32(offset, true))).toEqual([
      0x474e4952,
      1,
      8,
      100,
      128,
      0x3000 + 64,
      1,
    ]);
  });
});
