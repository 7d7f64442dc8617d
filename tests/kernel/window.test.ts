import { describe, expect, it } from "vitest";
import { switchBounds } from "../../dist/kernel/index.js";
import {
  call,
  CALL,
  clocks,
  EVENT,
  ledgerErrors,
  loop,
  NO_DEADLINE,
  pageFault,
  periodicWait,
  random,
  rig,
  run,
  type ModelAction,
  type RigOptions,
  type SystemSketch,
} from "./fixture.js";
import { createMutant } from "../mutant.js";

const FRAME = 20_000;

/** A victim in the second window of each frame, and a neighbour with the program given in the first. */
function shared(neighbour: readonly ModelAction[], threads = 1): SystemSketch {
  return {
    partitions: {
      victim: {
        threads: [
          { program: [run(700), periodicWait, loop()], period: FRAME },
          { program: [run(333), call(CALL.yield), loop()], priority: 5 },
        ],
      },
      neighbour: {
        threads: Array.from({ length: threads }, () => ({ program: neighbour, period: 3_000, deadline: 2_000 })),
        restart: { action: "restart", limit: Infinity },
      },
    },
    windows: {
      0: {
        frame: FRAME,
        windows: [
          ["neighbour", 0, 8_000],
          ["victim", 8_000, 9_000],
        ],
      },
    },
  };
}

function victimTrace(sketch: SystemSketch, until: number): string[] {
  const system = rig(sketch);
  system.runUntil(until);
  expect(ledgerErrors(system)).toEqual([]);
  return system.events
    .filter(({ partition, kind }) => partition === 0 && kind !== EVENT.charge)
    .map(({ kind, cycle, thread, a, b, c }) => [kind, cycle, thread, a, b, c].join(" "));
}

