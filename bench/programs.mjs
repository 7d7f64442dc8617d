/**
 * The first part of engine.mjs: each program of programs/ on each engine, in millions of guest instructions a second,
 * and Hallows' best engine as a multiple of each rival.
 *
 * Contenders take turns: in each round every engine runs a program in a new process for some of the samples, in an
 * order that moves on from round to round, so that a host that becomes slower or faster hits all of them. A cell is the
 * median of all its samples; a ratio is one of two medians.
 */
import { buildProgram, groupOf } from "./build.mjs";
import { countRound, createRivalMeasure, runWorker } from "./measure.mjs";
import { figure, geometricMean, median, table } from "./paths.mjs";

/** Least share of instructions that steady state retires in translated code. */
const LEAST_TRANSLATED = 0.999;
const ROUNDS = 3;
/** Instructions of a batch on Hallows: only the first line has to come soon. */
const BATCH_INSTRUCTIONS = 5e6;

/** Programs that have a mean, and an aim, in common. */
const GROUPS = ["integer", "float"];
/** What Hallows' best engine is to reach against a rival: geometric mean, and least of all programs of the group. */
const AIMS = [
  { group: "integer", rival: "qemu-system", mean: 1, least: 0.5 },
  { group: "integer", rival: "-icount", mean: 1.5, least: null },
  { group: "integer", rival: "unicorn", mean: 4, least: null },
  { group: "integer", rival: "unicorn count", mean: 20, least: null },
  { group: "float", rival: "qemu-system", mean: 3, least: null },
];

/**
 * @typedef {import("./rivals.mjs").Rival} Rival
 * @typedef {import("./system.mjs").Row} Row
 * @typedef {{ mips: Record<string, number>, samples: Record<string, number[]>, instructionsPerRound: number,
 * translated?: number, counts?: any }} Measured
 * @typedef {object} Options
 * @property {readonly string[]} programs
 * @property {readonly string[]} engines
 * @property {readonly Rival[]} rivals
 * @property {readonly { name: string, missing: string | null }[]} hallowsEngines
 * @property {number} seconds of a sample
 * @property {number} repeat samples of a cell
 * @property {boolean} quick
 */

/**
 * @param {Options} options
 * @returns {Promise<{ rows: Row[], failures: string[], record: any }>}
 */
export async function benchPrograms({ programs, engines, rivals, hallowsEngines, seconds, repeat, quick }) {
  for (const { name, missing } of hallowsEngines)
    if (missing !== null) console.log(`absent   hallows ${name}: ${missing}`);
  const chosenRivals = rivals.filter(({ name }) => engines.includes(name));
  for (const rival of chosenRivals) {
    if (rival.missing !== null) console.log(`skipped  ${rival.name}: ${rival.missing}`);
    else console.log(`${rival.name}: ${rival.version}\n    ${rival.command(`PROGRAM.${rival.form}`).join(" ")}`);
  }
  console.log("");
  const columns = engines.filter((name) => {
    const engine = hallowsEngines.find((one) => one.name === name) ?? rivals.find((one) => one.name === name);
    return engine?.missing === null;
  });
  /** @type {Record<string, Measured>} */
  const measured = {};
  /** @type {string[]} */
  const failures = [];
  for (const name of programs) {
    try {
      measured[name] = await measureProgram(name, columns, rivals, { seconds, repeat, quick }, failures);
    } catch (error) {
      failures.push(`${name}: ${firstLineOf(error)}`);
    }
  }
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const best = hallowsEngines.filter(({ name }) => columns.includes(name)).at(-1)?.name;
  printSpeeds(measured, columns, best);
  const rivalNames = columns.filter((name) => rivals.some((rival) => rival.name === name));
  const rows = best === undefined ? [] : ratioRows(measured, best, rivalNames);
  if (best === "wasm") rows.push(translatedRow(measured, failures));
  if (best !== undefined) rows.push(...operandRows(measured, best));
  printSpread(measured);
  const record = {
    rivals: rivals.map(({ name, version, missing, command, form }) => ({
      name,
      version,
      missing,
      command: missing === null ? command(`PROGRAM.${form}`) : null,
    })),
    measured,
  };
  return { rows, failures, record };
}

/** @param {unknown} error */
const firstLineOf = (error) => (error instanceof Error ? error.message.split("\n")[0] : String(error));

/**
 * @param {string} name
 * @param {readonly string[]} columns
 * @param {readonly Rival[]} rivals
 * @param {{ seconds: number, repeat: number, quick: boolean }} options
 * @param {string[]} failures takes what goes wrong with one engine
 * @returns {Promise<Measured>}
 */
