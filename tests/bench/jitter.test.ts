import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  cellKey,
  cellName,
  collectResults,
  compareResults,
  createMeasurer,
  drawHistogram,
  drawPage,
  kolmogorovSmirnov,
  mergeResults,
  missingCells,
  percentile,
  printHistogram,
  printResults,
  readResults,
  shardCells,
  summariseLatency,
  sweepCells,
  sweepHead,
  sweepRows,
  type Cell,
  type CellResult,
  type Histogram,
  type JitterShape,
} from "../../dist/bench/jitter/index.js";
import { invoke, ROOT } from "../cli/hallows.js";

const PROGRAMS = join(ROOT, "images/bench/jitter");
const measure = createMeasurer((name) => readFileSync(join(PROGRAMS, name)));
const SHAPE: JitterShape = { threads: 1, priority: 80, intervalMicroseconds: 50, samples: 40 };
const CALM: Cell = { class: "realtime", placement: "dedicated", disturbance: "none", where: "nowhere", seed: 1 };
const folder = mkdtempSync(join(tmpdir(), "hallows-jitter-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a measured cell", () => {
  it("has zero jitter on a dedicated core, whatever the other cores do", () => {
    const calm = measure(CALM, SHAPE);
    expect(calm.latency).toMatchObject({ samples: 40, min: 87, max: 87, p999: null });
    for (const cell of sweepCells("full", [1]))
      if (cell.class === "realtime" && cell.placement === "dedicated" && cell.disturbance !== "doorbell-flood")
        expect(measure(cell, SHAPE), cellName(cell)).toMatchObject({ latency: calm.latency, hash: calm.hash });
  });

  it("is as late as its ledger says, sample by sample, where a peer floods several threads", () => {
    // The measurer throws where a sample of the guest and the ledger differ.
    const cell: Cell = { ...CALM, disturbance: "doorbell-flood", where: "other core" };
    const { latency, worst, blame, threads } = measure(cell, { ...SHAPE, threads: 3, samples: 100 });
    const sum = (values: Readonly<Record<string, number>>): number => Object.values(values).reduce((a, b) => a + b, 0);
    expect(latency?.samples).toBe(300);
    expect(threads).toHaveLength(3);
    expect(sum(worst?.blame ?? {})).toBe(latency?.max);
    expect(sum(blame)).toBe(Math.round((latency?.mean ?? 0) * 300));
    expect(Object.keys(blame)).toEqual(expect.arrayContaining(["timer", "IPI", "doorbell", "higher priority"]));
  });

  it("takes more samples than the guest keeps at a time", () => {
    expect(measure(CALM, { ...SHAPE, intervalMicroseconds: 20, samples: 5_000 }).latency).toMatchObject({
      samples: 5_000,
      p999: 87,
    });
  });

  it("can be of every class, placement and disturbance", () => {
    const all = sweepCells("full", [1, 2]);
    expect(new Set(all.map(cellKey)).size).toBe(all.length);
    for (const cell of all.filter(
      ({ seed, class: name }, index) => seed === 2 && name !== "realtime" && index % 3 === 0,
    ))
      expect(measure(cell, { ...SHAPE, samples: 5 }).latency?.samples, cellName(cell)).toBe(5);
  });
});

describe("a histogram", () => {
  const histogram: Histogram = [
    [10, 985],
    [20, 10],
    [500, 5],
  ];

  it("gives percentiles by the nearest rank, and p99.9 from 1,000 samples on", () => {
    expect(summariseLatency(histogram)).toEqual({
      samples: 1000,
      min: 10,
      mean: 12.55,
      p50: 10,
      p99: 20,
      p999: 500,
      max: 500,
    });
    expect(summariseLatency(histogram.slice(0, 2))?.p999).toBeNull();
    expect(percentile([[7, 1]], 0.5)).toBe(7);
    expect(summariseLatency([])).toBeNull();
  });

  it("is drawn with a bar for a single late sample", () => {
    const lines = drawHistogram(
      [
        [10, 100_000],
        [89, 1],
      ],
      48,
      8,
    );
    expect(lines).toHaveLength(8);
    expect(lines[0]).toMatch(/^10-19 {2}100000 {2}█{48}$/);
    expect(lines[7]).toMatch(/^80-89 {7}1 {2}█+/);
    expect(lines[3]).toMatch(/^40-49 {7}0$/);
  });
});

/** Results without measuring: each cell has this histogram. */
function invented(seeds: readonly number[], histogramOf: (cell: Cell) => Histogram): ReturnType<typeof collectResults> {
  const results = sweepCells("full", seeds).map((cell): CellResult => {
    const histogram = histogramOf(cell);
    const latency = summariseLatency(histogram);
    const worst = latency === null ? null : { thread: 0, release: 1, blame: { timer: latency.max } };
    return {
      ...cell,
      frequencyHz: 1e9,
      periodCycles: 1e5,
      latency,
      worst,
      blame: {},
      threads: [{ histogram }],
      hash: "0",
    };
  });
  return collectResults(sweepHead("full", seeds, SHAPE), results);
}

describe("results", () => {
  it("are the same to the byte however their cells were spread and in what order they came", () => {
    const whole = invented([1, 2], ({ seed }) => [[seed, 10]]);
    for (const shards of [2, 7]) {
      const parts = Array.from({ length: shards }, (_, index) => {
        const mine = new Set(shardCells(sweepCells("full", [1, 2]), index + 1, shards).map(cellKey));
        const cells = whole.cells.filter((cell) => mine.has(cellKey(cell))).toReversed();
        return { file: `part${index}`, results: readResults(printResults({ ...whole, cells }), `part${index}`) };
      });
      expect(printResults(mergeResults(parts.toReversed()))).toBe(printResults(whole));
      expect(missingCells(mergeResults(parts.slice(1)))).toEqual(parts[0].results.cells.map(cellKey).toReversed());
    }
  });

  it("of other sweeps, or that contradict each other, are not put together", () => {
    const results = invented([1], () => [[5, 10]]);
    const other = { ...results, shape: { ...SHAPE, samples: 41 } };
    const changed = invented([1], () => [[6, 10]]);
    const merge = (second: typeof results) => () =>
      mergeResults([
        { file: "a", results },
        { file: "b", results: second },
      ]);
    expect(merge(other)).toThrow(/b: is of another sweep than a/);
    expect(merge(changed)).toThrow(/b: has another result of "realtime, dedicated, none, seed 1"/);
    expect(() => readResults("[]", "c")).toThrow(/has no results of a sweep/);
  });

  it("become a table, a picture and a page that name every cell", () => {
    const results = invented([1], () => [[87, 40]]);
    const page = drawPage(sweepRows(results), "A < B");
    expect(page).toContain("A &lt; B");
    for (const { name } of sweepRows(results)) expect(page.split(name).length).toBeGreaterThan(2);
  });
});

describe("a comparison", () => {
  const narrow: Histogram = [[87, 500], [88, 500]]; // prettier-ignore
  const wide: Histogram = [[87, 400], [99, 600]]; // prettier-ignore

  it("of equal seeds finds a difference of one cycle in one sample", () => {
    const before = invented([1], () => narrow);
    const after = invented(
      [1],
      ({ disturbance, class: name }) =>
      disturbance === "cpu-hog" && name === "realtime" ? [[87, 500], [88, 499], [89, 1]] : narrow, // prettier-ignore
    );
    const real = compareResults(before, after).differences.filter(({ isReal }) => isReal);
    expect(real.map(({ cell, how }) => `${cell}: ${how}`)).toContain(
      "realtime, dedicated, cpu-hog on the other core: exact",
    );
    expect(real.every(({ cell }) => cell.includes("realtime") && cell.includes("cpu-hog"))).toBe(true);
  });

  it("of other seeds finds other distributions, and none where they are equal", () => {
    const before = invented([1], () => narrow);
    expect(
      compareResults(
        before,
        invented([2], () => narrow),
      ).differences.some(({ isReal }) => isReal),
    ).toBe(false);
    const after = invented([2], ({ placement }) => (placement === "window" ? wide : narrow));
    for (const { cell, isReal, how } of compareResults(before, after).differences) {
      expect(how).toBe("Kolmogorov-Smirnov");
      expect(isReal).toBe(cell.includes(", window,"));
    }
  });

  it("uses the Kolmogorov-Smirnov distribution as tables have it", () => {
    const uniform = (from: number, count: number): Histogram => Array.from({ length: count }, (_, i) => [from + i, 1]);
    // Two samples of 100 with D = 0.192: the critical value at 5 % is 1.358 * sqrt(2 / 100) = 0.192.
    expect(kolmogorovSmirnov(uniform(0, 100), uniform(19, 100))).toBeCloseTo(0.05, 1);
    expect(kolmogorovSmirnov(uniform(0, 100), uniform(0, 100))).toBe(1);
    expect(kolmogorovSmirnov(uniform(0, 100), uniform(100, 100))).toBeLessThan(1e-9);
    expect(kolmogorovSmirnov([], uniform(0, 1))).toBe(1);
  });
});

describe("the format of cyclictest", () => {
  it("is read by the recipe of OSADL's latency plots", () => {
    const result = measure({ ...CALM, disturbance: "doorbell-flood", where: "other core" }, { ...SHAPE, threads: 2 });
    const options = { inNanoseconds: true, buckets: 400, priority: 80, intervalMicroseconds: 50 };
    const file = join(folder, "output");
    writeFileSync(file, printHistogram(result, options));
    // Lines 2 to 7 of the script for latency plots that OSADL publishes for cyclictest's histograms.
    const script = `max=$(grep "Max Latencies" ${file} | tr " " "\\n" | sort -n | tail -1 | sed s/^0*//)
      grep -v -e "^#" -e "^$" ${file} | tr " " "\\t" > ${folder}/histogram
      for i in 1 2; do column=$(expr $i + 1); cut -f1,$column ${folder}/histogram > ${folder}/histogram$i; done
      echo $max; wc -l < ${folder}/histogram; for i in 1 2; do awk '{ n += $2 } END { print n }' ${folder}/histogram$i; done`;
    const { stdout } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    expect(stdout.trim().split(/\s+/).map(Number)).toEqual([result.latency?.max, 400, 40, 40]);
  });

  it("is what the command prints, with lines as cyclictest's and options that are known", async () => {
    const { code, out } = await invoke("bench", "jitter", "-m", "-n", "-t2", "-p", "90", "-i200", "-l", "20", "-q");
    expect(code).toBe(0);
    const line = /^T: ?(\d) \( +\d+\) P:(\d+) I:(\d+) C: +(\d+) Min: +\d+ Act: +\d+ Avg: +\d+ Max: +\d+$/;
    expect(out.trim().split("\n").map((text) => line.exec(text)?.slice(1))).toEqual([
      ["0", "90", "200", "20"],
      ["1", "89", "200", "20"],
    ]); // prettier-ignore
    const json = await invoke("bench", "jitter", "-D", "10ms", "-i", "1000", "-q", "-N", "--json");
    expect(JSON.parse(json.out)).toMatchObject({ num_threads: 1, thread: { 0: { cycles: 10, max: 87 } } });
  });
});

describe("a sweep", () => {
  it("that was stopped goes on where it was, to the same bytes", async () => {
    const words = ["bench", "jitter", "--quick", "-l", "3", "-i", "50", "--jobs", "1", "--shard", "1/4", "--json"];
    const [whole, resumed] = [join(folder, "whole.json"), join(folder, "resumed.json")];
    expect((await invoke(...words, whole)).code).toBe(0);
    const results = readResults(readFileSync(whole, "utf8"), whole);
    const { cells, ...head } = results;
    const lines = [head, ...cells.slice(0, 3)].map((value) => JSON.stringify(value));
    writeFileSync(`${resumed}.partial`, `${lines.join("\n")}\n{"class":"realt`);
    expect((await invoke(...words, resumed, "--resume")).code).toBe(0);
    expect(readFileSync(resumed, "utf8")).toBe(readFileSync(whole, "utf8"));
    writeFileSync(`${resumed}.partial`, `${JSON.stringify({ ...head, seeds: [9] })}\n`);
    expect((await invoke(...words, resumed, "--resume")).err).toContain("is of another sweep");
  });

  it("is the same on several threads of the host", async () => {
    const words = ["bench", "jitter", "--quick", "-l", "3", "-i", "50", "--shard", "2/10", "--json"];
    const [one, two] = await Promise.all(["1", "2"].map((jobs) => invoke(...words, "--jobs", jobs)));
    expect(two.out).toBe(one.out);
  });
});
