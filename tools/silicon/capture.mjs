/**
 * `npm run vectors`: runs every instruction form on the host's processor and writes tests/vectors/. Needs gcc and Linux
 * on x86-64; nothing else in the project does. Optional arguments: the seed, and one set of forms instead of all.
 */
import { enumerateForms } from "./forms.mjs";
import { buildHarness, describeHost, hostHas, runNatively } from "./native.mjs";
import { createBackground, createFormProgram } from "./program.mjs";
import { CASES_PER_FORM, formsOf, SETS, writeVectors } from "./vectors.mjs";

const BATCH_FORMS = 16;
const seed = Number(process.argv[2] ?? 1);
const { rows } = await import(new URL("../../dist/machine/isa/index.js", import.meta.url).href);

const harness = buildHarness();
if (harness.reason !== undefined) {
  console.error(`vectors cannot be captured here: ${harness.reason}`);
  process.exit(1);
}
const host = describeHost();
const sets = process.argv.length > 3 ? process.argv.slice(3) : SETS;
if (sets.some((set) => !SETS.includes(set))) {
  console.error(`vectors: the sets are ${SETS.join(", ")}`);
  process.exit(2);
}
const all = enumerateForms(rows);
const forms = sets.flatMap((set) => formsOf(set, all).map((form) => ({ ...form, set })));
const lacking = [...new Set(forms.filter((form) => !hostHas(host, form.row)).map((form) => form.row.feature))];
if (lacking.length > 0) {
  console.error(`vectors cannot be captured here: the processor lacks ${lacking.join(", ")}`);
  process.exit(1);
}

const startedAt = Date.now();
const background = createBackground(seed);
const results = [];
for (let i = 0; i < forms.length; i += BATCH_FORMS) {
  const batch = forms.slice(i, i + BATCH_FORMS);
  const programs = batch.map((form) => createFormProgram(form, seed, CASES_PER_FORM, background));
  const outcomes = runNatively(harness.path, programs, host.vendor);
  // A form that a second run doesn't repeat can't be committed.
  const again = runNatively(harness.path, programs, host.vendor);
  outcomes.forEach((outcome, j) => {
    if (Buffer.compare(Buffer.from(outcome.words.buffer), Buffer.from(again[j].words.buffer)) !== 0) {
      console.error(`${batch[j].name}: two runs on this processor differ`);
      process.exit(1);
    }
    results.push({ form: batch[j], program: programs[j], ...outcome });
  });
}
for (const set of sets) {
  const own = results.filter(({ form }) => form.set === set);
  const sizes = writeVectors(set, seed, { vendor: host.vendor, model: host.model }, own);
  console.log(
    `${set}: ${own.length} forms, ${own.length * CASES_PER_FORM} cases on ${host.model}; ` +
      `${sizes.jsonBytes} + ${sizes.binaryBytes} bytes`,
  );
}
console.log(`captured in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
