import { describe, expect, it } from "vitest";
import { earliestDeadline, fixedPriority, type Policy } from "../../dist/scheduler/index.js";
import { call, CALL, EVENT, ledgerErrors, loop, periodicWait, random, rig, run, type ThreadSketch } from "./fixture.js";

/** A task of the textbooks, in units of 10,000 cycles. */
interface Task {
  readonly work: number;
  readonly period: number;
  readonly deadline?: number;
}

const UNIT = 10_000;

/** What the kernel takes from each job at most, in these systems: two switches, a call and a timer. */
const OVERHEAD = 400;

/** `urgency`: a task's priority by its place among the tasks, shortest deadline last. */
function threadsOf(tasks: readonly Task[], urgency: (place: number) => number): ThreadSketch[] {
  const deadlineOf = ({ deadline, period }: Task): number => deadline ?? period;
  const byDeadline = tasks.toSorted((a, b) => deadlineOf(b) - deadlineOf(a));
  return tasks.map((task) => ({
    program: [run(Math.round(task.work * UNIT) - OVERHEAD), periodicWait, loop()],
    period: task.period * UNIT,
    deadline: deadlineOf(task) * UNIT,
    priority: urgency(byDeadline.indexOf(task)),
  }));
}

/** Deadlines missed. Priorities are deadline monotonic unless `urgency` says otherwise. */
function missed(tasks: readonly Task[], policy: Policy, units = 700, urgency = (place: number) => place): number {
  const threads = threadsOf(tasks, urgency);
  const system = rig({ partitions: { me: { threads } } }, { policies: { realtime: policy } });
  system.runUntil(units * UNIT);
  expect(ledgerErrors(system)).toEqual([]);
  expect(system.of(EVENT.replaced)).toEqual([]);
  const releases = tasks.reduce((sum, { period }) => sum + Math.floor(units / period), 0);
  expect(system.of(EVENT.release).length).toBeGreaterThanOrEqual(releases);
  return system.of(EVENT.missed).length;
}

describe("earliest deadline first", () => {
  it.each<[string, readonly Task[]]>([
    ["uses 0.97 of the core, beyond the bound of Liu and Layland", [{ work: 2, period: 5 }, { work: 4, period: 7 }]],
    ["uses the whole core", [{ work: 2, period: 4 }, { work: 3, period: 6 }]],
    ["uses the whole core with three tasks", [{ work: 1, period: 3 }, { work: 1, period: 4 }, { work: 5, period: 12 }]],
    ["has deadlines before the ends of periods", [{ work: 2, period: 6, deadline: 5 }, { work: 2, period: 8, deadline: 4 }, { work: 4, period: 12, deadline: 10 }]],
  ])("meets every deadline of a set that %s", (_, tasks) => {
    expect(missed(tasks, earliestDeadline)).toBe(0);
  }); // prettier-ignore

  it("meets deadlines that no order of priorities meets", () => {
    for (const tasks of [
      [{ work: 2, period: 5 }, { work: 4, period: 7 }],
      [{ work: 2, period: 4 }, { work: 3, period: 6 }],
    ]) {
      expect(missed(tasks, fixedPriority)).toBeGreaterThan(0);
      expect(missed(tasks, fixedPriority, 700, (place) => 1 - place)).toBeGreaterThan(0);
      expect(missed(tasks, earliestDeadline)).toBe(0);
    }
  }); // prettier-ignore

  it("meets every deadline of random sets that use less than the core", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const next = random(seed);
      const periods = Array.from({ length: 2 + Math.floor(next() * 4) }, () => 4 + Math.floor(next() * 20));
      const shares = periods.map(() => 0.2 + next());
      const total = shares.reduce((sum, share) => sum + share, 0);
      const tasks = periods.map((period, i) => ({ period, work: Math.max(0.1, (period * shares[i]) / total) }));
      expect(missed(tasks, earliestDeadline, 300), `seed ${seed}`).toBe(0);
    }
  });

  it("gives the core away when a thread goes on at once with an activation that is due later", () => {
    // Thread 0 overruns its first period, so its second activation begins without a wait; thread 1 is due before that.
    const overrunning = [run(45_000), periodicWait, run(5_000), call(CALL.report), run(100_000)];
    const system = rig(
      {
        partitions: {
          me: {
            threads: [
              { program: overrunning, period: 40_000, deadline: 40_000 },
              { program: [run(10_000), periodicWait, loop()], period: 60_000, deadline: 60_000 },
            ],
          },
        },
      },
      { policies: { realtime: earliestDeadline } },
    );
    system.runUntil(70_000);
    const told = system.of(EVENT.call).map(({ thread, a }) => [thread, a]);
    expect(told).toEqual([[0, CALL.periodic_wait], [1, CALL.periodic_wait], [0, CALL.report]]); // prettier-ignore
    expect(system.of(EVENT.missed).map(({ thread }) => thread)).toEqual([0]);
  });
});
