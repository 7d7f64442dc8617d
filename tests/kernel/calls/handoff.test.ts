import { describe, expect, it } from "vitest";
import { CALL, call, EVENT, NO_DEADLINE, run, STATUS } from "../fixture.js";
import { alone } from "./caller.js";

const { invalidParam, timedOut } = STATUS;

describe("handoff", () => {
  it("refuses what notify and wait refuse, without ringing", () => {
    const system = alone([
      call(CALL.handoff, 9, 1, 0),
      call(CALL.handoff, 0, 8, 0),
      call(CALL.handoff, 0, 0, NO_DEADLINE),
      run(9_000),
    ]);
    expect(system.answers(CALL.handoff).map(([status]) => status)).toEqual([invalidParam, invalidParam, invalidParam]);
    expect(system.of(EVENT.notify)).toEqual([]);
  });

  it("to another core notifies and waits", () => {
    const system = alone([call(CALL.handoff, 0, 1, { fromNow: 3_000 }), run(1)]);
    expect(system.of(EVENT.block, "me")).toMatchObject([{ a: 2 }]);
    expect(system.answers(CALL.handoff)).toEqual([[timedOut, 0]]);
    // The handoff's, and one at the end of its partition.
    expect(system.of(EVENT.doorbell, "peer")).toHaveLength(2);
  });
});
