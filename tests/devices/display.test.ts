import { describe, expect, it } from "vitest";
import { createDisplay } from "../../dist/devices/display.js";
import { createCaller } from "./caller.js";

// Values of const enums, which exist only at compile time: see src/abi/display.ts.
const OPERATION = { describe: 0, draw: 1, flip: 2, wait: 3 };
const STATUS = { done: 0, invalid: 121 };
const NEVER = Number.MAX_SAFE_INTEGER;
const [WIDTH, HEIGHT] = [4, 3];
/** At 1 MHz and 60 Hz: 16,667, 33,334, 50,000, … */
const VSYNC = (number: number): number => Math.ceil((number * 1_000_000) / 60);

interface Reply {
  readonly tag: number;
  readonly status: number;
  readonly vsync: number;
  readonly vsyncAt: number;
}

function guest() {
  const caller = createCaller({ slots: 8, slotBytes: 64, replyBytes: 32 }, (host) =>
    createDisplay({ ...host, frequencyHz: 1_000_000 }, { width: WIDTH, height: HEIGHT, refresh: 60 }),
  );
  return {
    ...caller,
    /** `colour` fills the rows that are drawn. */
    ask(operation: number, row = 0, rows = 0, colour = 0): void {
      const pixels = operation === OPERATION.draw ? 4 * WIDTH * rows : 0;
      const message = new Uint8Array(16 + pixels).fill(colour, 16);
      const view = new DataView(message.buffer);
      view.setUint32(0, operation, true);
      view.setUint32(4, row, true);
      view.setUint32(8, rows, true);
      caller.request(message);
      expect(caller.ring()).toBe("ok");
    },
    replies: (): Reply[] =>
      caller.take().map(({ tag, message }) => ({
        tag,
        status: message.getUint32(0, true),
        vsync: Number(message.getBigUint64(16, true)),
        vsyncAt: Number(message.getBigUint64(24, true)),
      })),
    /** The first pixel's first byte of each row that people see. */
    seen: (): number[] => Array.from({ length: HEIGHT }, (_, row) => caller.device.save().front[4 * WIDTH * row]),
  };
}

describe("a display", () => {
  it("shows what was drawn from the vsync after a flip on, and answers then", () => {
    const it = guest();
    it.wait(1000);
    it.ask(OPERATION.draw, 0, 3, 7);
    it.ask(OPERATION.flip);
    expect([it.due(), it.seen()]).toEqual([VSYNC(1), [0, 0, 0]]);
    expect(it.wait(VSYNC(1) - 1)).toBe("quiet");
    expect(it.wait(VSYNC(1) + 90)).toBe("ring");
    expect(it.seen()).toEqual([7, 7, 7]);
    expect(it.replies()).toEqual([{ tag: 1, status: STATUS.done, vsync: 1, vsyncAt: VSYNC(1) }]);
    expect(it.due()).toBe(NEVER);
  });

  it("keeps rows that are not drawn anew", () => {
    const it = guest();
    it.ask(OPERATION.draw, 0, 3, 7);
    it.ask(OPERATION.flip);
    it.wait(VSYNC(1));
    it.ask(OPERATION.draw, 1, 1, 9);
    it.ask(OPERATION.flip);
    it.wait(VSYNC(2));
    expect(it.seen()).toEqual([7, 9, 7]);
  });

  it("is never seen half drawn: what is drawn after a flip belongs to the next frame", () => {
    const it = guest();
    it.ask(OPERATION.draw, 0, 3, 7);
    it.ask(OPERATION.flip);
    it.ask(OPERATION.draw, 0, 1, 9);
    it.wait(VSYNC(1));
    expect(it.seen()).toEqual([7, 7, 7]);
    it.wait(VSYNC(2));
    expect(it.seen()).toEqual([7, 7, 7]);
    it.ask(OPERATION.flip);
    it.wait(VSYNC(3));
    expect(it.seen()).toEqual([9, 7, 7]);
  });

  it("shows the last of two flips before a vsync, and answers both", () => {
    const it = guest();
    for (const colour of [7, 9]) {
      it.ask(OPERATION.draw, 0, 3, colour);
      it.ask(OPERATION.flip);
    }
    it.wait(VSYNC(1));
    expect(it.seen()).toEqual([9, 9, 9]);
    expect(it.replies().map(({ tag }) => tag)).toEqual([1, 3]);
  });

  it("has its vsyncs at the same cycles whether anybody waits or not, without drift", () => {
    const it = guest();
    it.wait(VSYNC(600_000) - 5);
    it.ask(OPERATION.wait);
    it.ask(OPERATION.describe);
    expect(it.due()).toBe(10_000_000_000);
    expect(it.replies()).toMatchObject([{ vsync: 599_999 }]);
    it.wait(VSYNC(600_000));
    expect(it.replies()).toEqual([{ tag: 0, status: STATUS.done, vsync: 600_000, vsyncAt: 10_000_000_000 }]);
  });

  it("says what it can't do", () => {
    const it = guest();
    for (const [operation, row, rows] of [
      [OPERATION.draw, 2, 2],
      [OPERATION.draw, 0xffff_ffff, 2],
      [OPERATION.flip, 1, 0],
      [9, 0, 0],
    ])
      it.ask(operation, row, rows);
    it.request(new Uint8Array(3));
    it.ring();
    expect(it.replies().map(({ status }) => status)).toEqual(Array(5).fill(STATUS.invalid));
  });

  it("goes on from a saved state, with what was drawn and who waits", () => {
    const it = guest();
    it.ask(OPERATION.draw, 0, 3, 7);
    it.ask(OPERATION.flip);
    it.ask(OPERATION.draw, 0, 3, 8);
    const { copy } = it.device;
    if (copy === undefined) throw new Error("displays share frames between copies");
    const saved = copy(it.device.save());
    it.ask(OPERATION.draw, 0, 3, 9);
    it.device.reset(it.end);
    it.device.restore(copy(saved));
    it.wait(VSYNC(1));
    expect(it.seen()).toEqual([7, 7, 7]);
    it.ask(OPERATION.flip);
    it.wait(VSYNC(2));
    expect(it.seen()).toEqual([8, 8, 8]);
  });

  it("still shows its frame when its partition restarts, and has forgotten who waited", () => {
    const it = guest();
    it.ask(OPERATION.draw, 0, 3, 7);
    it.ask(OPERATION.flip);
    it.wait(VSYNC(1));
    it.ask(OPERATION.wait);
    it.device.reset(it.end);
    expect([it.due(), it.seen()]).toEqual([NEVER, [7, 7, 7]]);
  });
});
