/**
 * `npm run fuzz:cpu -- [--seed N] [--cases N] [--set integer|vector|ordinary] [--form PATTERN] [--no-sequences]
 *                      [--engine wasm]`
 *
 * Random instructions, and short random sequences of them, on the host's processor and on one of our engines at the
 * same time. The first difference is printed with everything needed to repeat it, and ends the run with exit code 1.
 * Where this host can't judge (no gcc, no Linux on x86-64) it says why and ends with 0. Run the build first.
 */
import { readOptions } from "./options.mjs";
import { enumerateForms } from "./silicon/forms.mjs";
import { COMPLETED, OUT_VECTOR } from "./silicon/layout.mjs";
import { buildHarness, describeHost, hostHas, runNatively } from "./silicon/native.mjs";
import { equalOutcomes, formatDifference, formatInput } from "./silicon/outcome.mjs";
import { createBackground, createProgram } from "./silicon/program.mjs";
import { createRandom } from "./silicon/random.mjs";
import { createReference, loadMachineModules } from "./silicon/reference.mjs";
import { createSequence, sequenceForms } from "./silicon/sequence.mjs";
import { formsOf, SETS } from "./silicon/vectors.mjs";

const CASES_PER_PROGRAM = 512;
const PROGRAMS_PER_RUN = 16;

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  cases: { type: "string", default: "500000" },
  form: { type: "string", default: "." },
  set: { type: "string", default: "all" },
  engine: { type: "string", default: "reference" },
  "no-sequences": { type: "boolean", default: false },
});
const seed = Number(options.seed);
const caseCount = Number(options.cases);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(caseCount) || caseCount < 1) {
  console.error("fuzz:cpu: --seed and --cases take whole numbers");
  process.exit(2);
}
if (!["reference", "wasm"].includes(options.engine)) {
  console.error("fuzz:cpu: --engine is reference or wasm");
  process.exit(2);
}
if (!["all", ...SETS].includes(options.set)) {
  console.error(`fuzz:cpu: --set is ${SETS.join(", ")}`);
  process.exit(2);
}

const harness = buildHarness();
if (harness.reason !== undefined) {
  console.log(`fuzz:cpu skipped: ${harness.reason}`);
  process.exit(0);
}
const host = describeHost();
const { rows } = await import(new URL("../dist/machine/isa/index.js", import.meta.url).href);
const pattern = new RegExp(options.form);
const every = enumerateForms(rows).filter((form) => hostHas(host, form.row));
const all = options.set === "all" ? every : formsOf(options.set, every);
const forms = all.filter((form) => pattern.test(form.name));
if (forms.length === 0) {
  console.error(`fuzz:cpu: no form matches ${options.form}; names look like "${all[0].name}"`);
  process.exit(2);
}
const building = sequenceForms(forms);
const withSequences = !options["no-sequences"] && building.length > 0;
const reference = createReference(await loadMachineModules(), host.vendor, options.engine);
const background = createBackground(seed);
console.log(`fuzz:cpu: seed ${seed}, ${forms.length} of ${all.length} forms, on ${host.model}`);

const counts = { cases: 0, translated: 0, sequences: 0, faults: 0, used: new Set() };
const startedAt = Date.now();

function makeProgram(number) {
  // Each program has a stream of its own, so that one can be repeated without those before it.
  const random = createRandom(seed, number);
  const nextForm = () => random.pick(forms);
  const nextSequence = (address) =>
    withSequences && random.chance(2) ? createSequence(building, random, address) : null;
  return createProgram(`program ${number}`, nextForm, random, CASES_PER_PROGRAM, background, nextSequence);
}

function report(program, index, ours, silicon) {
  const shape = program.shapes[program.slotOf[index]];
  console.log(`\n${program.name}, case ${index}: ${shape.form.name}`);
  console.log(formatInput(shape, program.inputs, index));
  console.log(formatDifference(ours, 0, silicon.words, silicon.starts[index]));
  console.log(
    `\nrepeat with: npm run fuzz:cpu -- --engine ${options.engine} --seed ${seed} --cases ${counts.cases} --set ${options.set} --form ${JSON.stringify(options.form)}` +
      (options["no-sequences"] ? " --no-sequences" : ""),
  );
}

for (let number = 0; counts.cases < caseCount; number += PROGRAMS_PER_RUN) {
  const left = Math.ceil((caseCount - counts.cases) / CASES_PER_PROGRAM);
  const programs = Array.from({ length: Math.min(PROGRAMS_PER_RUN, left) }, (_, i) => makeProgram(number + i));
  const outcomes = runNatively(harness.path, programs, host.vendor);
  programs.forEach((program, i) => {
    for (const shape of program.shapes) {
      counts.used.add(shape.form.name);
      if (shape.instructionCount !== undefined) counts.sequences++;
    }
    reference.run(program, (index, words, translated) => {
      counts.cases++;
      counts.translated += translated;
      if (words[OUT_VECTOR] !== COMPLETED) counts.faults++;
      if (equalOutcomes(words, 0, outcomes[i].words, outcomes[i].starts[index])) return;
      report(program, index, words, outcomes[i]);
      process.exit(1);
    });
  });
}

const single = all.filter((form) => counts.used.has(form.name)).length;
const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
console.log(
  `fuzz:cpu: no difference in ${counts.cases} cases (${single} forms, ${counts.sequences} sequences, ` +
    `${counts.faults} faults)${options.engine === "wasm" ? `, ${counts.translated} instructions in translated code,` : ""} in ${seconds} s`,
);
