/**
 * The second part of engine.mjs: programs of real size (programs/real), several thousand instructions of code each.
 * Whole processes from a cold start at three sizes, how far a process has come in its first two seconds, and steady
 * state, each beside QEMU and the host. Hallows runs as its users run it, `hallows run`, on this Node and on those that
 * --node names.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { buildRealProgram, LEVELS, realPrograms } from "./build.mjs";
import { CURVE_TIMES, drawCurves, printCurves } from "./curves.mjs";
import { createForecast } from "./forecast.mjs";
import { countRound, createRivalMeasure, findSteps, runWorker } from "./measure.mjs";
import { commandLineProgram, figure, geometricMean, median, table } from "./paths.mjs";
import { progressOf, sizeProcesses, timeProcess, touchedInstructions } from "./processes.mjs";

/** What can be measured of a program. */
export const MEASURES = ["processes", "curve", "steady", "code"];
/** Seconds that qemu-x86_64 takes for a process. */
export const SIZES = [0.1, 1, 10];
const RIVALS = ["native", "qemu-user", "qemu-system"];
/** Instructions a second by which processes get their sizes where qemu-x86_64 is missing. */
const USUAL_SPEED = 1.5e9;
const BATCH_INSTRUCTIONS = 5e6;
/** A process that takes longer than this is ended, and has the speed that it had till then. */
const limitOf = (/** @type {number} */ size) => 5 + 3 * size;

/**
 * Geometric means of speeds as multiples of a rival's: a process by its size, or steady state. None is to be under
 * half.
 */
const AIMS = [
  { what: "0.1 s", rival: "qemu-system", mean: 0.25 },
  { what: "1 s", rival: "qemu-system", mean: 0.8 },
  { what: "10 s", rival: "qemu-system", mean: 1.2 },
  { what: "steady", rival: "qemu-system", mean: 1.5 },
  { what: "steady", rival: "qemu-user", mean: 0.7 },
];

/**
 * @typedef {import("./processes.mjs").Runner & { node?: string, rival?: import("./rivals.mjs").Rival }} Runner
 * @typedef {import("./system.mjs").Row} Row
 * @typedef {import("./processes.mjs").Round} Round
 * @typedef {object} Measured
 * @property {Round} round
 * @property {number} [touched] instructions of code that a round goes through
 * @property {Record<string, Record<string, number>>} processes millions of instructions a second, by size and by runner
 * @property {Record<string, number>} rounds of a process, by its size
 * @property {string[]} cut processes that were ended at their limit
 * @property {Record<string, number[]>} curve instructions done at CURVE_TIMES, by runner
 * @property {Record<string, number>} steady millions of instructions a second, by runner
 * @typedef {object} Options
 * @property {readonly string[]} programs
 * @property {readonly string[]} levels
 * @property {readonly number[]} sizes
 * @property {readonly string[]} measures
 * @property {readonly string[]} engines
 * @property {readonly import("./rivals.mjs").Rival[]} rivals
 * @property {readonly string[]} nodes executables of Node
 * @property {number} seconds of a sample in steady state
 * @property {number} repeat
 * @property {string} [svg] file that the curves are drawn into
 */

export const realProgramNames = () => realPrograms().map(({ name }) => name);

/**
 * The name of Hallows on a Node.
 * @param {string} node
 */
export function hallowsOn(node) {
  const { status, stdout, error } = spawnSync(node, ["--version"], { encoding: "utf8" });
  if (error !== undefined || status !== 0) throw new Error(`--node ${node} is no Node`);
  return `hallows, Node ${stdout.trim().replace(/^v/, "")}`;
}

/**
 * Everything that runs programs: rivals that are there, and Hallows on each Node.
 * @param {Options} options
 * @returns {Runner[]}
 */
function findRunners({ engines, rivals, nodes }) {
  const found = rivals.filter(
    ({ name, missing }) => RIVALS.includes(name) && engines.includes(name) && missing === null,
  );
  const hallows = engines.includes("wasm") ? nodes : [];
  return [
    ...found.map((rival) => ({ name: rival.name, form: rival.form, command: rival.command, rival })),
    ...hallows.map((node) => ({
      name: hallowsOn(node),
      form: /** @type {const} */ ("hallows"),
      node,
      command: (/** @type {string} */ path) => [node, commandLineProgram, "run", path],
    })),
  ];
}

