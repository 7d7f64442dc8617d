import { describe, expect, it } from "vitest";
import { call, CALL, EVENT, loop, periodicWait, rig, run } from "./fixture.js";

describe("periodic threads", () => {
  it("are released without drift, whatever their activations take", () => {
    const system = rig({
      partitions: {
        me: { threads: [{ program: [run(100), periodicWait, run(777), periodicWait, loop()], period: 5_000 }] },
      },
    });
    system.runUntil(1_000_000);
    const releases = system.of(EVENT.release);
    expect(releases).toHaveLength(200);
    releases.forEach(({ a, b }, index) => expect([a, b]).toEqual([index, index * 5_000]));
    expect(system.answers(CALL.periodic_wait).map(([, value]) => value)).toEqual(
      Array.from({ length: 199 }, (_, i) => i + 1),
    );
    expect(system.of(EVENT.missed)).toEqual([]);
  });

  it("start each activation the same number of cycles after its release", () => {
    const system = rig({
      partitions: { me: { threads: [{ program: [run(100), periodicWait, loop()], period: 5_000 }] } },
    });
    system.runUntil(100_000);
    const starts = system
      .of(EVENT.dispatch)
      .slice(1)
      .map(({ cycle }) => cycle % 5_000);
    expect(new Set(starts).size).toBe(1);
  });

  it("have one missed deadline told per late activation, when it passes", () => {
    const system = rig({
      partitions: {
        me: { threads: [{ program: [run(4_000), periodicWait, loop()], period: 10_000, deadline: 3_000 }] },
      },
    });
    system.runUntil(50_000);
    expect(system.of(EVENT.missed).map(({ a, b }) => [a, b])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [n * 10_000, n * 10_000 + 3_000]),
    );
    for (const { cycle, b } of system.of(EVENT.missed)) expect(cycle - b).toBeLessThan(100);
  });

  it("that meet their deadline are never interrupted for it", () => {
    const system = rig({
      partitions: {
        me: { threads: [{ program: [run(2_000), periodicWait, loop()], period: 10_000, deadline: 3_000 }] },
      },
    });
    system.runUntil(50_000);
    expect(system.of(EVENT.missed)).toEqual([]);
    expect(system.of(EVENT.leave).filter(({ a, thread }) => a === 2 && thread >= 0)).toEqual([]);
  });

  it("catch up after an overrun: every release has its activation", () => {
    const system = rig({
      partitions: {
        me: {
          threads: [
            { program: [run(25_000), periodicWait, run(100), periodicWait, loop(2)], period: 10_000, deadline: 10_000 },
          ],
        },
      },
    });
    system.runUntil(100_000);
    const releases = system.of(EVENT.release);
    expect(releases.map(({ a }) => a)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(releases[2].cycle).toBeLessThan(26_000);
    expect(releases[3].cycle).toBeGreaterThanOrEqual(30_000);
    expect(system.of(EVENT.missed).map(({ a }) => a)).toEqual([0, 10_000]);
  });

  it.each([
    ["skip", "drop all but the latest release that has passed, which begins at once", [0, 2, 3], 26_000],
    ["next", "drop all releases that have passed", [0, 3, 4], 31_000],
  ] as const)("with overrun %s %s", (overrun, _what, expected, before) => {
    const thread = {
      program: [run(25_000), periodicWait, run(100), periodicWait, loop(2)],
      period: 10_000,
      deadline: 10_000,
      overrun,
    };
    const system = rig({ partitions: { me: { threads: [thread] } } });
    system.runUntil(45_000);
    const releases = system.of(EVENT.release);
    expect(releases.map(({ a }) => a).slice(0, 3)).toEqual(expected);
    expect(releases[1].cycle).toBeLessThan(before);
    // No activation is late but the first, which is told once.
    expect(system.of(EVENT.missed).map(({ a }) => a)).toEqual([0]);
    const values = system.answers(CALL.periodic_wait).map(([, value]) => value);
    expect(values.slice(0, 2)).toEqual(expected.slice(1));
  });

  it("have each release whatever the policy while they are in time", () => {
    const at = (["catch up", "skip", "next"] as const).map((overrun) => {
      const thread = { program: [run(3_000), periodicWait, loop()], period: 10_000, overrun };
      const system = rig({ partitions: { me: { threads: [thread] } } });
      system.runUntil(100_000);
      return system.of(EVENT.release).map(({ a, cycle }) => [a, cycle]);
    });
    expect(at[1]).toEqual(at[0]);
    expect(at[2]).toEqual(at[0]);
    expect(at[0]).toHaveLength(10);
  });

  it("miss a deadline while a more urgent thread keeps them from running", () => {
    const system = rig({
      partitions: {
        me: {
          threads: [
            { program: [run(9_000), periodicWait, loop()], period: 10_000, priority: 20 },
            { program: [run(500), periodicWait, loop()], period: 10_000, deadline: 5_000, priority: 10 },
          ],
        },
      },
    });
    system.runUntil(30_000);
    expect(system.of(EVENT.missed).map(({ thread, b }) => [thread, b])).toEqual([
      [1, 5_000],
      [1, 15_000],
      [1, 25_000],
    ]);
  });
});

