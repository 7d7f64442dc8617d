import { describe, expect, it } from "vitest";
import { beginPeriod, MAX_REFILLS, useBudget } from "../../dist/kernel/refills.js";
import type { Refill } from "../../dist/kernel/state.js";
import { createMutant } from "../mutant.js";
import {
  call,
  CALL,
  EVENT,
  ledgerErrors,
  loop,
  NO_DEADLINE,
  pageFault,
  periodicWait,
  random,
  rig,
  run,
  type Rig,
  type RigOptions,
  type SystemSketch,
  type ThreadSketch,
} from "./fixture.js";

const hog: ThreadSketch = { program: [run(100_000), loop()] };
const periodic = (cycles: number, period: number): ThreadSketch => ({
  program: [run(cycles), periodicWait, loop()],
  period,
  deadline: period,
});

/** Stretches for which a partition has had the core, from the events. */
function stretches({ events }: Rig, partition: number, until: number): { from: number; to: number }[] {
  const serves = events.filter(({ kind, core }) => core === 0 && (kind === EVENT.serve || kind === EVENT.idle));
  return serves.flatMap(({ kind, partition: id, cycle }, index) =>
    kind === EVENT.serve && id === partition ? [{ from: cycle, to: serves[index + 1]?.cycle ?? until }] : [],
  );
}

/** The most that a partition has had of any interval of this length. */
function mostInInterval(had: readonly { from: number; to: number }[], length: number): number {
  const within = (from: number): number =>
    had.reduce((sum, { from: a, to: b }) => sum + Math.max(0, Math.min(b, from + length) - Math.max(a, from)), 0);
  return Math.max(0, ...had.map(({ from }) => within(from)));
}

const total = (had: readonly { from: number; to: number }[]): number =>
  had.reduce((sum, { from, to }) => sum + to - from, 0);

