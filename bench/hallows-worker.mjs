/**
 * One benchmark program on Hallows, in a process of its own: what other programs have taught V8 must not matter.
 * Started by measure.mjs with one JSON argument; prints one line of JSON.
 *
 *   { mode: "count", path, engine, rounds, batches, telling }  runs to the end  -> { retired, lines, steps: [...] }
 *   { mode: "speed", path, engine, rounds, seconds, repeat }   steady state     -> { mips: [...], line, ... }
 *
 * The whole system runs: kernel, page tables, exact cycles, trace and ledger, with their hash.
 */
import { readFileSync } from "node:fs";
import { setParameters } from "./build.mjs";
import { load } from "./paths.mjs";
import { checkEngine, countsOf, createSampler, retiredOf } from "./steady.mjs";

const { createSession, planForProgram } = await load("system/index.js");
(await load("host/branch-hints.js")).useBranchHints();

/** For what a program prepares, and its first round. */
const MOST_START_MILLISECONDS = 60_000;

/**
 * @typedef {{ path: string, engine: string, rounds: number, batches: number, telling?: number, seconds: number,
 * repeat: number }} Job
 */

/** @param {Job} job */
function boot({ path, engine, rounds, batches, telling }) {
  const console = { text: "" };
  const plan = planForProgram(setParameters(readFileSync(path), { rounds, batches, telling }), path, {});
  /** Instructions retired at each step that is told. */
  const steps = /** @type {number[]} */ ([]);
  const session = createSession(plan, {
    engine,
    onConsole: (/** @type {number} */ _, /** @type {Uint8Array} */ bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      if (text === "+\n") steps.push(retiredOf(session));
      else console.text += text;
    },
  });
  checkEngine(session, engine);
  return { session, steps, lines: () => console.text.trim().split("\n") };
}

/** @param {Job} job */
function count(job) {
  const { session, steps, lines } = boot(job);
  while (session.kernel.view().partitions[0].state !== "stopped") {
    if (session.run({ until: session.now() + 10_000_000 }) === "quiet") break;
  }
  return { retired: retiredOf(session), steps, lines: lines() };
}

/** @param {Job} job */
async function speed(job) {
  const { session, lines } = boot({ ...job, batches: 2 ** 50 });
  const sampler = createSampler(session, () => retiredOf(session));
  const started = performance.now();
  while (lines()[0] === "") {
    if (performance.now() - started > MOST_START_MILLISECONDS) throw new Error("no line after a minute");
    await sampler.sample(50);
  }
  // Only a run that is long enough is translated, and until then the reference engine may need seconds.
  while (countsOf(session)?.translated === 0) {
    if (performance.now() - started > MOST_START_MILLISECONDS) throw new Error("nothing is translated after a minute");
    await sampler.sample(50);
  }
  await sampler.warmUp();
  const before = { retired: retiredOf(session), counts: countsOf(session) };
  const rates = await sampler.samples(job.repeat, job.seconds);
  return {
    mips: rates.map((rate) => rate / 1e6),
    line: lines()[0],
    retired: retiredOf(session) - before.retired,
    countsBefore: before.counts,
    counts: countsOf(session),
  };
}

const job = JSON.parse(process.argv[2]);
console.log(JSON.stringify(job.mode === "count" ? count(job) : await speed(job)));
