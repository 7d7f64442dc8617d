import { describe, expect, it } from "vitest";
import { FullPolicy, SIDE_DESCRIPTORS_OFFSET } from "../../dist/abi/index.js";
import { createDevices, NO_OUTLETS, type OwnedEnd } from "../../dist/devices/index.js";
import { clockValue } from "../../dist/host/devices/clock-adapter.js";
import { CHANNEL_KINDS, type ChannelShape, type PlacedLink } from "../../dist/ipc/index.js";
import { TraceStream } from "../../dist/trace/index.js";

const SHAPE: ChannelShape = { slots: 4, slotBytes: 16, full: FullPolicy.DropOldest, replyBytes: 0, refreshCycles: 0 };
const RING = CHANNEL_KINDS.sampling.ring(SHAPE);
const LINK: PlacedLink = { fromSide: 0, toSide: null };
const END: OwnedEnd = { device: 0, channel: 0, shape: SHAPE, link: LINK, role: "producer", partition: 0 };
const DATE = Date.UTC(2026, 11, 1, 12, 30) + 0.25;

function rig() {
  const memory = new Uint8Array(RING.sizeBytes);
  const view = new DataView(memory.buffer);
  const taken: number[] = [];
  const clock = { now: 0 };
  const devices = createDevices([{ id: 0, name: "clock", kind: "clock", options: { period: 1000 } }], [END], {
    memory: {
      readPhysical: (at, sizeBytes) => memory.slice(at, at + sizeBytes),
      writePhysical: (at, data) => memory.set(data, at),
    },
    trace: new TraceStream(1),
    seed: 7,
    frequencyHz: 1_000_000,
    now: () => clock.now,
    outlets: { ...NO_OUTLETS, onClock: (channel) => taken.push(channel) },
  });
  return {
    memory,
    taken,
    devices,
    tell(at: number, value: Uint8Array): string {
      clock.now = at;
      devices.addInput(0, value);
      return devices.takeInput(0, 0);
    },
    /** The last value, as a partition reads it: cycle, nanoseconds, offset. */
    last(): [bigint, bigint, number] | null {
      const slot = (view.getUint32(0, true) - 1) & (SHAPE.slots - 1);
      if (view.getUint32(SIDE_DESCRIPTORS_OFFSET + slot * 8 + 4, true) === 0) return null;
      const at = RING.slotsOffset + slot * RING.slotStrideBytes;
      return [view.getBigUint64(at, true), view.getBigUint64(at + 8, true), view.getInt32(at + 16, true)];
    },
  };
}

describe("the clock", () => {
  it("samples the host's date with the cycle at which it was that late, and local time's distance", () => {
    const { tell, last, taken } = rig();
    expect(last()).toBeNull();
    expect(tell(5000, clockValue(DATE, -90))).toBe("ring");
    expect(last()).toEqual([5000n, BigInt(Date.UTC(2026, 11, 1, 12, 30)) * 1_000_000n + 250_000n, -5400]);
    for (let count = 1; count <= 9; count++) tell(5000 + count, clockValue(DATE + count, 0));
    expect(last()?.[0]).toBe(5009n);
    expect(taken).toHaveLength(10);
  });

  it("tells a partition that has been restarted what it told last, with its age", () => {
    const { tell, last, devices, memory } = rig();
    devices.reset(0);
    expect(last()).toBeNull();
    tell(5000, clockValue(DATE, 0));
    const before = last();
    memory.fill(0);
    devices.reset(0);
    expect(last()).toEqual(before);
  });

  it("believes no input of another length", () => {
    const { tell, last } = rig();
    expect(tell(5000, new Uint8Array(15))).toBe("quiet");
    expect(last()).toBeNull();
  });

  it("goes on from a saved state", () => {
    const { tell, last, devices, memory } = rig();
    tell(5000, clockValue(DATE, 0));
    const saved = devices.save();
    tell(6000, clockValue(DATE + 1, 0));
    memory.fill(0);
    devices.restore(saved);
    devices.reset(0);
    expect(last()?.[0]).toBe(5000n);
  });
});