describe("a core that reservations share", () => {
  it("gives each of two hogs what it is promised in every period, and the rest to nobody", () => {
    const system = rig({
      partitions: { a: { threads: [hog] }, b: { threads: [hog] } },
      reserve: { a: [2_000, 10_000], b: [6_000, 20_000] },
    });
    system.runUntil(1_000_000);
    const [a, b] = [0, 1].map((id) => stretches(system, id, 1_000_000));
    expect(total(a) / 1_000_000).toBeCloseTo(0.2, 2);
    expect(total(b) / 1_000_000).toBeCloseTo(0.3, 2);
    for (let at = 0; at < 990_000; at += 10_000) {
      const had = a.reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, at + 10_000) - Math.max(from, at)), 0);
      expect(had).toBeGreaterThan(1_800);
    }
    expect(ledgerErrors(system)).toEqual([]);
  });

  it("keeps a periodic thread's deadlines beside hogs of every kind, up to a full core", () => {
    const hogs: Record<string, ThreadSketch> = {
      computes: hog,
      calls: { program: [call(CALL.yield), loop()] },
      sleeps: { program: [run(10), call(CALL.wait, 0, { fromNow: 50 }), loop()] },
      faults: { program: [run(50), pageFault()] },
    };
    for (const [name, thread] of Object.entries(hogs)) {
      const system = rig({
        partitions: {
          me: { threads: [periodic(800, 10_000)] },
          other: { threads: [thread, thread], restart: { action: "restart", limit: Infinity } },
        },
        reserve: { me: [2_000, 10_000], other: [7_500, 10_000] },
      });
      system.runUntil(500_000);
      const { threads, partitions } = system.ledger.snapshot([500_000]);
      expect([name, threads[0].releases, threads[0].deadlinesMissed]).toEqual([name, 50, 0]);
      expect(partitions[1].threadCycles, name).toBeGreaterThan(1_000);
      expect(ledgerErrors(system), name).toEqual([]);
    }
  });

  it("takes the earliest deadline first", () => {
    const system = rig({
      partitions: { late: { threads: [hog] }, soon: { threads: [hog] } },
      reserve: { late: [3_000, 20_000], soon: [1_000, 5_000] },
    });
    system.runUntil(4_000);
    expect(system.of(EVENT.serve).map(({ partition }) => partition)).toEqual([1, 0]);
  });

  it("gives what is left to partitions on slack, and takes it back at once", () => {
    const system = rig({
      partitions: { me: { threads: [periodic(500, 10_000)] }, scan: { threads: [hog] } },
      reserve: { me: [1_000, 10_000], scan: null },
    });
    system.runUntil(200_000);
    const { threads } = system.ledger.snapshot([200_000]);
    expect(threads[0].deadlinesMissed).toBe(0);
    expect(threads[1].cycles).toBeGreaterThan(170_000);
    const starts = system.activations.map(({ startedAt, dueAt }) => startedAt - dueAt).slice(1);
    expect(Math.max(...starts)).toBeLessThan(300);
  });

  it("lets the partition that is rung pay for doorbells, whoever has the core", () => {
    expect(findFloodFlaw()).toBe("");
  });

  it("blames a budget that is used up, and other reservations, for what they cost", () => {
    const system = rig({
      partitions: { me: { threads: [periodic(3_000, 20_000)] }, other: { threads: [hog] } },
      reserve: { me: [2_000, 10_000], other: [5_000, 8_000] },
    });
    system.runUntil(200_000);
    system.lateness.accounts();
    expect(system.activations.length).toBeGreaterThan(5);
    for (const { causes, finishedAt, dueAt } of system.activations) {
      expect(causes.reduce((sum, cycles) => sum + cycles, 0)).toBe(finishedAt - dueAt);
      // Cause.Budget and Cause.OtherReservation.
      expect(causes[13]).toBeGreaterThan(1_000);
      expect(causes[12]).toBeGreaterThan(100);
    }
  });

  it("goes on to the same end after a restore at any cycle", () => {
    const sketch: SystemSketch = {
      partitions: {
        a: { threads: [periodic(700, 9_000), hog] },
        b: { threads: [{ program: [run(400), call(CALL.wait, 0, { fromNow: 700 }), loop()] }] },
        c: { threads: [hog] },
      },
      reserve: { a: [2_000, 10_000], b: [1_000, 4_000], c: null },
    };
    const whole = rig(sketch);
    whole.runUntil(60_000);
    for (let at = 1_234; at < 60_000; at += 9_871) {
      const cut = rig(sketch);
      cut.runUntil(at);
      const [machine, kernel] = [cut.hal.save(), cut.kernel.save()];
      cut.runUntil(at + 20_000);
      cut.hal.restore(machine);
      cut.kernel.restore(kernel);
      cut.runUntil(60_000);
      expect(cut.kernel.state).toEqual(whole.kernel.state);
    }
  });
});

/** A hog shares its core with a partition that a peer on another core rings without end. */
function findFloodFlaw(options: RigOptions = {}): string {
  const flood = (isRung: boolean): SystemSketch => ({
    partitions: {
      me: { threads: [hog] },
      rung: { threads: [{ program: [call(CALL.wait, 1, NO_DEADLINE), loop()] }] },
      peer: { core: 1, threads: [{ program: [run(isRung ? 300 : 1e9), call(CALL.notify, 0), loop()] }] },
    },
    reserve: { me: [8_000, 10_000], rung: [1_000, 10_000] },
    channels: [{ from: "peer", to: "rung" }],
  });
  const [calm, flooded] = [false, true].map((isRung) => {
    const system = rig(flood(isRung), options);
    system.runUntil(400_000);
    const { threads } = system.ledger.snapshot([400_000, 400_000, 400_000]);
    return { mine: threads[0].cycles, doorbells: system.of(EVENT.doorbell).length };
  });
  if (flooded.doorbells < 100) return "there is no flood";
  return flooded.mine > 0.995 * calm.mine
    ? ""
    : `a flood of another cost ${calm.mine - flooded.mine} of ${calm.mine} cycles, ${flooded.doorbells} doorbells`;
}

/**
 * Random systems: hogs, sleepers and periodic threads with budgets that leave the kernel room. What must hold of each:
 * what is wrong with it, or "".
 */
