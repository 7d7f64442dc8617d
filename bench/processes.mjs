/**
 * Whole processes from a cold start: how long one takes, how far it has come at any time of its first seconds, and how
 * much code it goes through. The same is done with every engine: a process is a command line, and what it prints says
 * how far it is.
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { withParameters } from "./build.mjs";

/** @typedef {import("./build.mjs").BuiltProgram} BuiltProgram */
/**
 * @typedef {object} Runner
 * @property {string} name
 * @property {"hallows" | "linux" | "boot"} form
 * @property {(path: string) => readonly string[]} command
 *
 * @typedef {object} Told what a process said of its progress, and when
 * @property {{ milliseconds: number, told: number }[]} points
 * @property {string[]} lines
 * @property {number} took
 * @property {boolean} isEnded
 */
/**
 * A round: instructions before the first and of each, what the first prints, and the parts of it that are done at its
 * steps.
 * @typedef {{ start: number, perRound: number, line: string, steps: readonly number[] }} Round
 */

const TIMEOUT_MILLISECONDS = 180_000;
const ENDLESS = 2 ** 50;
/** Steps that each have a line; from then on they lie apart by one part in so many of what came before. */
const TELLING = 32;
const PLUS = 0x2b;

/**
 * Runs a program in a new process and tells of each piece of its output, when it has come and how many steps were told
 * by then. The process is ended after so many milliseconds.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {import("./build.mjs").Parameters} parameters
 * @param {number} milliseconds
 * @returns {Promise<Told>}
 * lines without those of steps
 */
function watch(runner, program, parameters, milliseconds) {
  const copy = withParameters(program[runner.form], parameters, runner.name.replaceAll(/\W/g, ""));
  const [file, ...words] = runner.command(copy);
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(file, words, { stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
    const points = /** @type {{ milliseconds: number, told: number }[]} */ ([]);
    let [text, complaint, told] = ["", "", 0];
    child.stderr.on("data", (bytes) => (complaint += bytes));
    child.stdout.on("data", (/** @type {Buffer} */ bytes) => {
      text += bytes.toString("latin1");
      told += bytes.filter((byte) => byte === PLUS).length;
      points.push({ milliseconds: performance.now() - began, told });
    });
    child.on("error", reject);
    child.on("close", (_, signal) => {
      clearTimeout(timer);
      const took = performance.now() - began;
      const isEnded = signal === null;
      const lines = text.split("\n").flatMap((line) => (line.trim() === "+" || line === "" ? [] : [line.trim()]));
      if (text !== "" || !isEnded) resolve({ points, lines, took, isEnded });
      else reject(new Error(`${runner.name} printed nothing. ${complaint.trim()}`));
    });
  });
}

/**
 * The step that each line of one is about, counted from the first: what guests/main.c does.
 * @param {number} count of lines
 * @returns {number} of the last of them
 */
function stepOfLine(count) {
  let step = 0;
  for (let line = 1; line < count; line++) step += 1 + Math.floor((step + 1) / TELLING);
  return step;
}

/**
 * Instructions done when so many steps were told.
 * @param {Round} round
 * @param {number} told
 */
function doneAt({ start, perRound, steps }, told) {
  if (told === 0) return 0;
  const step = stepOfLine(told);
  return start + (Math.floor(step / steps.length) + steps[step % steps.length]) * perRound;
}

/**
 * A process that prepares, does a round, and then so many more: its seconds and instructions. One that takes longer
 * than the limit is ended, and has the instructions that it had done.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {number} rounds
 * @param {Round} round
 * @param {number} [limitSeconds]
 * @returns {Promise<{ seconds: number, instructions: number, isEnded: boolean }>}
 */
export async function timeProcess(runner, program, rounds, round, limitSeconds = TIMEOUT_MILLISECONDS / 1000) {
  const parameters = { rounds, batches: 1, telling: TELLING };
  const { points, lines, took, isEnded } = await watch(runner, program, parameters, limitSeconds * 1000);
  if (lines.length > 0 && lines[0] !== round.line) throw new Error(`printed ${lines[0]} and not ${round.line}`);
  if (isEnded && lines.length !== 2) throw new Error(`ended after ${lines.length} of 2 lines`);
  if (isEnded) return { seconds: took / 1000, instructions: round.start + (rounds + 1) * round.perRound, isEnded };
  const last = points.at(-1);
  if (last === undefined) throw new Error(`has come nowhere within ${limitSeconds} s`);
  return { seconds: last.milliseconds / 1000, instructions: doneAt(round, last.told), isEnded };
}

/**
 * How many rounds a process of about so many seconds does.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {Round} round
 * @returns {Promise<(seconds: number) => number>}
 */
export async function sizeProcesses(runner, program, round) {
  const LEAST_SECONDS = 0.4;
  const { seconds: least } = await timeProcess(runner, program, 1, round);
  let [rounds, took] = [1, least];
  while (took < least + LEAST_SECONDS) {
    rounds *= 4;
    took = (await timeProcess(runner, program, rounds, round)).seconds;
  }
  const perRound = (took - least) / (rounds - 1);
  return (seconds) => Math.max(1, Math.round((seconds - least) / perRound) + 1);
}

/**
 * Instructions that a new process has done at each of these times. Between two lines it is taken to go evenly, and not
 * to move after the last.
 * @param {Runner} runner
 * @param {BuiltProgram} program
 * @param {Round} round
 * @param {readonly number[]} seconds growing
 */
export async function progressOf(runner, program, round, seconds) {
  const last = (seconds.at(-1) ?? 0) * 1000;
  const parameters = { rounds: ENDLESS, batches: 1, telling: TELLING };
  const { points } = await watch(runner, program, parameters, last + 50);
  const path = [
    { at: 0, done: 0 },
    ...points.map(({ milliseconds, told }) => ({ at: milliseconds, done: doneAt(round, told) })),
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
