import { describe, expect, it } from "vitest";
import { boundResponses, boundsByThread } from "../../dist/system/admission/admit.js";
import { fixedPriorityVerdicts } from "../../dist/system/admission/response.js";
import { reservedSupply, windowSupply, type Supply } from "../../dist/system/admission/supply.js";
import { createMutant } from "../mutant.js";
import { findViolation, type AdmissionLibrary } from "../../tools/admission/campaign.mjs";
import { load, refusalOf } from "./fixture.js";

describe("a supply", () => {
  /** What a pattern of stretches gives in the worst interval of a length, by trying all that begin at a whole cycle. */
  function worst(has: (cycle: number) => boolean, span: number, length: number): number {
    let least = Infinity;
    for (let from = 0; from < span; from++) {
      let cycles = 0;
      for (let at = from; at < from + length; at++) if (has(at)) cycles++;
      least = Math.min(least, cycles);
    }
    return least;
  }

  it("of windows is what the worst interval has", () => {
    const stretches = [[10, 30], [60, 75]] as const; // prettier-ignore
    const { bound } = windowSupply(100, stretches);
    const has = (cycle: number): boolean => stretches.some(([from, to]) => cycle % 100 >= from && cycle % 100 < to);
    for (let length = 0; length < 260; length += 7)
      expect([length, bound(length)]).toEqual([length, worst(has, 100, length)]);
  });

  it("of a reservation is that of Shin and Lee: nothing for two periods less two budgets, then a budget a period", () => {
    const { bound } = reservedSupply(30, 100);
    expect([0, 140, 141, 170, 171, 240, 241, 270, 340, 370].map(bound)).toEqual([0, 0, 1, 30, 30, 30, 31, 60, 60, 90]);
  });

  it("is another with the mistake supply-forgets-a-gap", async () => {
    const mutant = createMutant("supply-forgets-a-gap");
    try {
      const library =
        await mutant.load<typeof import("../../dist/system/admission/supply.js")>("system/admission/supply.js");
      expect(library.reservedSupply(30, 100).bound(140)).not.toBe(0);
    } finally {
      mutant.remove();
    }
  });

  it("says for how much of it one has to wait", () => {
    for (const supply of [
      reservedSupply(30, 100),
      windowSupply(100, [
        [10, 30],
        [60, 75],
      ]),
    ] satisfies Supply[])
      // prettier-ignore
      for (let cycles = 1; cycles < 200; cycles += 3) {
        const length = supply.lengthFor(cycles);
        expect(supply.bound(length)).toBeGreaterThanOrEqual(cycles);
        expect(supply.bound(length - 1)).toBeLessThan(cycles);
      }
  });
});

describe("response-time analysis", () => {
  const whole: Supply = { bound: (length) => length, lengthFor: (cycles) => cycles };
  const nothing = { blockingCycles: 0, sporadic: [] };
  const task = (cycles: number, periodCycles: number, priority: number) => ({ cycles, periodCycles, deadlineCycles: periodCycles, priority }); // prettier-ignore

  it("gives the response times of the examples in print", () => {
    const bounds = (...tasks: ReturnType<typeof task>[]): (number | null)[] =>
      fixedPriorityVerdicts(tasks, whole, nothing).map((verdict) => (verdict.isMet ? verdict.boundCycles : null));
    // Burns and Wellings, Real-Time Systems and Programming Languages, chapter 11: task sets B and C.
    expect(bounds(task(10, 30, 3), task(10, 40, 2), task(12, 50, 1))).toEqual([10, 20, null]);
    expect(bounds(task(40, 80, 1), task(10, 40, 2), task(5, 20, 3))).toEqual([80, 15, 5]);
  });
});

describe("a description", () => {
  const GOOD = (slow: string): string => `[machine]
frequency = "100 MHz"

[partition.loops]
class = "realtime"
program = "a.elf"
core = 0

[partition.loops.thread.fast]
period = "2 ms"
wcet = "800 us"
priority = 20

[partition.loops.thread.slow]
entry = "_start"
period = "10 ms"
wcet = "${slow}"
priority = 10
`;

  it("whose threads say what they run at most has a bound for each", () => {
    const plan = load(GOOD("4 ms"));
    const [fast, slow] = boundResponses(plan).map(({ verdict }) => verdict);
    expect(fast).toMatchObject({ isMet: true });
    expect(boundsByThread(plan).get(0)).toBeGreaterThan(80_000);
    expect(boundsByThread(plan).get(0)).toBeLessThan(82_000);
    expect(slow).toMatchObject({ isMet: true });
    expect(boundsByThread(plan).get(1)).toBeGreaterThan(640_000);
  });

  it("with a thread that may be late is refused, with the time at which it breaks and the largest wcet that would do", () => {
    const refusal = refusalOf(GOOD("7 ms"));
    expect(refusal.pointsAt).toBe('"7 ms"');
    expect(refusal.problem).toMatch(
      /^thread "slow" of partition "loops" may miss its deadline: "10 ms" after a release there are "10 ms" for certain, and "11.\d+ ms" may be needed$/,
    );
    const largest = /wcet = "([^"]+)"/.exec(refusal.hint)?.[1] ?? "";
    expect(Number.parseFloat(largest)).toBeGreaterThan(5.9);
    expect(() => load(GOOD(largest))).not.toThrow();
  });

  it("that does not say so is not judged, and the reason is told", () => {
    const plan = load(GOOD("4 ms").replace('wcet = "800 us"\n', ""));
    expect(boundResponses(plan).map(({ verdict, reason }) => [verdict, reason])).toEqual([
      [null, 'thread "fast" has no wcet'],
      [null, 'thread "fast" has no wcet'],
    ]); // prettier-ignore
    expect(boundResponses(load(GOOD("9 ms").replace('"realtime"', '"olap"')))[0].reason).toContain(
      "its policy, stride",
    );
  });
});

describe("admitted systems on the model", () => {
  it("are never observed above a bound, under fixed priorities and earliest deadline first, wherever they run", () => {
    const first = Number(process.env.HALLOWS_SEED ?? 1);
    let judged = 0;
    for (let seed = first; seed < first + 100; seed++) {
      const found = findViolation(seed);
      expect([seed, found.violation]).toEqual([seed, ""]);
      judged += found.bounds;
    }
    expect(judged).toBeGreaterThan(60);
  });

  it.each(["response-forgets-others", "supply-has-a-budget-too-many"])("notice the mistake %s", async (name) => {
    const mutant = createMutant(name);
    try {
      const library = await mutant.load<AdmissionLibrary>("system/admission/admit.js");
      const isNoticed = Array.from({ length: 150 }, (_, index) => index + 1).some((seed) =>
        findViolation(seed, library).violation.includes("above its bound"),
      );
      expect(isNoticed).toBe(true);
    } finally {
      mutant.remove();
    }
  });
});
