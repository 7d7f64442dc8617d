import { describe, expect, it } from "vitest";
import {
  call,
  CALL,
  clocks,
  EVENT,
  ledgerErrors,
  loop,
  pageFault,
  periodicWait,
  random,
  rig,
  run,
  type ModelAction,
  type Rig,
  type SystemSketch,
} from "./fixture.js";

/** A random system of every feature; the same seed gives the same one. */
function randomSystem(seed: number): SystemSketch {
  const next = random(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  const actions: (() => ModelAction)[] = [
    () => run(1 + below(3_000)),
    () => run(1 + below(200)),
    () => periodicWait,
    () => call(CALL.yield),
    () => call(CALL.wait, 1 + below(3), { fromNow: below(5_000) }),
    () => call(CALL.wait, 0, { fromNow: below(5_000) }),
    () => call(CALL.notify, below(2)),
    () => call(CALL.handoff, below(2), 3, { fromNow: below(4_000) }),
    () => call(CALL.mode, 1, 3),
    () => call(CALL.report, below(3) === 0 ? 3 : 0, below(100)),
    () => (below(6) === 0 ? pageFault() : call(CALL.yield)),
    () => (below(20) === 0 ? call(CALL.mode, 1, 1) : run(10)),
    () => call(below(12), below(5), below(5)),
    () => (below(3) === 0 ? { kind: "breakpoint" } : run(5)),
  ];
  const program = (): ModelAction[] => [
    ...Array.from({ length: 3 + below(8) }, () => actions[below(actions.length)]()),
    run(1 + below(400)),
    loop(),
  ];
  const partition = (core: number) => ({
    core,
    class: below(2) === 0 ? ("backend" as const) : ("realtime" as const),
    restart: {
      action: below(2) === 0 ? ("restart" as const) : ("stop" as const),
      limit: below(5) === 0 ? Infinity : below(4),
    },
    threads: Array.from({ length: 1 + below(4) }, () => ({
      program: program(),
      priority: below(4),
      period: 1_000 + below(20_000),
      deadline: 500 + below(500),
    })),
  });
  return {
    partitions: { a: partition(0), b: partition(0), c: partition(1), d: partition(2) },
    channels: [
      ["a", "b"],
      ["b", "c"],
      ["c", "d"],
      ["d", "a"],
      ["c", ""],
    ].map(([from, to]) => ({ from, to })),
    windows: {
      0: {
        frame: 20_000,
        windows: [
          ["a", 0, 8_000],
          ["b", 8_000, 4_000],
          ["a", 13_000, 5_000],
        ],
      },
    },
  };
}

function lines(system: Rig): string[] {
  return system.events.map(({ kind, core, cycle, partition, thread, a, b, c, text }) =>
    [kind, core, cycle, partition, thread, a, b, c, text].join(" "),
  );
}

const SEEDS = Array.from({ length: 100 }, (_, index) => index + 1);

describe("random systems", () => {
  it("never break the kernel, and every cycle has an owner", () => {
    const kinds = new Set<number>();
    for (const seed of SEEDS) {
      const system = rig(randomSystem(seed));
      system.runUntil(150_000);
      expect(ledgerErrors(system), `seed ${seed}`).toEqual([]);
      for (const { kind } of system.events) kinds.add(kind);
    }
    // The campaign is only worth its name when it reaches every path.
    for (const kind of [
      EVENT.windowOpen,
      EVENT.missed,
      EVENT.fault,
      EVENT.restart,
      EVENT.work,
      EVENT.violation,
      EVENT.stop,
      EVENT.doorbell,
    ])
      expect(kinds, `event ${kind}`).toContain(kind);
  });

  it("do the same twice", () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const [first, second] = [rig(randomSystem(seed)), rig(randomSystem(seed))];
      first.runUntil(100_000);
      second.runUntil(100_000);
      expect(lines(first)).toEqual(lines(second));
    }
  });

  it("do the same in one run as in many short ones, and by single steps", () => {
    for (const seed of SEEDS.slice(0, 15)) {
      const next = random(seed);
      const [whole, pieces] = [rig(randomSystem(seed)), rig(randomSystem(seed))];
      whole.runUntil(40_000);
      for (let at = 0; at < 40_000; at += 1 + Math.floor(next() * 700)) {
        pieces.runUntil(at);
        pieces.hal.run(pieces.kernel.supervisor, { until: 40_000, maxInstructions: 1 + Math.floor(next() * 50) });
      }
      pieces.runUntil(40_000);
      const order = (system: Rig): string[] =>
        [0, 1, 2].flatMap((core) => lines({ ...system, events: system.events.filter((event) => event.core === core) }));
      expect(order(pieces), `seed ${seed}`).toEqual(order(whole));
    }
  });

  it("go on from a saved state exactly as they would have", () => {
    for (const seed of SEEDS.slice(0, 40)) {
      const next = random(seed);
      const middle = 1_000 + Math.floor(next() * 80_000);
      const original = rig(randomSystem(seed));
      original.runUntil(middle);
      const saved = structuredClone({
        kernel: original.kernel.save(),
        hal: original.hal.save(),
        ledger: original.ledger.save(),
      });
      const count = original.events.length;
      original.runUntil(120_000);
      const resumed = rig(randomSystem(seed));
      resumed.events.length = 0;
      resumed.kernel.restore(saved.kernel);
      resumed.hal.restore(saved.hal);
      resumed.ledger.restore(saved.ledger);
      resumed.runUntil(120_000);
      expect(lines(resumed), `seed ${seed}`).toEqual(lines(original).slice(count));
      expect(resumed.kernel.save()).toEqual(original.kernel.save());
      expect(resumed.hal.save()).toEqual(original.hal.save());
      expect(resumed.ledger.snapshot(clocks(resumed))).toEqual(original.ledger.snapshot(clocks(original)));
    }
  });

  it("keep their state as plain data: JSON and back changes nothing but bigints", () => {
    const system = rig(randomSystem(7));
    system.runUntil(50_000);
    const state = system.kernel.save();
    const text = JSON.stringify(state, (_key, value: unknown) =>
      typeof value === "bigint" ? `bigint ${value}` : value,
    );
    const back: unknown = JSON.parse(text, (_key, value: unknown) =>
      typeof value === "string" && value.startsWith("bigint ") ? BigInt(value.slice(7)) : value,
    );
    expect(back).toEqual(state);
  });
});
