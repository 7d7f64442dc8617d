/** The device's logic, against a channel of calls that the test writes and reads as a guest does. */
import { describe, expect, it } from "vitest";
import { FullPolicy } from "../../../dist/abi/index.js";
import { createMemoryMedium, createStore, type StoreMedium } from "../../../dist/devices/store/index.js";
import { CHANNEL_KINDS, type ChannelShape } from "../../../dist/ipc/index.js";
import { NO_OUTLETS, type DeviceEnd } from "../../../dist/devices/index.js";

// Values of const enums, which exist only at compile time: see src/abi/store.ts.
const OPERATION = { describe: 0, read: 1, write: 2, flush: 3, discard: 4 };
const STATUS = { done: 0, invalid: 111, outOfBounds: 112, readOnly: 113, full: 114, failed: 115 };
const NEVER = Number.MAX_SAFE_INTEGER;
const SECTOR_BYTES = 16;
const SECTOR_COUNT = 1024;
const SHAPE: ChannelShape = { slots: 4, slotBytes: 64, replyBytes: 64, full: FullPolicy.Block, refreshCycles: 0 };
const REQUESTS = CHANNEL_KINDS.call.ring(SHAPE);
const { replies } = CHANNEL_KINDS.call;
if (replies === undefined) throw new Error("calls have replies");
const REPLIES = replies(SHAPE);
/** Offsets in a side: src/abi/channel-side.ts. */
const FIELD = { tail: 0, head: 0x40, itemEvent: 0x80, spaceEvent: 0x84 };

interface Reply {
  readonly tag: number;
  readonly status: number;
  readonly data: string;
}

/** A guest with its channel to a store, and the store's time. */
function guest(medium: StoreMedium = createMemoryMedium()) {
  const bytes = new Uint8Array(REQUESTS.sizeBytes + REPLIES.sizeBytes);
  const view = new DataView(bytes.buffer);
  const theirs = REQUESTS.sizeBytes;
  const end: DeviceEnd = {
    channel: 0,
    shape: SHAPE,
    link: { fromSide: 0, toSide: theirs },
    role: "consumer",
    partition: 0,
  };
  let now = 0;
  const memory = {
    readPhysical: (at: number, sizeBytes: number) => bytes.slice(at, at + sizeBytes),
    writePhysical: (at: number, data: Uint8Array) => bytes.set(data, at),
  };
  const outlets = { ...NO_OUTLETS, mediumOf: () => medium };
  const store = createStore(
    { memory, now: () => now, name: "disk", outlets },
    {
      file: null,
      size: SECTOR_BYTES * SECTOR_COUNT,
      sector: SECTOR_BYTES,
      create: false,
      writes: "file",
      read_latency: 100,
      write_latency: 10,
      flush_latency: 1000,
    },
  );
  const u32 = (at: number): number => view.getUint32(at, true);
  const self = {
    store,
    end,
    /** Puts a request; the tag is its number. */
    request(operation: number, sector = 0, count = 0, data = ""): void {
      const tail = u32(FIELD.tail);
      const slot = REQUESTS.slotsOffset + (tail % SHAPE.slots) * REQUESTS.slotStrideBytes;
      view.setBigUint64(slot, BigInt(tail), true);
      view.setUint32(slot + 16, operation, true);
      view.setUint32(slot + 20, count, true);
      view.setBigUint64(slot + 24, BigInt(sector), true);
      bytes.set(new TextEncoder().encode(data), slot + 32);
      view.setUint32(0x100 + 8 * (tail % SHAPE.slots), 16 + data.length, true);
      view.setUint32(FIELD.tail, tail + 1, true);
    },
    ring: () => store.doorbell(0, end),
    due: () => store.alarm?.dueAt(end) ?? NEVER,
    /** Time passes, and the store acts at `at`. */
    wait(at: number): string {
      now = at;
      return store.alarm?.ring(0, end) ?? "quiet";
    },
    takeReplies(most = Infinity): Reply[] {
      const taken: Reply[] = [];
      for (let head = u32(FIELD.head); head !== u32(theirs + FIELD.tail) && taken.length < most; head++) {
        const slot = theirs + REPLIES.slotsOffset + (head % SHAPE.slots) * REPLIES.slotStrideBytes;
        const length = u32(theirs + 0x100 + 8 * (head % SHAPE.slots));
        const data = bytes.subarray(slot + 32, slot + 16 + length);
        taken.push({ tag: u32(slot), status: u32(slot + 16), data: new TextDecoder().decode(data) });
        view.setUint32(FIELD.head, head + 1, true);
      }
      return taken;
    },
    set: (at: number, value: number) => view.setUint32(at, value, true),
    field: (at: number) => u32(theirs + at),
  };
  return self;
}

const A = "a".repeat(SECTOR_BYTES);
const B = "b".repeat(SECTOR_BYTES);

