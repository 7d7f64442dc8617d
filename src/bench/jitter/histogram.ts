/** Histograms of cycles, exact: how often each value was seen. Pure. */
import type { Cycles } from "../../units.js";

/** Pairs of a value and its count, ascending. */
export type Histogram = readonly (readonly [cycles: Cycles, count: number])[];

export function makeHistogram(counts: ReadonlyMap<Cycles, number>): Histogram {
  return [...counts].toSorted(([a], [b]) => a - b);
}

export function addHistograms(histograms: readonly Histogram[]): Histogram {
  const counts = new Map<Cycles, number>();
  for (const histogram of histograms)
    for (const [cycles, count] of histogram) counts.set(cycles, (counts.get(cycles) ?? 0) + count);
  return makeHistogram(counts);
}

export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}

/** The nearest rank: the least value that at least this share of the samples does not pass. */
export function percentile(histogram: Histogram, share: number): Cycles {
  const rank = Math.max(1, Math.ceil(share * countOf(histogram)));
  let seen = 0;
  for (const [cycles, count] of histogram) {
    seen += count;
    if (seen >= rank) return cycles;
  }
  return NaN;
}

export interface Latency {
  readonly samples: number;
  readonly min: Cycles;
  readonly mean: number;
  readonly p50: Cycles;
  readonly p99: Cycles;
  /** From 1,000 samples on; null with fewer, where it would be the maximum. */
  readonly p999: Cycles | null;
  readonly max: Cycles;
}

const LEAST_SAMPLES_P999 = 1_000;

/** Null without samples. */
export function summariseLatency(histogram: Histogram): Latency | null {
  const samples = countOf(histogram);
  if (samples === 0) return null;
  const sum = histogram.reduce((total, [cycles, count]) => total + cycles * count, 0);
  return {
    samples,
    min: histogram[0][0],
    mean: sum / samples,
    p50: percentile(histogram, 0.5),
    p99: percentile(histogram, 0.99),
    p999: samples < LEAST_SAMPLES_P999 ? null : percentile(histogram, 0.999),
    max: histogram[histogram.length - 1][0],
  };
}
