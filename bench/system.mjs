/**
 * The rows besides programs: system calls, rings, cold start, translation, memory and waiting. Each prints its aim, and
 * whether it is met, in the same run and on the same host.
 */
import { join } from "node:path";
import { buildGuest } from "./build.mjs";
import { COLD_START_AIM_MILLISECONDS, measureColdStart } from "./cold-start.mjs";
import { runWorker } from "./measure.mjs";
import { commandLineProgram, figure, imagesFolder, median, spread, table, verdictOf } from "./paths.mjs";
import { buildFunctions, FUNCTIONS_PER_CALLER } from "./translation-code.mjs";

/**
 * @typedef {{ engine: string, repeat: number, seconds: number, quick: boolean }} Settings
 * @typedef {object} Row of the summary
 * @property {string} name what is measured
 * @property {string} against what it is compared with, or ""
 * @property {string} aim
 * @property {string} value
 * @property {boolean | null} met null where nothing is aimed at, or nothing could be measured
 * @property {string} [note] how the value came about
 * @property {any} data everything that was measured
 */

/** @param {object} job for system-worker.mjs */
const run = (job) => runWorker("system-worker.mjs", job, ["--expose-gc"]);

const SYSTEM_CALL_AIM = 3e6;
/** Calls that return to their caller; `yield` goes through the scheduler. */
const CALLS = [
  { name: "mode", number: "HALLOWS_CALL_MODE" },
  { name: "report (a note)", number: "HALLOWS_CALL_REPORT" },
  { name: "yield", number: "HALLOWS_CALL_YIELD" },
];
/** Instructions of the loop in systems/calls.c. */
const INSTRUCTIONS_PER_CALL = 7;

/** @param {Settings} settings @returns {Row[]} */
function systemCalls(settings) {
  return CALLS.map(({ name, number }) => {
    const path = buildGuest("calls", [`-DCALL=${number}`]);
    const { rates } = run({ ...settings, row: "calls", path, instructionsPerCall: INSTRUCTIONS_PER_CALL });
    const rate = median(rates);
    return {
      name: `system calls, whole kernel path, charging, trace and hash on: ${name}`,
      against: "",
      value: `${figure(rate / 1e6)} M/s`,
      aim: `${SYSTEM_CALL_AIM / 1e6} M/s`,
      met: rate >= SYSTEM_CALL_AIM,
      note: spread(rates),
      data: rates,
    };
  });
}

/** @param {Settings} settings @returns {Row[]} */
function rings(settings) {
  return [
    { batch: 1, aim: 3e6 },
    { batch: 32, aim: 12e6 },
  ].map(({ batch, aim }) => {
    const producer = buildGuest("ring", ["-DPRODUCER", `-DBATCH=${batch}`]);
    const consumer = buildGuest("ring", [`-DBATCH=${batch}`]);
    const { rates } = run({ ...settings, row: "ring", producer, consumer, slots: 256 });
    const rate = median(rates);
    return {
      name: `ring messages of 64 B between two cores, exact order, ${batch === 1 ? "singly" : `batches of ${batch}`}`,
      against: "",
      value: `${figure(rate / 1e6)} M/s`,
      aim: `${aim / 1e6} M/s`,
      met: rate >= aim,
      note: spread(rates),
      data: rates,
    };
  });
}

/** @param {Settings} settings @returns {Row[]} */
function coldStart({ quick }) {
  const hello = join(imagesFolder, "programs/hello.elf");
  const iterations = quick ? 5 : 15;
  const { bare, whole, samples } = measureColdStart([commandLineProgram, "run", hello], iterations);
  return [
    {
      name: "cold start: hallows run hello, whole process, beyond it",
      against: "node -e 0",
      value: `${figure(whole - bare)} ms`,
      aim: `${COLD_START_AIM_MILLISECONDS} ms`,
      met: whole - bare <= COLD_START_AIM_MILLISECONDS,
      note: `${figure(whole)} - ${figure(bare)} ms, medians of ${iterations}`,
      data: samples,
    },
  ];
}

const WAITING_VIRTUAL_SECONDS = 1000;
const WAITING_AIM_SECONDS = 60;

/** @param {Settings} settings @returns {Row[]} */
function waiting(settings) {
  const { rates } = run({ ...settings, row: "waiting", path: buildGuest("idle") });
  const hostSeconds = WAITING_VIRTUAL_SECONDS / median(rates);
  return [
    {
      name: `waiting: ${WAITING_VIRTUAL_SECONDS} virtual seconds of four cores, 1 kHz thread each`,
      against: "",
      value: `${figure(hostSeconds)} s`,
      aim: `${WAITING_AIM_SECONDS} s`,
      met: hostSeconds <= WAITING_AIM_SECONDS,
      note: `extrapolated from ${figure(median(rates))} virtual seconds a second; ${spread(rates)}`,
      data: rates,
    },
  ];
}

const REGIONS = 20_000;
const MEMORY_AIM_MIB = 300;
/** The row gives up here, far beyond its aim. */
const MOST_BYTES = 1.5 * 1024 ** 3;
/** Runs after which a block is hot in this row: see memory-worker.mjs. */
const HOT_RUNS = 8;

