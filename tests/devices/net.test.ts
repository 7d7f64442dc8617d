import { describe, expect, it } from "vitest";
import { CHANNEL_SIDE, FullPolicy } from "../../dist/abi/index.js";
import {
  connectionNumber,
  createDevices,
  NO_OUTLETS,
  packInputs,
  type Devices,
  type NetInput,
  type NetOutlet,
  type OwnedEnd,
} from "../../dist/devices/index.js";
import { CHANNEL_KINDS, type ChannelShape } from "../../dist/ipc/index.js";
import { TraceStream } from "../../dist/trace/index.js";

const FRAME = { accepted: 1, connected: 2, failed: 3, data: 4, end: 5, reset: 6, window: 7, closed: 8, connect: 9 };
const NAMES = Object.keys(FRAME);
const WINDOW = 1024;
const CONNECTIONS = 3;

const SHAPE: ChannelShape = { slots: 4, slotBytes: 64, full: FullPolicy.Block, replyBytes: 0, refreshCycles: 0 };
const RING = CHANNEL_KINDS.queue.ring(SHAPE);
const { head, tail, item_event: itemEvent, space_event: spaceEvent } = CHANNEL_SIDE.fields;
/** From the device (channel 0), and to it (channel 1); behind each producer's side lies the consumer's. */
const FROM = { fromSide: 0, toSide: RING.sizeBytes };
const TO = { fromSide: RING.sizeBytes + 256, toSide: 2 * RING.sizeBytes + 256 };

/** What a frame says, readably: "data 10001 hello". */
function tell(message: Uint8Array): string {
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const words = [view.getUint32(0, true).toString(16), NAMES[view.getUint32(4, true) - 1]];
  const value = view.getUint32(8, true);
  const text = new TextDecoder().decode(message.subarray(16));
  return [words[1], words[0], ...(value > 0 ? [`${value}`] : []), ...(text === "" ? [] : [text])].join(" ");
}

/** A frame as the partition writes it. */
function toMessage({ connection = 0, kind = 0, value = 0, extra = 0, data = new Uint8Array(0) }: Partial<NetInput>) {
  const message = new Uint8Array(16 + data.length);
  const words = new DataView(message.buffer);
  [connection, kind, value, extra].forEach((word, index) => words.setUint32(4 * index, word, true));
  message.set(data, 16);
  return message;
}

interface Rig {
  readonly devices: Devices;
  /** What the device did in the network. */
  readonly done: string[];
  /** The host hands over frames. Whether the partition was rung. */
  give(...inputs: readonly Partial<NetInput>[]): boolean;
  /** The partition takes up to `count` messages and rings the device if it wants that. */
  take(count?: number): string[];
  /** The partition publishes frames and rings. */
  say(...frames: readonly (Partial<NetInput> | Uint8Array)[]): string;
  /** The partition asks to be rung for what comes after all that is there. */
  arm(): void;
  readonly view: DataView;
}

