import { describe, expect, it } from "vitest";
import { CALL, call, EVENT, run, STATUS } from "../fixture.js";
import { ALL, alone } from "./caller.js";

const { ok, noAction, invalidParam, invalidMode } = STATUS;

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
