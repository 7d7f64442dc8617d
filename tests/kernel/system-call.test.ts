import { describe, expect, it } from "vitest";
import { STATUSES, SYSTEM_CALL_ROWS } from "../../dist/abi/index.js";
import {
  call,
  CALL,
  EVENT,
  loop,
  NO_DEADLINE,
  pageFault,
  rig,
  run,
  STATUS,
  type ModelAction,
  type Rig,
  type RigOptions,
} from "./fixture.js";

const { ok, noAction, notAvailable, invalidParam, invalidMode, timedOut } = STATUS;
const ALL = 0xffff_ffff_ffff_ffffn;

/** One partition with a thread that runs the program; end 0 leads to a partition "peer" on core 1 that does nothing. */
function alone(program: readonly ModelAction[], options: RigOptions = {}): Rig {
  const system = rig(
    {
      partitions: {
        me: { threads: [{ program }] },
        peer: { core: 1, threads: [{ program: [call(CALL.wait, 0, { fromNow: 1_000_000 })] }] },
      },
      channels: [
        { from: "me", to: "peer" },
        { from: "me", to: "" },
      ],
    },
    options,
  );
  system.runUntil(100_000);
  return system;
}

function statuses(program: readonly ModelAction[]): number[] {
  return alone(program)
    .of(EVENT.return, "me")
    .map(({ b }) => b);
}

