/**
 * `npm run bench:engine`: guest instructions a second on Hallows and on other engines, in the same run, over the same
 * machine code: small programs, then programs of real size; then the kernel's rows; at the end one table of all aims.
 * Needs gcc; rivals that are not installed are skipped, and say so. docs/benchmarks.md explains each row.
 *
 *   --programs a,b    only these             --repeat N     samples of each measurement (default 6)
 *   --engines a,b     only these columns     --quick        few short samples, no reference engine: about ten minutes
 *   --real a,b        only these programs of real size      --levels O2,O0    only built so (--quick: O2)
 *   --sizes 0.1,1,10  processes that take qemu-x86_64 so many seconds (--quick: 0.1,1)
 *   --measures a,b    of them only processes, curve, steady, code
 *   --node PATH       runs them on that Node, too; may be given more than once
 *   --system a,b      only these rows of the last part      --no-programs, --no-real, --no-system   leave out a part
 *   --json FILE       all numbers, too       --svg FILE     draws the curves of programs of real size
 *   --cold            only how long commands take to start
 *   --table           only short programs, as whole processes, on each Node: a table of seconds
 *
 * An aim that is missed is marked and changes no exit code: speed depends on the host. The exit code is 1 when
 * something failed, or when a program in steady state retires less than 99.9 % of its instructions in translated code.
 */
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { readOptions } from "../tools/options.mjs";
import { findCompiler, programNames } from "./build.mjs";
import { printColdStart } from "./cold-start.mjs";
import { load, table, verdictOf } from "./paths.mjs";
import { benchPrograms } from "./programs.mjs";
import { benchReal, hallowsOn, LEVELS, MEASURES, realProgramNames, SIZES } from "./real.mjs";
import { findRivals } from "./rivals.mjs";
import { printShortPrograms, shortProgramNames } from "./short.mjs";
import { systemRowNames, systemRows } from "./system.mjs";

const HALLOWS_ENGINES = ["reference", "wasm"];

const options = readOptions(import.meta.url, {
  programs: { type: "string" },
  engines: { type: "string" },
  real: { type: "string" },
  levels: { type: "string" },
  sizes: { type: "string" },
  measures: { type: "string" },
  node: { type: "string", multiple: true, default: [] },
  system: { type: "string" },
  repeat: { type: "string" },
  quick: { type: "boolean", default: false },
  json: { type: "string" },
  svg: { type: "string" },
  table: { type: "boolean", default: false },
  cold: { type: "boolean", default: false },
  "no-system": { type: "boolean", default: false },
  "no-programs": { type: "boolean", default: false },
  "no-real": { type: "boolean", default: false },
});
const { quick } = options;
const repeat = options.repeat === undefined ? (quick ? 3 : 6) : Number(options.repeat);
const seconds = quick ? 0.06 : 0.25;

/**
 * The names chosen on the command line.
 * @param {string | undefined} list
 * @param {readonly string[]} all
 * @param {string} what
 */
function choose(list, all, what) {
  if (list === undefined) return [...all];
  const names = list.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    console.error(`no ${what} "${unknown}"; there are ${all.join(", ")}`);
    process.exit(2);
  }
  return names;
}

/** An engine is there when a machine can be made with it. */
async function findHallowsEngines() {
  const { createMachine } = await load("machine/index.js");
  return HALLOWS_ENGINES.map((name) => {
    const { engine } = createMachine({ cores: 1, ramBytes: 1 << 20, engine: name });
    const isTranslating = engine.counts !== undefined;
    const isFound = isTranslating === (name === "wasm");
    return { name, missing: isFound ? null : `a machine with the option engine: "${name}" runs another engine` };
  });
}

if (options.table) {
  const nodes = [process.execPath, ...options.node].map((node) => ({ name: hallowsOn(node), node }));
  const programs = choose(options.programs, shortProgramNames(), "short program");
  printShortPrograms({
    programs,
    nodes,
    rivals: findRivals(),
    repeat: options.repeat === undefined ? 3 : Number(options.repeat),
  });
  process.exit(0);
}
if (options.cold) {
  printColdStart();
  process.exit(0);
}
const nodes = [process.execPath, ...options.node];
const begin = performance.now();
const rivals = findRivals();
const programs = choose(options.programs, programNames(), "program");
const allEngines = [...HALLOWS_ENGINES, ...rivals.map(({ name }) => name)];
const chosen = choose(options.engines, allEngines, "engine");
const engines = quick && options.engines === undefined ? chosen.filter((name) => name !== "reference") : chosen;
const chosenRows = choose(options.system, systemRowNames(), "row");
const real = {
  programs: choose(options.real, realProgramNames(), "program of real size"),
  levels: choose(options.levels ?? (quick ? LEVELS[0] : undefined), LEVELS, "level"),
  sizes: choose(options.sizes ?? (quick ? "0.1,1" : undefined), SIZES.map(String), "size").map(Number),
  measures: choose(options.measures, MEASURES, "measure"),
};
const compiler = findCompiler();
const host = {
  processor: cpus()[0]?.model ?? "unknown processor",
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${process.platform} ${process.arch}`,
  node: process.version,
  v8: process.versions.v8,
  compiler: compiler.version,
};
const hostLine =
  `${host.processor}, ${host.cores} cores, ${(host.memoryBytes / 1024 ** 3).toFixed(1)} GiB, ${host.system};` +
  ` Node ${host.node} (V8 ${host.v8})`;
console.log(hostLine);
if (compiler.reason !== null) {
  console.log(`no bench can run: ${compiler.reason}`);
  process.exit(0);
}
console.log(`guest programs by ${compiler.version}; ${repeat} samples of about ${seconds} s, medians\n`);

const hallowsEngines = await findHallowsEngines();
const best = hallowsEngines.filter(({ missing }) => missing === null).at(-1)?.name ?? "reference";
/** @type {import("./system.mjs").Row[]} */
const rows = [];
/** @type {string[]} */
const failures = [];
/** @type {Record<string, any>} */
const record = { host, seconds, repeat, quick };

if (!options["no-programs"]) {
  const result = await benchPrograms({ programs, engines, rivals, hallowsEngines, seconds, repeat, quick });
  rows.push(...result.rows);
  failures.push(...result.failures);
  record.programs = result.record;
}
if (!options["no-real"]) {
  const result = await benchReal({ ...real, engines: chosen, rivals, nodes, seconds, repeat, svg: options.svg });
  rows.push(...result.rows);
  failures.push(...result.failures);
  record.real = result.record;
}
if (!options["no-system"]) {
  const system = await systemRows({ rows: chosenRows, engine: best, quick, repeat });
  rows.push(...system);
  for (const { name, value, note } of system) if (value === "failed") failures.push(`${name}: ${note}`);
}

const cells = rows.map((row) => [row.name, row.against, row.aim, row.value, verdictOf(row)]);
console.log(`\n${table([["", "against", "aim", "measured", "met?"], ...cells], 2)}`);
console.log(`\n${hostLine}`);
const minutes = (performance.now() - begin) / 60_000;
console.log(`the whole took ${minutes.toFixed(1)} minutes`);
for (const failure of failures) console.log(`failed   ${failure}`);
if (failures.length > 0) process.exitCode = 1;
if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify({ ...record, rows, failures, minutes }, null, 2)}\n`);
