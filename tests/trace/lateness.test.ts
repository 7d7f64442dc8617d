import { describe, expect, it } from "vitest";
import { KERNEL_STEP_NAMES, KERNEL_STEPS, pricesByStep, type KernelStepWord } from "../../dist/hal/index.js";
import { flatProfile } from "../../dist/machine/timing/flat.js";
import { causeNames, type createLateness } from "../../dist/trace/index.js";
import {
  call,
  CALL,
  EVENT,
  loop,
  NO_DEADLINE,
  periodicWait,
  random,
  rig,
  run,
  type ModelAction,
  type Rig,
  type RigOptions,
  type SystemSketch,
  type ThreadSketch,
} from "../kernel/fixture.js";
import { createMutant } from "../mutant.js";

const NAMES = causeNames(KERNEL_STEP_NAMES);
const sum = (cycles: readonly number[]): number => cycles.reduce((total, more) => total + more, 0);

/** Each activation of a system by the plain events: when it started, and when the kernel noted its end. */
function byEvents({ events }: Rig): { thread: number; dueAt: number; startedAt: number; finishedAt: number }[] {
  const open = new Map<number, { dueAt: number; startedAt: number }>();
  const over: { thread: number; dueAt: number; startedAt: number; finishedAt: number }[] = [];
  for (const { kind, cycle, thread, a, b } of events) {
    const now = open.get(thread);
    const end = (): void => {
      if (now === undefined) return;
      over.push({ thread, ...now, finishedAt: cycle });
      open.delete(thread);
    };
    if (kind === EVENT.wake && (a === 0 || a === 5)) open.delete(thread);
    if (kind === EVENT.dispatch && now !== undefined && now.startedAt < 0) now.startedAt = cycle;
    if (kind === EVENT.block && a === 1) end();
    if (kind === EVENT.release) {
      end();
      open.set(thread, { dueAt: b, startedAt: -1 });
    }
    if (kind === EVENT.threadExit) open.delete(thread);
  }
  return over;
}

describe("the ledger of lateness", () => {
  it("divides the time of each activation among causes that add up to it, in systems of any shape", () => {
    const seed = Number(process.env.HALLOWS_SEED ?? 1);
    const next = random(seed);
    const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
    for (let round = 0; round < 40; round++) {
      const system = rig(randomSystem(whole));
      system.runUntil(60_000);
      const accounts = system.lateness.accounts();
      const found = system.activations.map(({ thread, dueAt, startedAt, finishedAt }) => ({
        thread,
        dueAt,
        startedAt,
        finishedAt,
      }));
      const byThread = (rows: typeof found): typeof found => rows.toSorted((a, b) => a.thread - b.thread);
      expect(byThread(found), `seed ${seed}, round ${round}`).toEqual(byThread(byEvents(system)));
      for (const { dueAt, startedAt, finishedAt, startCauses, causes } of system.activations) {
        expect(sum(startCauses), `seed ${seed}, round ${round}`).toBe(startedAt - dueAt);
        expect(sum(causes), `seed ${seed}, round ${round}`).toBe(finishedAt - dueAt);
        expect(Math.min(...causes, ...startCauses)).toBeGreaterThanOrEqual(0);
      }
      accounts.forEach(({ activations, responseCycles, causes, mostStartCauses, mostStartCycles }, thread) => {
        expect(activations).toBe(found.filter((row) => row.thread === thread).length);
        expect(sum(causes)).toBe(responseCycles);
        if (activations > 0) expect(sum(mostStartCauses)).toBe(mostStartCycles);
      });
    }
  });

  function randomSystem(whole: (least: number, most: number) => number): SystemSketch {
    const step = (): ModelAction[] =>
      [
        [run(whole(1, 400))],
        [call(CALL.yield)],
        [call(CALL.notify, 0)],
        [call(CALL.wait, 1, { fromNow: whole(1, 500) })],
        [call(CALL.wait, 0, { fromNow: whole(1, 300) })],
      ][whole(0, 4)];
    const thread = (): ThreadSketch => {
      const isPeriodic = whole(0, 3) > 0;
      const steps = Array.from({ length: whole(1, 4) }, step).flat();
      const period = whole(600, 4_000);
      const overrun = (["catch up", "skip", "next"] as const)[whole(0, 2)];
      return isPeriodic
        ? { program: [...steps, periodicWait, loop()], period, deadline: period, priority: whole(1, 5), overrun }
        : { program: [...steps, run(1), loop()], priority: whole(1, 5) };
    };
    const threads = (): ThreadSketch[] => Array.from({ length: whole(1, 3) }, thread);
    return {
      partitions: {
        a: { threads: threads() },
        b: { threads: threads(), class: "backend" },
        c: { core: 1, threads: threads() },
      },
      channels: [
        { from: "a", to: "c" },
        { from: "c", to: "b" },
      ],
      windows: {
        0: {
          frame: 10_000,
          windows: [
            ["a", 0, 3_500],
            ["b", 4_000, 3_500],
          ],
        },
      },
    };
  }

  it("goes on as it was after a restore", () => {
    const system = rig({
      partitions: { me: { threads: [{ program: [run(300), periodicWait, loop()], period: 1_000, deadline: 900 }] } },
    });
    system.runUntil(10_500);
    const [machine, kernel, lateness] = [system.hal.save(), system.kernel.save(), system.lateness.save()];
    system.runUntil(20_000);
    const expected = system.lateness.accounts();
    system.hal.restore(machine);
    system.kernel.restore(kernel);
    system.lateness.restore(lateness);
    system.runUntil(20_000);
    expect(system.lateness.accounts()).toEqual(expected);
  });
});