/** @param {Settings} settings @returns {Row[]} */
function memory(settings) {
  const path = buildGuest("regions", [`-DREGIONS=${REGIONS}`]);
  const job = { path, engine: settings.engine, regions: REGIONS, hotRuns: HOT_RUNS };
  const limits = { mostSeconds: settings.quick ? 15 : 90, mostBytes: MOST_BYTES };
  const result = runWorker("memory-worker.mjs", { ...job, ...limits }, ["--expose-gc"]);
  const { counts, afterDrop, steady } = result;
  const mebibytes = (/** @type {number} */ bytes) => `${figure(bytes / 1024 / 1024)} MiB`;
  const isSmall = (/** @type {number} */ bytes) => bytes < MEMORY_AIM_MIB * 1024 * 1024;
  const row = (/** @type {string} */ when, /** @type {number} */ bytes, /** @type {string} */ note) => ({
    name: `memory, whole process, 64 MiB machine, ${when}`,
    against: "",
    value: result.isComplete ? mebibytes(bytes) : `${mebibytes(bytes)} with ${result.counts?.regions} regions`,
    aim: `under ${MEMORY_AIM_MIB} MiB`,
    met: counts === null ? null : result.isComplete && isSmall(bytes),
    note,
    data: result,
  });
  const regions = (/** @type {any} */ { regions: made, dropped: gone, modules }) =>
    `${made} regions made, ${made - gone} of them live, ${modules} modules made`;
  const made = counts === null ? "blocks decoded, none translated" : regions(counts);
  const limit = result.isComplete ? "" : `; gave up short of ${REGIONS} at its limits of time and memory`;
  const onward =
    steady === null
      ? "no steady state within the limits of time and memory"
      : `steady state ${mebibytes(result.steadyBytes)}, ${figure(steady.mips)} million instructions a second,` +
        ` ${figure(steady.translated * 100)} % translated, ${steady.madeRegions} regions and ${steady.madeModules} modules made in it`;
  return [
    row(
      `after ${REGIONS} regions`,
      result.hot,
      `${made} in ${figure(result.seconds)} s${limit}; ${mebibytes(result.booted)} after boot, ${mebibytes(result.peak)} at the peak; ${onward}`,
    ),
    row("after dropping them", result.dropped, afterDrop === null ? "" : regions(afterDrop)),
  ];
}

const TRANSLATION_AIM_MICROSECONDS = 5;
/** As HOT_RUNS: all passes before that are the reference engine's. */
const TRANSLATION_HOT_RUNS = 6;

/** @param {Settings} settings @returns {Row[]} */
function translation({ engine, quick }) {
  const [groupCount, functions] = quick ? [2, 500] : [5, 1000];
  const callers = functions / FUNCTIONS_PER_CALLER;
  const { path, table: addresses, instructions } = buildFunctions(groupCount * callers);
  const groups = Array.from({ length: groupCount }, (_, group) => {
    const first = group * callers;
    const all = instructions.slice(first, first + callers).reduce((sum, count) => sum + count, 0);
    return { first, count: callers, instructions: all };
  });
  const limits = { hotRuns: TRANSLATION_HOT_RUNS, mostSeconds: quick ? 20 : 120 };
  const result = runWorker("translation-worker.mjs", { engine, path, table: addresses, groups, ...limits });
  const [cold, ...later] = result.groups;
  const part = (/** @type {string} */ name) => median(later.map((/** @type {any} */ group) => group[name]));
  const row = (/** @type {string} */ which, /** @type {any} */ group) => {
    const microseconds = group?.microseconds ?? NaN;
    const parts = `decoding ${signed(group?.decoding)}, the rest ${signed(group?.making)}, in which WebAssembly.Module ${signed(group?.compiling)} and Instance ${signed(group?.instantiating)}; ${signed(group?.bytes)} bytes of WebAssembly compiled`;
    return {
      name: `translation, wasm compilation included, an instruction, main thread, ${which}`,
      against: "",
      value: `${figure(microseconds)} µs`,
      aim: `${TRANSLATION_AIM_MICROSECONDS} µs`,
      met: Number.isFinite(microseconds) && microseconds <= TRANSLATION_AIM_MICROSECONDS,
      note: group === undefined ? `not within ${limits.mostSeconds} s` : parts,
      data: result,
    };
  };
  const names = ["microseconds", "decoding", "making", "compiling", "instantiating", "bytes"];
  const settled = later.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, part(name)]));
  const which = later.map((/** @type {any} */ group) => figure(group.microseconds)).join(", ");
  const rows = [row(`first ${functions} functions`, cold), row(`later groups of ${functions}, median`, settled)];
  if (settled !== undefined) rows[1].note += `; the groups: ${which}`;
  return rows;
}

/** A difference may come out below 0. @param {number | undefined} value */
const signed = (value) => (value === undefined ? "-" : value < 0 ? `-${figure(-value)}` : figure(value));

/** @type {Record<string, (settings: Settings) => Row[] | Promise<Row[]>>} */
const ROWS = { calls: systemCalls, rings, start: coldStart, translation, memory, waiting };

export function systemRowNames() {
  return Object.keys(ROWS);
}

/**
 * Measures and prints. Returns the numbers.
 * @param {{ rows: readonly string[], engine: string, quick: boolean, repeat: number }} options
 */
export async function systemRows({ rows: names, engine, quick, repeat }) {
  console.log(`\nthe rest, on the ${engine} engine`);
  /** @type {Row[]} */
  const rows = [];
  for (const name of names) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}`);
    try {
      rows.push(...(await ROWS[name]({ engine, quick, repeat, seconds: quick ? 0.1 : 0.3 })));
    } catch (error) {
      const reason = error instanceof Error ? error.message.trim() : String(error);
      rows.push({
        name,
        against: "",
        value: "failed",
        aim: "",
        met: null,
        note: reason.split("\n").slice(-3).join(" "),
        data: null,
      });
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  console.log(
    table([["", "measured", "aim", ""], ...rows.map((row) => [row.name, row.value, row.aim, verdictOf(row)])]),
  );
  console.log("");
  for (const { name, note } of rows) if (note !== undefined && note !== "") console.log(`${name}: ${note}`);
  return rows;
}
