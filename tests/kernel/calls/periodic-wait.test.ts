import { describe, expect, it } from "vitest";
import { call, CALL, STATUS } from "../fixture.js";
import { statuses } from "./caller.js";

const { invalidMode } = STATUS;

describe("periodic_wait", () => {
  it("of a thread without period is INVALID_MODE", () => {
    expect(statuses([call(CALL.periodicWait)])[0]).toBe(invalidMode);
  });
});
