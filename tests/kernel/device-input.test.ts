import { describe, expect, it } from "vitest";
import { call, CALL, EVENT, loop, NO_DEADLINE, rig, run, STATUS, type Rig, type SystemSketch } from "./fixture.js";

const waiter = [call(CALL.wait, 1, NO_DEADLINE), run(10), loop()];

/** Partition "me" waits for its device; what the device does with its input is `outcome`. */
function listening(
  sketch: Partial<SystemSketch> = {},
  outcome: "ring" | "quiet" = "ring",
): Rig & { inputs: number[][] } {
  const inputs: number[][] = [];
  const system = rig(
    {
      partitions: { me: { threads: [{ program: waiter }] } },
      channels: [{ from: "me", to: "" }],
      ...sketch,
    },
    { devices: { takeInput: (core, channel) => (inputs.push([core, channel]), outcome) } },
  );
  return Object.assign(system, { inputs });
}

describe("what comes from outside to a device", () => {
  it("takes effect at its cycle and wakes who waits for the device", () => {
    const system = listening();
    system.runUntil(2_000);
    system.kernel.announceInput(0, 7_777);
    system.runUntil(7_777);
    expect(system.inputs).toEqual([]);
    system.runUntil(10_000);
    expect(system.inputs).toEqual([[0, 0]]);
    expect(system.of(EVENT.leave).at(-2)).toMatchObject({ cycle: 7_777 });
    expect(system.of(EVENT.doorbell)).toMatchObject([{ partition: 0, a: 0, b: 1 }]);
    expect(system.answers(CALL.wait)).toEqual([[STATUS.ok, 1]]);
  });

  it("wakes nobody when the device keeps quiet", () => {
    const system = listening({}, "quiet");
    system.runUntil(100);
    system.kernel.announceInput(0, 5_000);
    system.runUntil(10_000);
    expect(system.inputs).toHaveLength(1);
    expect(system.of(EVENT.doorbell)).toEqual([]);
  });

  it("waits for the partition's window", () => {
    const system = listening({
      partitions: { me: { threads: [{ program: waiter }] }, other: { threads: [{ program: [run(1_000), loop()] }] } },
      windows: {
        0: {
          frame: 100_000,
          windows: [
            ["me", 0, 50_000],
            ["other", 50_000, 50_000],
          ],
        },
      },
    });
    system.runUntil(10_000);
    system.kernel.announceInput(0, 60_000);
    system.runUntil(100_000);
    expect(system.inputs).toEqual([]);
    system.runUntil(200_000);
    const [{ cycle }] = system.of(EVENT.doorbell);
    expect(cycle).toBeGreaterThan(100_000);
    expect(cycle).toBeLessThan(110_000);
  });

  it("is refused when it comes too late to be exact", () => {
    const system = listening();
    system.runUntil(50_000);
    system.kernel.announceInput(0, 60_000);
    system.runUntil(60_100);
    expect(() => system.kernel.announceInput(0, 60_000)).toThrow("comes too late");
    expect(() => system.kernel.announceInput(1, 90_000)).toThrow("channel 1 has no device");
  });
});
