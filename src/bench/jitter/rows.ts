/** A sweep as rows for tables and pictures: the seeds of a cell together, and what has the blame. Pure. */
import type { Cycles } from "../../units.js";
import { cellName, DISTURBANCES, type Cell } from "./cells.js";
import { addHistograms, summariseLatency, type Histogram, type Latency } from "./histogram.js";
import type { Blame, CellResult } from "./measure.js";
import type { SweepResults } from "./results.js";

export interface SweepRow {
  readonly name: string;
  readonly cell: Omit<Cell, "seed">;
  readonly frequencyHz: number;
  readonly histogram: Histogram;
  readonly latency: Latency | null;
  /** Of the largest sample. */
  readonly worst: Blame;
  /** Of all samples. */
  readonly blame: Blame;
  /**
   * Whether the measured partition's hash is, for each seed, the one that it has without the disturbance. "peer": the
   * disturbance rings it, so it isn't. Null where there is nothing to compare with.
   */
  readonly isUntouched: boolean | "peer" | null;
}

function addBlame(blames: readonly Blame[]): Blame {
  const sums: Record<string, Cycles> = {};
  for (const blame of blames)
    for (const [cause, cycles] of Object.entries(blame)) sums[cause] = (sums[cause] ?? 0) + cycles;
  return sums;
}

function isUntouched(cell: CellResult, all: readonly CellResult[]): boolean | null {
  const calm = all.find(
    (other) =>
      other.disturbance === "none" &&
      other.class === cell.class &&
      other.placement === cell.placement &&
      other.seed === cell.seed,
  );
  return calm === undefined ? null : calm.hash === cell.hash;
}

export function sweepRows({ cells }: SweepResults): SweepRow[] {
  const names = [...new Set(cells.map(cellName))];
  return names.map((name): SweepRow => {
    const mine = cells.filter((cell) => cellName(cell) === name);
    const histogram = addHistograms(mine.flatMap(({ threads }) => threads.map((thread) => thread.histogram)));
    const worst = mine.toSorted((a, b) => (b.latency?.max ?? -1) - (a.latency?.max ?? -1))[0];
    const { class: className, placement, disturbance, where, frequencyHz } = worst;
    const untouched = mine.map((cell) => isUntouched(cell, cells));
    return {
      name,
      cell: { class: className, placement, disturbance, where },
      frequencyHz,
      histogram,
      latency: summariseLatency(histogram),
      worst: worst.worst?.blame ?? {},
      blame: addBlame(mine.map(({ blame }) => blame)),
      isUntouched:
        DISTURBANCES[disturbance].rings === "measured"
          ? "peer"
          : untouched.includes(null)
            ? null
            : untouched.every((same) => same === true),
    };
  });
}

/** The kernel's steps as one, largest first: [["window switch", 687], ["own work", 1]]. */
export function summariseBlame(blame: Blame): [cause: string, cycles: Cycles][] {
  const sums: Record<string, Cycles> = {};
  for (const [cause, cycles] of Object.entries(blame)) {
    const name = cause.startsWith("kernel: ") ? "kernel" : cause;
    sums[name] = (sums[name] ?? 0) + cycles;
  }
  return Object.entries(sums).toSorted(([, a], [, b]) => b - a);
}