async function measureProgram(name, columns, rivals, { seconds, repeat, quick }, failures) {
  const program = buildProgram(name);
  const round = countRound(program);
  /** @type {Measured} */
  const row = { instructionsPerRound: round.perRound, mips: {}, samples: {} };
  /**
   * By column, what takes so many samples more.
   * @type {Map<string, (count: number) => number[] | Promise<number[]>>}
   */
  const contenders = new Map();
  for (const column of columns) {
    const rival = rivals.find((one) => one.name === column);
    contenders.set(
      column,
      rival === undefined
        ? (count) => measureHallows(column, program, round, { seconds, repeat: count }, row)
        : createRivalMeasure(rival, program, round, seconds),
    );
  }
  const rounds = quick ? 1 : Math.min(ROUNDS, repeat);
  for (let turn = 0; turn < rounds; turn++) {
    const count = Math.floor((repeat * (turn + 1)) / rounds) - Math.floor((repeat * turn) / rounds);
    for (let place = 0; place < columns.length; place++) {
      const column = columns[(place + turn) % columns.length];
      const measure = contenders.get(column);
      if (measure === undefined) continue;
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name} on ${column}, round ${turn + 1} of ${rounds}`);
      try {
        (row.samples[column] ??= []).push(...(await measure(count)));
      } catch (error) {
        failures.push(`${name} on ${column}: ${firstLineOf(error)}`);
        contenders.delete(column);
        delete row.samples[column];
      }
    }
  }
  for (const [column, samples] of Object.entries(row.samples)) row.mips[column] = median(samples);
  return row;
}

/**
 * @param {string} engine
 * @param {import("./build.mjs").BuiltProgram} program
 * @param {{ perRound: number, line: string }} round
 * @param {{ seconds: number, repeat: number }} sampling
 * @param {Measured} row takes what the engine says about itself
 * @returns {number[]}
 */
function measureHallows(engine, program, round, sampling, row) {
  const rounds = Math.max(1, Math.round(BATCH_INSTRUCTIONS / round.perRound));
  const result = runWorker("hallows-worker.mjs", { mode: "speed", path: program.hallows, engine, rounds, ...sampling });
  if (result.line !== round.line) throw new Error(`printed ${result.line}, and ${round.line} when counted`);
  const { counts, countsBefore, retired } = result;
  if (counts !== null) {
    // The worst of all rounds.
    row.translated = Math.min(row.translated ?? 1, (counts.translated - countsBefore.translated) / retired);
    row.counts = counts;
  }
  return result.mips;
}

/**
 * @param {Record<string, Measured>} measured
 * @param {readonly string[]} columns
 * @param {string | undefined} best
 */
function printSpeeds(measured, columns, best) {
  const rows = Object.entries(measured);
  const means = GROUPS.flatMap((group) => {
    const all = rows.filter(([name]) => groupOf(name) === group);
    const complete = all.filter(([, row]) => columns.every((column) => row.mips[column] !== undefined));
    if (complete.length === 0) return [];
    const which = complete.length === all.length ? "" : ` of the ${complete.length} that ran everywhere`;
    const cells = columns.map((column) => figure(geometricMean(complete.map(([, row]) => row.mips[column]))));
    return [[`geometric mean, ${group}${which}`, ...cells]];
  });
  const isTranslated = best === "wasm";
  console.log("millions of guest instructions a second");
  console.log(
    table([
      ["program", ...columns, ...(isTranslated ? ["translated"] : [])],
      ...rows.map(([name, row]) => [
        name,
        ...columns.map((column) => figure(row.mips[column])),
        ...(isTranslated ? [shareText(row.translated)] : []),
      ]),
      ...means,
    ]),
  );
}

/**
 * Prints Hallows' best engine as a multiple of each rival; the summary's rows.
 * @param {Record<string, Measured>} measured
 * @param {string} best
 * @param {readonly string[]} rivals
 * @returns {Row[]}
 */
function ratioRows(measured, best, rivals) {
  if (rivals.length === 0) return [];
  const ratio = (/** @type {Measured} */ row, /** @type {string} */ rival) => row.mips[best] / row.mips[rival];
  console.log(`\nhallows ${best} as a multiple of`);
  return GROUPS.flatMap((group) => {
    const rows = Object.entries(measured).filter(([name]) => groupOf(name) === group);
    if (rows.length === 0) return [];
    const summaries = rivals.map((rival) => {
      const all = rows
        .map(([name, row]) => ({ name, value: ratio(row, rival) }))
        .filter(({ value }) => Number.isFinite(value))
        .toSorted((a, b) => a.value - b.value);
      return all.length === 0 ? null : { mean: geometricMean(all.map(({ value }) => value)), least: all[0], all };
    });
    console.log(
      table([
        [`${group} program`, ...rivals],
        ...rows.map(([name, row]) => [name, ...rivals.map((rival) => figure(ratio(row, rival)))]),
        ["geometric mean", ...summaries.map((summary) => figure(summary?.mean))],
        ["least", ...summaries.map((summary) => figure(summary?.least.value))],
        ["of", ...summaries.map((summary) => summary?.least.name ?? "-")],
      ]),
    );
    console.log("");
    return rivals.flatMap((rival, index) => {
      const summary = summaries[index];
      return summary === null ? [] : [ratioRow(group, rival, summary)];
    });
  });
}

/**
 * @param {string} group
 * @param {string} rival
 * @param {{ mean: number, least: { name: string, value: number }, all: readonly { name: string, value: number }[] }}
 * summary
 * @returns {Row}
 */
function ratioRow(group, rival, { mean, least, all }) {
  const aim = AIMS.find((one) => one.group === group && one.rival === rival);
  const aimText = aim === undefined ? "" : `${aim.mean}${aim.least === null ? "" : `, none under ${aim.least}`}`;
  const isMet = aim === undefined ? null : mean >= aim.mean && (aim.least === null || least.value >= aim.least);
  return {
    name: `${all.length} ${group} programs, flat, page tables, exact cycles, hash, steady state: geometric mean`,
    against: rival,
    aim: aimText,
    value: `${figure(mean)}, least ${figure(least.value)} (${least.name})`,
    met: isMet,
    data: Object.fromEntries(all.map(({ name, value }) => [name, value])),
  };
}

/**
 * What denormal operands cost: the same work on usual numbers takes so many times less.
 * @param {Record<string, Measured>} measured
 * @param {string} best
 * @returns {Row[]}
 */
function operandRows({ usual, denormal }, best) {
  const [fast, slow] = [usual?.mips[best], denormal?.mips[best]];
  if (fast === undefined || slow === undefined) return [];
  const nanoseconds = (/** @type {number} */ mips) => `${figure(1000 / mips)} ns`;
  return [
    {
      name: "an instruction where all operands are denormal, and on usual numbers",
      against: "",
      aim: "",
      value: `${nanoseconds(slow)} and ${nanoseconds(fast)}: ${figure(fast / slow)} times`,
      met: null,
      data: { usual: fast, denormal: slow },
    },
  ];
}

/**
 * @param {Record<string, Measured>} measured
 * @param {string[]} failures takes programs that stay too much in the reference engine
 * @returns {Row}
 */
function translatedRow(measured, failures) {
  const shares = Object.entries(measured)
    .filter(([name]) => name !== "denormal")
    .flatMap(([name, { translated }]) => (translated === undefined ? [] : [{ name, share: translated }]))
    .toSorted((a, b) => a.share - b.share);
  for (const { name, share } of shares)
    if (share < LEAST_TRANSLATED)
      failures.push(`${name}: only ${shareText(share)} of its instructions retire in translated code`);
  const [least] = shares;
  return {
    name: "instructions retired in translated code, steady state, least of all programs but the denormal one",
    against: "",
    aim: `${LEAST_TRANSLATED * 100} %`,
    value: least === undefined ? "-" : `${shareText(least.share)} (${least.name})`,
    met: least === undefined ? null : least.share >= LEAST_TRANSLATED,
    data: Object.fromEntries(shares.map(({ name, share }) => [name, share])),
  };
}

/** How far the samples of one cell lie apart: what a difference between two cells has to beat. */
function printSpread(/** @type {Record<string, Measured>} */ measured) {
  const spreads = Object.values(measured).flatMap(({ samples }) =>
    Object.values(samples).map((all) => Math.max(...all) / Math.min(...all) - 1),
  );
  if (spreads.length === 0) return;
  const percent = (/** @type {number} */ part) => `${Math.round(part * 100)} %`;
  console.log(
    `noise    samples of a cell lie ${percent(median(spreads))} apart (median of cells), ${percent(Math.max(...spreads))} at worst`,
  );
}

/** Rounded down: 99.9 % is an aim. @param {number | undefined} share */
function shareText(share) {
  return share === undefined ? "-" : `${(Math.floor(share * 1e5) / 1e3).toFixed(3)} %`;
}
