import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createChromeTrace,
  EVENT_ROWS,
  EventKind,
  ExitReason,
  type ChromeTraceEnd,
  type TraceEvent,
} from "../../dist/trace/index.js";

const NAMES = {
  system: "test",
  cores: 2,
  partitions: ["owl", "toad"],
  threads: ["main", "second"],
  channels: ["letters"],
  systemCalls: ["exit", "yield", "wait"],
};

interface Entry {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id: number;
  readonly args: Readonly<Record<string, number | string>>;
}

function event(kind: EventKind, cycle: number, fields: Partial<TraceEvent> = {}): TraceEvent {
  return { kind, cycle, core: 0, partition: -1, thread: -1, a: -1, b: -1, c: -1, text: "", ...fields };
}

function trace(
  events: readonly TraceEvent[],
  options: { readonly now?: number; readonly frequencyHz?: number; readonly limitBytes?: number } = {},
): { entries: Entry[]; text: string; end: ChromeTraceEnd } {
  let text = "";
  const { now = 1000, frequencyHz = 1_000_000, limitBytes = Infinity } = options;
  const chrome = createChromeTrace({
    names: NAMES,
    frequencyHz,
    limitBytes,
    write: (chunk) => {
      text += chunk;
    },
  });
  for (const each of events) chrome.observe(each);
  const end = chrome.close([now, now]);
  const { traceEvents } = JSON.parse(text) as { traceEvents: Entry[] };
  return { entries: traceEvents.filter(({ ph }) => ph !== "M"), text, end };
}

describe("a Chrome trace", () => {
  it("has slices for threads and for the kernel, named after what the kernel was entered for", () => {
    const { entries } = trace([
      event(EventKind.Dispatch, 10, { partition: 0, thread: 0 }),
      event(EventKind.Leave, 30, { partition: 0, thread: 0, a: ExitReason.SystemCall }),
      event(EventKind.SystemCall, 38, { partition: 0, thread: 0, a: 2, b: 1, c: 7 }),
      event(EventKind.Idle, 50),
      event(EventKind.Leave, 90, { a: ExitReason.Timer }),
      event(EventKind.Work, 95, { partition: 1 }),
      event(EventKind.Leave, 99, { a: ExitReason.WorkDone }),
    ]);
    expect(entries.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ["owl/main", 10, 20],
      ["kernel: wait", 30, 20],
      ["kernel: timer", 90, 5],
      ["reload toad", 95, 4],
      ["kernel: restart", 99, 901],
    ]);
    expect(entries[1].args).toEqual({ cycle: 30, cycles: 20, argument1: 1, argument2: 7 });
  });

  it("puts a core's slices on its track without gaps or overlaps, to the nanosecond at any frequency", () => {
    const kinds = [EventKind.Dispatch, EventKind.Leave, EventKind.Idle, EventKind.Work];
    fc.assert(
      fc.property(
        fc.array(fc.record({ kind: fc.constantFrom(...kinds), after: fc.integer({ min: 0, max: 1e6 }) }), {
          maxLength: 50,
        }),
        fc.constantFrom(1_000_000, 3_000_000_000, 999_999_937),
        (steps, frequencyHz) => {
          let cycle = 0;
          const events = steps.map(({ kind, after }) =>
            event(kind, (cycle += after), { partition: 1, thread: 1, a: 0 }),
          );
          const { entries } = trace(events, { now: cycle, frequencyHz });
          let before = 0;
          for (const { ts, dur, args } of entries) {
            expect(ts).toBeGreaterThanOrEqual(before - 1e-6);
            expect(ts).toBeCloseTo((Number(args.cycle) * 1e6) / frequencyHz, 5);
            before = ts + dur;
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("draws an arrow from the first doorbell of several that merge to where they arrive", () => {
    const ring = (cycle: number): TraceEvent => event(EventKind.Notify, cycle, { partition: 0, thread: 0, a: 0, b: 1 });
    const { entries } = trace([
      ring(10),
      ring(20),
      event(EventKind.Doorbell, 1010, { core: 1, partition: 1, a: 0, b: 1 }),
      ring(30),
    ]);
    const arrows = entries.filter(({ ph }) => ph === "s" || ph === "f").map(({ ph, id, ts, tid }) => [ph, id, ts, tid]);
    expect(arrows).toEqual([
      ["s", 1, 10, 1],
      ["f", 1, 1010, 2],
      ["s", 2, 30, 1],
    ]);
  });

  it("keeps windows on tracks of their own, and ends the open one", () => {
    const { entries } = trace([
      event(EventKind.WindowOpen, 0, { partition: 0, a: 0, b: 400 }),
      event(EventKind.WindowClose, 400, { partition: 0, a: 0 }),
      event(EventKind.WindowOpen, 500, { partition: 1, a: 1, b: 900 }),
    ]);
    expect(entries.map(({ name, pid, ts, dur }) => [name, pid, ts, dur])).toEqual([
      ["owl", 2, 0, 400],
      ["toad", 2, 500, 500],
    ]);
  });

  it("is JSON in ASCII whatever guests print, and whatever kind of event comes", () => {
    const text = '"\\\u0000\u001b\u2028\ud800é🦉';
    const events = EVENT_ROWS.map(({ kind }) => event(kind, 5, { partition: 0, thread: 0, a: 0, b: 0, c: 0, text }));
    const { text: file, entries } = trace(events);
    // oxlint-disable-next-line no-control-regex
    expect(file).toMatch(/^[\x0a\x20-\x7e]*$/);
    expect(entries.find(({ name }) => name === "console of owl")?.args.text).toBe(text);
  });

  it("is cut at its limit: valid, no larger, with a note where it ends", () => {
    const events = Array.from({ length: 5000 }, (_, i) =>
      event(i % 2 === 0 ? EventKind.Dispatch : EventKind.Leave, i * 10, { partition: 0, thread: 0, a: 2 }),
    );
    for (const limitBytes of [4096, 10_000, 65_536]) {
      const { text, entries, end } = trace(events, { limitBytes });
      expect(text.length).toBe(end.bytes);
      expect(text.length).toBeLessThanOrEqual(limitBytes);
      expect(text.length).toBeGreaterThan(limitBytes - 1024);
      expect(end.events).toBe(entries.length - 1);
      expect(end.cutAt).toBe(entries.length * 10 - 10);
      expect(entries.at(-1)?.name).toBe(`trace cut here: ${limitBytes} bytes are full (--trace-limit)`);
    }
    expect(trace(events, { now: 60_000 }).end.cutAt).toBeNull();
  });
});
