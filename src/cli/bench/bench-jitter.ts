/** `hallows bench jitter`: one measurement as cyclictest prints it, a sweep of many, or two sweeps compared. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  cellKey,
  CLASS_WORDS,
  collectResults,
  compareResults,
  createMeasurer,
  cyclictestJson,
  describeCell,
  DISTURBANCE_WORDS,
  drawHistogram,
  drawPage,
  drawSweep,
  ERROR_RATE,
  FREQUENCY_HZ,
  mergeResults,
  missingCells,
  PLACEMENT_WORDS,
  placesOf,
  printHistogram,
  printResults,
  printThreadLines,
  readResults,
  shardCells,
  summariseBlame,
  sweepCells,
  sweepHead,
  sweepRows,
  type Cell,
  type CellResult,
  type CyclictestOptions,
  type JitterShape,
  type Latency,
  type SweepHead,
  type SweepResults,
} from "../../bench/jitter/index.js";
import { hostMilliseconds } from "../../host/clock.js";
import { formatMilliseconds } from "../../host/format.js";
import { openJournal, readJournal, type Journal } from "../../host/journal.js";
import type { Duration } from "../../system/index.js";
import type { Environment } from "../environment.js";
import { JITTER_PROGRAMS, measureCells } from "../jitter-pool.js";
import { limitCycles, optionError } from "../options.js";
import { printTable } from "../reports/table.js";

interface JitterOptions {
  readonly threads?: number | true;
  readonly priority: number;
  readonly interval?: number;
  readonly loops?: number;
  readonly histogram?: number;
  readonly duration?: Duration;
  readonly quiet?: boolean;
  readonly nsecs?: boolean;
  readonly histfile?: string;
  readonly json?: string | true;
  readonly class: string;
  readonly placement: string;
  readonly disturbance: string;
  readonly where?: string;
  readonly seed: number;
  readonly print?: boolean;
  readonly quick?: boolean;
  readonly sweep?: boolean;
  readonly seeds: number;
  readonly jobs?: number;
  readonly shard?: string;
  readonly resume?: boolean;
  readonly svg?: string;
  readonly html?: string;
  readonly compare?: readonly string[];
}

/** Returns the exit code. */
export async function benchJitter(given: object, environment: Environment): Promise<number> {
  const options = given as JitterOptions;
  environment.interrupts.watch();
  if (options.compare !== undefined) return compare(options.compare, environment);
  return options.quick === true || options.sweep === true
    ? sweep(options, environment)
    : measureOne(options, environment);
}

// ---- one measurement ---------------------------------------------------------------------------------------------

function choose<Word extends string>(option: string, given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  throw optionError(option, `there is no "${given}"`, `There is ${words.map((word) => `"${word}"`).join(", ")}.`);
}

function chosenCell(options: JitterOptions): Cell {
  const placement = choose("--placement", options.placement, PLACEMENT_WORDS);
  const disturbance = choose("--disturbance", options.disturbance, DISTURBANCE_WORDS);
  const places = placesOf(placement, disturbance);
  return {
    class: choose("--class", options.class, CLASS_WORDS),
    placement,
    disturbance,
    where: options.where === undefined ? places[0] : choose("--where", options.where, places),
    seed: options.seed,
  };
}

function shapeOf(options: JitterOptions, intervalMicroseconds: number, samples: number): JitterShape {
  const interval = options.interval ?? intervalMicroseconds;
  const inDuration =
    options.duration === undefined
      ? null
      : Math.floor(limitCycles(options.duration, FREQUENCY_HZ) / (interval * (FREQUENCY_HZ / 1e6)));
  if (inDuration === 0) throw optionError("-D", "there is no whole period in it", "Make it longer than -i.");
  return {
    threads: typeof options.threads === "number" ? options.threads : 1,
    priority: options.priority,
    intervalMicroseconds: interval,
    samples: options.loops ?? inDuration ?? samples,
  };
}

function measureOne(options: JitterOptions, { output, files }: Environment): number {
  const cell = chosenCell(options);
  const shape = shapeOf(options, 1000, 1000);
  if (options.print === true) {
    output.result(`${describeCell(cell, shape)}\n`);
    return 0;
  }
  const { priority, intervalMicroseconds } = shape;
  const format: CyclictestOptions = {
    inNanoseconds: options.nsecs === true,
    buckets: options.histogram ?? null,
    priority,
    intervalMicroseconds,
  };
  const histogramFile = options.histfile === undefined ? null : files.createWriter(options.histfile);
  const jsonFile = typeof options.json === "string" ? files.createWriter(options.json) : null;
  const result = createMeasurer((name) => readFileSync(join(JITTER_PROGRAMS, name)))(cell, shape);
  const json = cyclictestJson(result, format, `hallows bench jitter, ${cellKey(cell)}`);
  if (options.json === true) output.resultJson(json);
  else if (options.histogram === undefined) output.result(printThreadLines(result, format));
  else if (histogramFile === null) output.result(printHistogram(result, format));
  jsonFile?.write(`${JSON.stringify(json, null, 2)}\n`);
  jsonFile?.close();
  histogramFile?.write(printHistogram(result, { ...format, buckets: format.buckets ?? 1000 }));
  histogramFile?.close();
  if (options.quiet !== true && options.json !== true) explain(result, output.say);
  return 0;
}

