/**
 * One benchmark program on Hallows, in a process of its own: what other programs have taught V8 must not matter.
 * Started by engine.mjs with one JSON argument; prints one line of JSON.
 *
 *   { mode: "count", path }                             runs to the end  -> { retired, lines }
 *   { mode: "speed", path, engine, seconds, repeat }    steady state     -> { mips: [...], line, ... }
 *
 * The whole system runs: kernel, page tables, exact cycles, trace, ledger, and their hashes.
 */
import { readFileSync } from "node:fs";
import { setParameters } from "./build.mjs";
import { load } from "./paths.mjs";

const { createSession, planForProgram } = await load("system/index.js");

/** Host time of a slice, after which V8's background work gets its turn, as in the command line. */
const SLICE_MILLISECONDS = 20;
const MOST_WARM_UP_MILLISECONDS = 4000;
const LEAST_WARM_UP_MILLISECONDS = 800;

/**
 * @param {string} path
 * @param {{ rounds: number, batches: number }} parameters
 * @param {string} engine
 */
function boot(path, parameters, engine) {
  const lines = { text: "" };
  const plan = planForProgram(setParameters(readFileSync(path), parameters), path, {});
  const session = createSession(plan, {
    engine,
    onConsole: (/** @type {number} */ _, /** @type {Uint8Array} */ bytes) => (lines.text += Buffer.from(bytes).toString("latin1")),
  });
  return { session, lines };
}

const retiredOf = (/** @type {any} */ session) => session.retired().reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
const breathe = () => new Promise((resolve) => setImmediate(resolve));

/** @param {{ path: string, rounds: number, batches: number, engine: string }} options */
function count({ path, rounds, batches, engine }) {
  const { session, lines } = boot(path, { rounds, batches }, engine);
  while (session.kernel.view().partitions[0].state !== "stopped") {
    if (session.run({ until: session.now() + 10_000_000 }) === "quiet") break;
  }
  return { retired: retiredOf(session), lines: lines.text.trim().split("\n") };
}

/** @param {{ path: string, engine: string, seconds: number, repeat: number, rounds: number }} options */
async function speed({ path, engine, seconds, repeat, rounds }) {
  const { session, lines } = boot(path, { rounds, batches: 2 ** 50 }, engine);
  let sliceCycles = 20_000;

  /** Runs for about this long. */
  async function sample(/** @type {number} */ milliseconds) {
    let hostMilliseconds = 0;
    const before = retiredOf(session);
    while (hostMilliseconds < milliseconds) {
      const from = performance.now();
      const end = session.run({ until: session.now() + sliceCycles });
      const took = Math.max(0.01, performance.now() - from);
      hostMilliseconds += took;
      if (end === "quiet") throw new Error(`the program ended: ${lines.text}`);
      sliceCycles = Math.ceil(sliceCycles * Math.min(4, Math.max(0.25, SLICE_MILLISECONDS / took)));
      await breathe();
    }
    return (retiredOf(session) - before) / hostMilliseconds / 1000;
  }

  // Warm when a window is no faster than the best before it by more than a little.
  const started = performance.now();
  let best = 0;
  for (;;) {
    const rate = await sample(200);
    const elapsed = performance.now() - started;
    if ((elapsed > LEAST_WARM_UP_MILLISECONDS && rate < best * 1.03) || elapsed > MOST_WARM_UP_MILLISECONDS) break;
    best = Math.max(best, rate);
  }
  const warmUpMilliseconds = performance.now() - started;
  const statisticsBefore = statisticsOf(session);
  const retiredBefore = retiredOf(session);
  const mips = [];
  for (let time = 0; time < repeat; time++) mips.push(await sample(seconds * 1000));
  return {
    mips,
    line: lines.text.split("\n")[0],
    warmUpMilliseconds,
    retired: retiredOf(session) - retiredBefore,
    statisticsBefore,
    statistics: statisticsOf(session),
    residentBytes: process.memoryUsage().rss,
  };
}

/** What the engine counts about itself, or null. */
const statisticsOf = (/** @type {any} */ session) => structuredClone(session.hal.machine.engine.statistics?.() ?? null);

const options = JSON.parse(process.argv[2]);
const result = options.mode === "count" ? count(options) : await speed(options);
console.log(JSON.stringify(result));
