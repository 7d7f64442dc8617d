/**
 * `npm run fuzz:engine -- [--seed N] [--programs N] [--first N] [--engine wasm] [--hot LEAST-MOST] [--hot-runs N]`
 *
 * Random programs on two engines in lock-step. `--engine reference` runs the reference engine against itself with
 * other settings (how far cores run ahead, whether polling is skipped). The first difference is printed with
 * everything needed to repeat it and ends the run with exit code 1. Run the build first.
 */
import { parseArgs } from "node:util";
import { createCoverage, findGaps, formatCoverage } from "./lockstep/coverage.mjs";
import { createContenders, loadLibrary } from "./lockstep/contenders.mjs";
import { createJudge } from "./lockstep/compare.mjs";
import { createGenerator } from "./lockstep/generator.mjs";
import { formatDifference } from "./lockstep/report.mjs";

const PROGRESS_MS = 5000;

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    programs: { type: "string", default: "100000" },
    first: { type: "string", default: "0" },
    engine: { type: "string", default: "wasm" },
    hot: { type: "string", default: "80-1200" },
    "hot-runs": { type: "string" },
  },
});
const [seed, count, first] = [options.seed, options.programs, options.first].map(Number);
const hot = options.hot.split("-").map(Number);
if (![seed, count, first, ...hot].every(Number.isSafeInteger) || hot.length !== 2) {
  console.error("fuzz:engine: --seed, --programs and --first take whole numbers, --hot two of them as in 80-1200");
  process.exit(2);
}

const library = await loadLibrary();
const settings = options["hot-runs"] === undefined ? {} : { hotRuns: Number(options["hot-runs"]) };
const contenders = createContenders(library, options.engine, library, settings);
const judge = createJudge(...contenders);
const generator = createGenerator(library, { hot });
const coverage = createCoverage();
console.log(`fuzz:engine: seed ${seed}, ${judge.names.join(" against ")}, node ${process.version}`);

const startedAt = Date.now();
let reportedAt = startedAt;
for (let index = first; index < first + count; index++) {
  const difference = judge.run(generator.create(seed, index), coverage);
  if (difference !== null) {
    console.log(`\n${formatDifference(difference, library.isa)}`);
    // Machines are used again and again: say whether what came before has a part in it.
    const again = createJudge(...contenders).run(generator.create(seed, index));
    console.log(
      `\non fresh machines: ${again === null ? "no difference, so earlier programs have a part in it" : "the same program differs"}`,
    );
    const from = again === null ? first : index;
    console.log(
      `repeat with: npm run fuzz:engine -- --engine ${options.engine} --hot ${options.hot}${options["hot-runs"] === undefined ? "" : ` --hot-runs ${options["hot-runs"]}`} --seed ${seed} --first ${from} --programs ${index - from + 1}`,
    );
    process.exit(1);
  }
  if (Date.now() - reportedAt > PROGRESS_MS) {
    reportedAt = Date.now();
    const done = index - first + 1;
    console.error(
      `${done} programs, ${coverage.totals.retired} instructions, ${((1000 * done) / (reportedAt - startedAt)).toFixed(0)} programs a second`,
    );
  }
}

const { totals, rows, engine } = coverage;
console.log(formatCoverage(coverage));
if (engine.size > 0)
  console.log(`the engine says: ${[...engine].map(([name, total]) => `${total} ${name}`).join(", ")}`);
const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
console.log(
  `fuzz:engine: no difference in ${totals.programs} programs (${totals.short} of fewer than 50 instructions, ${totals.unfinished} unfinished), ` +
    `${totals.retired} instructions, ${totals.pieces} pieces, ${totals.exits} exits, ${rows.size} of ${generator.rows.length} rows, in ${seconds} s`,
);
const gaps = findGaps(coverage, Math.min(1, count / 3000));
if (gaps.length > 0) {
  console.log(`not enough of:\n  ${gaps.join("\n  ")}`);
  process.exit(1);
}