function findFlaw(seed: number, options: RigOptions = {}): string {
  const next = random(seed);
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  const count = whole(2, 4);
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  const reserve = Object.fromEntries(
    names.map((name) => {
      const period = whole(6_000, 30_000);
      return [name, [Math.floor((period * 0.8) / count), period] as const];
    }),
  );
  const threads: Record<string, ThreadSketch[]> = Object.fromEntries(
    names.map((name) => {
      const kind = whole(0, 2);
      if (kind === 0) return [name, [hog]];
      if (kind === 1)
        return [
          name,
          [{ program: [run(whole(100, 3_000)), call(CALL.wait, 0, { fromNow: whole(100, 9_000) }), loop()] }],
        ];
      return [name, [periodic(Math.floor(reserve[name][0] * 0.4), reserve[name][1])]];
    }),
  );
  const until = 300_000;
  const partitions = Object.fromEntries(names.map((name) => [name, { threads: threads[name] }]));
  const system = rig({ partitions, reserve }, options);
  try {
    system.runUntil(until);
  } catch (error) {
    return String(error);
  }
  const { threads: accounts } = system.ledger.snapshot([until]);
  for (const [id, name] of names.entries()) {
    const [budget, period] = reserve[name];
    const had = stretches(system, id, until);
    // A path of the kernel may pass the end of a budget; twice the budget fits into an interval of a period.
    if (mostInInterval(had, period) > 2 * budget + 400) return `${name} had more than two budgets in a period`;
    // Up to the next event it is not the partition that pays, once a stretch.
    const slack = 400 + 20 * had.length;
    if (total(had) > (Math.floor(until / period) + 1) * budget + slack) return `${name} had more than its budgets`;
    if (threads[name][0] === hog && total(had) < (Math.floor(until / period) - 1) * (budget - 200))
      return `${name} had too little`;
    if (accounts[id].deadlinesMissed > 0) return `${name} missed a deadline`;
    if (threads[name][0].period !== undefined && accounts[id].releases < Math.floor(until / period))
      return `${name} was not released`;
  }
  return ledgerErrors(system).join();
}

describe("reservations of random systems", () => {
  it("are given, not more and not less, and keep deadlines", () => {
    const first = Number(process.env.HALLOWS_SEED ?? 1);
    for (let seed = first; seed < first + 30; seed++) expect([seed, findFlaw(seed)]).toEqual([seed, ""]);
  });

  it.each([
    "refill-keeps-its-place",
    "refill-is-not-used-up",
    "refill-comes-back-early",
    "budget-is-never-used",
    "latest-deadline-first",
    "floods-are-free",
    "ways-back-are-free",
  ])("notice a kernel with the mistake %s", async (name) => {
    const mutant = createMutant(name);
    try {
      const library = await mutant.load<typeof import("../../dist/kernel/index.js")>("kernel/index.js");
      const flaws = Array.from({ length: 12 }, (_, index) => findFlaw(index + 1, { library }));
      expect([...flaws, findFloodFlaw({ library })].join("")).not.toBe("");
    } finally {
      mutant.remove();
    }
  });
});

describe("refills", () => {
  const reservation = { partition: 0, budgetCycles: 1_000, periodCycles: 5_000 };

  it("come back a period after their budget began to be usable, in pieces as it was used", () => {
    const refills: Refill[] = [{ at: 100, cycles: 1_000 }];
    useBudget(refills, 300, reservation);
    beginPeriod(refills, 2_000);
    useBudget(refills, 700, reservation);
    expect(refills).toEqual([
      { at: 5_100, cycles: 300 },
      { at: 7_000, cycles: 700 },
    ]);
    useBudget(refills, 100, reservation);
    expect(refills[0]).toEqual({ at: 5_100, cycles: 200 });
  });

  it("stay a bounded list, whose sum is the budget", () => {
    const next = random(7);
    const refills: Refill[] = [{ at: 0, cycles: 1_000 }];
    for (let now = 0, round = 0; round < 5_000; round++) {
      now += Math.floor(next() * 400);
      if (next() < 0.5) beginPeriod(refills, now);
      if (refills[0].at <= now) useBudget(refills, 1 + Math.floor(next() * 60), reservation);
      expect(refills.length).toBeLessThanOrEqual(MAX_REFILLS + 1);
      expect(refills.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(1_000);
      expect(refills.every(({ at }, index) => index === 0 || at >= refills[index - 1].at)).toBe(true);
    }
  });
});
