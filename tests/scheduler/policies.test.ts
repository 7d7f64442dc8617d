import { describe, expect, it } from "vitest";
import {
  CLASS_POLICIES,
  firstCome,
  quantumCycles,
  fixedPriority,
  roundRobin,
  type Job,
  type Policy,
  type PolicyThread,
} from "../../dist/scheduler/index.js";
import { random } from "../kernel/fixture.js";
import { CLOCK, jobOf, threadOf, TIME } from "./fixture.js";

function threads(...priorities: number[]): PolicyThread[] {
  return priorities.map((priority, thread) => threadOf({ thread, priority }));
}

/** A thread without period, as these policies see it: they look at its number alone. */
const JOBS: readonly Job[] = Array.from({ length: 8 }, (_, thread) => jobOf({ thread }));
const job = (thread: number): Job => JOBS[thread];

describe("fixed priority", () => {
  const start = (...priorities: number[]) => fixedPriority.create(threads(...priorities), TIME);

  it("picks the most urgent, equals in order of arrival", () => {
    const state = start(1, 5, 5, 3);
    for (const thread of [0, 2, 1, 3]) fixedPriority.enqueue(state, job(thread));
    const order: number[] = [];
    for (
      let thread = fixedPriority.pick(state, -1, CLOCK);
      thread >= 0;
      thread = fixedPriority.pick(state, -1, CLOCK)
    ) {
      order.push(thread);
      fixedPriority.block(state, job(thread));
    }
    expect(order).toEqual([2, 1, 3, 0]);
  });
  it("keeps a preempted thread before its equals, and sends one that yields behind them", () => {
    const state = start(5, 5, 9);
    fixedPriority.enqueue(state, job(0));
    fixedPriority.enqueue(state, job(1));
    fixedPriority.enqueue(state, job(2));
    expect(fixedPriority.pick(state, -1, CLOCK)).toBe(2);
    fixedPriority.block(state, job(2));
    expect(fixedPriority.pick(state, -1, CLOCK)).toBe(0);
    fixedPriority.yield(state, job(0));
    expect(fixedPriority.pick(state, -1, CLOCK)).toBe(1);
  });
  it("follows a handover past equals and never past someone more urgent", () => {
    const state = start(5, 5, 9);
    fixedPriority.enqueue(state, job(0));
    fixedPriority.enqueue(state, job(1));
    expect(fixedPriority.pick(state, 1, CLOCK)).toBe(1);
    expect(fixedPriority.pick(state, -1, CLOCK)).toBe(1);
    fixedPriority.enqueue(state, job(2));
    expect(fixedPriority.pick(state, 0, CLOCK)).toBe(2);
  });
  it("never asks to be asked again", () => expect(fixedPriority.slice(start(1), job(0))).toBe(Infinity));
});

describe("a quantum", () => {
  it("is as long as was chosen, where switches take little of it", () => {
    expect(quantumCycles(5e-6, { frequencyHz: 3e9, switchCycles: 86 })).toBe(15_000);
  });
  it.each([1e3, 1e5, 1e6, 1e8])("is ten switches at least, at %d Hz", (frequencyHz) => {
    expect(quantumCycles(5e-6, { frequencyHz, switchCycles: 86 })).toBe(860);
    const state = firstCome.create(threads(0, 0), { frequencyHz, switchCycles: 86 });
    for (const thread of [0, 1]) firstCome.enqueue(state, job(thread));
    expect(firstCome.slice(state, job(0))).toBe(860);
  });
});

describe("first come first served", () => {
  const start = () => firstCome.create(threads(0, 0, 0), TIME);

  it("runs to completion in order of arrival while nobody has run 5 µs", () => {
    const state = start();
    for (const thread of [2, 0, 1]) firstCome.enqueue(state, job(thread));
    firstCome.charge(state, job(2), 4_999);
    expect(firstCome.pick(state, -1, CLOCK)).toBe(2);
    firstCome.block(state, job(2));
    expect(firstCome.pick(state, -1, CLOCK)).toBe(0);
  });
  it("sends a thread to the tail after 5 µs when others wait", () => {
    const state = start();
    firstCome.enqueue(state, job(0));
    expect(firstCome.slice(state, job(0))).toBe(Infinity);
    firstCome.charge(state, job(0), 90_000);
    expect(firstCome.pick(state, -1, CLOCK)).toBe(0);
    firstCome.enqueue(state, job(1));
    expect(firstCome.pick(state, -1, CLOCK)).toBe(1);
    expect(firstCome.slice(state, job(1))).toBe(5_000);
    firstCome.charge(state, job(1), 2_000);
    expect(firstCome.slice(state, job(1))).toBe(3_000);
  });
  it("runs the thread that was handed the core", () => {
    const state = start();
    for (const thread of [0, 1, 2]) firstCome.enqueue(state, job(thread));
    expect(firstCome.pick(state, 2, CLOCK)).toBe(2);
    firstCome.block(state, job(2));
    expect(firstCome.pick(state, -1, CLOCK)).toBe(0);
  });
});

describe("every policy", () => {
  const all: Record<string, Policy> = { ...CLASS_POLICIES, fallback: roundRobin };
  it.each(Object.keys(all))("(%s) picks a ready thread whenever there is one, over random histories", (name) => {
    const policy = all[name];
    const wrong: string[] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const state = policy.create(threads(...Array.from({ length: 8 }, () => Math.floor(next() * 4))), TIME);
      const ready = new Set<number>();
      for (let step = 0; step < 200; step++) {
        const thread = Math.floor(next() * 8);
        if (!ready.has(thread)) {
          policy.enqueue(state, job(thread));
          ready.add(thread);
        } else if (next() < 0.5) {
          policy.block(state, job(thread));
          ready.delete(thread);
        } else policy.yield(state, job(thread));
        const picked = policy.pick(state, ready.has(thread) && next() < 0.3 ? thread : -1, CLOCK);
        const isRight = ready.size === 0 ? picked === -1 : ready.has(picked) && policy.slice(state, job(picked)) >= 1;
        if (!isRight) wrong.push(`seed ${seed} step ${step} picked ${picked}`);
        if (picked >= 0) policy.charge(state, job(picked), Math.floor(next() * 9_000));
      }
      expect(structuredClone(state)).toEqual(state);
    }
    expect(wrong).toEqual([]);
  });
  it("(round robin) starves nobody", () => {
    const state = roundRobin.create(threads(9, 0, 0), TIME);
    for (const thread of [0, 1, 2]) roundRobin.enqueue(state, job(thread));
    const seen: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const thread = roundRobin.pick(state, -1, CLOCK);
      seen.push(thread);
      roundRobin.charge(state, job(thread), roundRobin.slice(state, job(thread)));
    }
    expect(seen).toEqual([0, 1, 2, 0, 1, 2]);
  });
});
