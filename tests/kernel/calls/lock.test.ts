import { describe, expect, it } from "vitest";
import { call, CALL, EVENT, ledgerErrors, rig, run, STATUS, type Rig, type ThreadSketch } from "../fixture.js";

const { ok, notAvailable, invalidParam } = STATUS;

/** One partition whose threads have these priorities and programs. */
function threads(...sketches: readonly ThreadSketch[]): Rig {
  return rig({ partitions: { p: { class: "realtime", threads: sketches } } });
}
const sleep = (cycles: number) => call(CALL.wait, 0, { fromNow: cycles });
const answered = (system: Rig, number: number): number[] =>
  system.of(EVENT.return).flatMap(({ a, cycle }) => (a === number ? [cycle] : []));

describe("lock and unlock", () => {
  it("make a waiter wait for the release, and its holder more urgent meanwhile", () => {
    const system = threads(
      { priority: 1, program: [run(5_000), call(CALL.unlock, 0), run(100)] },
      { priority: 5, program: [sleep(1_500), run(50_000)] },
      { priority: 9, program: [sleep(1_000), call(CALL.lock, 0, 0), run(10)] },
    );
    system.runUntil(100_000);
    expect(system.answers(CALL.lock)).toEqual([[ok, 0]]);
    const [at] = answered(system, CALL.lock);
    expect(at).toBeGreaterThan(5_000);
    expect(at).toBeLessThan(9_000);
    expect(ledgerErrors(system)).toEqual([]);
  });

  it("pass the priority on to whom the holder waits for, and take it back at the release", () => {
    const system = threads(
      { priority: 1, program: [run(6_000), call(CALL.unlock, 0), run(100)] },
      { priority: 3, program: [sleep(500), call(CALL.lock, 0, 0), run(1_000), call(CALL.unlock, 1), run(100)] },
      { priority: 5, program: [sleep(1_500), run(60_000)] },
      { priority: 9, program: [sleep(1_000), call(CALL.lock, 1, 1), run(10)] },
    );
    system.runUntil(200_000);
    const locks = answered(system, CALL.lock);
    expect(locks).toHaveLength(2);
    expect(locks[1]).toBeLessThan(14_000);
    // What is left of the two holders waits for the thread between: they have their own priorities again.
    const exits = system.of(EVENT.threadExit).map(({ thread }) => thread);
    expect(exits).toEqual([3, 2, 1, 0]);
  });

  it("remember a release that nobody waited for, once", () => {
    const system = threads(
      { priority: 5, program: [call(CALL.unlock, 7), call(CALL.lock, 7, 1), call(CALL.lock, 7, 1), run(10)] },
      { priority: 1, program: [run(3_000), call(CALL.unlock, 7), run(10)] },
    );
    system.runUntil(50_000);
    const [first, second] = answered(system, CALL.lock);
    expect(first).toBeLessThan(1_500);
    expect(second).toBeGreaterThan(3_000);
  });

  it("let the most urgent waiter go first, and the others wait for it", () => {
    const system = threads(
      { priority: 1, program: [run(4_000), call(CALL.unlock, 0), run(100)] },
      { priority: 4, program: [sleep(500), call(CALL.lock, 0, 0), run(100)] },
      { priority: 6, program: [sleep(900), call(CALL.lock, 0, 0), run(500), call(CALL.unlock, 0), run(100)] },
    );
    system.runUntil(50_000);
    const order = system.of(EVENT.return).flatMap(({ a, thread }) => (a === CALL.lock ? [thread] : []));
    expect(order).toEqual([2, 1]);
  });

  it("tell who waits that the holder has ended", () => {
    const system = threads(
      { priority: 1, program: [run(3_000)] },
      { priority: 5, program: [sleep(500), call(CALL.lock, 0, 0), call(CALL.lock, 0, 0), run(10)] },
    );
    system.runUntil(50_000);
    expect(system.answers(CALL.lock)).toEqual([
      [notAvailable, 0],
      [notAvailable, 0],
    ]);
  });

  it("refuse locks and holders that there are not, and a thread that would wait for itself", () => {
    const system = threads(
      {
        priority: 5,
        program: [call(CALL.lock, 32, 1), call(CALL.lock, 0, 2), call(CALL.lock, 0, 0), call(CALL.unlock, -1n)],
      },
      { priority: 1, program: [run(10)] },
    );
    system.runUntil(50_000);
    expect(system.answers(CALL.lock).map(([status]) => status)).toEqual([invalidParam, invalidParam, invalidParam]);
    expect(system.answers(CALL.unlock)).toEqual([[invalidParam, 0]]);
  });

  it("leave threads that wait for each other waiting, and the rest at work", () => {
    const system = threads(
      { priority: 5, program: [call(CALL.lock, 0, 1), run(10)] },
      { priority: 9, program: [sleep(300), call(CALL.lock, 1, 0), run(10)] },
      { priority: 1, program: [run(20_000)] },
    );
    system.runUntil(50_000);
    expect(system.answers(CALL.lock)).toEqual([]);
    expect(system.of(EVENT.threadExit)).toMatchObject([{ thread: 2 }]);
    expect(ledgerErrors(system)).toEqual([]);
  });
});
