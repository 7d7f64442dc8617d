/**
 * `npm run bench:engine`: guest instructions a second on Hallows and on other engines, in the same run, over the same
 * machine code; then the kernel's rows. Needs gcc; rivals that are not installed are skipped, and say so.
 *
 *   --programs a,b    only these             --repeat N     samples of each measurement (default 5)
 *   --engines a,b     only these columns     --quick        short samples, three of each: to see that all runs
 *   --system a,b      only these rows of the second part    --no-system, --no-programs   leave out a part
 *   --json FILE       all numbers, too       --cold         only how long commands take to start
 *
 * The exit code is 0 whatever the numbers are: they depend on the host. An aim that is missed is marked.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { buildProgram, findCompiler, programNames } from "./build.mjs";
import { printColdStart } from "./cold-start.mjs";
import { countRound, measureRival, runWorker } from "./measure.mjs";
import { figure, geometricMean, load, median, table } from "./paths.mjs";
import { findRivals } from "./rivals.mjs";
import { systemRowNames, systemRows } from "./system.mjs";

const HALLOWS_ENGINES = ["reference", "wasm"];
/** Least share of instructions that steady state retires in translated code. */
const LEAST_TRANSLATED = 0.999;

/** What Hallows' best engine is to reach against a rival: geometric mean, and least of all programs. */
const AIMS = [
  { rival: "qemu-system", mean: 1, least: 0.5 },
  { rival: "-icount", mean: 1.5, least: null },
  { rival: "unicorn", mean: 4, least: null },
  { rival: "unicorn count", mean: 20, least: null },
];

const { values: options } = parseArgs({
  options: {
    programs: { type: "string" },
    engines: { type: "string" },
    system: { type: "string" },
    repeat: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    cold: { type: "boolean", default: false },
    "no-system": { type: "boolean", default: false },
    "no-programs": { type: "boolean", default: false },
  },
});
const repeat = options.repeat === undefined ? (options.quick ? 3 : 5) : Number(options.repeat);
const seconds = options.quick ? 0.06 : 0.25;

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

if (options.cold) {
  printColdStart();
  process.exit(0);
}
const rivals = findRivals();
const programs = choose(options.programs, programNames(), "program");
const engines = choose(options.engines, [...HALLOWS_ENGINES, ...rivals.map(({ name }) => name)], "engine");
const chosenRows = choose(options.system, systemRowNames(), "row");
const processor = cpus()[0]?.model ?? "unknown processor";
console.log(`${processor}, ${cpus().length} cores; Node ${process.version} (V8 ${process.versions.v8})`);

const compiler = findCompiler();
if (compiler.reason !== null) {
  console.log(`no bench can run: ${compiler.reason}`);
  process.exit(0);
}
console.log(`guest programs by ${compiler.version}; ${repeat} samples of about ${seconds} s, medians\n`);

/** Which engines of Hallows this build has. @type {{ name: string, missing: string | null }[]} */
const hallowsEngines = await findHallowsEngines();

/** @type {Record<string, any>} */
const record = {
  processor,
  node: process.version,
  compiler: compiler.version,
  seconds,
  repeat,
  programs: {},
  system: {},
};

if (!options["no-programs"]) await benchPrograms();
if (!options["no-system"]) {
  const best = hallowsEngines.filter(({ missing }) => missing === null).at(-1)?.name ?? "reference";
  record.system = await systemRows({ rows: chosenRows, engine: best, quick: options.quick, repeat });
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(record, null, 2)}\n`);

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

async function benchPrograms() {
  for (const rival of rivals.filter(({ name }) => engines.includes(name))) {
    if (rival.missing !== null) console.log(`skipped  ${rival.name}: ${rival.missing}`);
    else console.log(`${rival.name}: ${rival.version}\n    ${rival.command(`PROGRAM.${rival.form}`).join(" ")}`);
  }
  for (const { name, missing } of hallowsEngines)
    if (missing !== null) console.log(`absent   hallows ${name}: ${missing}`);
  console.log("");

  const columns = engines.filter((name) => {
    const engine = hallowsEngines.find((one) => one.name === name) ?? rivals.find((one) => one.name === name);
    return engine?.missing === null;
  });
  /** @type {string[]} */
  const problems = [];
  const isShown = process.stderr.isTTY;
  for (const name of programs) {
    const built = build(name);
    if (built.reason !== null) {
      problems.push(`${name}: ${built.reason}`);
      continue;
    }
    const { program, round } = built;
    /** @type {Record<string, any>} */
    const row = (record.programs[name] = { instructionsPerRound: round.perRound, mips: {}, samples: {} });
    for (const column of columns) {
      if (isShown) process.stderr.write(`\r\x1b[K${name} on ${column}`);
      try {
        const rival = rivals.find((one) => one.name === column);
        const samples =
          rival === undefined
            ? measureHallows(column, program, round, row)
            : await measureRival(rival, program, round, { seconds, repeat });
        row.samples[column] = samples;
        row.mips[column] = median(samples);
      } catch (error) {
        problems.push(`${name} on ${column}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  if (isShown) process.stderr.write("\r\x1b[K");
  printPrograms(columns);
  printSpread();
  for (const problem of problems) console.log(`failed   ${problem}`);
  record.problems = problems;
}