/** A system into which `cycles` of one cause can be put, and the activation that suffers. */
interface Injection {
  readonly system: (cycles: number) => SystemSketch;
  readonly options?: (cycles: number) => RigOptions;
  readonly index: number;
  /** Which part of it is looked at: until it started, or what came after. */
  readonly part: "start" | "rest";
  /** By how much the cause grows, where not by the cycles put in. */
  readonly grows?: (cycles: number, before: Rig, after: Rig) => number;
}

function dearer(word: KernelStepWord, cycles: number): RigOptions {
  const costs = [...pricesByStep(flatProfile.kernelStepCycles)];
  costs[KERNEL_STEPS[word].number] += cycles;
  return { costs };
}

const PERIOD = 5_000;
const victim = (...actions: ModelAction[]): ThreadSketch => ({
  program: [...actions, periodicWait, loop()],
  period: PERIOD,
  deadline: PERIOD,
  priority: 10,
});
const alone = (): SystemSketch => ({ partitions: { me: { threads: [victim(run(100))] } } });
/** Two windows of the victim, one of another partition between them. */
const windows = (cycles: number): SystemSketch => ({
  partitions: {
    me: { threads: [{ ...victim(run(5_000)), period: 20_000, deadline: 20_000 }] },
    other: { threads: [{ program: [run(1_000), loop()] }] },
  },
  windows: {
    0: {
      frame: 20_000,
      windows: [
        ["me", 0, 4_000],
        ["other", 4_000, 3_000 + cycles],
        ["me", 7_000 + cycles, 10_000],
      ],
    },
  },
});

