import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventKind, type TraceEvent } from "../../dist/trace/index.js";
import { createActivity } from "../../dist/tui/activity.js";

const KINDS = [EventKind.Dispatch, EventKind.Leave, EventKind.Idle, EventKind.Work];

function event(kind: EventKind, cycle: number, thread = 0): TraceEvent {
  return { kind, core: 0, cycle, partition: 0, thread, a: 0, b: 0, c: 0, text: "" };
}

/** Cycles by owner over a stretch, counted one by one. */
function count(changes: readonly TraceEvent[], from: number, to: number): number[] {
  const owners = [0, 0, 0, 0];
  for (let cycle = from; cycle < to; cycle++) {
    const latest = changes.findLast((change) => change.cycle <= cycle);
    if (latest?.kind === EventKind.Dispatch) owners[latest.thread]++;
    else if (latest?.kind === EventKind.Leave) owners[2]++;
    else if (latest?.kind === EventKind.Work) owners[3]++;
  }
  return owners;
}

describe("the activity of a core", () => {
  it("gives each column's cycles to their owners, at any zoom, also when that changes later", () => {
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom(...KINDS),
        after: fc.integer({ min: 0, max: 40 }),
        thread: fc.integer({ min: 0, max: 1 }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 2, 5, 10, 50), fc.constantFrom(1, 2, 5, 10, 50), (rows, first, second) => {
        const activity = createActivity(1, 2, first);
        let cycle = 0;
        const changes = rows.map(({ kind, after, thread }) => event(kind, (cycle += after), thread));
        for (const change of changes) activity.observe(change);
        const end = cycle + 17;
        activity.settle(end);
        for (const width of [first, second]) {
          activity.setColumnCycles(width);
          for (let index = 0; (index + 1) * width <= end && index < 1000; index++) {
            const expected = count(changes, index * width, (index + 1) * width);
            const column = activity.column(0, index);
            // What was before the first change is not kept through a change of zoom: all of it was idle.
            expect([...(column ?? [0, 0, 0, 0])]).toEqual(expected);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("forgets the oldest columns, and knows nothing of those to come", () => {
    const activity = createActivity(1, 2, 10);
    activity.observe(event(EventKind.Dispatch, 0));
    activity.settle(100_000);
    expect(activity.column(0, 9_999)?.[0]).toBe(10);
    expect(activity.column(0, 10_000)).toBeNull();
    expect(activity.column(0, 100)).toBeNull();
    expect(activity.column(0, -1)).toBeNull();
  });
});
