/**
 * Which differences between two sweeps are real. Cells with equal seeds are the same run of two systems: they are
 * compared to the cycle. Where seeds differ, the distributions of a cell over all its seeds are, by a test.
 *
 * The test is Kolmogorov's and Smirnov's for two samples, with the asymptotic distribution of its statistic, and Holm's
 * step-down correction over all cells compared: the chance that any cell of two equal systems is called different is
 * at most the error rate. It takes samples for independent; where they are not (a period that beats against another),
 * it finds differences too readily.
 */
import type { Cycles } from "../../units.js";
import { cellName } from "./cells.js";
import { addHistograms, countOf, summariseLatency, type Histogram, type Latency } from "./histogram.js";
import type { CellResult } from "./measure.js";
import { cellKey, type SweepResults } from "./results.js";

export const ERROR_RATE = 0.01;

export interface Difference {
  readonly cell: string;
  readonly how: "exact" | "Kolmogorov-Smirnov";
  readonly before: Latency | null;
  readonly after: Latency | null;
  readonly isReal: boolean;
  /** Of the test, before correction; null where the comparison is exact. */
  readonly pValue: number | null;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Cells that one of the two lacks. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

function histogramOf(cells: readonly CellResult[]): Histogram {
  return addHistograms(cells.flatMap(({ threads }) => threads.map(({ histogram }) => histogram)));
}

function groups({ cells }: SweepResults): Map<string, CellResult[]> {
  const found = new Map<string, CellResult[]>();
  for (const cell of cells) found.set(cellName(cell), [...(found.get(cellName(cell)) ?? []), cell]);
  return found;
}

export function compareResults(before: SweepResults, after: SweepResults): Comparison {
  const [first, second] = [groups(before), groups(after)];
  const both = [...first.keys()].filter((name) => second.has(name));
  const compared = both.map((name) => compareCells(name, first.get(name) ?? [], second.get(name) ?? []));
  return {
    differences: correct(compared),
    onlyBefore: [...first.keys()].filter((name) => !second.has(name)),
    onlyAfter: [...second.keys()].filter((name) => !first.has(name)),
  };
}

function compareCells(cell: string, before: readonly CellResult[], after: readonly CellResult[]): Difference {
  const keys = (cells: readonly CellResult[]): string => cells.map(cellKey).toSorted().join("\n");
  const [first, second] = [histogramOf(before), histogramOf(after)];
  const sides = { cell, before: summariseLatency(first), after: summariseLatency(second) };
  if (keys(before) === keys(after)) {
    const threads = (cells: readonly CellResult[]): string => JSON.stringify(cells.map((result) => result.threads));
    return { ...sides, how: "exact", isReal: threads(before) !== threads(after), pValue: null };
  }
  return { ...sides, how: "Kolmogorov-Smirnov", isReal: false, pValue: kolmogorovSmirnov(first, second) };
}

/** Holm: the smallest p-value must pass a test of all, the next one of all but one, until the first that fails. */
function correct(differences: readonly Difference[]): Difference[] {
  const tested = differences
    .filter(({ pValue }) => pValue !== null)
    .toSorted((a, b) => Number(a.pValue) - Number(b.pValue));
  const fails = tested.findIndex(({ pValue }, index) => Number(pValue) > ERROR_RATE / (tested.length - index));
  const real = new Set(fails < 0 ? tested : tested.slice(0, fails));
  return differences.map((difference) => (real.has(difference) ? { ...difference, isReal: true } : difference));
}

/** The largest distance between the two distribution functions. */
export function largestDistance(first: Histogram, second: Histogram): number {
  const counts = new Map<Cycles, [number, number]>();
  first.forEach(([cycles, count]) => counts.set(cycles, [count / countOf(first), 0]));
  second.forEach(([cycles, count]) => counts.set(cycles, [counts.get(cycles)?.[0] ?? 0, count / countOf(second)]));
  let distance = 0;
  let [below, belowToo] = [0, 0];
  for (const [, [share, shareToo]] of [...counts].toSorted(([a], [b]) => a - b)) {
    below += share;
    belowToo += shareToo;
    distance = Math.max(distance, Math.abs(below - belowToo));
  }
  return distance;
}

/** The chance of so large a distance between samples of one distribution. 1 where one has no samples. */
export function kolmogorovSmirnov(first: Histogram, second: Histogram): number {
  const [n, m] = [countOf(first), countOf(second)];
  if (n === 0 || m === 0) return 1;
  const effective = Math.sqrt((n * m) / (n + m));
  const lambda = (effective + 0.12 + 0.11 / effective) * largestDistance(first, second);
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  return Math.min(1, Math.max(0, sum));
}
