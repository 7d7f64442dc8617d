/** `hallows bench ipc`: what messages between partitions cost, as tables, bars, a picture and JSON. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  bytesPerSecond,
  drawIpcBars,
  drawIpcSvg,
  ipcCellName,
  ipcCells,
  measureIpc,
  messagesOf,
  sizeText,
  type IpcResult,
} from "../../bench/ipc/index.js";
import { hostMilliseconds } from "../../host/clock.js";
import { formatMilliseconds } from "../../host/format.js";
import type { Environment } from "../environment.js";
import { JITTER_PROGRAMS } from "../jitter-pool.js";
import { optionError } from "../options.js";
import { printTable } from "../reports/table.js";

interface IpcCommandOptions {
  readonly quick?: boolean;
  readonly only?: string;
  readonly count?: number;
  readonly seed: number;
  readonly steps?: boolean;
  readonly json?: string | true;
  readonly svg?: string;
}

const PROGRAMS = join(JITTER_PROGRAMS, "../ipc");
const PROGRESS_MILLISECONDS = 2000;

/** Returns the exit code. */
export async function benchIpc(given: object, environment: Environment): Promise<number> {
  const options = given as IpcCommandOptions;
  const { output, files, interrupts } = environment;
  interrupts.watch();
  const quick = options.quick === true;
  const cells = ipcCells(quick).filter((cell) => ipcCellName(cell).includes(options.only ?? ""));
  if (cells.length === 0)
    throw optionError("--only", `no cell has "${options.only}" in its name`, 'Such as "ping-pong" or "batch 32".');
  // Opened before anything is measured, so that a wrong path is told at once.
  const json = typeof options.json === "string" ? files.createWriter(options.json) : null;
  const svg = options.svg === undefined ? null : files.createWriter(options.svg);
  const startedAt = hostMilliseconds();
  let toldAt = startedAt;
  const results: IpcResult[] = [];
  for (const cell of cells) {
    if (interrupts.isInterrupted() || output.isClosed()) break;
    const readProgram = (name: string): Uint8Array => readFileSync(join(PROGRAMS, name));
    const count = options.count ?? messagesOf(cell, quick);
    results.push(measureIpc(cell, count, { readProgram, seed: options.seed, clock: hostMilliseconds }));
    // Between two cells, interrupts of the terminal are heard.
    await new Promise((resolve) => setImmediate(resolve));
    const now = hostMilliseconds();
    if (now - toldAt < PROGRESS_MILLISECONDS || results.length === cells.length) continue;
    toldAt = now;
    const left = ((now - startedAt) / results.length) * (cells.length - results.length);
    output.say(`${results.length} of ${cells.length} cells, about ${formatMilliseconds(left)} left`);
  }
  const report = { benchmark: "ipc", seed: options.seed, frequencyHz: 1e9, cells: results };
  if (options.json === true) output.resultJson(report);
  else output.result(printIpc(results, options.steps === true));
  json?.write(`${JSON.stringify(report, null, 2)}\n`);
  json?.close();
  svg?.write(drawIpcSvg(results, `Messages between partitions, seed ${options.seed}, cycles`));
  svg?.close();
  if (results.length === cells.length) return 0;
  output.say(`stopped after ${results.length} of ${cells.length} cells`);
  return interrupts.exitCode();
}

const HEAD = ["pattern", "bytes", "batch", "way", "where", "cycles", "running", "kernel", "waiting"];
const ENTRIES = ["calls", "interrupts", "virtual MB/s", "host msg/s"];

function round(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 100 ? 2 : 0)));
}

export function printIpc(results: readonly IpcResult[], withSteps: boolean): string {
  const rows = results.map((result) => [
    result.pattern,
    sizeText(result.bytes),
    String(result.batch),
    result.way,
    result.where,
    ...[result.elapsedCycles, result.runningCycles, result.kernelCycles, result.waitingCycles].map(round),
    ...[result.systemCalls, result.interrupts, bytesPerSecond(result) / 1e6].map(round),
    result.hostMessagesPerSecond === null ? "-" : result.hostMessagesPerSecond.toLocaleString("en-US"),
  ]);
  const lines = [...printTable([...HEAD, ...ENTRIES], rows, "lrrllrrrrrrrr"), "", ...drawIpcBars(results)];
  if (withSteps)
    for (const result of results) {
      const steps = Object.entries(result.steps).map(([name, { count, cycles }]) => [
        name,
        round(count),
        round(cycles),
      ]);
      if (steps.length === 0) continue;
      lines.push("", ipcCellName(result), ...printTable(["kernel step", "a message", "cycles"], steps, "lrr"));
    }
  return `${lines.join("\n")}\n`;
}