/** What cyclictest can't say: in cycles, with the blame. */
function explain({ latency, worst, frequencyHz, threads }: CellResult, say: (line: string) => void): void {
  if (latency === null || worst === null) return say("no thread was ever released");
  say("");
  for (const line of printTable(LATENCY_HEAD, [latencyCells(latency, frequencyHz)], LATENCY_ALIGNMENT)) say(line);
  say("");
  say(`the largest, thread ${worst.thread}, release ${worst.release}: ${blameText(worst.blame)}`);
  threads.forEach(({ histogram }, thread) => {
    say("");
    say(`thread ${thread}, cycles`);
    for (const line of drawHistogram(histogram)) say(line);
  });
}

function blameText(blame: CellResult["blame"]): string {
  return summariseBlame(blame)
    .map(([cause, cycles]) => `${cause} ${cycles}`)
    .join(", ");
}

const LATENCY_HEAD = ["samples", "min", "mean", "p50", "p99", "p99.9", "max", "max in us"];
const LATENCY_ALIGNMENT = "rrrrrrrr";

function latencyCells(latency: Latency | null, frequencyHz: number): string[] {
  if (latency === null) return ["0", "", "", "", "", "", "", ""];
  const { samples, min, mean, p50, p99, p999, max } = latency;
  const microseconds = (max / frequencyHz) * 1e6;
  return [samples, min, mean.toFixed(1), p50, p99, p999 ?? "-", max, microseconds.toFixed(3)].map(String);
}

// ---- sweeps ------------------------------------------------------------------------------------------------------

function parseShard(text: string | undefined): readonly [shard: number, shards: number] {
  const [, shard, shards] = /^(\d+)\/(\d+)$/.exec(text ?? "1/1") ?? [];
  if (Number(shard) >= 1 && Number(shard) <= Number(shards)) return [Number(shard), Number(shards)];
  throw optionError("--shard", `"${text}" is no shard`, "It is a number and how many there are, such as 2/8.");
}

async function sweep(options: JitterOptions, environment: Environment): Promise<number> {
  const { output, interrupts } = environment;
  const name = options.quick === true ? "quick" : "full";
  const seeds = Array.from({ length: name === "quick" ? 1 : options.seeds }, (_, index) => index + 1);
  const head = sweepHead(name, seeds, shapeOf(options, 100, name === "quick" ? 500 : 1000));
  const cells = shardCells(sweepCells(name, seeds), ...parseShard(options.shard));
  const reports = openReports(options, environment);
  const known = options.resume === true ? readPartial(head, options) : [];
  const journal = openPartial(head, known, options);
  const found = [...known];
  const left = cells.filter((cell) => !known.some((result) => cellKey(result) === cellKey(cell)));
  const progress = createProgress(left.length, output.say);
  const isComplete = await measureCells(left, {
    shape: head.shape,
    jobs: options.jobs ?? availableParallelism(),
    shouldStop: () => interrupts.isInterrupted() || output.isClosed(),
    onResult(result) {
      found.push(result);
      journal?.add(JSON.stringify(result));
      progress();
    },
  });
  if (!isComplete) {
    output.say(`stopped after ${found.length} of ${cells.length} cells${journal === null ? "" : "; --resume goes on"}`);
    return interrupts.exitCode();
  }
  const results = collectResults(head, found);
  if (options.json === true) output.result(printResults(results));
  else output.result(printSweep(results));
  reports(results);
  journal?.remove();
  return 0;
}

/** Says how far it is and how long it will take, every few seconds of the host. */
function createProgress(cells: number, say: (line: string) => void): () => void {
  const started = hostMilliseconds();
  let done = 0;
  let toldAt = started;
  return () => {
    done++;
    const now = hostMilliseconds();
    if (now - toldAt < 2000 || done === cells) return;
    toldAt = now;
    const left = ((now - started) / done) * (cells - done);
    say(`${done} of ${cells} cells, about ${formatMilliseconds(left)} left`);
  };
}

function partialPath({ json }: JitterOptions): string | null {
  return typeof json === "string" ? `${json}.partial` : null;
}

