/**
 * Measures cells on as many processors of the host as wanted: a worker thread each, which takes the next cell when it
 * is done with one. Results come in any order.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { createMeasurer, type Cell, type CellResult, type JitterShape } from "../bench/jitter/index.js";
import { breathe, sleep } from "../host/clock.js";

/** Where the programs of the benchmark are, beside the built files. */
export const JITTER_PROGRAMS = fileURLToPath(new URL("../../images/bench/jitter", import.meta.url));
/** The same file whether this one is in the bundle or not. */
const WORKER = new URL("../cli/jitter-worker.js", import.meta.url);

export interface PoolOptions {
  readonly shape: JitterShape;
  /** Threads of the host; with 1, none but this one. */
  readonly jobs: number;
  readonly onResult: (result: CellResult) => void;
  readonly shouldStop: () => boolean;
}

/** True when all cells were measured, false when it was to stop before. */
export async function measureCells(cells: readonly Cell[], options: PoolOptions): Promise<boolean> {
  return options.jobs === 1 || cells.length === 1 ? measureHere(cells, options) : measureInWorkers(cells, options);
}

async function measureHere(cells: readonly Cell[], { shape, onResult, shouldStop }: PoolOptions): Promise<boolean> {
  const measure = createMeasurer((name) => readFileSync(join(JITTER_PROGRAMS, name)));
  for (const cell of cells) {
    await breathe();
    if (shouldStop()) return false;
    onResult(measure(cell, shape));
  }
  return true;
}

const LOOK_MILLISECONDS = 50;

async function measureInWorkers(
  cells: readonly Cell[],
  { shape, jobs, onResult, shouldStop }: PoolOptions,
): Promise<boolean> {
  let next = 0;
  let done = 0;
  const failures: Error[] = [];
  const workers = Array.from({ length: Math.min(jobs, cells.length) }, () => {
    const worker = new Worker(WORKER, { workerData: { programs: JITTER_PROGRAMS, shape } });
    const give = (): void => {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- for windows of a browser
      if (next < cells.length) worker.postMessage(cells[next++]);
    };
    worker.on("message", (result: CellResult) => {
      done++;
      onResult(result);
      give();
    });
    worker.on("error", (error: Error) => failures.push(error));
    give();
    return worker;
  });
  try {
    while (done < cells.length && failures.length === 0 && !shouldStop()) await sleep(LOOK_MILLISECONDS);
    if (failures.length > 0) throw failures[0];
    return done === cells.length;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