/** @param {unknown} error */
const firstLineOf = (error) => (error instanceof Error ? error.message.split("\n")[0] : String(error));

/**
 * @param {Options} options
 * @returns {Promise<{ rows: Row[], failures: string[], record: Record<string, Measured> }>}
 */
export async function benchReal(options) {
  const runners = findRunners(options);
  /** @type {Record<string, Measured>} */
  const measured = {};
  /** @type {string[]} */
  const failures = [];
  const builds = realPrograms()
    .filter(({ name }) => options.programs.includes(name))
    .flatMap(({ name, checksum }) => options.levels.map((level) => ({ name, checksum, level })));
  const forecast = createForecast("programs of real size", builds.length);
  for (const { name, checksum, level } of builds) {
    try {
      const program = buildRealProgram(name, level);
      const counted = countRound(program, "wasm");
      if (counted.line !== checksum) throw new Error(`printed ${counted.line} and not ${checksum}`);
      const round = { ...counted, steps: findSteps(program, counted) };
      measured[program.name] = await measureProgram(program, round, runners, options, failures, forecast.now);
    } catch (error) {
      failures.push(`${name} -${level}: ${firstLineOf(error)}`);
    }
    forecast.done(`${name} -${level}`);
  }
  const names = runners.map(({ name }) => name);
  const { measures, sizes } = options;
  if (measures.includes("code")) printCode(measured);
  if (measures.includes("curve")) {
    const curves = mapValues(measured, ({ curve }) => curve);
    printCurves(curves, names);
    if (options.svg !== undefined) writeFileSync(options.svg, drawCurves(curves, names));
  }
  const cut = Object.values(measured).flatMap((one) => one.cut);
  if (cut.length > 0) console.log(`ended at their limit, with the speed until then: ${cut.join("; ")}\n`);
  const speeds = [
    ...(measures.includes("processes")
      ? sizes.map((size) => [`${size} s`, mapValues(measured, ({ processes }) => processes[size] ?? {})])
      : []),
    ...(measures.includes("steady") ? [["steady", mapValues(measured, ({ steady }) => steady)]] : []),
  ];
  const rows = speeds.flatMap(([what, speed]) => speedRows(String(what), /** @type {any} */ (speed), names));
  return { rows, failures, record: measured };
}

/**
 * @template From, To
 * @param {Record<string, From>} record
 * @param {(value: From) => To} change
 * @returns {Record<string, To>}
 */
function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/**
 * @param {import("./build.mjs").BuiltProgram} program
 * @param {Round} round
 * @param {readonly Runner[]} runners
 * @param {Options} options
 * @param {string[]} failures takes what goes wrong with one runner
 * @param {(what: string) => void} tell says what is measured now
 */
async function measureProgram(program, round, runners, { measures, sizes, seconds, repeat }, failures, tell) {
  /** @type {Measured} */
  const result = { round, processes: {}, rounds: {}, cut: [], curve: {}, steady: {} };
  const attempt = async (
    /** @type {Runner} */ runner,
    /** @type {string} */ what,
    /** @type {() => any} */ measure,
  ) => {
    tell(`${program.name}, ${what}, on ${runner.name}`);
    try {
      await measure();
    } catch (error) {
      failures.push(`${program.name}, ${what}, on ${runner.name}: ${firstLineOf(error)}`);
    }
  };
  if (measures.includes("code")) result.touched = touchedInstructions(program);
  if (measures.includes("processes")) {
    const user = runners.find(({ name }) => name === "qemu-user");
    const roundsOf =
      user === undefined
        ? (/** @type {number} */ size) => Math.max(1, Math.round((size * USUAL_SPEED) / round.perRound))
        : await sizeProcesses(user, program, round);
    for (const size of sizes) {
      const rounds = roundsOf(size);
      result.rounds[size] = rounds;
      /** @type {Record<string, number[]>} */
      const samples = {};
      // Short processes are started more often, and all take turns.
      const turns = Math.max(1, Math.min(repeat, Math.round(3 / size)));
      for (let turn = 0; turn < turns; turn++)
        for (const runner of runners)
          await attempt(runner, `${size} s`, async () => {
            const {
              seconds: took,
              instructions,
              isEnded,
            } = await timeProcess(runner, program, rounds, round, limitOf(size));
            (samples[runner.name] ??= []).push(instructions / took / 1e6);
            if (!isEnded) result.cut.push(`${program.name} of ${size} s on ${runner.name}`);
          });
      result.processes[size] = mapValues(samples, median);
    }
  }
  if (measures.includes("curve")) {
    for (const runner of runners.filter(({ name }) => name !== "native"))
      await attempt(runner, "curve", async () => {
        result.curve[runner.name] = await progressOf(runner, program, round, CURVE_TIMES);
      });
  }
  if (measures.includes("steady")) {
    for (const runner of runners)
      await attempt(runner, "steady", async () => {
        result.steady[runner.name] = median(await steadySamples(runner, program, round, seconds, repeat));
      });
  }
  return result;
}

