import { describe, expect, it } from "vitest";
import { EventKind, TraceStream, type TraceEvent } from "../../dist/trace/index.js";

const PRICES = [8, 3, 5];
const ENTRY = { number: 0, steps: [[0, 1], [1, 10], [2, 2]] } as const; // prettier-ignore
const BODY = { number: 1, steps: [[1, 6]] } as const;

/**
 * Charges and other events in turn, for long enough that the ring is full and cut inside of a path. Returns the cycle
 * then.
 */
function write(trace: TraceStream, rounds: number): number {
  const clock = { now: 0 };
  trace.useClocks([clock]);
  for (let i = 0; i < rounds; i++) {
    trace.record(EventKind.Leave, 0, 1, 2, i, -1, -1);
    clock.now += trace.recordCharges(0, ENTRY, PRICES);
    clock.now += trace.recordCharges(0, BODY, PRICES);
    if (i % 7 === 0) trace.recordText(EventKind.Console, 0, 1, -1, 2, -1, -1, `text ${i}`);
  }
  return clock.now;
}

describe("the event stream", () => {
  it("has an event for each step of a charged path, at the cycle at which the one before ends", () => {
    const trace = new TraceStream(1);
    const heard: TraceEvent[] = [];
    trace.subscribe((event) => heard.push(event), [EventKind.Charge]);
    trace.useClocks([{ now: 100 }]);
    expect(trace.recordCharges(0, ENTRY, PRICES)).toBe(8 + 30 + 10);
    expect(heard.map(({ cycle, a, b, c }) => [cycle, a, b, c])).toEqual([
      [100, 0, 1, 8],
      [108, 1, 10, 30],
      [138, 2, 2, 10],
    ]);
    expect(heard.every(({ partition, thread, text }) => partition === -1 && thread === -1 && text === "")).toBe(true);
  });

  it.each([1, 20, 73, 1000])("keeps the last events as listeners hear them, after %i rounds", (rounds) => {
    const trace = new TraceStream(1);
    const heard: TraceEvent[] = [];
    trace.subscribe((event) => heard.push(event));
    write(trace, rounds);
    for (const count of [0, 1, 2, 3, 32, 256])
      expect(trace.last(0, count)).toEqual(heard.slice(Math.max(0, heard.length - count)));
    expect(trace.last(0, 1000)).toEqual(heard.slice(-256));
  });

  it("gives readers every entry once, charges by the path", () => {
    const trace = new TraceStream(1);
    let charged = 0;
    let entries = 0;
    trace.readBatches((_core, numbers, from, to, paths) => {
      for (let at = from; at < to; at += 7, entries++)
        if (numbers[at] === EventKind.Charge) charged += paths[numbers[at + 4]].cycles;
    });
    const now = write(trace, 500);
    trace.flush();
    expect(charged).toBe(now);
    expect(entries).toBe(3 * 500 + Math.ceil(500 / 7));
  });
});
