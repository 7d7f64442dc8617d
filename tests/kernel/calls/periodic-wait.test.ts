import { describe, expect, it } from "vitest";
import { call, CALL, rig, run, STATUS } from "../fixture.js";
import { statuses } from "./caller.js";

const { ok, invalidMode } = STATUS;

describe("periodic_wait", () => {
  it("of a thread without period is INVALID_MODE", () => {
    expect(statuses([call(CALL.periodic_wait)])[0]).toBe(invalidMode);
  });

  it("answers with the whole periods since the thread started, also while it catches up", () => {
    const wait = call(CALL.periodic_wait);
    const system = rig({
      partitions: {
        p: {
          class: "realtime",
          threads: [{ period: 10_000, program: [wait, run(25_000), wait, wait, wait, run(10)] }],
        },
      },
    });
    system.runUntil(100_000);
    // Releases 1, 2, 3 and 4: the second and third are over when their activations begin.
    expect(system.answers(CALL.periodic_wait)).toEqual([
      [ok, 1],
      [ok, 3],
      [ok, 3],
      [ok, 4],
    ]);
  });
});
