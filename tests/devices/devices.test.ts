import { describe, expect, it } from "vitest";
import { FullPolicy } from "../../dist/abi/index.js";
import {
  createDevices,
  DEVICES,
  NO_OUTLETS,
  type Device,
  type DeviceHost,
  type DevicePlan,
  type DeviceRows,
  type OwnedEnd,
} from "../../dist/devices/index.js";
import { CHANNEL_KINDS, type ChannelShape, type PlacedLink } from "../../dist/ipc/index.js";
import { EventKind, TraceStream, type TraceEvent } from "../../dist/trace/index.js";

const SHAPE: ChannelShape = { slots: 4, slotBytes: 16, full: FullPolicy.Block, replyBytes: 0, refreshCycles: 0 };
const RING = CHANNEL_KINDS.queue.ring(SHAPE);
/** The device's side lies behind the partition's. */
const LINK: PlacedLink = { fromSide: 0, toSide: RING.sizeBytes };

function end(channel: number, partition: number): OwnedEnd {
  return { device: 0, channel, shape: SHAPE, link: LINK, role: "consumer", partition };
}

const CONSOLE: DevicePlan = { id: 0, name: "console", kind: "console", options: {} };

/** Memory with one queue in it, and what comes out of the system. */
function host(): Omit<DeviceHost, "id" | "name"> & {
  readonly bytes: Uint8Array;
  readonly said: string[];
  readonly events: TraceEvent[];
} {
  const bytes = new Uint8Array(RING.sizeBytes + 256);
  const said: string[] = [];
  const events: TraceEvent[] = [];
  const trace = new TraceStream(1);
  trace.subscribe((event) => events.push(event));
  return {
    bytes,
    said,
    events,
    trace,
    memory: {
      readPhysical: (at, sizeBytes) => bytes.slice(at, at + sizeBytes),
      writePhysical: (at, data) => bytes.set(data, at),
    },
    seed: 7,
    frequencyHz: 1_000_000,
    now: () => 0,
    outlets: {
      ...NO_OUTLETS,
      onConsole: (partition, text) => said.push(`${partition}: ${new TextDecoder().decode(text)}`),
    },
  };
}

/** A device that counts what it hears, and can be restored. */
function counter(heard: string[]): Device<{ count: number }> {
  let state = { count: 0 };
  const hear = (what: string): void => {
    state.count++;
    heard.push(`${what}, ${state.count}`);
  };
  return {
    doorbell: (core, { channel }) => (hear(`rung by core ${core} at ${channel}`), "ok"),
    inject: (_, { channel }, input) => (hear(`${new TextDecoder().decode(input)} at ${channel}`), "ring"),
    reset: ({ channel }) => hear(`reset of ${channel}`),
    save: () => state,
    restore: (saved) => {
      state = saved;
    },
  };
}

/** With the counter in the console's place. */
function counting(heard: string[]): DeviceRows {
  return { ...DEVICES, console: { create: () => counter(heard) } };
}

