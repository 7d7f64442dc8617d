import { describe, expect, it } from "vitest";
import { CALL, call, EVENT, run, STATUS } from "../fixture.js";
import { ALL, alone, statuses } from "./caller.js";

const { ok, notAvailable, invalidParam } = STATUS;

describe("notify", () => {
  it("rings the other end", () => {
    const system = alone([call(CALL.notify, 0), run(5_000)]);
    expect(system.answers(CALL.notify)).toEqual([[ok, 0]]);
    expect(system.of(EVENT.notify)).toMatchObject([{ a: 0, b: 1 }]);
    const rang = { partition: 1, a: 0, b: 0 };
    expect(system.of(EVENT.doorbell, "peer")).toMatchObject([rang, rang]);
    expect(system.of(EVENT.stop, "me")[0].cycle).toBeLessThan(system.of(EVENT.doorbell, "peer")[1].cycle);
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