function rig(): Rig {
  const bytes = new Uint8Array(2 * RING.sizeBytes + 512);
  const view = new DataView(bytes.buffer);
  const done: string[] = [];
  const outlet: NetOutlet = {
    write: (number, data) => done.push(`write ${number.toString(16)} ${new TextDecoder().decode(data)}`),
    room: (sizeBytes) => new Uint8Array(sizeBytes),
    end: (number) => done.push(`end ${number.toString(16)}`),
    reset: (number) => done.push(`reset ${number.toString(16)}`),
    grant: (number, count) => done.push(`grant ${number.toString(16)} ${count}`),
    connect: (word, address) => done.push(`connect ${word} ${address}`),
    tookIn: () => undefined,
    free: (index) => done.push(`free ${index}`),
    flush: () => undefined,
    stop: () => done.push("stop"),
    start: () => done.push("start"),
  };
  const end = (channel: number): OwnedEnd => ({
    device: 0,
    channel,
    shape: SHAPE,
    link: channel === 0 ? FROM : TO,
    role: channel === 0 ? "producer" : "consumer",
    partition: 0,
  });
  const options = { listen: 80, bind: "loopback", connections: CONNECTIONS, window: WINDOW };
  const devices = createDevices([{ id: 0, name: "web", kind: "net", options }], [end(0), end(1)], {
    memory: {
      readPhysical: (at, sizeBytes) => bytes.slice(at, at + sizeBytes),
      writePhysical: (at, data) => bytes.set(data, at),
    },
    trace: new TraceStream(1),
    seed: 1,
    frequencyHz: 1_000_000,
    now: () => 0,
    outlets: { ...NO_OUTLETS, net: () => outlet },
  });
  return {
    devices,
    done,
    view,
    give(...inputs) {
      const nothing: NetInput = { connection: 0, kind: 0, value: 0, extra: 0, data: new Uint8Array(0) };
      devices.addInput(0, packInputs(inputs.map((input) => ({ ...nothing, ...input }))));
      return devices.takeInput(0, 0) === "ring";
    },
    take(count = 100) {
      const messages: string[] = [];
      let at = view.getUint32(FROM.toSide + head.offset, true);
      const from = at;
      while (messages.length < count && at !== view.getUint32(FROM.fromSide + tail.offset, true)) {
        const slot = at++ & (SHAPE.slots - 1);
        const length = view.getUint32(FROM.fromSide + 0x100 + 8 * slot, true);
        const start = FROM.fromSide + RING.slotsOffset + slot * RING.slotStrideBytes;
        messages.push(tell(bytes.slice(start, start + length)));
      }
      view.setUint32(FROM.toSide + head.offset, at, true);
      const event = view.getUint32(FROM.fromSide + spaceEvent.offset, true);
      if ((at - event - 1) >>> 0 < (at - from) >>> 0) devices.doorbell(0, 0);
      return messages;
    },
    say(...frames) {
      let at = view.getUint32(TO.fromSide + tail.offset, true);
      for (const one of frames) {
        const message = one instanceof Uint8Array ? one : toMessage(one);
        const slot = at++ & (SHAPE.slots - 1);
        view.setUint32(TO.fromSide + 0x100 + 8 * slot, message.length, true);
        bytes.set(message, TO.fromSide + RING.slotsOffset + slot * RING.slotStrideBytes);
      }
      view.setUint32(TO.fromSide + tail.offset, at, true);
      return devices.doorbell(0, 1);
    },
    arm() {
      view.setUint32(FROM.toSide + itemEvent.offset, view.getUint32(FROM.fromSide + tail.offset, true), true);
    },
  };
}

const data = (text: string): Uint8Array => new TextEncoder().encode(text);
const [FIRST, SECOND] = [connectionNumber(0, 0), connectionNumber(1, 0)];
const accepted = (connection: number): Partial<NetInput> => ({ connection, kind: FRAME.accepted, data: data("c") });
const say = (kind: keyof typeof FRAME, connection = FIRST, more: Partial<NetInput> = {}): Partial<NetInput> => ({
  connection,
  kind: FRAME[kind],
  ...more,
});
const send = (text: string, connection = FIRST): Partial<NetInput> => say("data", connection, { data: data(text) });

