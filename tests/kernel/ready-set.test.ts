import { describe, expect, it } from "vitest";
import { firstCome, fixedPriority, type Policy } from "../../dist/scheduler/index.js";
import {
  call,
  CALL,
  EVENT,
  ledgerErrors,
  loop,
  pageFault,
  periodicWait,
  rig,
  run,
  type SystemSketch,
} from "./fixture.js";

const program = [run(50), call(CALL.yield), loop()];
const sketch: SystemSketch = {
  partitions: {
    me: { threads: [{ program }, { program }, { program: [run(70), call(CALL.wait, 0, { fromNow: 500 }), loop()] }] },
  },
};

function withFault(changes: Partial<Policy>): ReturnType<typeof rig> {
  const system = rig(sketch, { policies: { realtime: { ...fixedPriority, name: "student", ...changes } } });
  system.runUntil(200_000);
  expect(ledgerErrors(system)).toEqual([]);
  return system;
}

const FAULTS: Record<string, [changes: Partial<Policy>, reason: string]> = {
  "throws in pick": [{ pick: () => { throw new Error("oops"); } }, 'pick threw "oops"'], // prettier-ignore
  "throws in enqueue": [{ enqueue: () => { throw new Error("oops"); } }, 'enqueue threw "oops"'], // prettier-ignore
  "throws in block": [{ block: () => { throw new Error("oops"); } }, 'block threw "oops"'], // prettier-ignore
  "throws in yield": [{ yield: () => { throw new Error("oops"); } }, 'yield threw "oops"'], // prettier-ignore
  "throws in charge": [{ charge: () => { throw new Error("oops"); } }, 'charge threw "oops"'], // prettier-ignore
  "throws in slice": [{ slice: () => { throw new Error("oops"); } }, 'slice threw "oops"'], // prettier-ignore
  "picks a thread that does not exist": [{ pick: () => 99 }, "it picked thread 99, which is not ready"],
  "picks a thread that waits": [{ pick: () => 2 }, "it picked thread 2, which is not ready"],
  "picks nobody": [{ pick: () => -1 }, "it picked nobody though a thread is ready"],
  "picks what is no number": [{ pick: () => NaN }, "it picked thread NaN, which is not ready"],
};

describe("the policy watchdog", () => {
  it.each(Object.keys(FAULTS))("replaces a policy that %s by round robin, once, and every thread goes on", (name) => {
    const [changes, reason] = FAULTS[name];
    const system = withFault(changes);
    const replaced = system.of(EVENT.replaced);
    expect(replaced).toHaveLength(1);
    expect(replaced[0].text).toBe(`policy "student" of partition me is replaced by round robin: ${reason}`);
    expect(system.kernel.view().partitions[0].policy).toBe("round robin");
    const after = system.of(EVENT.dispatch).filter(({ cycle }) => cycle > replaced[0].cycle);
    expect(new Set(after.map(({ thread }) => thread))).toEqual(new Set([0, 1, 2]));
  });

  it("replaces a policy that throws in renew, when a thread goes on with an activation that was due already", () => {
    const late = [run(500), periodicWait, loop()];
    const renew = (): boolean => {
      throw new Error("oops");
    };
    const system = rig(
      { partitions: { me: { threads: [{ program: late, period: 100 }, { program }] } } },
      { policies: { realtime: { ...fixedPriority, renew } } },
    );
    system.runUntil(200_000);
    expect(system.of(EVENT.replaced).map(({ text }) => text)).toEqual([
      'policy "fixed priority" of partition me is replaced by round robin: renew threw "oops"',
    ]);
    expect(new Set(system.of(EVENT.dispatch).map(({ thread }) => thread))).toEqual(new Set([0, 1]));
  });

  it("leaves a policy that keeps its promise alone", () => {
    expect(withFault({}).of(EVENT.replaced)).toEqual([]);
  });

  it("survives a slice that is no time at all", () => {
    expect(withFault({ slice: () => 0 }).of(EVENT.dispatch).length).toBeGreaterThan(100);
    expect(withFault({ slice: () => NaN }).of(EVENT.dispatch).length).toBeGreaterThan(100);
  });

  it("keeps round robin over restarts", () => {
    const system = rig(
      {
        partitions: {
          me: {
            threads: [{ program: [run(500), pageFault()] }, { program }],
            restart: { action: "restart", limit: 3 },
          },
        },
      },
      { policies: { realtime: { ...fixedPriority, name: "student", pick: () => 99 } } },
    );
    system.runUntil(100_000);
    expect(system.of(EVENT.replaced)).toHaveLength(1);
    expect(system.of(EVENT.restart)).toHaveLength(3);
  });

  it("refuses at boot what a policy does not admit", () => {
    expect(() => rig({ partitions: { me: { threads: [{ program, priority: 256 }] } } })).toThrow(
      /priorities are 0 to 255/,
    );
    expect(() => rig(sketch, { policies: { realtime: { ...firstCome, admit: () => "never" } } })).toThrow(/never/);
  });
});
