import { describe, expect, it } from "vitest";
import { CALL, call, EVENT, NO_DEADLINE, run, STATUS } from "../fixture.js";
import { ALL, alone, statuses } from "./caller.js";

const { invalidParam, timedOut } = STATUS;

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
