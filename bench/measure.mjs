/**
 * Measuring one program on one engine, in guest instructions (those that Hallows retires) per second of host time.
 *
 * A rival runs batches of `rounds` and writes a line after each: the time between two lines is one sample, in steady
 * state. Samples are reduced to their median. Numbers of two runs compare only when the host was quiet in both.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitedByProcess } from "./clock.mjs";
import { withParameters } from "./build.mjs";
import { benchFolder, median } from "./paths.mjs";

/** @typedef {import("./rivals.mjs").Rival} Rival @typedef {import("./build.mjs").BuiltProgram} BuiltProgram */

/** Lines that are not looked at: start-up, translation, and caches that fill. */
const FIRST_BATCHES = 2;
/** A batch this much shorter than what was asked for is tried again with more rounds. */
const TOLERANCE = 2;
const MOST_TRIES = 6;
const LEAST_MILLISECONDS = 3;
const CAUTION = 50;
const TIMEOUT_MILLISECONDS = 60_000;

/** The line of Node's standard error that says what was wrong. @param {string} stderr */
function complaintOf(stderr) {
  return stderr.split("\n").find((line) => /^\w*Error\b/.test(line)) ?? stderr.trim().split("\n").at(-1) ?? "";
}

/**
 * Runs one of the workers in a process of its own, and returns what it prints. Its error is told in one line.
 * @param {string} script in this folder
 * @param {object} job
 * @param {readonly string[]} [flags] for Node
 * @param {string} [node] its executable
 * @returns {any}
 */
export function runWorker(script, job, flags = [], node = process.execPath) {
  const words = [...flags, join(benchFolder, script), JSON.stringify(job)];
  const { status, signal, stdout, stderr } = spawnSync(node, words, { encoding: "utf8", timeout: 180_000 });
  if (status === 0) return JSON.parse(stdout);
  throw new Error(`${script} ended with ${signal ?? status}: ${complaintOf(stderr)}`);
}

/**
 * Instructions of a round and of what comes before the first, and the line that every engine must print first. Exact,
 * so it is kept beside the program.
 * @param {BuiltProgram} program
 * @param {string} [engine] that counts
 * @returns {{ start: number, perRound: number, line: string }}
 */
export function countRound({ name, hallows }, engine = "reference") {
  return keptBeside(hallows, "count", () => countRoundAnew(name, hallows, engine));
}

/**
 * How far a round has come at each of its steps, as parts of it. Telling them takes some instructions of its own, so
 * these are parts and not counts.
 * @param {BuiltProgram} program
 * @param {{ start: number }} round
 * @returns {readonly number[]} growing, above 0 and under 1
 */
export function findSteps({ hallows }, { start }) {
  return keptBeside(hallows, "steps", () => {
    const job = { mode: "count", path: hallows, engine: "wasm", rounds: 1, batches: 0, telling: 2 ** 50 };
    const { retired, steps } = runWorker("hallows-worker.mjs", job);
    return steps.map((/** @type {number} */ at) => (at - start) / (retired - start));
  });
}

/**
 * What is found out about a built program, and kept in a file beside it until it is built anew.
 * @template Found
 * @param {string} program path
 * @param {string} what
 * @param {() => Found} find
 * @returns {Found}
 */
function keptBeside(program, what, find) {
  const stamp = createHash("sha256").update(readFileSync(program)).digest("hex");
  const file = `${program}.${what}.json`;
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, "utf8"));
    if (kept.stamp === stamp && kept.found !== undefined) return kept.found;
  }
  const found = find();
  writeFileSync(file, JSON.stringify({ stamp, found }));
  return found;
}

/**
 * @param {string} name
 * @param {string} hallows path
 * @param {string} engine
 */
function countRoundAnew(name, hallows, engine) {
  const runs = [1, 2, 3].map((rounds) =>
    runWorker("hallows-worker.mjs", { mode: "count", path: hallows, engine, rounds, batches: 1 }),
  );
  const [first, second] = [runs[1].retired - runs[0].retired, runs[2].retired - runs[1].retired];
  if (first !== second) throw new Error(`${name}: the second round is ${first} instructions, the third ${second}`);
  return { start: runs[0].retired - 2 * first, perRound: first, line: runs[0].lines[0] };
}

/**
 * Times between lines, in milliseconds, and the first line. The process is ended when there are enough.
 * @param {readonly string[]} command
 * @param {number} batches
 * @returns {Promise<{ times: number[], line: string }>}
 */
function timeLines([file, ...words], batches) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, words, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    let seen = 0;
    let complaint = "";
    const at = /** @type {number[]} */ ([]);
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MILLISECONDS);
    child.stderr.on("data", (bytes) => (complaint += bytes));
    child.stdout.on("data", (bytes) => {
      const now = performance.now() - waitedByProcess(child.pid);
      text += bytes;
      for (; text.indexOf("\n", seen) >= 0; seen = text.indexOf("\n", seen) + 1) at.push(now);
      if (at.length > batches) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (at.length <= batches) {
        reject(new Error(`${file} ended (${code ?? "killed"}) after ${at.length} lines. ${complaint.trim()}`));
        return;
      }
      resolve({ times: at.slice(1).map((time, index) => time - at[index]), line: text.split("\n")[0].trim() });
    });
  });
}

/**
 * What takes samples of a program on a rival, each time in a new process. How many rounds are a sample is found out
 * once.
 * @param {Rival} rival
 * @param {BuiltProgram} program
 * @param {{ perRound: number, line: string }} round
 * @param {number} seconds of a sample
 * @returns {(count: number) => Promise<number[]>} MIPS, one a sample
 */
export function createRivalMeasure(rival, program, round, seconds) {
  // Cautious at first: some programs are a hundred times slower than others.
  let mips = rival.guessMips / CAUTION;
  let isFound = false;

  /** Milliseconds of so many batches. @param {number} rounds @param {number} count */
  async function time(rounds, count) {
    const copy = withParameters(program[rival.form], { rounds, batches: 2 ** 50 }, rival.name.replaceAll(/\W/g, ""));
    const { times, line } = await timeLines(rival.command(copy), FIRST_BATCHES + count);
    if (line !== round.line) throw new Error(`it printed ${line}; Hallows, ${round.line}`);
    return times.slice(FIRST_BATCHES);
  }

  return async (count) => {
    for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
      const rounds = Math.max(1, Math.round((mips * 1e6 * seconds) / round.perRound));
      const samples = await time(rounds, attempt === 1 && !isFound ? 1 : count);
      const took = median(samples);
      if ((attempt > 1 || isFound) && (took > (seconds * 1000) / TOLERANCE || attempt === MOST_TRIES)) {
        isFound = true;
        return samples.map((milliseconds) => (rounds * round.perRound) / milliseconds / 1000);
      }
      // Lines of very short batches arrive together: such a time says only that there is room for more.
      mips = took < LEAST_MILLISECONDS ? mips * 10 : (rounds * round.perRound) / took / 1000;
    }
    throw new Error("not reached");
  };
}
