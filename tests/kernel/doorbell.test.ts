import { describe, expect, it } from "vitest";
import {
  call,
  CALL,
  EVENT,
  ledgerErrors,
  loop,
  NO_DEADLINE,
  rig,
  run,
  STATUS,
  type ModelAction,
  type Rig,
} from "./fixture.js";

function pair(producer: readonly ModelAction[], consumer: readonly ModelAction[]): Rig {
  return rig({
    partitions: {
      producer: { threads: [{ program: producer }] },
      consumer: { core: 1, threads: [{ program: consumer }] },
    },
    channels: [{ from: "producer", to: "consumer" }],
  });
}

describe("doorbells", () => {
  it("wake a thread that waits, no sooner than the least latency", () => {
    const system = pair([run(2_000), call(CALL.notify, 0), run(9_000)], [call(CALL.wait, 1, NO_DEADLINE), run(50)]);
    system.runUntil(20_000);
    const sent = system.of(EVENT.notify)[0].cycle;
    const [arrived] = system.of(EVENT.doorbell);
    expect(arrived).toMatchObject({ partition: 1, thread: 1, a: 0, b: 1 });
    expect(arrived.cycle - sent).toBeGreaterThanOrEqual(1_000);
    expect(arrived.cycle - sent).toBeLessThan(1_200);
    expect(system.answers(CALL.wait)).toEqual([[STATUS.ok, 1]]);
    expect(ledgerErrors(system)).toEqual([]);
  });

  it("to nobody who waits set a bit that the next wait takes at once", () => {
    const system = pair(
      [call(CALL.notify, 0), run(30_000)],
      [run(8_000), call(CALL.wait, 1, NO_DEADLINE), call(CALL.wait, 1, 0)],
    );
    system.runUntil(20_000);
    expect(system.of(EVENT.doorbell, "consumer")).toMatchObject([{ b: 0 }]);
    expect(system.answers(CALL.wait)).toEqual([
      [STATUS.ok, 1],
      [STATUS.timedOut, 0],
    ]);
    expect(system.of(EVENT.block, "consumer")).toEqual([]);
  });

  it("merge while one is on its way", () => {
    const system = pair([run(10), call(CALL.notify, 0), loop(0, 99), run(50_000)], [run(100_000)]);
    system.runUntil(60_000);
    expect(system.of(EVENT.notify)).toHaveLength(100);
    const arrivals = system.of(EVENT.doorbell).map(({ cycle }) => cycle);
    expect(arrivals.length).toBeLessThan(8);
    for (let i = 1; i < arrivals.length; i++) expect(arrivals[i] - arrivals[i - 1]).toBeGreaterThanOrEqual(1_000);
    expect(arrivals.at(-1)).toBeGreaterThan(system.of(EVENT.notify).at(-1)!.cycle);
  });

  it("go to the thread that has waited longest, and each to one", () => {
    const waiter = [call(CALL.wait, 1, NO_DEADLINE), run(10), loop()];
    const system = rig({
      partitions: {
        producer: { threads: [{ program: [run(3_000), call(CALL.notify, 0), loop()] }] },
        consumer: { core: 1, threads: [{ program: waiter }, { program: waiter }, { program: waiter }] },
      },
      channels: [{ from: "producer", to: "consumer" }],
    });
    system.runUntil(40_000);
    const woken = system.of(EVENT.doorbell).map(({ thread }) => thread - 1);
    expect(woken.length).toBeGreaterThan(9);
    woken.forEach((thread, index) => expect(thread).toBe(index % 3));
  });

  it("give a wait on several ends all that rang", () => {
    const system = rig({
      partitions: {
        a: { threads: [{ program: [call(CALL.notify, 0), run(9_000)] }] },
        b: { core: 1, threads: [{ program: [run(10_000)] }] },
        c: { core: 2, threads: [{ program: [call(CALL.notify, 0), run(9_000)] }] },
        me: { core: 3, threads: [{ program: [run(5_000), call(CALL.wait, 7, NO_DEADLINE), run(1)] }] },
      },
      channels: ["a", "b", "c"].map((from) => ({ from, to: "me" })),
    });
    system.runUntil(20_000);
    expect(system.answers(CALL.wait)).toEqual([[STATUS.ok, 0b101]]);
  });

  it("of ends beyond the 32nd, and of the last, are told in the mask as the others are", () => {
    const ends = [0, 31, 32, 40, 62];
    const system = rig({
      partitions: {
        a: { threads: [{ program: [...ends.map((end) => call(CALL.notify, end)), run(9_000)] }] },
        me: { core: 1, threads: [{ program: [run(5_000), call(CALL.wait, 2n ** 63n - 1n, 0), run(1)] }] },
      },
      channels: Array.from({ length: 63 }, () => ({ from: "a", to: "me" })),
    });
    let value: number | bigint = 0;
    const { returnFromSystemCall } = system.hal;
    system.hal.returnFromSystemCall = (core, context, status, told) => {
      if (core === 1) value = told;
      returnFromSystemCall(core, context, status, told);
    };
    system.runUntil(20_000);
    expect(value).toBe(ends.reduce((mask, end) => mask | (1n << BigInt(end)), 0n));
    expect(ledgerErrors(system)).toEqual([]);
  });

  it("on the same core are rung without a message, and interrupt nobody in a closed window", () => {
    const system = rig({
      partitions: {
        early: { threads: [{ program: [run(200), call(CALL.notify, 0), run(1_000_000)] }] },
        late: {
          threads: [{ program: [call(CALL.wait, 1, NO_DEADLINE), run(10), call(CALL.report, 0, 1), run(1_000_000)] }],
        },
      },
      channels: [{ from: "early", to: "late" }],
      windows: {
        0: {
          frame: 20_000,
          windows: [
            ["late", 0, 5_000],
            ["early", 5_000, 5_000],
          ],
        },
      },
    });
    system.runUntil(40_000);
    expect(system.of(EVENT.leave).filter(({ a }) => a === 3)).toEqual([]);
    const [rung] = system.of(EVENT.doorbell);
    expect(rung).toMatchObject({ b: 1 });
    expect(rung.cycle).toBeLessThan(10_000);
    expect(system.of(EVENT.report)[0].cycle).toBeGreaterThan(20_000);
  });

  it("from another core reach a closed window when it opens", () => {
    const system = rig({
      partitions: {
        windowed: {
          threads: [{ program: [call(CALL.wait, 1, NO_DEADLINE), run(10), call(CALL.report, 0, 1), loop()] }],
        },
        caller: { core: 1, threads: [{ program: [run(9_000), call(CALL.notify, 0), run(60_000)] }] },
      },
      channels: [{ from: "caller", to: "windowed" }],
      windows: { 0: { frame: 20_000, windows: [["windowed", 0, 5_000]] } },
    });
    system.runUntil(39_000);
    const [rung] = system.of(EVENT.doorbell);
    expect(rung.cycle).toBeGreaterThanOrEqual(20_000 + system.kernel.bounds.switchCycles);
    expect(rung.cycle).toBeLessThan(21_000);
    expect(system.of(EVENT.report)).toHaveLength(1);
  });

  it("quarantine a channel at both ends, across cores", () => {
    const system = pair(
      [run(100), call(CALL.notify, 0), run(900), loop()],
      [run(5_000), call(CALL.report, 2, 0, 9), run(100_000)],
    );
    system.runUntil(30_000);
    expect(system.of(EVENT.violation)).toMatchObject([{ partition: 1, a: 0, b: 9 }]);
    const answers = system.answers(CALL.notify).map(([status]) => status);
    expect(answers[0]).toBe(STATUS.ok);
    expect(answers.at(-1)).toBe(STATUS.notAvailable);
    const last = system.of(EVENT.doorbell).at(-1)!;
    expect(last.cycle).toBeLessThan(8_000);
  });
});

