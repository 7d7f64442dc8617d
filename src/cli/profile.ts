/**
 * `hallows profile`: runs a program or a system and says which guest functions its cycles went to, as a table and as
 * files for other viewers.
 */
import { dirname } from "node:path";
import { useBranchHints } from "../host/branch-hints.js";
import type { FileWriter } from "../host/file-writer.js";
import type { HostFiles } from "../host/files.js";
import { formatTime } from "../host/format.js";
import { openStores } from "../host/devices/stores.js";
import { loadSystemBytes } from "../host/system-file.js";
import type { SystemPlan } from "../kernel/index.js";
import { isElf } from "../partitions/index.js";
import {
  planForProgram,
  profileSystem,
  type Duration,
  type Profile,
  type ProfiledSystem,
  type Session,
} from "../system/index.js";
import { defaultBounds } from "./boot.js";
import type { Environment } from "./environment.js";
import { drawFlameGraph } from "./reports/flame-graph.js";
import { orderConsoles, runHeadless, type HeadlessEnd } from "./headless.js";
import { limitCycles } from "./options.js";
import { sayWarning, withoutControlBytes, type Output, type Style } from "./output.js";
import { makeSpeedscope } from "./reports/speedscope.js";
import { hasFailed, isStoppedByFault } from "./reports/summary.js";
import { printTable } from "./reports/table.js";

export interface ProfileOptions {
  readonly for?: Duration;
  readonly seed?: number;
  /** Files and folders that stores may lie in, besides the description's. */
  readonly allowFile?: readonly string[];
  /** Functions in the table. */
  readonly top: number;
  readonly svg?: string;
  readonly speedscope?: string;
  readonly json?: boolean;
}

function loadSystem(
  bytes: Uint8Array,
  path: string,
  { seed }: ProfileOptions,
  { files, output }: Environment,
): SystemPlan {
  const { plan, warnings } = loadSystemBytes(files, bytes, path, { seed });
  for (const warning of warnings) sayWarning(output, warning);
  return plan;
}

/** Returns the exit code. */
export async function profile(path: string, options: ProfileOptions, environment: Environment): Promise<number> {
  const { output, files, interrupts } = environment;
  interrupts.watch();
  useBranchHints();
  const bytes = files.readWhole(path);
  const isProgram = isElf(bytes);
  const plan = isProgram
    ? planForProgram(bytes, path, { seed: options.seed, onWarning: (warning) => sayWarning(output, warning) })
    : loadSystem(bytes, path, options, environment);
  const limit = options.for === undefined ? null : limitCycles(options.for, plan.machine.frequencyHz);
  // Nothing of a profile's run stays in the files of stores.
  const stores = openStores(plan, { folder: dirname(path), allowed: options.allowFile, writes: "memory" });
  const profiled = isProgram ? profileProgram(plan, output) : profileSystem(plan, { outlets: stores.outlets });
  const { session } = profiled;
  // Opened before the run, so that a wrong path is told at once.
  const reports = openReports(options, files);
  const consoles = isProgram ? null : showConsoles(session, output);
  const end = await runHeadless(session, {
    ...(limit !== null ? { untilCycles: limit } : isProgram ? { untilCycles: Infinity } : defaultBounds(plan)),
    shouldStop: () => interrupts.isInterrupted() || output.isClosed(),
    isBlocked: output.isFull,
    onSlice: () => consoles?.flush(session.now()),
  });
  consoles?.end();
  stores.close();
  sayHowItEnded(session, end, environment);
  const result = profiled.profile();
  if (options.json === true) output.resultJson(result);
  else output.result(printProfile(result, options.top, output.style));
  for (const { path: target, file, make, openedBy } of reports) {
    file.write(make(result));
    file.close();
    output.say(`${target}: open it with ${openedBy}`);
  }
  if (end === "interrupted" && interrupts.isInterrupted()) return interrupts.exitCode();
  return hasFailed(session.kernel.view()) ? 1 : 0;
}

/** The console goes to stderr, as it is where that is no terminal. */
function profileProgram(plan: SystemPlan, { sayBytes, isSayTerminal }: Output): ProfiledSystem {
  const write = isSayTerminal ? withoutControlBytes(sayBytes) : sayBytes;
  return profileSystem(plan, { onConsole: (_, bytes) => write(bytes) });
}

