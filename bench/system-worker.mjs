/**
 * One row of system.mjs, in a process of its own. Started with one JSON argument; prints one line of JSON.
 *
 *   { row: "calls", path, instructionsPerCall, ... }   calls a second        { row: "ring", ... }      messages a second
 *   { row: "waiting", path, ... }                      virtual seconds a second
 *   { row: "memory", path, regions, ... }              resident bytes and what translation took
 */
import { readFileSync } from "node:fs";
import { load } from "./paths.mjs";
import { breathe, checkEngine, countsOf, createSampler, retiredOf } from "./steady.mjs";

const { createSession, loadSystem, planForProgram } = await load("system/index.js");
const job = JSON.parse(process.argv[2]);
/** Passes of regions.c over its functions: those that are run before any engine translates, and until all is translated. */
const COLD_PASSES = 4;
const HOT_PASSES = 40;
const STEADY_PASSES = 40;
/** Instructions of a pass, about: 4 to call; 2 in a function, and 6 or 7 in each of the 3 turns of its loop. */
const passOf = (/** @type {number} */ regions) => regions * 25;

/** @param {any} plan */
function boot(plan) {
  const session = createSession(plan, { engine: job.engine });
  checkEngine(session, job.engine);
  return session;
}

/** @param {string} description programs are absolute paths */
const bootSystem = (description) =>
  boot(loadSystem(description, "bench.toml", { readFile: (/** @type {string} */ path) => readFileSync(path) }));

/**
 * @param {any} session
 * @param {() => number} progress
 */
async function rates(session, progress) {
  const sampler = createSampler(session, progress);
  await sampler.warmUp();
  return { rates: await sampler.samples(job.repeat, job.seconds) };
}

async function calls() {
  const session = boot(planForProgram(readFileSync(job.path), job.path));
  return rates(session, () => retiredOf(session) / job.instructionsPerCall);
}

async function ring() {
  const session = bootSystem(`
[machine]
cores = 2
memory = "16 MiB"
frequency = "1 GHz"

[partition.producer]
class = "backend"
program = "${job.producer}"
core = 0
memory = "2 MiB"

[partition.consumer]
class = "backend"
program = "${job.consumer}"
core = 1
memory = "2 MiB"

[[channel]]
name = "messages"
from = "producer"
to = "consumer"
slots = ${job.slots}
slot_size = "64 B"
`);
  // Indices are of 32 bits and go on from there.
  let last = 0;
  let messages = 0;
  const result = await rates(session, () => {
    const { head } = session.ringIndices(0);
    messages += (head - last) >>> 0;
    last = head;
    return messages;
  });
  if (messages === 0) throw new Error("no message arrived");
  return result;
}

async function waiting() {
  const frequencyHz = 1e9;
  const partitions = [0, 1, 2, 3].map(
    (core) => `
[partition.idle${core}]
class = "realtime"
program = "${job.path}"
core = ${core}
memory = "2 MiB"
period = "1 ms"
`,
  );
  const session = bootSystem(`[machine]\ncores = 4\nmemory = "16 MiB"\nfrequency = "1 GHz"\n${partitions.join("")}`);
  return rates(session, () => session.now() / frequencyHz);
}

/**
 * A program of many regions: until they are as hot as any engine wants it, in steady state, and after dropping them all.
 *
 * Translation is told by difference, since engines have no clock: the time until all is hot, without what the
 * instructions of that time cost by the rates of the first passes (which nobody translates yet) and of the last ones.
 */
async function memory() {
  const session = boot(planForProgram(readFileSync(job.path), job.path, { memoryBytes: 62 * 1024 * 1024 }));
  const collect = /** @type {any} */ (globalThis).gc;
  const resident = () => {
    collect();
    return process.memoryUsage().rss;
  };
  const passInstructions = passOf(job.regions);
  const begin = performance.now();
  let spent = 0;
  /** Up to so many passes from the start; false when time, or this host's patience with memory, is up. Milliseconds go to `spent`. */
  async function runTo(/** @type {number} */ passes) {
    while (retiredOf(session) < passInstructions * passes) {
      const isOver = performance.now() - begin > job.mostSeconds * 1000 || process.memoryUsage.rss() > job.mostBytes;
      if (isOver) return false;
      const from = performance.now();
      session.run({ until: session.now() + 200_000 });
      spent += performance.now() - from;
      await breathe();
    }
    return true;
  }
  /** Milliseconds and instructions of a stretch. */
  async function measure(/** @type {number} */ passes) {
    const before = { spent, retired: retiredOf(session), translated: countsOf(session)?.translated ?? 0 };
    const isComplete = await runTo(passes);
    return {
      isComplete,
      milliseconds: spent - before.spent,
      retired: retiredOf(session) - before.retired,
      translated: (countsOf(session)?.translated ?? 0) - before.translated,
    };
  }

  const booted = resident();
  // The first pass decodes, too.
  await runTo(1);
  const cold = await measure(COLD_PASSES);
  const heating = await measure(HOT_PASSES);
  const hot = resident();
  const steady = await measure(HOT_PASSES + STEADY_PASSES);
  const counts = countsOf(session);
  const { engine, state } = session.hal.machine;
  engine.invalidate(0, state.ramBytes);
  // Compiled code is freed by finalisers, a turn or more later.
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  return {
    booted,
    hot,
    dropped: resident(),
    cold,
    heating,
    steady,
    counts,
    passes: retiredOf(session) / passInstructions,
  };
}

const rows = { calls, ring, waiting, memory };
console.log(JSON.stringify(await rows[/** @type {keyof typeof rows} */ (job.row)]()));