function readPartial(head: SweepHead, options: JitterOptions): CellResult[] {
  const path = partialPath(options);
  if (path === null) throw optionError("--resume", "there is nothing to go on with", "It needs --json FILE.");
  const [first, ...lines] = readJournal(path);
  if (first === undefined) return [];
  if (first !== JSON.stringify(head))
    throw optionError("--resume", `${path} is of another sweep`, "Give the options that it was begun with.");
  return lines.map((line) => JSON.parse(line) as CellResult);
}

function openPartial(head: SweepHead, known: readonly CellResult[], options: JitterOptions): Journal | null {
  const path = partialPath(options);
  return path === null
    ? null
    : openJournal(
        path,
        [head, ...known].map((value) => JSON.stringify(value)),
      );
}

/** Opened before anything is measured, so that a wrong path is told at once. */
function openReports(
  { json, svg, html }: Pick<JitterOptions, "json" | "svg" | "html">,
  { files, output }: Environment,
): (results: SweepResults) => void {
  const open = (path: string | true | undefined, make: (results: SweepResults) => string) =>
    typeof path === "string" ? [{ path, file: files.createWriter(path), make }] : [];
  const reports = [
    ...open(json, printResults),
    ...open(svg, (results) => drawSweep(sweepRows(results), title(results))),
    ...open(html, (results) => drawPage(sweepRows(results), title(results))),
  ];
  return (results) => {
    for (const { path, file, make } of reports) {
      file.write(make(results));
      file.close();
      output.say(`${path} is written`);
    }
  };
}

function title({ shape, seeds }: SweepResults): string {
  const { threads, intervalMicroseconds, samples } = shape;
  const each = threads === 1 ? "a thread" : `${threads} threads`;
  return `Jitter: ${each} every ${intervalMicroseconds} µs, ${samples} samples, ${seeds.length} seed${seeds.length === 1 ? "" : "s"}`;
}

export function printSweep(results: SweepResults): string {
  const rows = sweepRows(results).map(({ name, latency, frequencyHz, isUntouched, worst }) => [
    name,
    ...latencyCells(latency, frequencyHz),
    isUntouched === null ? "" : isUntouched === "peer" ? "peer" : isUntouched ? "yes" : "NO",
    blameText(worst),
  ]);
  const lines = printTable(
    ["cell", ...LATENCY_HEAD, "untouched", "blame of the largest"],
    rows,
    `l${LATENCY_ALIGNMENT}ll`,
  );
  return `${title(results)}; cycles at 1 GHz\n\n${lines.join("\n")}\n`;
}

/** Returns the exit code: 1 where cells are missing. */
export async function mergeJitter(paths: readonly string[], given: object, environment: Environment): Promise<number> {
  const options = given as Pick<JitterOptions, "json" | "svg" | "html">;
  const { files, output } = environment;
  const text = (path: string): string => new TextDecoder().decode(files.readWhole(path));
  const results = mergeResults(paths.map((file) => ({ file, results: readResults(text(file), file) })));
  if (options.json === undefined) output.result(printResults(results));
  openReports(options, environment)(results);
  const missing = missingCells(results);
  for (const key of missing) output.say(`missing: ${key}`);
  return await Promise.resolve(missing.length > 0 ? 1 : 0);
}

// ---- comparison --------------------------------------------------------------------------------------------------

function compare(paths: readonly string[], { files, output }: Environment): number {
  if (paths.length !== 2) throw optionError("--compare", `${paths.length} files were given`, "It compares two.");
  const [before, after] = paths.map((path) => readResults(new TextDecoder().decode(files.readWhole(path)), path));
  const { differences, onlyBefore, onlyAfter } = compareResults(before, after);
  const rows = differences.map(({ cell, how, before: first, after: second, isReal, pValue }) => [
    isReal ? "differs" : "same",
    cell,
    `${first?.p50 ?? "-"} → ${second?.p50 ?? "-"}`,
    `${first?.max ?? "-"} → ${second?.max ?? "-"}`,
    pValue === null ? how : `${how}, p = ${pValue.toPrecision(2)}`,
  ]);
  output.result(`${printTable(["", "cell", "p50", "max", "judged by"], rows, "lllll").join("\n")}\n`);
  for (const cell of onlyBefore) output.result(`only in ${paths[0]}: ${cell}\n`);
  for (const cell of onlyAfter) output.result(`only in ${paths[1]}: ${cell}\n`);
  const real = differences.filter(({ isReal }) => isReal).length;
  output.say(
    `${real} of ${differences.length} cells differ; error rate of the tests over all cells ${ERROR_RATE * 100} % (Holm)`,
  );
  return 0;
}
