import { describe, expect, it } from "vitest";
import { CALL, call, EVENT, rig, run, STATUS } from "../fixture.js";
import { alone, statuses } from "./caller.js";

const { invalidParam } = STATUS;

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
