/**
 * Results as cyclictest of rt-tests prints them, for scripts and plots that were made for it: a line a thread, the
 * histogram (a row a bucket, a column a thread), and its JSON.
 *
 * Latencies are rounded down to whole microseconds, or with -N to nanoseconds. What the host would have a part in
 * (numbers of processes, load, dates) is constant.
 */
import { countOf, type Histogram } from "./histogram.js";
import type { CellResult } from "./measure.js";

export interface CyclictestOptions {
  readonly inNanoseconds: boolean;
  /** Buckets of the histogram; null without. */
  readonly buckets: number | null;
  readonly priority: number;
  readonly intervalMicroseconds: number;
}

interface ThreadLatency {
  readonly cycles: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** The last sample is not kept apart: cyclictest's "Act" shows the mean. */
  readonly counts: ReadonlyMap<number, number>;
}

function toUnits(histogram: Histogram, frequencyHz: number, inNanoseconds: boolean): ThreadLatency {
  const counts = new Map<number, number>();
  let sum = 0;
  let [min, max] = [Infinity, 0];
  for (const [cycles, count] of histogram) {
    const units = Math.floor((cycles * (inNanoseconds ? 1e9 : 1e6)) / frequencyHz);
    counts.set(units, (counts.get(units) ?? 0) + count);
    sum += units * count;
    min = Math.min(min, units);
    max = Math.max(max, units);
  }
  const cycles = countOf(histogram);
  return { cycles, min: cycles === 0 ? 0 : min, max, mean: cycles === 0 ? 0 : sum / cycles, counts };
}

function threadsOf({ threads, frequencyHz }: CellResult, { inNanoseconds }: CyclictestOptions): ThreadLatency[] {
  return threads.map(({ histogram }) => toUnits(histogram, frequencyHz, inNanoseconds));
}

const padded = (value: number, columns: number): string => String(value).padStart(columns);
const zeros = (value: number, columns: number): string => String(value).padStart(columns, "0");

/** "T: 0 (    1) P:80 I:1000 C:   1000 Min:      0 Act:    0 Avg:    0 Max:       0" */
export function printThreadLines(result: CellResult, options: CyclictestOptions): string {
  const { priority, intervalMicroseconds, inNanoseconds } = options;
  return threadsOf(result, options)
    .map(({ cycles, min, max, mean }, thread) => {
      const average = Math.floor(mean);
      const width = inNanoseconds ? 8 : 5;
      return (
        `T:${padded(thread, 2)} (${padded(thread + 1, 5)}) P:${padded(Math.max(0, priority - thread), 2)} ` +
        `I:${intervalMicroseconds} C:${padded(cycles, 7)} Min:${padded(min, 7)} Act:${padded(average, width)} ` +
        `Avg:${padded(average, width)} Max:${padded(max, 8)}\n`
      );
    })
    .join("");
}

/** The histogram with its comments. */
export function printHistogram(result: CellResult, options: CyclictestOptions): string {
  const threads = threadsOf(result, options);
  const buckets = options.buckets ?? 0;
  const lines = ["# Histogram"];
  for (let bucket = 0; bucket < buckets; bucket++)
    lines.push(`${zeros(bucket, 6)} ${threads.map(({ counts }) => zeros(counts.get(bucket) ?? 0, 6)).join("\t")}`);
  const overflows = threads.map(({ counts }) =>
    [...counts].reduce((sum, [units, count]) => (units >= buckets ? sum + count : sum), 0),
  );
  const row = (values: readonly number[], columns: number): string =>
    values.map((value) => zeros(value, columns)).join(" ");
  lines.push(
    `# Total: ${row(
      threads.map(({ cycles }, thread) => cycles - overflows[thread]),
      9,
    )}`,
    `# Min Latencies: ${row(
      threads.map(({ min }) => min),
      5,
    )}`,
    `# Avg Latencies: ${row(
      threads.map(({ mean }) => Math.floor(mean)),
      5,
    )}`,
    `# Max Latencies: ${row(
      threads.map(({ max }) => max),
      5,
    )}`,
    `# Histogram Overflows: ${row(overflows, 5)}`,
    "# Histogram Overflow at cycle number:",
    ...threads.map(
      (_, thread) => `# Thread ${thread}:${overflows[thread] > 0 ? ` # ${zeros(overflows[thread], 5)} others` : ""}`,
    ),
    "",
  );
  return `${lines.join("\n")}\n`;
}

/** As of rt-tests 2: file_version 1. */
export function cyclictestJson(result: CellResult, options: CyclictestOptions, commandLine: string): unknown {
  const threads = threadsOf(result, options).map(({ cycles, min, max, mean, counts }) => ({
    histogram: Object.fromEntries([...counts].toSorted(([a], [b]) => a - b)),
    cycles,
    min,
    max,
    avg: Number(mean.toFixed(2)),
    cpu: 0,
    node: 0,
  }));
  const never = "Thu, 01 Jan 1970 00:00:00 +0000";
  return {
    file_version: 1,
    cmdline: commandLine,
    rt_test_version: "2.0",
    finished: 1,
    start_time: never,
    end_time: never,
    sysinfo: {
      sysname: "Hallows",
      nodename: "hallows",
      release: "2",
      version: `${result.class}, ${result.placement}`,
      machine: "x86_64",
      realtime: 1,
    },
    num_threads: threads.length,
    resolution_in_ns: options.inNanoseconds ? 1 : 0,
    thread: Object.fromEntries(threads.map((thread, index) => [String(index), thread])),
  };
}