describe("a device of kind net", () => {
  it("tells the partition of clients and what they send, in order, with window and number of connections", () => {
    const net = rig();
    net.arm();
    expect(net.give(accepted(FIRST), send("hello"), say("end"))).toBe(true);
    expect(net.take()).toEqual(["accepted 10000 1024 c", "data 10000 hello", "end 10000"]);
    expect(net.view.getUint32(RING.slotsOffset + 12, true)).toBe(CONNECTIONS);
  });

  it("rings when the partition has asked for it, and not otherwise", () => {
    const net = rig();
    net.arm();
    expect(net.give(accepted(FIRST))).toBe(true);
    expect(net.give(send("x"))).toBe(false);
    net.take();
    net.arm();
    expect(net.give(say("end"))).toBe(true);
  });

  it("cuts data into messages of a slot, keeps what has no room, and goes on when half of it is free", () => {
    const net = rig();
    const text = "0123456789".repeat(40);
    net.give(accepted(FIRST), send(text), say("end"));
    const got = Array.from({ length: 12 }, () => net.take(2)).flat();
    expect(got).toHaveLength(1 + Math.ceil(400 / 48) + 1);
    const texts = got.filter((line) => line.startsWith("data")).map((line) => line.split(" ")[2]);
    expect(texts.join("")).toBe(text);
    expect(got.at(-1)).toBe("end 10000");
  });

  it("passes on what the partition sends, ends, gives up and has taken", () => {
    const net = rig();
    net.give(accepted(FIRST), accepted(SECOND), send("12345678"));
    net.take();
    expect(net.say(send("hi"), say("window", FIRST, { value: 8 }), say("end"))).toBe("ok");
    expect(net.say(say("reset", SECOND))).toBe("ok");
    expect(net.done).toEqual(["write 10000 hi", "grant 10000 8", "end 10000", "reset 10001"]);
  });

  it("gives a number again only when the partition has the last frame of the one before", () => {
    const net = rig();
    net.give(accepted(FIRST), send("a"), send("b"));
    net.give(say("reset", FIRST, { value: 1 }), send("late"));
    expect(net.done).toEqual(["free 0"]);
    const slow = rig();
    slow.give(accepted(FIRST), ...["a", "b", "c"].map((text) => send(text)));
    slow.give(say("closed"));
    expect(slow.done).toEqual([]);
    expect(slow.take(2)).toEqual(["accepted 10000 1024 c", "data 10000 a"]);
    expect(slow.done).toEqual(["free 0"]);
    expect(slow.take()).toEqual(["data 10000 b", "data 10000 c", "closed 10000"]);
  });

  it("says nothing more of a connection that the partition has given up, and frees it when the host has, too", () => {
    const net = rig();
    net.give(accepted(FIRST), ...["a", "b", "c", "d"].map((text) => send(text)));
    net.say(say("reset"));
    expect(net.take()).toHaveLength(4);
    expect(net.take()).toEqual([]);
    net.give(send("e"), say("reset", FIRST, { value: 1 }));
    expect(net.take()).toEqual([]);
    expect(net.done).toEqual(["reset 10000", "free 0"]);
  });

  it("throws away frames about connections that are over: their sender could not know", () => {
    const net = rig();
    net.give(accepted(FIRST), say("closed"));
    net.take();
    net.done.length = 0;
    expect(net.say(send("x"), say("window", FIRST, { value: 9 }), say("end"))).toBe("ok");
    expect(net.done).toEqual([]);
  });

  it("tells in one frame what the host has taken meanwhile, and only then may the partition send as much more", () => {
    const filled = (): Rig => {
      const net = rig();
      net.give(accepted(FIRST), ...["a", "b", "c"].map((text) => send(text)));
      for (let sent = 0; sent < WINDOW; sent += 32) expect(net.say(send("x".repeat(32)))).toBe("ok");
      for (let times = 0; times < 1000; times++) net.give(say("window", FIRST, { value: 1 }));
      return net;
    };
    const net = filled();
    expect(net.take(4)).toHaveLength(4);
    expect(net.take()).toEqual(["window 10000 1000"]);
    expect(net.say(send("x".repeat(48)))).toBe("ok");
    expect(filled().say(send("x".repeat(48)))).toBe("violation");
  });

  it("asks for connections to elsewhere, and tells what became of them", () => {
    const net = rig();
    net.say({ kind: FRAME.connect, value: 7, data: data("127.0.0.1:80") }, { kind: FRAME.connect, value: 8 });
    expect(net.done).toEqual(["connect 7 127.0.0.1:80", "connect 8 "]);
    net.give(say("connected", FIRST, { data: Uint8Array.of(7, 0, 0, 0) }));
    const failed = { kind: FRAME.failed, value: 5, extra: 8 };
    net.give(failed);
    expect(net.take()).toEqual(["connected 10000 1024 \u0007\0\0\0", "failed 0 5"]);
    net.give(failed);
    expect(net.take()).toEqual([]);
  });

  it("goes on from a saved state, also with data that is through in part", () => {
    const net = rig();
    net.give(accepted(FIRST), send("0123456789".repeat(30)));
    net.take(2);
    const saved = net.devices.save();
    const memory = new Uint8Array(net.view.buffer).slice();
    const rest = (): string[] => Array.from({ length: 8 }, () => net.take(2)).flat();
    const first = rest();
    expect(first.length).toBeGreaterThan(4);
    for (let time = 0; time < 2; time++) {
      net.devices.restore(saved);
      new Uint8Array(net.view.buffer).set(memory);
      expect(rest()).toEqual(first);
    }
  });
});

