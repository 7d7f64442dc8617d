import { describe, expect, it } from "vitest";
import { CHANNEL_SIDE, FullPolicy, SIDE_DESCRIPTORS_OFFSET } from "../../dist/abi/index.js";
import { createDevices, NO_OUTLETS, type Devices, type OwnedEnd } from "../../dist/devices/index.js";
import { CHANNEL_KINDS, type ChannelShape, type PlacedLink } from "../../dist/ipc/index.js";
import { TraceStream } from "../../dist/trace/index.js";

const SHAPE: ChannelShape = { slots: 4, slotBytes: 8, full: FullPolicy.Block, replyBytes: 0, refreshCycles: 0 };
const RING = CHANNEL_KINDS.queue.ring(SHAPE);
/** The partition's side lies behind the device's. */
const LINK: PlacedLink = { fromSide: 0, toSide: RING.sizeBytes };
const HEAD = RING.sizeBytes + CHANNEL_SIDE.fields.head.offset;
const END: OwnedEnd = { device: 0, channel: 0, shape: SHAPE, link: LINK, role: "producer", partition: 0 };

interface Rig {
  readonly devices: Devices;
  /** What the device said of bytes that wait. */
  readonly waiting: number[];
  readonly memory: Uint8Array;
  type(text: string): string;
  /** As the partition does: everything that is there. */
  read(): string[];
}

function rig(): Rig {
  const memory = new Uint8Array(RING.sizeBytes + 256);
  const view = new DataView(memory.buffer);
  const waiting: number[] = [];
  const devices = createDevices([{ id: 0, name: "console", kind: "console", options: {} }], [END], {
    memory: {
      readPhysical: (at, sizeBytes) => memory.slice(at, at + sizeBytes),
      writePhysical: (at, data) => memory.set(data, at),
    },
    trace: new TraceStream(1),
    seed: 7,
    frequencyHz: 1_000_000,
    now: () => 0,
    outlets: { ...NO_OUTLETS, onConsoleInput: (_, bytes) => waiting.push(bytes) },
  });
  return {
    devices,
    waiting,
    memory,
    type(text) {
      devices.addInput(0, new TextEncoder().encode(text));
      return devices.takeInput(0, 0);
    },
    read() {
      const messages: string[] = [];
      const tail = view.getUint32(CHANNEL_SIDE.fields.tail.offset, true);
      for (let head = view.getUint32(HEAD, true); head !== tail; head++) {
        const slot = head % SHAPE.slots;
        const length = view.getUint32(SIDE_DESCRIPTORS_OFFSET + slot * 8, true);
        const at = RING.slotsOffset + slot * RING.slotStrideBytes;
        messages.push(new TextDecoder().decode(memory.slice(at, at + length)));
      }
      view.setUint32(HEAD, tail, true);
      return messages;
    },
  };
}

describe("what is typed", () => {
  it("reaches the partition in messages of at most a slot, and rings it", () => {
    const { type, read, waiting } = rig();
    expect(type("a line of text\n")).toBe("ring");
    expect(read()).toEqual(["a line o", "f text\n"]);
    expect(waiting).toEqual([0]);
  });

  it("waits for room, and goes on when the partition has taken some", () => {
    const { type, read, waiting, devices } = rig();
    const text = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP";
    type(text);
    expect(waiting).toEqual([text.length - 32]);
    let got = read().join("");
    expect(devices.doorbell(0, 0)).toBe("ok");
    got += read().join("");
    expect(got).toBe(text);
    expect(waiting).toEqual([text.length - 32, 0]);
  });

  it("ends with a message of no bytes, and nothing comes after it", () => {
    const { type, read } = rig();
    type("x");
    expect(type("")).toBe("ring");
    expect(type("y")).toBe("quiet");
    expect(read()).toEqual(["x", ""]);
  });

  it("is bounded: more than a mebibyte that waits is thrown away", () => {
    const { type, waiting } = rig();
    type("x".repeat(1_000_000));
    expect(type("y".repeat(100_000))).toBe("quiet");
    expect(waiting).toEqual([1_000_000 - 32]);
  });

  it("comes to the partition's next life as far as it was not handed over; so does the end", () => {
    const { type, read, devices, memory } = rig();
    type("0123456789abcdefghijklmnopqrstuvwxyz");
    memory.fill(0);
    devices.reset(0);
    expect(read()).toEqual(["wxyz"]);
    type("");
    memory.fill(0);
    devices.reset(0);
    expect(read()).toEqual([""]);
  });

  it("is not put into a ring whose counters can't be", () => {
    const { type, devices, memory } = rig();
    new DataView(memory.buffer).setUint32(HEAD, 1000, true);
    expect(type("x")).toBe("quiet");
    expect(devices.doorbell(0, 0)).toBe("violation");
  });

  it("is part of what is saved", () => {
    const { type, read, devices, memory } = rig();
    type("0123456789abcdefghijklmnopqrstuvwxyz");
    const [saved, bytes] = [devices.save(), memory.slice()];
    for (let time = 0; time < 2; time++) {
      memory.set(bytes);
      devices.restore(saved);
      read();
      devices.doorbell(0, 0);
      expect(read()).toEqual(["wxyz"]);
    }
  });
});
