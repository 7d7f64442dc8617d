import { describe, expect, it } from "vitest";
import { CALL, call, EVENT, loop, rig, run } from "../fixture.js";

describe("yield", () => {
  it("lets equals run first", () => {
    const program = [run(10), call(CALL.yield), loop()];
    const system = rig({ partitions: { me: { threads: [{ program }, { program }, { program, priority: 1 }] } } });
    system.runUntil(3_000);
    const order = system.of(EVENT.dispatch).map(({ thread }) => thread);
    expect(order.length).toBeGreaterThan(20);
    order.forEach((thread, index) => expect(thread).toBe(index % 2));
  });
});
