/**
 * How much of its core a partition gets at least in any interval of a length: its supply bound function, and the
 * inverse. Pure.
 *
 * - On a core of its own: all of it.
 * - With windows: what they have behind their switches, counted from the worst moment, which is the end of a window.
 * - With a reservation: a budget in each period, served as late as that allows (the periodic resource of Shin and Lee,
 *   RTSS 2003): at worst nothing for two periods less two budgets.
 */
import type { CorePlan, PartitionPlan } from "../../kernel/plan.js";
import type { Cycles } from "../../units.js";

export interface Supply {
  /** Least cycles in any interval of `length`. Never decreases. */
  bound(length: Cycles): Cycles;
  /** The least length in which there are `cycles` for certain. */
  lengthFor(cycles: Cycles): Cycles;
}

/** Null where a partition is promised nothing. `switchCycles`: what a window loses at its start. */
export function supplyOf(core: CorePlan, { id }: PartitionPlan, switchCycles: Cycles): Supply | null {
  switch (core.kind) {
    case "dedicated":
      return { bound: (length) => length, lengthFor: (cycles) => cycles };
    case "windows":
      return windowSupply(
        core.frameCycles,
        core.windows
          .filter(({ partition }) => partition === id)
          .map(({ startCycles, lengthCycles }) => [startCycles + switchCycles, startCycles + lengthCycles] as const),
      );
    case "reservations": {
      const reservation = core.reservations.find(({ partition }) => partition === id);
      return reservation === undefined ? null : reservedSupply(reservation.budgetCycles, reservation.periodCycles);
    }
    case "off":
      return null;
  }
}

type Stretch = readonly [from: Cycles, to: Cycles];

/** `stretches`: what there is of each frame, in order. */
export function windowSupply(frameCycles: Cycles, stretches: readonly Stretch[]): Supply {
  const perFrame = stretches.reduce((sum, [from, to]) => sum + to - from, 0);
  /** What there is from the end of stretch `start` on, frame after frame. */
  const from = (start: number, length: Cycles): Cycles => {
    const begin = stretches[start][1];
    const frames = Math.floor(length / frameCycles);
    const end = begin + (length - frames * frameCycles);
    let cycles = frames * perFrame;
    for (const [a, b] of stretches)
      for (const shift of [0, frameCycles])
        cycles += Math.max(0, Math.min(b + shift, end) - Math.max(a + shift, begin));
    return cycles;
  };
  const bound = (length: Cycles): Cycles => Math.min(...stretches.map((_, start) => from(start, length)));
  return { bound, lengthFor: (cycles) => leastLength(bound, cycles, frameCycles * Math.ceil(cycles / perFrame + 1)) };
}

export function reservedSupply(budgetCycles: Cycles, periodCycles: Cycles): Supply {
  const gap = periodCycles - budgetCycles;
  const bound = (length: Cycles): Cycles => {
    // mutant supply-has-a-budget-too-many: const periods = 1 + Math.max(0, Math.floor((length - gap) / periodCycles));
    const periods = Math.max(0, Math.floor((length - gap) / periodCycles));
    // mutant supply-forgets-a-gap: const rest = length - gap - periods * periodCycles;
    const rest = length - 2 * gap - periods * periodCycles;
    return periods * budgetCycles + Math.min(budgetCycles, Math.max(0, rest));
  };
  return { bound, lengthFor: (cycles) => leastLength(bound, cycles, periodCycles * (cycles / budgetCycles + 3)) };
}

/** By halving; `most` is enough for certain. */
function leastLength(bound: Supply["bound"], cycles: Cycles, most: Cycles): Cycles {
  let [low, high] = [0, Math.ceil(most)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (bound(middle) >= cycles) high = middle;
    else low = middle + 1;
  }
  return low;
}