describe("a partition that says what can't be", () => {
  it.each<[string, (Partial<NetInput> | Uint8Array)[]]>([
    ["a frame without a whole head", [new Uint8Array(15)]],
    ["an unknown kind", [{ connection: FIRST, kind: 77 }]],
    ["a kind that only the device says", [say("accepted")]],
    ["a connection that there can't be", [say("end", connectionNumber(CONNECTIONS, 0))]],
    ["a connection that was never given", [say("end", 1)]],
    ["an end with data", [say("end", FIRST, { data: data("x") })]],
    ["two ends", [say("end"), say("end")]],
    ["data after the end", [say("end"), send("x")]],
    ["more data than was granted", Array.from({ length: 22 }, () => send("x".repeat(48)))],
    ["more taken than was given", [say("window", FIRST, { value: 4 })]],
    ["more connections asked for than there can be", Array.from({ length: 4 }, () => ({ kind: FRAME.connect }))],
  ])("has its channel quarantined, and its connections given up: %s", (_, frames) => {
    const net = rig();
    net.give(accepted(FIRST), accepted(SECOND), send("abc"));
    net.take();
    const outcomes = frames.map((frame) => net.say(frame));
    expect(outcomes.slice(0, -1).every((outcome) => outcome === "ok")).toBe(true);
    expect(outcomes.at(-1)).toBe("violation");
    expect(net.done.at(-1)).toBe("stop");
  });

  it("is not heard again, gets nothing, and makes the host keep nothing, until it restarts", () => {
    const net = rig();
    net.give(accepted(FIRST));
    net.take();
    expect(net.say({ kind: 99 })).toBe("violation");
    expect(net.say(send("x"))).toBe("violation");
    expect(net.give(accepted(SECOND), send("x", SECOND))).toBe(false);
    expect(net.take()).toEqual([]);
    net.give(say("reset", FIRST, { value: 1 }), say("reset", SECOND, { value: 1 }));
    expect(net.done).toEqual(["stop", "free 0", "free 1"]);
    for (const channel of [0, 1]) net.devices.reset(channel);
    expect(net.done.slice(3)).toEqual(["stop", "start"]);
    net.give(accepted(connectionNumber(0, 1)));
    expect(net.take()).toEqual(["accepted 20000 1024 c"]);
  });

  it("breaks nothing of the host with counters that can't be", () => {
    const broken = rig();
    broken.give(accepted(FIRST));
    broken.view.setUint32(TO.fromSide + tail.offset, 99, true);
    expect(broken.devices.doorbell(0, 1)).toBe("violation");
    const ahead = rig();
    ahead.view.setUint32(FROM.toSide + head.offset, 7, true);
    expect(ahead.give(accepted(FIRST))).toBe(false);
    expect(ahead.devices.doorbell(0, 0)).toBe("violation");
    expect(ahead.done).toEqual(["stop"]);
  });

  it("makes what waits for it no longer than the windows of its connections, whatever clients come and go", () => {
    const net = rig();
    net.give(accepted(FIRST), ...Array.from({ length: 5 }, () => send("x")));
    // It takes nothing, so what it is told of the connection is not through, and its number is not given again.
    for (let times = 0; times < 100; times++) net.give(accepted(connectionNumber(0, times + 1)));
    net.give(say("reset", FIRST, { value: 1 }));
    const { waiting } = net.devices.save().kept[0] as { waiting: unknown[] };
    expect(waiting.length).toBeLessThan(8);
    expect(net.done).toEqual([]);
  });
});

it("a restart of the partition gives up all connections, and the host is asked for nothing twice", () => {
  const net = rig();
  net.give(accepted(FIRST), ...["a", "b", "c", "d"].map((text) => send(text)), say("closed"));
  net.give(accepted(SECOND));
  for (const channel of [0, 1]) net.devices.reset(channel);
  expect(net.done).toEqual(["free 0", "stop", "start"]);
  net.give(say("reset", SECOND, { value: 1 }));
  expect(net.done.slice(3)).toEqual(["free 1"]);
});