const input = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("the devices of a system", () => {
  it("hear of the end that was rung, that has input, or whose partition restarts", () => {
    const heard: string[] = [];
    const devices = createDevices([CONSOLE], [end(3, 0), end(5, 1)], host(), counting(heard));
    devices.doorbell(2, 5);
    devices.addInput(3, input("letter"));
    expect(devices.takeInput(0, 3)).toBe("ring");
    devices.reset(3);
    expect(heard).toEqual(["rung by core 2 at 5, 1", "letter at 3, 2", "reset of 3, 3"]);
  });

  it("get each channel's inputs in the order in which they came", () => {
    const heard: string[] = [];
    const devices = createDevices([CONSOLE], [end(0, 0), end(1, 1)], host(), counting(heard));
    for (const [channel, text] of [
      [0, "a"],
      [1, "b"],
      [0, "c"],
    ] as const)
      devices.addInput(channel, input(text));
    for (const channel of [1, 0, 0]) devices.takeInput(0, channel);
    expect(heard).toEqual(["b at 1, 1", "a at 0, 2", "c at 0, 3"]);
    expect(() => devices.takeInput(0, 0)).toThrow("no input waits for channel 0");
  });

  it("go on from a saved state, with the inputs that waited, as often as one likes", () => {
    const heard: string[] = [];
    const devices = createDevices([CONSOLE], [end(0, 0)], host(), counting(heard));
    devices.doorbell(0, 0);
    devices.addInput(0, input("late"));
    const saved = devices.save();
    devices.takeInput(0, 0);
    for (let time = 0; time < 2; time++) {
      devices.restore(saved);
      devices.takeInput(0, 0);
    }
    expect(heard.slice(1)).toEqual(["late at 0, 2", "late at 0, 2", "late at 0, 2"]);
  });

  it("are made one for each that the plan lists, with its name and options, and are told apart", () => {
    const made: string[] = [];
    const heard: string[][] = [[], []];
    const rows: DeviceRows = {
      ...DEVICES,
      entropy: {
        create: ({ id, name }, options) => (made.push(`${id} ${name} ${JSON.stringify(options)}`), counter(heard[id])),
      },
    };
    const plans: DevicePlan[] = [
      { id: 0, name: "left", kind: "entropy", options: { seed: 5 } },
      { id: 1, name: "right", kind: "entropy", options: { seed: null } },
    ];
    const devices = createDevices(
      plans,
      [
        { ...end(2, 0), device: 1 },
        { ...end(4, 0), device: 0 },
      ],
      host(),
      rows,
    );
    expect(made).toEqual(['0 left {"seed":5}', '1 right {"seed":null}']);
    devices.doorbell(0, 4);
    const saved = devices.save();
    devices.doorbell(0, 2);
    devices.restore(saved);
    devices.doorbell(0, 4);
    devices.doorbell(0, 2);
    expect(heard).toEqual([
      ["rung by core 0 at 4, 1", "rung by core 0 at 4, 2"],
      ["rung by core 0 at 2, 1", "rung by core 0 at 2, 1"],
    ]);
  });

  it("are not asked about a channel that none of them is at", () => {
    const devices = createDevices([CONSOLE], [end(0, 0)], host());
    expect(() => devices.doorbell(0, 1)).toThrow("channel 1 has no device");
    expect(() => devices.addInput(1, input("x"))).toThrow("channel 1 has no device");
  });
});

describe("the console", () => {
  /** Publishes messages, as a producer would. */
  function publish(bytes: Uint8Array, messages: readonly string[], tail = messages.length): void {
    const view = new DataView(bytes.buffer);
    messages.forEach((message, slot) => {
      view.setUint32(0x100 + 8 * slot, message.length, true);
      bytes.set(input(message), 0x140 + 64 * slot);
    });
    view.setUint32(0, tail, true);
  }

  it("says what a partition published when its doorbell rings, and records it", () => {
    const outside = host();
    const devices = createDevices([CONSOLE], [end(0, 7)], outside);
    publish(outside.bytes, ["one", "two"]);
    expect(devices.doorbell(0, 0)).toBe("ok");
    expect(devices.doorbell(0, 0)).toBe("ok");
    expect(outside.said).toEqual(["7: one", "7: two"]);
    expect(outside.events).toMatchObject([
      { kind: EventKind.Console, partition: 7, a: 3, text: "one" },
      { kind: EventKind.Console, partition: 7, a: 3, text: "two" },
    ]);
  });

  it("finds indices and lengths that can't be", () => {
    const outside = host();
    const devices = createDevices([CONSOLE], [end(0, 0)], outside);
    publish(outside.bytes, ["one"], 5);
    expect(devices.doorbell(0, 0)).toBe("violation");
    publish(outside.bytes, ["one", "seventeen letters"], 2);
    expect(devices.doorbell(0, 0)).toBe("violation");
    expect(outside.said).toEqual(["0: one"]);
  });

  it("takes nothing in", () => {
    const devices = createDevices([CONSOLE], [end(0, 0)], host());
    devices.addInput(0, input("typed"));
    expect(devices.takeInput(0, 0)).toBe("quiet");
  });
});