const INJECTIONS: Readonly<Record<string, Injection>> = {
  "own work": {
    system: (cycles) => ({ partitions: { me: { threads: [victim(run(100 + cycles))] } } }),
    index: 2,
    part: "rest",
  },
  "earlier activation": {
    system: (cycles) => ({
      partitions: {
        me: {
          threads: [{ ...victim(), program: [run(6_000 + cycles), periodicWait, run(10), periodicWait, loop(2)] }],
        },
      },
    }),
    index: 1,
    part: "start",
  },
  timer: { system: alone, options: (cycles) => dearer("interrupt-entry", cycles), index: 2, part: "start" },
  "kernel: arm timer": { system: alone, options: (cycles) => dearer("arm-timer", cycles), index: 2, part: "start" },
  "kernel: interrupt return": {
    system: () => ({
      partitions: {
        me: {
          threads: [victim(run(3_000)), { ...victim(call(CALL.wait, 0, { fromNow: 1_000 }), run(50)), priority: 20 }],
        },
      },
    }),
    options: (cycles) => dearer("interrupt-return", cycles),
    index: 1,
    part: "rest",
  },
  "kernel: system call entry": {
    system: alone,
    options: (cycles) => dearer("system-call-entry", cycles),
    index: 2,
    part: "rest",
  },
  "kernel: system call return": {
    system: alone,
    options: (cycles) => dearer("system-call-return", cycles),
    index: 2,
    part: "start",
  },
  IPI: {
    system: () => ({
      partitions: {
        me: { threads: [victim(run(3_000))] },
        other: {
          core: 1,
          threads: [{ program: [call(CALL.wait, 0, { fromNow: PERIOD }), call(CALL.notify, 0), run(1e6)] }],
        },
      },
      channels: [{ from: "other", to: "me" }],
    }),
    options: (cycles) => dearer("interrupt-entry", cycles),
    index: 1,
    part: "rest",
  },
  doorbell: {
    system: (cycles) => ({
      partitions: {
        me: { threads: [victim(run(100), call(CALL.wait, 1, NO_DEADLINE), run(50))] },
        other: { core: 1, threads: [{ program: [run(2_000 + cycles), call(CALL.notify, 0), run(1e6)] }] },
      },
      channels: [{ from: "other", to: "me" }],
    }),
    index: 0,
    part: "rest",
  },
  "preemption off": {
    // The call of the lower thread begins just before the release, and later by what is put in.
    system: (cycles) => ({
      partitions: {
        me: {
          threads: [
            victim(run(100)),
            { program: [call(CALL.wait, 0, 4_500), run(390 + cycles), call(CALL.yield), run(1e6)], priority: 1 },
          ],
        },
      },
    }),
    index: 1,
    part: "start",
  },
  "higher priority": {
    system: (cycles) => ({
      partitions: {
        me: {
          threads: [
            victim(run(100)),
            { program: [run(200 + cycles), periodicWait, loop()], priority: 20, period: PERIOD, deadline: PERIOD },
          ],
        },
      },
    }),
    index: 1,
    part: "start",
  },
  lock: {
    system: (cycles) => ({
      partitions: {
        me: {
          threads: [
            victim(run(100), call(CALL.lock, 0, 1), run(50)),
            { program: [run(2_000 + cycles), call(CALL.unlock, 0), run(1e6)], priority: 1 },
          ],
        },
      },
    }),
    index: 0,
    part: "rest",
  },
  "other window": { system: windows, index: 1, part: "rest" },
  "window switch": {
    system: () => windows(0),
    options: (cycles) => dearer("address-space-switch", cycles),
    index: 1,
    part: "start",
    grows: (_, before, after) => after.kernel.bounds.switchCycles - before.kernel.bounds.switchCycles,
  },
};

type Maker = typeof createLateness;

function measure(injection: Injection, cycles: number, make?: Maker): { rig: Rig; causes: number[] } {
  const { system, options, index, part } = injection;
  const made = rig(system(cycles), { ...options?.(cycles), ...(make === undefined ? {} : { createLateness: make }) });
  made.runUntil(60_000);
  made.lateness.accounts();
  const found = made.activations.find((activation) => activation.thread === 0 && activation.index === index);
  if (found === undefined) throw new Error(`there is no activation ${index}`);
  const { startCauses, causes } = found;
  return { rig: made, causes: part === "start" ? [...startCauses] : causes.map((all, i) => all - startCauses[i]) };
}

/** What changes in the causes, and what should. */
function inject(name: string, cycles: number, make?: Maker): { changes: unknown[]; expected: unknown[] } {
  const injection = INJECTIONS[name];
  const before = measure(injection, 0, make);
  const after = measure(injection, cycles, make);
  const changes = NAMES.flatMap((cause, i) =>
    after.causes[i] === before.causes[i] ? [] : [[cause, after.causes[i] - before.causes[i]]],
  );
  return { changes, expected: [[name, injection.grows?.(cycles, before.rig, after.rig) ?? cycles]] };
}

describe("cycles of one cause that are put into a system", () => {
  it.each(Object.keys(INJECTIONS))("make its bucket larger by as many, and no other: %s", (name) => {
    for (const cycles of [1, 7]) {
      const { changes, expected } = inject(name, cycles);
      expect(changes).toEqual(expected);
    }
  });

  it.each([
    "locks-are-forgotten",
    "time-before-the-release-counts",
    "releases-are-never-late",
    "switches-are-forgotten",
  ])("show a ledger with the mistake %s", async (mistake) => {
    const mutant = createMutant(mistake);
    try {
      const library = await mutant.load<{ createLateness: Maker }>("trace/index.js");
      const wrong = Object.keys(INJECTIONS).filter((name) => {
        const { changes, expected } = inject(name, 7, library.createLateness);
        return JSON.stringify(changes) !== JSON.stringify(expected);
      });
      expect(wrong).not.toEqual([]);
    } finally {
      mutant.remove();
    }
  });
});