describe("dispatching", () => {
  it("preempts a less urgent thread at the release of a more urgent one, and resumes it", () => {
    const system = rig({
      partitions: {
        me: {
          threads: [
            { program: [run(100), periodicWait, loop()], period: 2_000, priority: 50 },
            { program: [run(1_000_000)], priority: 1 },
          ],
        },
      },
    });
    system.runUntil(10_000);
    const order = system.of(EVENT.dispatch).map(({ thread }) => thread);
    expect(order).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });

  it("has no tick: a thread alone on its core is entered once", () => {
    const system = rig({ partitions: { me: { class: "backend", threads: [{ program: [run(10_000_000)] }] } } });
    system.runUntil(9_000_000);
    expect(system.of(EVENT.dispatch)).toHaveLength(1);
    expect(system.of(EVENT.leave)).toEqual([]);
  });

  it("serves a backend first come first served, and preempts at 5 µs only when others wait", () => {
    const system = rig({
      partitions: {
        me: {
          class: "backend",
          threads: [
            { program: [run(12_000), call(CALL.exit, 0, 1)] },
            { program: [run(3_000), call(CALL.exit, 0, 1)] },
          ],
        },
      },
      frequencyHz: 1e9,
    });
    system.runUntil(100_000);
    expect(system.of(EVENT.dispatch).map(({ thread }) => thread)).toEqual([0, 1, 0]);
    const entries = system.of(EVENT.dispatch);
    const leaves = system.of(EVENT.leave);
    expect(leaves[0].cycle - entries[0].cycle).toBe(5_000);
    // The first waits for nobody when it returns: it runs the remaining 7 µs in one stretch (and one cycle of the
    // call).
    expect(leaves[2].cycle - entries[2].cycle).toBe(7_001);
  });

  it("lets a sleeper of a backend queue up behind those who came before it", () => {
    const worker = [run(1_000), call(CALL.wait, 0, { fromNow: 100 }), loop()];
    const system = rig({
      partitions: {
        me: { class: "backend", threads: [{ program: worker }, { program: worker }, { program: worker }] },
      },
    });
    system.runUntil(60_000);
    const order = system.of(EVENT.call).map(({ thread }) => thread);
    order.forEach((thread, index) => expect(thread).toBe(index % 3));
  });

  it("faults at a breakpoint that no debugger takes", () => {
    const system = rig({
      partitions: { me: { threads: [{ program: [run(5), { kind: "breakpoint" }, run(5), call(CALL.report, 0, 1)] }] } },
    });
    system.runUntil(1_000);
    expect(system.of(EVENT.fault)).toMatchObject([{ a: 3, partition: 0, thread: 0 }]);
    expect(system.of(EVENT.fault)[0].text).toMatch(/^#BP breakpoint, before rip 0x/);
    expect(system.answers(CALL.report)).toEqual([]);
  });

  it("costs what its steps cost, to the cycle", () => {
    const system = rig({ partitions: { me: { threads: [{ program: [run(100), call(CALL.mode, 0), run(1_000)] }] } } });
    system.runUntil(1_000);
    const [first, second] = system.of(EVENT.dispatch);
    // Start (10 + 2), policy (8 + 1), CR3 (2 + 10), return by IRET (4 + 20); no timer is armed.
    expect(first.cycle).toBe(12 + 9 + 12 + 24);
    // 100 cycles and SYSCALL; then entry (8 + 10 + 2), the call (6), SYSRET (4 + 8): nobody asks the policy.
    expect(second.cycle - first.cycle).toBe(101 + 20 + 6 + 12);
  });
});
