/**
 * How long an activation takes at most: response-time analysis for fixed priorities (Joseph and Pandya 1986, Audsley
 * 1993) and the demand of deadlines for earliest deadline first (Baruah 1990), against what a partition is supplied.
 * The kernel's paths are counted with the threads for which they run. Pure.
 */
import type { Cycles } from "../../units.js";
import type { Supply } from "./supply.js";

export interface Task {
  /** What an activation runs at most, the kernel's work for it included. */
  readonly cycles: Cycles;
  readonly periodCycles: Cycles;
  readonly deadlineCycles: Cycles;
  readonly priority: number;
}

export interface Interference {
  /** The longest path of the kernel that nothing interrupts. */
  readonly blockingCycles: Cycles;
  /** What comes whatever the tasks do: `cycles` at most once in each `spacingCycles`. */
  readonly sporadic: readonly { readonly cycles: Cycles; readonly spacingCycles: Cycles }[];
}

/** The bound, or where there is none by the deadline. */
export type Verdict =
  | { readonly isMet: true; readonly boundCycles: Cycles }
  | {
      readonly isMet: false;
      readonly atCycles: Cycles;
      readonly neededCycles: Cycles;
      readonly suppliedCycles: Cycles;
    };

/** Beyond as many steps, deadlines or periods nobody looks: then there is no bound. */
const MOST_STEPS = 10_000;
const MOST_DEADLINES = 4_000;
const MOST_PERIODS = 1_000;

function sporadicCycles({ sporadic }: Interference, length: Cycles): Cycles {
  return sporadic.reduce((sum, { cycles, spacingCycles }) => sum + (Math.ceil(length / spacingCycles) + 1) * cycles, 0);
}

/** Of each task under fixed priorities, equals first in, first out. */
export function fixedPriorityVerdicts(tasks: readonly Task[], supply: Supply, interference: Interference): Verdict[] {
  return tasks.map((task, index) => {
    // mutant response-forgets-others: const others: Task[] = [];
    const others = tasks.filter((other, position) => position !== index && other.priority >= task.priority);
    const needed = (length: Cycles): Cycles =>
      interference.blockingCycles +
      task.cycles +
      sporadicCycles(interference, length) +
      others.reduce((sum, { cycles, periodCycles }) => sum + Math.ceil(length / periodCycles) * cycles, 0);
    let length = 1;
    for (let step = 0; step < MOST_STEPS && length <= task.deadlineCycles; step++) {
      const next = supply.lengthFor(needed(length));
      if (next <= length) return { isMet: true, boundCycles: length };
      length = next;
    }
    return late(task.deadlineCycles, needed, supply);
  });
}

function late(atCycles: Cycles, needed: (length: Cycles) => Cycles, supply: Supply): Verdict {
  return { isMet: false, atCycles, neededCycles: needed(atCycles), suppliedCycles: supply.bound(atCycles) };
}

/** Under earliest deadline first each has its deadline for a bound, or the first moment that breaks is everybody's. */
export function earliestDeadlineVerdicts(
  tasks: readonly Task[],
  supply: Supply,
  interference: Interference,
): Verdict[] {
  const demand = (length: Cycles): Cycles =>
    interference.blockingCycles +
    sporadicCycles(interference, length) +
    tasks.reduce(
      (sum, { cycles, periodCycles, deadlineCycles }) =>
        sum + Math.max(0, Math.floor((length - deadlineCycles) / periodCycles) + 1) * cycles,
      0,
    );
  const breaksAt = firstBreak(tasks, demand, supply, interference);
  return tasks.map(({ deadlineCycles }) =>
    breaksAt === null ? { isMet: true, boundCycles: deadlineCycles } : late(breaksAt, demand, supply),
  );
}

/** The first deadline at which more is demanded than supplied; null where there is none in a busy period. */
function firstBreak(
  tasks: readonly Task[],
  demand: (length: Cycles) => Cycles,
  supply: Supply,
  interference: Interference,
): Cycles | null {
  const longest = Math.max(...tasks.map(({ periodCycles }) => periodCycles));
  const most = MOST_PERIODS * longest;
  const busy = busyPeriod(tasks, supply, interference, most);
  const deadlines = new Set<Cycles>();
  for (const { deadlineCycles, periodCycles } of tasks)
    for (let at = deadlineCycles; at <= Math.min(busy, most) && deadlines.size < MOST_DEADLINES; at += periodCycles)
      deadlines.add(at);
  for (const at of [...deadlines].toSorted((a, b) => a - b)) if (demand(at) > supply.bound(at)) return at;
  return busy > most || deadlines.size >= MOST_DEADLINES ? longest : null;
}

/** The longest time for which the partition can have something to do without a pause; Infinity beyond `most`. */
function busyPeriod(tasks: readonly Task[], supply: Supply, interference: Interference, most: Cycles): Cycles {
  let length = 1;
  for (let step = 0; step < MOST_STEPS && length <= most; step++) {
    const work =
      interference.blockingCycles +
      sporadicCycles(interference, length) +
      tasks.reduce((sum, { cycles, periodCycles }) => sum + Math.ceil(length / periodCycles) * cycles, 0);
    const next = supply.lengthFor(work);
    if (next <= length) return length;
    length = next;
  }
  return Infinity;
}
