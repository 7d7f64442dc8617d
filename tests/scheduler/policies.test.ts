import { describe, expect, it } from "vitest";
import {
  CLASS_POLICIES,
  firstCome,
  fixedPriority,
  roundRobin,
  type Policy,
  type PolicyThread,
} from "../../dist/scheduler/index.js";
import { random } from "../kernel/fixture.js";

function threads(...priorities: number[]): PolicyThread[] {
  return priorities.map((priority, thread) => ({ thread, priority, periodCycles: null, deadlineCycles: null }));
}

describe("fixed priority", () => {
  const start = (...priorities: number[]) => fixedPriority.create(threads(...priorities), 1e9);

  it("picks the most urgent, equals in order of arrival", () => {
    const state = start(1, 5, 5, 3);
    for (const thread of [0, 2, 1, 3]) fixedPriority.enqueue(state, thread);
    const order: number[] = [];
    for (let thread = fixedPriority.pick(state, -1); thread >= 0; thread = fixedPriority.pick(state, -1)) {
      order.push(thread);
      fixedPriority.block(state, thread);
    }
    expect(order).toEqual([2, 1, 3, 0]);
  });
  it("keeps a preempted thread before its equals, and sends one that yields behind them", () => {
    const state = start(5, 5, 9);
    fixedPriority.enqueue(state, 0);
    fixedPriority.enqueue(state, 1);
    fixedPriority.enqueue(state, 2);
    expect(fixedPriority.pick(state, -1)).toBe(2);
    fixedPriority.block(state, 2);
    expect(fixedPriority.pick(state, -1)).toBe(0);
    fixedPriority.yield(state, 0);
    expect(fixedPriority.pick(state, -1)).toBe(1);
  });
  it("follows a handover past equals and never past someone more urgent", () => {
    const state = start(5, 5, 9);
    fixedPriority.enqueue(state, 0);
    fixedPriority.enqueue(state, 1);
    expect(fixedPriority.pick(state, 1)).toBe(1);
    expect(fixedPriority.pick(state, -1)).toBe(1);
    fixedPriority.enqueue(state, 2);
    expect(fixedPriority.pick(state, 0)).toBe(2);
  });
  it("never asks to be asked again", () => expect(fixedPriority.slice(start(1), 0)).toBe(Infinity));
});

describe("first come first served", () => {
  const start = () => firstCome.create(threads(0, 0, 0), 1e9);

  it("runs to completion in order of arrival while nobody has run 5 µs", () => {
    const state = start();
    for (const thread of [2, 0, 1]) firstCome.enqueue(state, thread);
    firstCome.charge(state, 2, 4_999);
    expect(firstCome.pick(state, -1)).toBe(2);
    firstCome.block(state, 2);
    expect(firstCome.pick(state, -1)).toBe(0);
  });
  it("sends a thread to the tail after 5 µs when others wait", () => {
    const state = start();
    firstCome.enqueue(state, 0);
    expect(firstCome.slice(state, 0)).toBe(Infinity);
    firstCome.charge(state, 0, 90_000);
    expect(firstCome.pick(state, -1)).toBe(0);
    firstCome.enqueue(state, 1);
    expect(firstCome.pick(state, -1)).toBe(1);
    expect(firstCome.slice(state, 1)).toBe(5_000);
    firstCome.charge(state, 1, 2_000);
    expect(firstCome.slice(state, 1)).toBe(3_000);
  });
  it("runs the thread that was handed the core", () => {
    const state = start();
    for (const thread of [0, 1, 2]) firstCome.enqueue(state, thread);
    expect(firstCome.pick(state, 2)).toBe(2);
    firstCome.block(state, 2);
    expect(firstCome.pick(state, -1)).toBe(0);
  });
});

describe("every policy", () => {
  const all: Record<string, Policy> = { ...CLASS_POLICIES, fallback: roundRobin };
  it.each(Object.keys(all))("(%s) picks a ready thread whenever there is one, over random histories", (name) => {
    const policy = all[name];
    const wrong: string[] = [];
    for (let seed = 1; seed <= 200; seed++) {
      const next = random(seed);
      const state = policy.create(threads(...Array.from({ length: 8 }, () => Math.floor(next() * 4))), 1e9);
      const ready = new Set<number>();
      for (let step = 0; step < 200; step++) {
        const thread = Math.floor(next() * 8);
        if (!ready.has(thread)) {
          policy.enqueue(state, thread);
          ready.add(thread);
        } else if (next() < 0.5) {
          policy.block(state, thread);
          ready.delete(thread);
        } else policy.yield(state, thread);
        const picked = policy.pick(state, ready.has(thread) && next() < 0.3 ? thread : -1);
        const isRight = ready.size === 0 ? picked === -1 : ready.has(picked) && policy.slice(state, picked) >= 1;
        if (!isRight) wrong.push(`seed ${seed} step ${step} picked ${picked}`);
        if (picked >= 0) policy.charge(state, picked, Math.floor(next() * 9_000));
      }
      expect(structuredClone(state)).toEqual(state);
    }
    expect(wrong).toEqual([]);
  });
  it("(round robin) starves nobody", () => {
    const state = roundRobin.create(threads(9, 0, 0), 1e9);
    for (const thread of [0, 1, 2]) roundRobin.enqueue(state, thread);
    const seen: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const thread = roundRobin.pick(state, -1);
      seen.push(thread);
      roundRobin.charge(state, thread, roundRobin.slice(state, thread));
    }
    expect(seen).toEqual([0, 1, 2, 0, 1, 2]);
  });
});
