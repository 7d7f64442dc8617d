/**
 * `npm run fuzz:engine -- [--seed N] [--programs N] [--first N] [--jobs N] [--state FILE] [--engine wasm]
 *                         [--hot LEAST-MOST] [--hot-runs N]`
 *
 * Random programs on two engines in lock-step. `--engine reference` runs the reference engine against itself with
 * other settings (how far cores run ahead, whether polling is skipped). The first difference is printed with
 * everything needed to repeat it and ends the run with exit code 1. `--jobs` is the number of processes. With
 * `--state`, a campaign that was stopped goes on where it was. Run the build first.
 */
import { runCampaign } from "./lockstep/campaign.mjs";
import { findGaps, formatCoverage } from "./lockstep/coverage.mjs";
import { readOptions } from "./options.mjs";

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  programs: { type: "string", default: "100000" },
  first: { type: "string", default: "0" },
  jobs: { type: "string", default: "1" },
  state: { type: "string" },
  engine: { type: "string", default: "wasm" },
  hot: { type: "string", default: "80-1200" },
  "hot-runs": { type: "string" },
});
const [seed, count, first, jobs] = [options.seed, options.programs, options.first, options.jobs].map(Number);
const hot = options.hot.split("-").map(Number);
if (![seed, count, first, jobs, ...hot].every(Number.isSafeInteger) || hot.length !== 2 || jobs < 1 || count < 1) {
  console.error(
    "fuzz:engine: --seed, --programs, --first and --jobs take whole numbers, --hot two of them as in 80-1200",
  );
  process.exit(2);
}
if (options.state !== undefined && !process.argv.some((word) => word.startsWith("--seed"))) {
  console.error("fuzz:engine: --state needs --seed: a campaign goes on with the seed that it began with");
  process.exit(2);
}
const settings = options["hot-runs"] === undefined ? {} : { hotRuns: Number(options["hot-runs"]) };
const chosen = `--engine ${options.engine} --hot ${options.hot}${options["hot-runs"] === undefined ? "" : ` --hot-runs ${options["hot-runs"]}`} --seed ${seed}`;
console.log(`fuzz:engine: ${chosen} --first ${first} --programs ${count}, ${jobs} processes, node ${process.version}`);

const result = await runCampaign({
  settings: { seed, engine: options.engine, hot, settings },
  first,
  count,
  jobs,
  stateFile: options.state,
  progress: (text) => console.error(text),
});
const { coverage, difference, index, from, isAlone, names, rows, seconds } = result;
if (difference !== undefined) {
  console.log(`\n${difference}`);
  console.log(
    `\non fresh machines: ${isAlone ? "the same program differs" : "no difference, so earlier programs have a part in it"}`,
  );
  console.log(`repeat with: npm run fuzz:engine -- ${chosen} --first ${from} --programs ${index - from + 1}`);
  process.exit(1);
}

const { totals, engine } = coverage;
console.log(formatCoverage(coverage));
if (engine.size > 0)
  console.log(`the engine says: ${[...engine].map(([name, total]) => `${total} ${name}`).join(", ")}`);
console.log(
  `fuzz:engine: no difference between ${names.join(" and ")} in ${totals.programs} programs (${totals.short} of fewer than 50 instructions, ${totals.unfinished} unfinished), ` +
    `${totals.retired} instructions, ${totals.pieces} pieces, ${totals.exits} exits, ${rows.filter((name) => coverage.rows.has(name)).length} of ${rows.length} rows, in ${seconds.toFixed(1)} s`,
);
const gaps = findGaps(coverage, Math.min(1, count / 3000));
if (gaps.length > 0) {
  console.log(`not enough of:\n  ${gaps.join("\n  ")}`);
  process.exit(1);
}
