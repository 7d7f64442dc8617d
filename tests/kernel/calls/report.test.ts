import { describe, expect, it } from "vitest";
import { CALL, call, EVENT, run, STATUS } from "../fixture.js";
import { ALL, alone, statuses } from "./caller.js";

const { ok, notAvailable, invalidParam } = STATUS;

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
    expect(system.kernel.state.partitions[1].links[0].quarantined).toBe(true);
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
