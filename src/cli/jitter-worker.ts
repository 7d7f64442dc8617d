/** A thread of the host that measures cells of the jitter benchmark: a cell comes, its result goes back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { createMeasurer, type Cell, type JitterShape } from "../bench/jitter/index.js";

interface WorkerData {
  readonly programs: string;
  readonly shape: JitterShape;
}

const { programs, shape } = workerData as WorkerData;
const measure = createMeasurer((name) => readFileSync(join(programs, name)));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- for windows of a browser
parentPort?.on("message", (cell: Cell) => parentPort?.postMessage(measure(cell, shape)));