describe("handoff", () => {
  it("runs the notified thread of the same partition at once, past those who are ready", () => {
    const system = rig({
      partitions: {
        me: {
          class: "backend",
          threads: [
            {
              program: [
                call(CALL.wait, 0, 1_000),
                run(500),
                call(CALL.handoff, 0, 1, NO_DEADLINE),
                call(CALL.report, 0, 0),
              ],
            },
            { program: [call(CALL.wait, 0, 2_000), call(CALL.report, 0, 1)] },
            { program: [call(CALL.wait, 2, NO_DEADLINE), run(3_000), call(CALL.report, 0, 2), call(CALL.notify, 1)] },
            { program: [call(CALL.wait, 0, 1_200), run(400), call(CALL.report, 0, 3)] },
          ],
        },
      },
      // Both ends in one partition: end 0 produces, end 1 consumes.
      channels: [{ from: "me", to: "me" }],
    });
    system.runUntil(50_000);
    const handoff = system.of(EVENT.block).find(({ a }) => a === 2)!;
    const next = system.of(EVENT.dispatch).find(({ cycle }) => cycle > handoff.cycle)!;
    expect(next.thread).toBe(2);
    expect(system.of(EVENT.wake).find(({ a }) => a === 4)).toMatchObject({ thread: 2 });
    expect(system.answers(CALL.handoff)).toEqual([[STATUS.ok, 1]]);
    expect(system.of(EVENT.report).map(({ a }) => a)).toEqual([2, 3, 1, 0]);
  });

  it("does not pass over a more urgent thread", () => {
    const system = rig({
      partitions: {
        me: {
          threads: [
            { program: [run(3_000), call(CALL.handoff, 0, 1, NO_DEADLINE)], priority: 30 },
            { program: [call(CALL.wait, 2, NO_DEADLINE), call(CALL.report, 0, 1), call(CALL.notify, 1)], priority: 40 },
            { program: [call(CALL.wait, 0, 100), run(2_000), call(CALL.report, 0, 2)], priority: 5 },
            { program: [call(CALL.wait, 2, NO_DEADLINE), call(CALL.report, 0, 3)], priority: 1 },
          ],
        },
      },
      channels: [{ from: "me", to: "me" }],
    });
    system.runUntil(50_000);
    expect(system.of(EVENT.report).map(({ a }) => a)).toEqual([1, 2]);
  });
});
