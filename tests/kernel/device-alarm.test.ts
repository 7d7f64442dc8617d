import { describe, expect, it } from "vitest";
import { call, CALL, EVENT, loop, NO_DEADLINE, rig, run, STATUS, type Rig, type SystemSketch } from "./fixture.js";

const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * Partition "me" rings its device and waits for it. Each time that the device acts (doorbell or alarm), the next of
 * `dues` is when it wants to act by itself.
 */
function timed(dues: readonly number[], sketch: Partial<SystemSketch> = {}): Rig & { readonly alarms: number[] } {
  const alarms: number[] = [];
  const left = [...dues];
  let due = NEVER;
  const next = (): void => {
    due = left.shift() ?? NEVER;
  };
  const program = [call(CALL.notify, 0), call(CALL.wait, 1, NO_DEADLINE), run(10), loop(1)];
  const system: Rig = rig(
    { partitions: { me: { threads: [{ program }] } }, channels: [{ from: "me", to: "" }], ...sketch },
    {
      devices: {
        doorbell: () => (next(), "ok"),
        alarmDueAt: () => due,
        ringAlarm: () => (alarms.push(system.hal.now(0)), next(), "ring"),
      },
    },
  );
  return Object.assign(system, { alarms });
}

describe("a device that acts by itself", () => {
  it("does so at the cycle that it asks for, and its ring wakes who waits", () => {
    const system = timed([5_000, 90_000]);
    system.runUntil(200_000);
    const left = system.of(EVENT.leave).map(({ cycle }) => cycle);
    expect(left).toContain(5_000);
    expect(left).toContain(90_000);
    expect(system.alarms).toHaveLength(2);
    expect(system.answers(CALL.wait)).toEqual([
      [STATUS.ok, 1],
      [STATUS.ok, 1],
    ]);
  });

  it("waits for the least latency, and leaves its partition the time of doorbells", () => {
    const system = timed([0, 0, 0, 0]);
    system.runUntil(200_000);
    expect(system.alarms).toHaveLength(4);
    expect(system.alarms[0]).toBeGreaterThan(1_000);
    for (const [index, at] of system.alarms.slice(1).entries())
      expect(at - system.alarms[index]).toBeGreaterThanOrEqual(1_000);
  });

  it("acts in its partition's windows", () => {
    const [me, other] = ["me", "other"].map((name): [string, number, number] => [
      name,
      name === "me" ? 0 : 50_000,
      50_000,
    ]);
    const system = timed([60_000], {
      partitions: {
        me: { threads: [{ program: [call(CALL.notify, 0), call(CALL.wait, 1, NO_DEADLINE), run(10)] }] },
        other: { threads: [{ program: [run(1_000), loop()] }] },
      },
      windows: { 0: { frame: 100_000, windows: [me, other] } },
    });
    system.runUntil(200_000);
    expect(system.alarms).toHaveLength(1);
    expect(system.alarms[0]).toBeGreaterThan(100_000);
  });

  it("stops when its partition has stopped", () => {
    const system = timed(Array<number>(100).fill(0), {
      partitions: { me: { threads: [{ program: [call(CALL.notify, 0), run(4_000)] }] } },
    });
    system.runUntil(1_000_000);
    expect(system.alarms.length).toBeLessThan(6);
  });
});

it("an alarm that is due before another that was asked for rings first, and the other after it", () => {
  const alarms: number[] = [];
  let due = NEVER;
  let rung = 0;
  const system: Rig = rig(
    {
      partitions: {
        me: { threads: [{ program: [call(CALL.notify, 0), run(100), call(CALL.notify, 0), run(200_000)] }] },
      },
      channels: [{ from: "me", to: "" }],
    },
    {
      devices: {
        doorbell: () => ((due = [50_000, 20_000][rung++] ?? NEVER), "ok"),
        alarmDueAt: () => due,
        ringAlarm: () => (alarms.push(system.hal.now(0)), (due = due === 20_000 ? 50_000 : NEVER), "quiet"),
      },
    },
  );
  system.runUntil(200_000);
  expect(alarms.map((at) => Math.floor(at / 1_000))).toEqual([20, 50]);
});
