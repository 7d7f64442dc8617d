/** A histogram as bars of characters. Pure. */
import type { Cycles } from "../../units.js";
import type { Histogram } from "./histogram.js";

export interface Bin {
  readonly from: Cycles;
  /** The last value in it. */
  readonly to: Cycles;
  readonly count: number;
}

/** At most `most` bins of equal width, from the least value to the largest; empty ones too. */
export function binHistogram(histogram: Histogram, most: number): Bin[] {
  if (histogram.length === 0) return [];
  const least = histogram[0][0];
  const span = histogram[histogram.length - 1][0] - least + 1;
  const width = Math.max(1, Math.ceil(span / most));
  const bins = Array.from({ length: Math.ceil(span / width) }, (_, index) => ({
    from: least + index * width,
    to: least + (index + 1) * width - 1,
    count: 0,
  }));
  for (const [cycles, count] of histogram) bins[Math.floor((cycles - least) / width)].count += count;
  return bins;
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Lines "  51 - 58     3 ▏": a bar's length is the logarithm of its count, so that a single late sample shows. */
export function drawHistogram(histogram: Histogram, columns = 48, most = 16): string[] {
  const bins = binHistogram(histogram, most);
  const largest = Math.max(1, ...bins.map(({ count }) => count));
  const labels = bins.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`));
  const labelColumns = Math.max(...labels.map(({ length }) => length));
  const countColumns = String(largest).length;
  return bins.map(({ count }, index) => {
    const eighths = count === 0 ? 0 : Math.max(1, Math.round((8 * columns * Math.log1p(count)) / Math.log1p(largest)));
    const bar = "█".repeat(eighths >> 3) + EIGHTHS[eighths & 7];
    return `${labels[index].padStart(labelColumns)}  ${String(count).padStart(countColumns)}  ${bar}`.trimEnd();
  });
}
