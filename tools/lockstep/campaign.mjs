/**
 * Spreads a long lock-step campaign over processes, range by range, in the order of programs.
 *
 * Invariant: what has been added to the coverage are the programs from the first to `next`, without a gap, so that a
 * campaign that was stopped goes on from there (`--state FILE` keeps both).
 */
import { fork } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createCoverage } from "./coverage.mjs";

/** Machines are made anew for each range, which takes as long as dozens of programs. */
const RANGE_PROGRAMS = 1000;
const PROGRESS_MS = 5000;
/** A job that says nothing for so long is stuck: translated code that never comes back. */
const SILENCE_MS = 120_000;
const JOB = new URL("job.mjs", import.meta.url);
/** The collector of young objects takes a tenth of the time with the default. */
const JOB_FLAGS = ["--min-semi-space-size=32", "--max-semi-space-size=32"];

/** What is kept between two parts of a campaign; throws when it is another campaign's. */
function readState(file, settings) {
  if (file === undefined || !existsSync(file)) return null;
  const state = JSON.parse(readFileSync(file, "utf8"));
  if (JSON.stringify(state.settings) !== JSON.stringify(settings))
    throw new Error(`${file} belongs to another campaign: ${JSON.stringify(state.settings)}`);
  return state;
}

/**
 * @param {object} plan
 * @param {object} plan.settings what the programs and engines depend on: seed, engine, hot, settings
 * @param {number} plan.first
 * @param {number} plan.count
 * @param {number} plan.jobs processes
 * @param {string | undefined} plan.stateFile
 * @param {(text: string) => void} plan.progress
 * @returns {Promise<object>} coverage and `next`; and `difference`, `index`, `from` where engines differed
 */
export function runCampaign({ settings, first, count, jobs, stateFile, progress }) {
  const coverage = createCoverage();
  const state = readState(stateFile, { ...settings, first });
  if (state !== null) coverage.add(state.coverage);
  const start = state?.next ?? first;
  const end = first + count;
  const rangePrograms = Math.min(RANGE_PROGRAMS, Math.ceil(count / (4 * jobs)));
  const startedAt = Date.now();
  /** Results of ranges that others before them are still missing for. */
  const early = new Map();
  const workers = new Map();
  let next = start;
  let toHandOut = start;
  let reportedAt = startedAt;
  let names = [];
  let rows = [];
  let seconds = state?.seconds ?? 0;

  function save() {
    if (stateFile === undefined) return;
    const spent = seconds + (Date.now() - startedAt) / 1000;
    const text = JSON.stringify({
      settings: { ...settings, first },
      next,
      seconds: spent,
      coverage: coverage.summarise(),
    });
    writeFileSync(`${stateFile}.new`, text);
    renameSync(`${stateFile}.new`, stateFile);
  }

  function report() {
    if (Date.now() - reportedAt < PROGRESS_MS) return;
    reportedAt = Date.now();
    const speed = (next - start) / ((reportedAt - startedAt) / 1000);
    const left = speed > 0 ? `, ${((end - next) / speed / 60).toFixed(0)} minutes left` : "";
    progress(
      `${next - first} of ${count} programs, ${coverage.totals.retired} instructions, ${speed.toFixed(0)} programs a second${left}`,
    );
  }

  return new Promise((resolve, reject) => {
    const watchdog = setInterval(() => {
      for (const own of workers.values())
        if (Date.now() - own.heardAt > SILENCE_MS)
          finish({ difference: `a job is stuck behind program ${own.at}`, index: own.at + 1, from: own.range.first });
    }, 1000);

    function finish(result) {
      clearInterval(watchdog);
      for (const worker of workers.keys()) worker.kill("SIGKILL");
      workers.clear();
      seconds += (Date.now() - startedAt) / 1000;
      resolve({ coverage, next, names, rows, seconds, ...result });
    }

    function handOut(worker) {
      if (toHandOut >= end) return;
      const range = { ...settings, first: toHandOut, count: Math.min(rangePrograms, end - toHandOut) };
      toHandOut += range.count;
      Object.assign(workers.get(worker), { range, at: range.first - 1 });
      worker.send(range);
    }

    function take({ range, summary, ...rest }) {
      ({ names, rows } = rest);
      early.set(range.first, { range, summary });
      for (let done = early.get(next); done !== undefined; done = early.get(next)) {
        early.delete(next);
        coverage.add(done.summary);
        next += done.range.count;
      }
      save();
      report();
    }

    function hear(worker, message) {
      const own = workers.get(worker);
      if (own === undefined) return;
      own.heardAt = Date.now();
      if (message.at !== undefined) own.at = message.at;
      else if (message.difference !== undefined) {
        const { difference, index, isAlone, range } = message;
        finish({ difference, index, isAlone, from: isAlone ? index : range.first });
      } else {
        if (message.summary !== undefined) take(message);
        if (next >= end) finish({});
        else handOut(worker);
      }
    }

    if (next >= end) {
      finish({});
      return;
    }
    for (let i = 0; i < jobs; i++) {
      const worker = fork(JOB, { execArgv: JOB_FLAGS });
      workers.set(worker, { heardAt: Date.now(), at: -1, range: null });
      worker.on("message", (message) => hear(worker, message));
      worker.on("exit", (code, signal) => {
        if (!workers.has(worker)) return;
        reject(new Error(`a job ended with ${signal ?? code}`));
        finish({});
      });
    }
  });
}