/**
 * @param {Runner} runner
 * @param {import("./build.mjs").BuiltProgram} program
 * @param {Round} round
 * @param {number} seconds
 * @param {number} repeat
 * @returns {number[] | Promise<number[]>} millions of instructions a second
 */
function steadySamples(runner, program, round, seconds, repeat) {
  if (runner.rival !== undefined) return createRivalMeasure(runner.rival, program, round, seconds)(repeat);
  const rounds = Math.max(1, Math.round(BATCH_INSTRUCTIONS / round.perRound));
  const job = { mode: "speed", path: program.hallows, engine: "wasm", rounds, seconds, repeat };
  const result = runWorker("hallows-worker.mjs", job, [], runner.node);
  if (result.line !== round.line) throw new Error(`printed ${result.line}, and ${round.line} when counted`);
  return result.mips;
}

/** @param {Record<string, Measured>} measured */
function printCode(measured) {
  console.log(
    "programs of real size: instructions of code that a round goes through, and instructions that it executes",
  );
  console.log(
    table([
      ["program", "code", "thousands a round"],
      ...Object.entries(measured).map(([name, { touched, round }]) => [
        name,
        figure(touched),
        figure(round.perRound / 1000),
      ]),
    ]),
  );
  console.log("");
}

/**
 * Prints one measure's speeds, and Hallows' as multiples of its rivals'; the summary's rows.
 * @param {string} what
 * @param {Record<string, Record<string, number>>} speeds by program and runner
 * @param {readonly string[]} runners
 * @returns {Row[]}
 */
function speedRows(what, speeds, runners) {
  const title = what === "steady" ? "steady state" : `whole processes that take qemu-user ${what}`;
  console.log(`programs of real size, ${title}: millions of instructions a second`);
  const rows = Object.entries(speeds);
  const means = runners.map((runner) => {
    const all = rows.map(([, row]) => row[runner]).filter((value) => value !== undefined);
    return all.length === 0 ? undefined : geometricMean(all);
  });
  console.log(
    table([
      ["program", ...runners],
      ...rows.map(([name, row]) => [name, ...runners.map((runner) => figure(row[runner]))]),
      ["geometric mean", ...means.map(figure)],
    ]),
  );
  console.log("");
  const rivals = runners.filter((name) => RIVALS.includes(name));
  return runners
    .filter((name) => !rivals.includes(name))
    .flatMap((hallows) =>
      rivals.flatMap((rival) => ratioRow(`${hallows}: real programs, ${title}`, what, hallows, rival, rows)),
    );
}

/**
 * @param {string} name
 * @param {string} what
 * @param {string} hallows
 * @param {string} rival
 * @param {readonly [string, Record<string, number>][]} rows
 * @returns {Row[]}
 */
function ratioRow(name, what, hallows, rival, rows) {
  const ratios = rows
    .map(([program, row]) => ({ program, value: row[hallows] / row[rival] }))
    .filter(({ value }) => Number.isFinite(value))
    .toSorted((a, b) => a.value - b.value);
  if (ratios.length === 0) return [];
  const mean = geometricMean(ratios.map(({ value }) => value));
  const [least] = ratios;
  const aim = AIMS.find((one) => one.what === what && one.rival === rival);
  return [
    {
      name,
      against: rival,
      aim: aim === undefined ? "" : `${aim.mean}, none under ${aim.mean / 2}`,
      value: `${figure(mean)}, least ${figure(least.value)} (${least.program})`,
      met: aim === undefined ? null : mean >= aim.mean && least.value >= aim.mean / 2,
      data: Object.fromEntries(ratios.map(({ program, value }) => [program, value])),
    },
  ];
}

export { LEVELS };
