/**
 * The rows besides programs: system calls, rings, cold start, waiting and memory. Each prints its aim, and
 * whether it is met, in the same run and on the same host.
 */
import { join } from "node:path";
import { buildGuest } from "./build.mjs";
import { COLD_START_AIM_MILLISECONDS, measureColdStart } from "./cold-start.mjs";
import { runWorker } from "./measure.mjs";
import { commandLineProgram, figure, imagesFolder, median, table } from "./paths.mjs";

/**
 * @typedef {{ engine: string, repeat: number, seconds: number, quick: boolean }} Settings
 * @typedef {{ name: string, value: string, aim: string, met: boolean | null, note?: string, data: any }} Row met: null where nothing is aimed at
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
      name: `system calls: ${name}`,
      value: `${figure(rate / 1e6)} M/s`,
      aim: `${SYSTEM_CALL_AIM / 1e6} M/s`,
      met: rate >= SYSTEM_CALL_AIM,
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
      name: `ring messages of 64 B, two cores, ${batch === 1 ? "singly" : `batches of ${batch}`}`,
      value: `${figure(rate / 1e6)} M/s`,
      aim: `${aim / 1e6} M/s`,
      met: rate >= aim,
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
      name: "cold start: hallows run hello, beyond node -e 0",
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
      value: `${figure(hostSeconds)} s`,
      aim: `${WAITING_AIM_SECONDS} s`,
      met: hostSeconds <= WAITING_AIM_SECONDS,
      note: `extrapolated from ${figure(median(rates))} virtual seconds a second`,
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
  const limits = { mostSeconds: settings.quick ? 25 : 90, mostBytes: MOST_BYTES };
  const result = runWorker("memory-worker.mjs", { ...job, ...limits }, ["--expose-gc"]);
  const { counts, afterDrop, steady } = result;
  const mebibytes = (/** @type {number} */ bytes) => `${figure(bytes / 1024 / 1024)} MiB`;
  const isSmall = (/** @type {number} */ bytes) => bytes < MEMORY_AIM_MIB * 1024 * 1024;
  const row = (/** @type {string} */ when, /** @type {number} */ bytes, /** @type {string} */ note) => ({
    name: `memory, whole process, 64 MiB machine, ${when}`,
    value: mebibytes(bytes),
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

/** @type {Record<string, (settings: Settings) => Row[] | Promise<Row[]>>} */
const ROWS = { calls: systemCalls, rings, start: coldStart, waiting, memory };

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
        value: "failed",
        aim: "",
        met: null,
        note: reason.split("\n").slice(-3).join(" "),
        data: null,
      });
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const verdict = (/** @type {Row} */ { met }) => (met === null ? "" : met ? "met" : "missed");
  console.log(table([["", "measured", "aim", ""], ...rows.map((row) => [row.name, row.value, row.aim, verdict(row)])]));
  for (const { name, note } of rows) if (note !== undefined && note !== "") console.log(`${name}: ${note}`);
  return rows;
}