describe("windows", () => {
  it("open without drift, and their thread starts a constant time after the boundary", () => {
    const system = rig(shared([run(500), call(CALL.yield), loop()]));
    const frames = 2_000;
    system.runUntil(frames * FRAME);
    const { switchCycles } = system.kernel.bounds;
    const starts: number[] = [];
    let opened = false;
    for (const { kind, partition, cycle } of system.events) {
      if (kind === EVENT.windowOpen && partition === 0) opened = true;
      else if (kind === EVENT.dispatch && opened) {
        starts.push(cycle);
        opened = false;
      }
    }
    expect(starts).toEqual(Array.from({ length: frames }, (_, frame) => frame * FRAME + 8_000 + switchCycles));
  });

  it("have a switch that depends on the prices of the primitives alone", () => {
    const cheap = switchBounds(() => 1);
    const dear = switchBounds(() => 2);
    expect(dear.switchCycles).toBe(2 * cheap.switchCycles);
    expect(cheap.quietCycles).toBeLessThan(cheap.switchCycles);
  });

  const neighbours: Record<string, readonly ModelAction[]> = {
    computes: [run(1_000_000), loop()],
    sleeps: [call(CALL.wait, 0, { fromNow: 100 }), loop()],
    "yields without end": [call(CALL.yield), loop()],
    "waits for its period": [run(1), periodicWait, loop()],
    "faults without end": [run(3), pageFault()],
    "restarts itself": [run(50), call(CALL.mode, 1, 1)],
    stops: [run(50), call(CALL.mode, 1, 0)],
    "makes wild calls": [call(0xffff_ffff_ffff_ffffn), call(99, 1, 2, 3), call(CALL.wait, NO_DEADLINE, 0), loop()],
  };
  const expected = victimTrace(shared(neighbours.computes), 40 * FRAME);
  const before = (cycle: number): string[] => expected.filter((line) => Number(line.split(" ")[1]) < cycle);
  it.each(Object.keys(neighbours))("do not move by a cycle when the neighbour %s", (name) => {
    expect(expected.length).toBeGreaterThan(400);
    expect(victimTrace(shared(neighbours[name]), 40 * FRAME)).toEqual(expected);
    expect(victimTrace(shared(neighbours[name], 16), 40 * FRAME)).toEqual(expected);
  });

  it("do not move whatever the phase of the neighbour's last system call before the boundary", () => {
    for (let phase = 0; phase < 400; phase++) {
      const program = [
        call(CALL.wait, 0, { fromNow: 7_000 - phase }),
        call(CALL.wait, 1, 0),
        call(CALL.yield),
        run(1),
        loop(1),
      ];
      expect(victimTrace(shared(program, 1 + (phase % 16)), 3 * FRAME)).toEqual(before(3 * FRAME));
    }
  });

  it("are not shifted by doorbells from another core to the neighbour", () => {
    const sketch = (storm: boolean): SystemSketch => {
      const base = shared([call(CALL.wait, 1, NO_DEADLINE), loop()]);
      return {
        ...base,
        partitions: {
          ...base.partitions,
          caller: { core: 1, threads: [{ program: storm ? [run(7), call(CALL.notify, 0), loop()] : [run(1)] }] },
        },
        channels: [{ from: "caller", to: "neighbour" }],
      };
    };
    expect(victimTrace(sketch(true), 40 * FRAME)).toEqual(expected);
    expect(victimTrace(sketch(false), 40 * FRAME)).toEqual(expected);
  });

  it("are not shifted by storms of doorbells that reach the neighbour at the end of its window", () => {
    for (let phase = 0; phase < 40; phase++) {
      const base = shared([call(CALL.wait, 7, NO_DEADLINE), loop()]);
      const storm = (extra: number): readonly ModelAction[] => [
        call(CALL.wait, 0, 4_000 + 83 * phase + extra),
        run(1 + extra),
        call(CALL.notify, 0),
        loop(1),
      ];
      const system = {
        ...base,
        partitions: {
          ...base.partitions,
          one: { core: 1, threads: [{ program: storm(0) }] },
          two: { core: 2, threads: [{ program: storm(3) }] },
          three: { core: 3, threads: [{ program: storm(5) }] },
        },
        channels: ["one", "two", "three"].map((from) => ({ from, to: "neighbour" })),
      };
      expect(victimTrace(system, 3 * FRAME), `phase ${phase}`).toEqual(before(3 * FRAME));
    }
  });

  it("are refused when they are no longer than the switch", () => {
    const sketch = shared([run(1)]);
    const short = {
      ...sketch,
      windows: {
        0: {
          frame: 1_000,
          windows: [
            ["neighbour", 0, 200],
            ["victim", 300, 400],
          ] as const,
        },
      },
    };
    expect(() => rig(short)).toThrow(/switching to it/);
  });

  it("leave gaps idle", () => {
    const system = rig({
      partitions: { only: { threads: [{ program: [run(1_000), loop()] }] } },
      windows: { 0: { frame: 10_000, windows: [["only", 2_000, 3_000]] } },
    });
    system.runUntil(100_000);
    const core = system.ledger.snapshot(clocks(system)).cores[0];
    expect(core.threadCycles + core.kernelCycles + core.padCycles).toBeLessThan(31_500);
    expect(core.idleCycles).toBeGreaterThan(68_500);
    for (const { cycle } of system.of(EVENT.dispatch)) {
      const inFrame = cycle % 10_000;
      expect(inFrame).toBeGreaterThanOrEqual(2_000 + system.kernel.bounds.switchCycles);
      expect(inFrame).toBeLessThan(5_000);
    }
  });

  it("end for good when all partitions of the core have stopped", () => {
    const system = rig(shared([run(5), call(CALL.mode, 1, 0)]));
    expect(system.runUntil(100 * FRAME)).toBe("until");
    const stopped = rig({
      partitions: { a: { threads: [{ program: [run(5)] }] }, b: { threads: [{ program: [run(5)] }] } },
      windows: {
        0: {
          frame: FRAME,
          windows: [
            ["a", 0, 5_000],
            ["b", 9_000, 5_000],
          ],
        },
      },
    });
    expect(stopped.runUntil(100 * FRAME)).toBe("quiet");
    expect(stopped.of(EVENT.stop).map(({ a }) => a)).toEqual([0, 0]);
  });

  it("keep within their bound in random systems", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const next = random(seed);
      const program = (): ModelAction[] => [
        ...Array.from(
          { length: 6 },
          () =>
            [
              run(1 + Math.floor(next() * 900)),
              call(CALL.yield),
              periodicWait,
              call(CALL.wait, 1, { fromNow: Math.floor(next() * 3_000) }),
              call(CALL.notify, 0),
              call(CALL.handoff, 0, 1, { fromNow: 500 }),
            ][Math.floor(next() * 6)],
        ),
        run(1),
        loop(),
      ];
      const threads = () =>
        Array.from({ length: 1 + Math.floor(next() * 16) }, () => ({
          program: program(),
          priority: Math.floor(next() * 4),
          period: 1_000 + Math.floor(next() * 9_000),
          deadline: 900,
        }));
      const system = rig({
        partitions: {
          a: { threads: threads() },
          b: { class: "backend", threads: threads() },
          c: { core: 1, threads: threads() },
        },
        channels: [
          { from: "a", to: "b" },
          { from: "c", to: "a" },
          { from: "b", to: "c" },
        ],
        windows: {
          0: {
            frame: 9_000,
            windows: [
              ["a", 0, 3_000],
              ["b", 3_000, 2_500],
              ["a", 6_000, 2_000],
            ],
          },
        },
      });
      system.runUntil(200_000);
      expect(ledgerErrors(system), `seed ${seed}`).toEqual([]);
    }
  });
});

describe("windows of a kernel with a mistake", () => {
  /** When the victim's window opens, and when its thread is entered in it, beside a neighbour. */
  function moments(neighbour: readonly ModelAction[], options: RigOptions = {}): string {
    const system = rig(shared(neighbour, 3), options);
    system.runUntil(10 * FRAME);
    const opened = system.of(EVENT.windowOpen, "victim").map(({ cycle }) => cycle % FRAME);
    const entries = system.of(EVENT.windowOpen, "victim").map(({ cycle }) => {
      const entered = system.of(EVENT.dispatch, "victim").find((event) => event.cycle >= cycle);
      return (entered?.cycle ?? 0) % FRAME;
    });
    return `${[...new Set(opened)].join()} ${[...new Set(entries)].join()}`;
  }

  it.each(["frames-drift", "switches-take-what-they-take"])("are noticed: %s", async (name) => {
    const calm = [run(500), call(CALL.yield), loop()];
    const busy = [run(10), call(CALL.yield), run(3), pageFault()];
    expect(moments(busy)).toBe(moments(calm));
    const mutant = createMutant(name);
    try {
      const library = await mutant.load<typeof import("../../dist/kernel/index.js")>("kernel/index.js");
      expect(moments(busy, { library }) === moments(calm)).toBe(false);
    } finally {
      mutant.remove();
    }
  });
});
