/**
 * `npm run fuzz:csmith -- [--seed N] [--programs N] [--levels O0,O1,O2,O3,Os] [--jobs N] [--state FILE] [--minutes N]`
 *
 * Random C by csmith, at each level: run by the host, by the reference engine and by the translating engine. What they
 * print must be the same, and what the engines leave, to the hash, the cycle and the instruction. The first difference
 * is printed and ends the run with exit code 1. Programs are those of the seeds N, N + 1, and so on; those with hardly
 * any code are passed over and not counted. With `--state`, a campaign that was stopped goes on where it was, and one
 * of so many `--minutes` is a piece of it. Where csmith or a compiler is missing it says so and ends with 0. Run the
 * build first.
 */
import { fork } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { LEVELS, whatIsMissing } from "./csmith/build.mjs";
import { addCounts, createCounts } from "./csmith/judge.mjs";
import { readOptions } from "./options.mjs";

const PROGRESS_MILLISECONDS = 10_000;
/** A job is made anew after so many programs: each has machines of its own, whose memory V8 is slow to give back. */
const JOB_PROGRAMS = 60;
/** A job that says nothing for so long has an engine that never comes back. */
const STUCK_MILLISECONDS = 300_000;
const JOB = new URL("csmith/job.mjs", import.meta.url);

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: "1" },
  programs: { type: "string", default: "100" },
  levels: { type: "string", default: "O0,O1,O2,O3" },
  jobs: { type: "string", default: "1" },
  minutes: { type: "string", default: "0" },
  state: { type: "string" },
});
const [seed, programs, jobs, minutes] = [options.seed, options.programs, options.jobs, options.minutes].map(Number);
const levels = options.levels.split(",");
if (![seed, programs, jobs].every((number) => Number.isSafeInteger(number) && number > 0) || !(minutes >= 0)) {
  console.error("fuzz:csmith: --seed, --programs, --jobs and --minutes take numbers");
  process.exit(2);
}
const unknown = levels.find((level) => !LEVELS.includes(level));
if (unknown !== undefined) {
  console.error(`fuzz:csmith: no level "${unknown}"; there are ${LEVELS.join(", ")}`);
  process.exit(2);
}
const missing = whatIsMissing();
if (missing !== null) {
  console.log(`fuzz:csmith skipped: ${missing}`);
  process.exit(0);
}

const settings = { seed, levels: levels.join(",") };
const state = readState() ?? { settings, next: seed, seconds: 0, counts: createCounts() };
const started = { at: Date.now(), programs: state.counts.programs, seconds: state.seconds };
/** Results of programs that others before them are still missing for. */
const early = new Map();
const run = { toHandOut: state.next, reportedAt: Date.now(), isOver: false };
console.log(`fuzz:csmith: --seed ${seed} --levels ${settings.levels}, ${jobs} jobs, node ${process.version}`);

/** What is kept of an earlier piece of the campaign; ends the process when it is another campaign's. */
function readState() {
  if (options.state === undefined || !existsSync(options.state)) return null;
  const kept = JSON.parse(readFileSync(options.state, "utf8"));
  if (JSON.stringify(kept.settings) === JSON.stringify(settings)) return kept;
  console.error(`fuzz:csmith: ${options.state} belongs to another campaign: ${JSON.stringify(kept.settings)}`);
  process.exit(2);
}

function save() {
  state.seconds = started.seconds + (Date.now() - started.at) / 1000;
  if (options.state === undefined) return;
  writeFileSync(`${options.state}.new`, JSON.stringify(state));
  renameSync(`${options.state}.new`, options.state);
}

const isEnough = () => state.counts.programs >= programs || (minutes > 0 && Date.now() - started.at > minutes * 60_000);

function report() {
  if (Date.now() - run.reportedAt < PROGRESS_MILLISECONDS) return;
  run.reportedAt = Date.now();
  const speed = (state.counts.programs - started.programs) / ((run.reportedAt - started.at) / 60_000);
  const left = speed > 0 ? `, about ${Math.ceil((programs - state.counts.programs) / speed)} minutes left` : "";
  console.error(`${state.counts.programs} of ${programs} programs, ${speed.toFixed(0)} a minute${left}`);
}

/** @param {{ seed: number, difference: string | null, counts: import("./csmith/judge.mjs").Counts }} result */
function take(result) {
  early.set(result.seed, result);
  for (let done = early.get(state.next); done !== undefined && !run.isOver; done = early.get(state.next)) {
    early.delete(state.next);
    if (done.difference !== null) {
      run.isOver = true;
      process.exitCode = 1;
      console.log(`\nprogram ${done.seed}: ${done.difference}`);
      console.log(`\nrepeat with: npm run fuzz:csmith -- --seed ${done.seed} --programs 1 --levels ${settings.levels}`);
      return;
    }
    state.next++;
    addCounts(state.counts, done.counts);
    run.isOver ||= isEnough();
  }
  save();
  report();
}

/** Gives one job its programs one by one, until all is done or it is time for a new one. */
function runJob() {
  return new Promise((resolve, reject) => {
    const job = fork(JOB, [settings.levels]);
    let [given, at] = [0, 0];
    const watchdog = setTimeout(() => job.kill("SIGKILL"), STUCK_MILLISECONDS);
    job.on("message", (/** @type {any} */ message) => {
      watchdog.refresh();
      if (message.isUnderWay === true) return;
      if (message.seed !== undefined) take(message);
      if (run.isOver || given++ >= JOB_PROGRAMS) job.disconnect();
      else job.send((at = run.toHandOut++));
    });
    job.on("exit", (code, signal) => {
      clearTimeout(watchdog);
      if (code === 0) resolve(undefined);
      else reject(new Error(`a job ended with ${signal ?? code} at program ${at}`));
    });
  });
}

await Promise.all(
  Array.from({ length: jobs }, async () => {
    while (!run.isOver) await runJob();
  }),
);
const { counts } = state;
console.log(
  `fuzz:csmith: ${process.exitCode === 1 ? "a" : "no"} difference in ${counts.programs} programs, ${counts.builds} builds: ` +
    `${counts.instructions} instructions, ${counts.translated} of them in translated code; passed over ${counts.trivial} ` +
    `with hardly any code, ${counts.huge} with very much and ${counts.endless} that did not end in time; ${counts.cut} compared up to a limit; ` +
    `in ${state.seconds.toFixed(0)} s`,
);
