/**
 * Whole processes from a cold start: how long one takes, how far it has come at any time of its first seconds, and how much
 * code it goes through. The same is done with every engine: a process is a command line, and its lines are what it has done.
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { withParameters } from "./build.mjs";

/** @typedef {import("./build.mjs").BuiltProgram} BuiltProgram */
/** @typedef {{ name: string, form: "hallows" | "linux" | "boot", command: (path: string) => readonly string[] }} Runner */

const TIMEOUT_MILLISECONDS = 180_000;
const ENDLESS = 2 ** 50;

/**
 * Runs a program in a new process and tells of each piece of its output, when it has come and how many lines there are
 * then. The process is ended after so many milliseconds.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {{ rounds: number, batches: number }} parameters
 * @param {number} milliseconds
 * @returns {Promise<{ points: { milliseconds: number, lines: number }[], text: string, took: number }>}
 */
function watch(runner, program, parameters, milliseconds) {
  const copy = withParameters(program[runner.form], parameters, runner.name.replaceAll(/\W/g, ""));
  const [file, ...words] = runner.command(copy);
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(file, words, { stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    const points = /** @type {{ milliseconds: number, lines: number }[]} */ ([]);
    let [text, complaint, lines] = ["", "", 0];
    child.stderr.on("data", (bytes) => (complaint += bytes));
    child.stdout.on("data", (/** @type {Buffer} */ bytes) => {
      text += bytes.toString("latin1");
      lines += bytes.filter((byte) => byte === 0x0a).length;
      points.push({ milliseconds: performance.now() - began, lines });
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      const took = performance.now() - began;
      if (lines > 0 || took >= milliseconds) resolve({ points, text, took });
      else reject(new Error(`${runner.name} printed nothing. ${complaint.trim()}`));
    });
  });
}

/**
 * Seconds of a process that prepares, does a round, and then so many.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {number} rounds
 * @param {string} checksum of its first round
 */
export async function timeProcess(runner, program, rounds, checksum) {
  const { points, text, took } = await watch(runner, program, { rounds, batches: 1 }, TIMEOUT_MILLISECONDS);
  const [first] = text.split("\n");
  if (first.trim() !== checksum) throw new Error(`printed ${first.trim()} and not ${checksum}`);
  if (points.at(-1)?.lines !== 2) throw new Error(`did not end within ${TIMEOUT_MILLISECONDS / 1000} s`);
  return took / 1000;
}

/**
 * How many rounds a process of about so many seconds does.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {string} checksum
 * @returns {Promise<(seconds: number) => number>}
 */
export async function sizeProcesses(runner, program, checksum) {
  const LEAST_SECONDS = 0.4;
  const least = await timeProcess(runner, program, 1, checksum);
  let [rounds, took] = [1, least];
  while (took < least + LEAST_SECONDS) {
    rounds *= 4;
    took = await timeProcess(runner, program, rounds, checksum);
  }
  const perRound = (took - least) / (rounds - 1);
  return (seconds) => Math.max(1, Math.round((seconds - least) / perRound) + 1);
}

/**
 * Instructions that a new process has done at each of these times. Between two lines it is taken to go evenly.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {{ start: number, perRound: number }} round
 * @param {readonly number[]} seconds growing
 */
export async function progressOf(runner, program, { start, perRound }, seconds) {
  const last = (seconds.at(-1) ?? 0) * 1000;
  const { points } = await watch(runner, program, { rounds: 1, batches: ENDLESS }, last + 50);
  const path = [
    { at: 0, done: 0 },
    ...points.map((one) => ({ at: one.milliseconds, done: start + one.lines * perRound })),
  ];
  return seconds.map((second) => {
    const after = path.findIndex(({ at }) => at >= second * 1000);
    if (after <= 0) return path[path.length - 1].done;
    const [from, to] = [path[after - 1], path[after]];
    return from.done + ((to.done - from.done) * (second * 1000 - from.at)) / (to.at - from.at);
  });
}

/**
 * Different instructions that a round goes through, by the log of `qemu-x86_64`; undefined without it.
 * @param {BuiltProgram} program
 * @returns {number | undefined}
 */
export function touchedInstructions(program) {
  const copy = withParameters(program.linux, { rounds: 1, batches: 0 }, "once");
  const log = `${copy}.log`;
  const { error, status } = spawnSync("qemu-x86_64", ["-d", "in_asm", "-D", log, copy]);
  if (error !== undefined || status !== 0) return undefined;
  const addresses = readFileSync(log, "latin1").match(/^0x[0-9a-f]+(?=:)/gm) ?? [];
  rmSync(log);
  return new Set(addresses).size;
}
