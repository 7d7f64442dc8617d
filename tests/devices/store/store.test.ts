/** The device's logic, against a channel of calls that the test writes and reads as a guest does. */
import { describe, expect, it } from "vitest";
import { createMemoryMedium, createStore, type StoreMedium } from "../../../dist/devices/store/index.js";
import { NO_OUTLETS } from "../../../dist/devices/index.js";
import { createCaller, FIELD } from "../caller.js";

// Values of const enums, which exist only at compile time: see src/abi/store.ts.
const OPERATION = { describe: 0, read: 1, write: 2, flush: 3, discard: 4 };
const STATUS = { done: 0, invalid: 111, outOfBounds: 112, readOnly: 113, full: 114, failed: 115 };
const NEVER = Number.MAX_SAFE_INTEGER;
const SECTOR_BYTES = 16;
const SECTOR_COUNT = 1024;
interface Reply {
  readonly tag: number;
  readonly status: number;
  readonly data: string;
}

/** A guest with its channel to a store of four requests, and the store's time. */
function guest(medium: StoreMedium = createMemoryMedium()) {
  const outlets = { ...NO_OUTLETS, mediumOf: () => medium };
  const caller = createCaller({ slots: 4, slotBytes: 64, replyBytes: 64 }, (host) =>
    createStore(
      { ...host, name: "disk", outlets },
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
    ),
  );
  return {
    ...caller,
    store: caller.device,
    /** The tag of the reply is the number of the request. */
    request(operation: number, sector = 0, count = 0, data = ""): void {
      const message = new Uint8Array(16 + data.length);
      const view = new DataView(message.buffer);
      view.setUint32(0, operation, true);
      view.setUint32(4, count, true);
      view.setBigUint64(8, BigInt(sector), true);
      message.set(new TextEncoder().encode(data), 16);
      caller.request(message);
    },
    takeReplies: (most?: number): Reply[] =>
      caller.take(most).map(({ tag, message }) => ({
        tag,
        status: message.getUint32(0, true),
        data: new TextDecoder().decode(new Uint8Array(message.buffer).subarray(16)),
      })),
  };
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
