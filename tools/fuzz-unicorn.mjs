/**
 * `npm run fuzz:unicorn -- [--seed N] [--programs N] [--first N]`
 *
 * Random programs on both engines and in Unicorn (QEMU's translator as a library), a third opinion on sequences. The
 * first difference is printed with the program and ends the run with exit code 1. Where Unicorn or gcc is missing it
 * says so and ends with 0. Run the build first.
 */
import { loadLibrary } from "./lockstep/contenders.mjs";
import { readOptions } from "./options.mjs";
import { buildDriver, createCounts, createDescriber, createEngineSide, judgePrograms } from "./unicorn/judge.mjs";
import { createUnicornGenerator } from "./unicorn/program.mjs";

const BATCH_PROGRAMS = 200;

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  programs: { type: "string", default: "10000" },
  first: { type: "string", default: "0" },
});
const [seed, count, first] = [options.seed, options.programs, options.first].map(Number);
if (![seed, count, first].every(Number.isSafeInteger)) {
  console.error("fuzz:unicorn: --seed, --programs and --first take whole numbers");
  process.exit(2);
}
const driver = buildDriver();
if (driver.reason !== undefined) {
  console.log(`fuzz:unicorn skipped: ${driver.reason}`);
  process.exit(0);
}

const { machine, isa } = await loadLibrary();
const sides = [createEngineSide(machine, "reference"), createEngineSide(machine, "wasm")];
const generator = createUnicornGenerator(isa);
const counts = createCounts();
const startedAt = Date.now();
console.log(`fuzz:unicorn: seed ${seed}`);
for (let from = first; from < first + count; from += BATCH_PROGRAMS) {
  const difference = judgePrograms({
    path: driver.path,
    sides,
    create: (index) => generator.create(seed, index),
    first: from,
    count: Math.min(BATCH_PROGRAMS, first + count - from),
    counts,
    describe: createDescriber(isa),
  });
  if (difference !== null) {
    console.log(`\n${difference}`);
    const [, index] = /program (\d+)/.exec(difference);
    console.log(`\nrepeat with: npm run fuzz:unicorn -- --seed ${seed} --first ${index} --programs 1`);
    process.exit(1);
  }
}
const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
console.log(
  `fuzz:unicorn: no difference in ${counts.programs} programs (${counts.ended} to their end, ${counts.repeats} with ` +
    `repetitions, ${counts.passedOver} passed over, ${counts.gaveUp} given up by Unicorn), ${counts.instructions} instructions, ${counts.translated} of them in ` +
    `translated code, in ${seconds} s`,
);