describe("a store", () => {
  it("reads what was written before, whatever is answered first", () => {
    const it = guest();
    it.request(OPERATION.write, 7, 2, A + B);
    it.request(OPERATION.read, 8, 1);
    expect(it.ring()).toBe("ok");
    expect(it.due()).toBe(10);
    expect([it.wait(10), it.wait(100)]).toEqual(["ring", "quiet"]);
    expect(it.takeReplies()).toEqual([
      { tag: 0, status: STATUS.done, data: "" },
      { tag: 1, status: STATUS.done, data: B },
    ]);
    expect(it.due()).toBe(NEVER);
  });

  it("answers each request when its latency is over, and a flush after all that it covers", () => {
    const it = guest();
    it.request(OPERATION.flush);
    it.request(OPERATION.read, 0, 1);
    it.request(OPERATION.write, 0, 1, A);
    it.ring();
    const order = [10, 100, 1000].map((at) => (it.wait(at), it.takeReplies().map(({ tag }) => tag)));
    expect(order).toEqual([[2], [1], [0]]);
  });

  it("keeps the order of flushes with their medium", () => {
    const told: string[] = [];
    const it = guest({
      ...createMemoryMedium(),
      write: (number) => (told.push(`write ${number}`), STATUS.done),
      flush: (number) => (told.push(`flush ${number}`), STATUS.done),
    });
    it.request(OPERATION.write, 1, 1, A);
    it.request(OPERATION.flush);
    it.request(OPERATION.write, 2, 1, A);
    it.ring();
    it.wait(1000);
    expect(told).toEqual(["write 1", "write 3", "flush 2"]);
    expect(it.store.save().disk.volatile.map(({ number }) => number)).toEqual([3]);
  });

  it("says what it can't do, and does nothing of it", () => {
    const it = guest();
    const bad: [number, number, number, string?][] = [
      [9, 0, 0],
      [OPERATION.write, 0, 2, A],
      [OPERATION.read, 0, 4],
      [OPERATION.flush, 1, 0],
      [OPERATION.write, SECTOR_COUNT - 1, 2, A + B],
      [OPERATION.read, 2 ** 52, 1],
      [OPERATION.discard, 0, 0],
    ];
    const statuses = bad.map((request, index) => {
      it.request(...request);
      it.ring();
      it.wait(index + 1);
      return it.takeReplies()[0].status;
    });
    const { invalid, outOfBounds } = STATUS;
    expect(statuses).toEqual([invalid, invalid, invalid, invalid, outOfBounds, outOfBounds, invalid]);
    expect(it.store.save().disk).toMatchObject({ operations: 0, volatile: [] });
  });

  it("discards to zeros", () => {
    const it = guest(createMemoryMedium(new TextEncoder().encode(A + B)));
    it.request(OPERATION.discard, 0, 1);
    it.request(OPERATION.read, 0, 2);
    it.ring();
    it.wait(100);
    expect(it.takeReplies()[1].data).toBe("\0".repeat(SECTOR_BYTES) + B);
  });

  it.each([
    ["full", STATUS.full],
    ["readOnly", STATUS.readOnly],
    ["failed", STATUS.failed],
  ] as const)("passes on that its medium is %s, and keeps nothing that was not written", (_, status) => {
    const it = guest({ ...createMemoryMedium(), write: () => status, flush: () => STATUS.failed });
    it.request(OPERATION.write, 0, 1, A);
    it.request(OPERATION.read, 0, 1);
    it.request(OPERATION.flush);
    it.ring();
    it.wait(1000);
    const [write, read, flush] = it.takeReplies();
    expect([write.status, flush.status]).toEqual([status, STATUS.failed]);
    expect(read.data).toBe("\0".repeat(SECTOR_BYTES));
  });

  it("takes no more than it has room to answer, and goes on when replies are taken", () => {
    const it = guest();
    for (let count = 0; count < 4; count++) it.request(OPERATION.write, count, 1, A);
    it.ring();
    for (let count = 4; count < 8; count++) it.request(OPERATION.write, count, 1, A);
    it.wait(10);
    expect(it.ring()).toBe("ok");
    expect(it.due()).toBe(NEVER);
    expect(it.field(FIELD.spaceEvent)).toBe(0);
    expect(it.takeReplies(2).map(({ tag }) => tag)).toEqual([0, 1]);
    it.ring();
    it.wait(20);
    expect(it.takeReplies().map(({ tag }) => tag)).toEqual([2, 3, 4, 5]);
  });

  it("finds counters and lengths that can't be", () => {
    const tail = guest();
    tail.set(FIELD.tail, 5);
    expect(tail.ring()).toBe("violation");
    const head = guest();
    head.set(FIELD.head, 1);
    expect(head.ring()).toBe("violation");
    const long = guest();
    long.request(OPERATION.read, 0, 1);
    long.set(0x100, 65);
    expect(long.ring()).toBe("violation");
  });

  it("rings only who asked to be rung", () => {
    const it = guest();
    it.set(FIELD.itemEvent, 1);
    it.request(OPERATION.write, 0, 1, A);
    it.request(OPERATION.read, 0, 1);
    it.ring();
    expect([it.wait(10), it.wait(100)]).toEqual(["quiet", "ring"]);
  });

  it("goes on from a saved state, and forgets what a partition waited for that restarts", () => {
    const it = guest();
    it.request(OPERATION.write, 0, 1, A);
    it.ring();
    const { copy } = it.store;
    if (copy === undefined) throw new Error("a store shares pages between copies");
    const saved = copy(it.store.save());
    it.store.reset(it.end);
    expect(it.due()).toBe(NEVER);
    it.request(OPERATION.write, 0, 1, B);
    it.ring();
    it.store.restore(copy(saved));
    expect(it.due()).toBe(10);
    expect([...it.store.save().disk.pages.values()][0].subarray(0, 2)).toEqual(new TextEncoder().encode("aa"));
  });
});