/**
 * The program in all its forms, and what a round of it is.
 * @param {string} name
 */
function build(name) {
  try {
    const program = buildProgram(name);
    return { program, round: countRound(program), reason: null };
  } catch (error) {
    return { reason: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
}

/**
 * @param {string} engine
 * @param {import("./build.mjs").BuiltProgram} program
 * @param {{ perRound: number, line: string }} round
 * @param {Record<string, any>} row takes what the engine says about itself
 */
function measureHallows(engine, program, round, row) {
  const rounds = Math.max(1, Math.round(5e6 / round.perRound));
  const result = runWorker("hallows-worker.mjs", {
    mode: "speed",
    path: program.hallows,
    engine,
    seconds,
    repeat,
    rounds,
  });
  if (result.line !== round.line) throw new Error(`printed ${result.line}, and ${round.line} when counted`);
  if (engine !== "reference") {
    row.translated = translatedShare(result);
    row.warmUpMilliseconds = result.warmUpMilliseconds;
    row.counts = result.counts;
  }
  return result.mips;
}

/**
 * Share of the instructions in steady state that translated code retired; undefined when the engine doesn't say.
 * @param {any} result of the worker
 */
function translatedShare({ counts, countsBefore, retired }) {
  return counts?.translated === undefined ? undefined : (counts.translated - countsBefore.translated) / retired;
}

/** @param {readonly string[]} columns */
function printPrograms(columns) {
  const best = HALLOWS_ENGINES.filter((name) => columns.includes(name)).at(-1);
  const against = AIMS.map(({ rival }) => rival).filter((rival) => best !== undefined && columns.includes(rival));
  const rows = Object.entries(record.programs);
  const ratio = (/** @type {any} */ row, /** @type {string} */ rival) =>
    best === undefined || row.mips[best] === undefined ? undefined : row.mips[best] / row.mips[rival];

  console.log("millions of guest instructions a second");
  const complete = rows.filter(([, row]) => columns.every((column) => row.mips[column] !== undefined));
  const means = columns.map((column) =>
    complete.length === 0 ? undefined : geometricMean(complete.map(([, row]) => row.mips[column])),
  );
  const which = complete.length === rows.length ? "" : ` of the ${complete.length} that ran everywhere`;
  console.log(
    table([
      ["program", ...columns, ...(best === "wasm" ? ["translated"] : [])],
      ...rows.map(([name, row]) => [
        name,
        ...columns.map((column) => figure(row.mips[column])),
        ...(best === "wasm" ? [shareText(row.translated)] : []),
      ]),
      [`geometric mean${which}`, ...means.map(figure)],
    ]),
  );
  if (best === undefined || against.length === 0) return;

  console.log(`\nhallows ${best} as a multiple of`);
  record.ratios = {};
  const summaries = against.map((rival) => {
    const all = rows
      .map(([, row]) => ratio(row, rival))
      .filter((value) => value !== undefined && Number.isFinite(value));
    const summary = all.length === 0 ? null : { mean: geometricMean(all), least: Math.min(...all) };
    record.ratios[rival] = summary;
    return summary;
  });
  console.log(
    table([
      ["program", ...against],
      ...rows.map(([name, row]) => [name, ...against.map((rival) => figure(ratio(row, rival)))]),
      ["geometric mean", ...summaries.map((summary) => figure(summary?.mean))],
      ["least", ...summaries.map((summary) => figure(summary?.least))],
    ]),
  );
  console.log("");
  for (const [index, rival] of against.entries()) {
    const aim = AIMS.find((one) => one.rival === rival);
    const summary = summaries[index];
    if (aim === undefined || summary === null) continue;
    const isMet = summary.mean >= aim.mean && (aim.least === null || summary.least >= aim.least);
    const least = aim.least === null ? "" : `, none under ${aim.least}`;
    console.log(
      `${isMet ? "met     " : "missed  "} against ${rival}: aim ${aim.mean}${least}; it is ${figure(summary.mean)}, least ${figure(summary.least)}`,
    );
  }
  if (best !== "wasm") return;
  for (const [name, { translated }] of rows) {
    if (translated !== undefined && translated < LEAST_TRANSLATED)
      console.log(
        `missed   ${name}: only ${shareText(translated)} of its instructions retire in translated code (aim 99.9 %)`,
      );
  }
}

/** How far the samples of one cell lie apart: what a difference between two cells has to beat. */
function printSpread() {
  const spreads = Object.values(record.programs).flatMap((row) =>
    Object.values(row.samples).map((/** @type {any} */ samples) => Math.max(...samples) / Math.min(...samples) - 1),
  );
  if (spreads.length === 0) return;
  const percent = (/** @type {number} */ part) => `${Math.round(part * 100)} %`;
  console.log(
    `noise    samples of a cell lie ${percent(median(spreads))} apart (median of cells), ${percent(Math.max(...spreads))} at worst`,
  );
}

/** @param {number | undefined} share */
function shareText(share) {
  return share === undefined ? "-" : `${(Math.floor(share * 1e5) / 1e3).toFixed(3)} %`;
}