function showConsoles(session: Session, { say, sayStyle }: Output): ReturnType<typeof orderConsoles> {
  const { partitions } = session.plan;
  const nameColumns = Math.max(...partitions.map(({ name }) => name.length));
  return orderConsoles(session, (partition, line) => {
    const prefix = sayStyle.partition(partition, partitions[partition].name.padEnd(nameColumns));
    say(`${prefix} ${sayStyle.dim("|")} ${line}`);
  });
}

function sayHowItEnded(session: Session, end: HeadlessEnd, { output, interrupts }: Environment): void {
  const style = output.sayStyle;
  for (const partition of session.kernel.view().partitions)
    if (isStoppedByFault(partition))
      output.say(`${style.bad("fault")} in ${partition.name}: ${partition.lastFault?.text ?? ""}`);
  const at = formatTime(session.now(), session.plan.machine.frequencyHz);
  if (end === "interrupted" && interrupts.isInterrupted()) output.say(`${style.warn("interrupted")} after ${at}`);
}

interface Report {
  readonly path: string;
  readonly file: FileWriter;
  readonly make: (result: Profile) => string;
  readonly openedBy: string;
}

function openReports({ svg, speedscope }: ProfileOptions, files: HostFiles): Report[] {
  const reports: Report[] = [];
  const add = (path: string | undefined, make: Report["make"], openedBy: string): void => {
    if (path !== undefined) reports.push({ path, file: files.createWriter(path), make, openedBy });
  };
  add(svg, drawFlameGraph, "a browser");
  add(speedscope, (result) => `${JSON.stringify(makeSpeedscope(result))}\n`, "https://www.speedscope.app");
  return reports;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** Ends with a newline. */
export function printProfile(result: Profile, top: number, style: Style): string {
  const lines = [...printFunctions(result, top, style), "", ...printPartitions(result, style), ""];
  const { tree, cores, frequencyHz } = result;
  const idle = cores.reduce((sum, { idleCycles }) => sum + idleCycles, 0);
  const switching = cores.reduce((sum, { kernelCycles }) => sum + kernelCycles, 0);
  const elapsed = Math.max(...cores.map(({ elapsedCycles }) => elapsedCycles));
  lines.push(
    `time      ${formatTime(elapsed, frequencyHz)} (${elapsed} cycles) on ${cores.length} core${cores.length === 1 ? "" : "s"}`,
  );
  lines.push(`work      ${tree.totalCycles} cycles: all percentages are of these`);
  lines.push(`switches  ${switching} of them, between windows and before the first thread`);
  lines.push(`idle      ${idle} cycles besides`);
  return `${lines.join("\n")}\n`;
}

function printFunctions({ functions, partitions, tree }: Profile, top: number, style: Style): string[] {
  const isSystem = partitions.length > 1;
  const shown = functions.slice(0, top);
  const head = [
    "function",
    ...(isSystem ? ["partition"] : []),
    "cycles",
    "share",
    "instructions",
    "with calls",
    "share",
    "calls",
  ];
  const rows = shown.map((row) => [
    row.name,
    ...(isSystem ? [style.partition(row.partition, partitions[row.partition].name)] : []),
    String(row.cycles),
    percent(row.cycles, tree.totalCycles),
    String(row.instructions),
    String(row.totalCycles),
    percent(row.totalCycles, tree.totalCycles),
    String(row.calls),
  ]);
  const lines = printTable(head, rows, isSystem ? "llrrrrrr" : "lrrrrrr", style.dim);
  const rest = functions.slice(top);
  if (rest.length === 0) return lines;
  const cycles = rest.reduce((sum, row) => sum + row.cycles, 0);
  return [...lines, style.dim(`and ${rest.length} more with ${cycles} cycles (--top)`)];
}

function printPartitions({ partitions, tree }: Profile, style: Style): string[] {
  const head = ["partition", "functions", "share", "kernel", "share", "reloading", "share", "instructions"];
  const rows = partitions.map(({ name, functionCycles, kernelCycles, reloadCycles, instructions }, id) => [
    style.partition(id, name),
    String(functionCycles),
    percent(functionCycles, tree.totalCycles),
    String(kernelCycles),
    percent(kernelCycles, tree.totalCycles),
    String(reloadCycles),
    percent(reloadCycles, tree.totalCycles),
    String(instructions),
  ]);
  return printTable(head, rows, "lrrrrrrr", style.dim);
}