describe("system calls", () => {
  it("that don't exist are answered with INVALID_PARAM", () => {
    expect(statuses([call(8), call(ALL), call(1n << 40n), call(1n << 63n)])).toEqual(Array(4).fill(invalidParam));
  });

  it("take any argument without harm, and answer with a status that their row allows", () => {
    const odd = [0n, 1n, 2n, 31n, 32n, 63n, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 63n, ALL];
    for (const row of SYSTEM_CALL_ROWS)
      for (const first of odd)
        for (const second of odd) {
          const system = alone([run(1), call(row.number, first, second, first, second), call(CALL.exit, 0, 0)]);
          for (const { a, b } of system.of(EVENT.return, "me"))
            expect(
              SYSTEM_CALL_ROWS[a].statuses.map((word) => STATUSES[word].number as number),
              `${row.word} ${first} ${second}`,
            ).toContain(b);
        }
  });

  describe("exit", () => {
    it("ends the partition with its code", () => {
      const system = alone([call(CALL.exit, 7, 0), run(1_000)]);
      expect(system.of(EVENT.stop, "me").map(({ a }) => a)).toEqual([7]);
      expect(system.kernel.view().partitions[0]).toMatchObject({ state: "stopped", mode: "idle", exitCode: 7 });
      expect(system.of(EVENT.dispatch, "me")).toHaveLength(1);
    });
    it("keeps the sign of the code", () => {
      expect(alone([call(CALL.exit, -3, 0)]).kernel.view().partitions[0].exitCode).toBe(-3);
    });
    it("with scope 1 ends the thread, and the last one ends the partition", () => {
      const system = rig({
        partitions: {
          me: { threads: [{ program: [call(CALL.exit, 1, 1)] }, { program: [run(500), call(CALL.exit, 2, 1)] }] },
        },
      });
      system.runUntil(400);
      expect(system.kernel.view().partitions[0].state).toBe("running");
      expect(system.kernel.view().threads.map(({ state }) => state)).toEqual(["dormant", "running"]);
      expect(system.runUntil(10_000)).toBe("quiet");
      expect(system.of(EVENT.threadExit).map(({ a }) => a)).toEqual([1, 2]);
      expect(system.kernel.view().partitions[0]).toMatchObject({ state: "stopped", exitCode: 2 });
    });
    it("refuses an unknown scope", () => expect(statuses([call(CALL.exit, 0, 2)])[0]).toBe(invalidParam));
  });

  describe("wait", () => {
    it("refuses ends that the partition doesn't have, and waits that nothing can end", () => {
      expect(statuses([call(CALL.wait, 4, 0), call(CALL.wait, ALL, 0), call(CALL.wait, 0, NO_DEADLINE)])).toEqual([
        invalidParam,
        invalidParam,
        invalidParam,
      ]);
    });
    it("with a deadline that has passed does not wait", () => {
      expect(statuses([run(500), call(CALL.wait, 3, 0), call(CALL.wait, 0, 100)])).toEqual([timedOut, timedOut]);
    });
    it("for no channel sleeps until its deadline, to the cycle of the interrupt", () => {
      const system = alone([call(CALL.wait, 0, 20_000), run(1)]);
      const leave = system.of(EVENT.leave, "me").find(({ cycle }) => cycle >= 20_000);
      expect(leave).toMatchObject({ cycle: 20_000, thread: -1 });
      expect(system.answers(CALL.wait, "me")).toEqual([[timedOut, 0]]);
    });
  });

  describe("notify", () => {
    it("rings the other end", () => {
      const system = alone([call(CALL.notify, 0), run(5_000)]);
      expect(system.answers(CALL.notify)).toEqual([[ok, 0]]);
      expect(system.of(EVENT.notify)).toMatchObject([{ a: 0, b: 1 }]);
      expect(system.of(EVENT.doorbell)).toMatchObject([{ partition: 1, a: 0, b: 0 }]);
    });
    it("refuses ends that the partition doesn't have", () => {
      expect(statuses([call(CALL.notify, 2), call(CALL.notify, ALL)])).toEqual([invalidParam, invalidParam]);
    });
    it("of a device calls it at once", () => {
      const calls: number[][] = [];
      const system = alone([call(CALL.notify, 1), run(10)], {
        devices: { doorbell: (core, channel) => (calls.push([core, channel]), "ok") },
      });
      expect(calls[0]).toEqual([0, 1]);
      expect(system.answers(CALL.notify)).toEqual([[ok, 0]]);
    });
    it("of a device that finds an impossible ring quarantines the channel", () => {
      let calls = 0;
      const system = alone([call(CALL.notify, 1), call(CALL.notify, 1), run(10)], {
        devices: { doorbell: () => (calls++, "violation") },
      });
      expect(calls).toBe(1);
      expect(system.answers(CALL.notify)).toEqual([
        [notAvailable, 0],
        [notAvailable, 0],
      ]);
      expect(system.of(EVENT.violation)).toMatchObject([{ partition: 0, a: 1 }]);
      expect(system.kernel.view().channels.map(({ quarantined }) => quarantined)).toEqual([false, true]);
    });
  });

  it("handoff refuses what notify and wait refuse, without ringing", () => {
    const system = alone([
      call(CALL.handoff, 9, 1, 0),
      call(CALL.handoff, 0, 8, 0),
      call(CALL.handoff, 0, 0, NO_DEADLINE),
      run(9_000),
    ]);
    expect(system.answers(CALL.handoff).map(([status]) => status)).toEqual([invalidParam, invalidParam, invalidParam]);
    expect(system.of(EVENT.notify)).toEqual([]);
  });

  it("handoff to another core notifies and waits", () => {
    const system = alone([call(CALL.handoff, 0, 1, { fromNow: 3_000 }), run(1)]);
    expect(system.of(EVENT.block, "me")).toMatchObject([{ a: 2 }]);
    expect(system.answers(CALL.handoff)).toEqual([[timedOut, 0]]);
    expect(system.of(EVENT.doorbell, "peer")).toHaveLength(1);
  });

  it("periodic_wait of a thread without period is INVALID_MODE", () => {
    expect(statuses([call(CALL.periodicWait)])[0]).toBe(invalidMode);
  });

  describe("mode", () => {
    it("reads and sets as ARINC 653 has it", () => {
      const system = alone([
        call(CALL.mode, 0, 0),
        call(CALL.mode, 1, 2),
        call(CALL.mode, 1, 3),
        call(CALL.mode, 1, 3),
        call(CALL.mode, 0, 99),
        call(CALL.mode, 2, 0),
        call(CALL.mode, 1, 4),
        call(CALL.mode, 1, ALL),
      ]);
      expect(system.answers(CALL.mode)).toEqual([
        [ok, 1],
        [invalidMode, 1],
        [ok, 3],
        [noAction, 3],
        [ok, 3],
        [invalidParam, 3],
        [invalidParam, 3],
        [invalidParam, 3],
      ]);
    });
    it("IDLE stops the partition", () => {
      const system = alone([call(CALL.mode, 1, 0)]);
      expect(system.of(EVENT.stop, "me")).toMatchObject([{ a: -1 }]);
    });
    it("COLD_START and WARM_START restart it by itself", () => {
      const system = alone([run(30_000), call(CALL.mode, 1, 3), call(CALL.mode, 1, 2)]);
      expect(system.of(EVENT.restart, "me").map(({ a, b }) => [a, b])).toEqual([
        [2, 0],
        [3, 0],
        [4, 0],
      ]);
      expect(
        system
          .of(EVENT.mode, "me")
          .slice(0, 3)
          .map(({ a }) => a),
      ).toEqual([1, 3, 2]);
    });
  });

  describe("report", () => {
    it("traces a note", () => {
      expect(alone([call(CALL.report, 0, 5, 6)]).of(EVENT.report)).toMatchObject([{ partition: 0, a: 5, b: 6 }]);
    });
    it("of an application error is handled as a fault", () => {
      const system = alone([call(CALL.report, 1, 42, 1)]);
      expect(system.of(EVENT.fault)).toMatchObject([{ a: -1, text: "application error 42, value 0x1" }]);
      expect(system.kernel.view().partitions[0]).toMatchObject({ state: "stopped", faults: 1 });
    });
    it("of a ring violation quarantines both ends", () => {
      const system = alone([
        call(CALL.report, 2, 0, 3),
        call(CALL.notify, 0),
        call(CALL.handoff, 0, 1, ALL),
        call(CALL.report, 2, 0, 3),
      ]);
      expect(system.of(EVENT.violation)).toMatchObject([{ partition: 0, a: 0, b: 3 }]);
      expect(system.answers(CALL.notify)).toEqual([[notAvailable, 0]]);
      expect(system.answers(CALL.handoff)).toEqual([[notAvailable, 0]]);
      expect(system.kernel.state.partitions[1].ends[0].quarantined).toBe(true);
    });
    it("refuses an unknown kind and an end that isn't there", () => {
      expect(statuses([call(CALL.report, 4), call(CALL.report, 2, 2), call(CALL.report, 2, ALL)])).toEqual(
        Array(3).fill(invalidParam),
      );
    });
    it("asks for a dump and nothing else", () => {
      const dumps: unknown[] = [];
      const system = alone([call(CALL.report, 3, 1, 2), run(10)], { onDump: (dump) => dumps.push(dump) });
      expect(system.answers(CALL.report)).toEqual([[ok, 0]]);
      expect(dumps).toMatchObject([{ name: "me", fault: null, mode: "cold-start", threads: [{ name: "me.0" }] }]);
    });
  });

  it("yield lets equals run first", () => {
    const program = [run(10), call(CALL.yield), loop()];
    const system = rig({ partitions: { me: { threads: [{ program }, { program }, { program, priority: 1 }] } } });
    system.runUntil(3_000);
    const order = system.of(EVENT.dispatch).map(({ thread }) => thread);
    expect(order.length).toBeGreaterThan(20);
    order.forEach((thread, index) => expect(thread).toBe(index % 2));
  });

  it("leave the caller where it is when it faults instead", () => {
    const system = alone([pageFault()]);
    expect(system.of(EVENT.return)).toEqual([]);
  });
});
