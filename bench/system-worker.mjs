/**
 * One row of system.mjs, in a process of its own. Started with one JSON argument; prints one line of JSON.
 *
 *   { row: "calls", path, instructionsPerCall, ... }   calls a second     { row: "ring", ... }      messages a second
 *   { row: "waiting", path, ... }                      virtual seconds a second
 */
import { readFileSync } from "node:fs";
import { load } from "./paths.mjs";
import { checkEngine, createSampler, retiredOf } from "./steady.mjs";

const { createSession, loadSystem, planForProgram } = await load("system/index.js");
(await load("host/branch-hints.js")).useBranchHints();
const job = JSON.parse(process.argv[2]);

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

const rows = { calls, ring, waiting };
console.log(JSON.stringify(await rows[/** @type {keyof typeof rows} */ (job.row)]()));
