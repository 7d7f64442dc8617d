/**
 * Resident memory of a process that runs a system with 20,000 regions of translated code (systems/regions.c), and of
 * the same process after all of them were dropped. Started by system.mjs with one JSON argument, with --expose-gc;
 * prints one line of JSON.
 *
 *   { path, engine, regions, hotRuns, mostSeconds, mostBytes }
 *     -> { booted, hot, dropped, peak, isComplete, isSteady, seconds, made, steady, afterDrop,
 *          counts }   bytes where not said otherwise
 *
 * Blocks count as hot after `hotRuns` runs, fewer than the engine's own choice: that saves minutes in the reference
 * engine and changes nothing of what is made or kept. Memory is read after garbage collections, with time between them
 * for what V8 frees in finalisers. Code is dropped as the loader drops a restarting partition's: by writing its pages.
 */
import { readFileSync } from "node:fs";
import { mainThreadTime } from "./clock.mjs";
import { load } from "./paths.mjs";
import { breathe, checkEngine, countsOf, retiredOf } from "./steady.mjs";

const { createSession, planForProgram } = await load("system/index.js");
(await load("host/branch-hints.js")).useBranchHints();
const job = JSON.parse(process.argv[2]);

/**
 * Instructions of a pass over all functions, about: 4 to call; 2 in a function, and 6 or 7 in each of the 3 turns of
 * its loop.
 */
const PASS_INSTRUCTIONS = job.regions * 25;
const STEADY_PASSES = 10;
/**
 * Passes after which nothing new is expected to become hot: every block has run `hotRuns` times, and a few times more.
 */
const HEATING_PASSES = job.hotRuns * 3;
const COLLECTIONS = 20;
const PAGE_BYTES = 4096;

const plan = planForProgram(readFileSync(job.path), job.path, { memoryBytes: 62 * 1024 * 1024 });
const session = createSession(plan, { engine: job.engine, hotRuns: job.hotRuns });
checkEngine(session, job.engine);
const collect = /** @type {any} */ (globalThis).gc;

async function resident() {
  for (let turn = 0; turn < COLLECTIONS; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  return process.memoryUsage.rss();
}

const begin = mainThreadTime();
let peak = 0;

/** Runs so many passes more; false when time, or this host's patience with memory, is up. */
async function runPasses(/** @type {number} */ passes) {
  const end = retiredOf(session) + passes * PASS_INSTRUCTIONS;
  while (retiredOf(session) < end) {
    const bytes = process.memoryUsage.rss();
    peak = Math.max(peak, bytes);
    if (mainThreadTime() - begin > job.mostSeconds * 1000 || bytes > job.mostBytes) return false;
    session.run({ until: session.now() + 20_000 });
    await breathe();
  }
  return true;
}

const made = () => countsOf(session)?.regions ?? 0;
/** Blocks of the reference engine are there after one pass; regions, when they are hot. */
const isReached = () => job.engine === "reference" || made() >= job.regions;

const booted = await resident();
let isComplete = true;
for (let pass = 0; isComplete && pass < HEATING_PASSES && (pass === 0 || !isReached()); pass++)
  isComplete = await runPasses(1);
const seconds = (mainThreadTime() - begin) / 1000;
isComplete = isComplete && isReached();
const hot = await resident();
const counts = countsOf(session);

/** Steady state is looked at when all that becomes hot has become so. */
const isSteady = isComplete && (await runPasses(HEATING_PASSES));
const before = { retired: retiredOf(session), counts: countsOf(session), time: mainThreadTime() };
const isMeasured = isSteady && (await runPasses(STEADY_PASSES));
const after = { retired: retiredOf(session), counts: countsOf(session), time: mainThreadTime() };
const steady =
  isMeasured && after.counts !== null
    ? {
        mips: (after.retired - before.retired) / (after.time - before.time) / 1000,
        translated: (after.counts.translated - before.counts.translated) / (after.retired - before.retired),
        madeRegions: after.counts.regions - before.counts.regions,
        madeModules: after.counts.modules - before.counts.modules,
      }
    : null;
const steadyBytes = await resident();

const { machine } = session.hal;
for (let at = 0; at < machine.state.ramBytes; at += PAGE_BYTES) machine.writeRam(at, machine.readRam(at, PAGE_BYTES));
const dropped = await resident();
console.log(
  JSON.stringify({
    booted,
    hot,
    steadyBytes,
    dropped,
    peak,
    isComplete,
    seconds,
    made: made(),
    steady,
    counts,
    afterDrop: countsOf(session),
  }),
);
