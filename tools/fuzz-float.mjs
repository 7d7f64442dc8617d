/**
 * `npm run fuzz:float -- [--seed N] [--cases N] [--form PATTERN]`
 *
 * Float operations on the host's processor and on ours, `--cases` of each form: all roundings, DAZ, FTZ, masked and
 * unmasked. Every form that differs is named with its first differing cases, and the run then ends with exit code 1.
 * Where this host can't judge (no gcc, no Linux on x86-64) it says why and ends with 0. Run the build first.
 */
import { readOptions } from "./options.mjs";
import { describeHost } from "./silicon/native.mjs";
import { compareOutcomes, computeOutcome, outcomeOnSilicon, readCase } from "./silicon/float/check.mjs";
import { floatForms } from "./silicon/float/forms.mjs";
import { buildFloatHarness, runFloatsNatively } from "./silicon/float/native.mjs";
import { createCases } from "./silicon/float/operands.mjs";

const CASES_PER_RUN = 1 << 16;
const SHOWN = 5;

const options = readOptions(import.meta.url, {
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  cases: { type: "string", default: "100000" },
  form: { type: "string", default: "." },
});
const seed = Number(options.seed);
const caseCount = Number(options.cases);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(caseCount) || caseCount < 1) {
  console.error("fuzz:float: --seed and --cases take whole numbers");
  process.exit(2);
}
const harness = buildFloatHarness();
if (harness.reason !== undefined) {
  console.log(`fuzz:float skipped: ${harness.reason}`);
  process.exit(0);
}
const library = await import(new URL("../dist/machine/float/index.js", import.meta.url).href);
const pattern = new RegExp(options.form);
const startedAt = Date.now();
const totals = { forms: 0, cases: 0, raised: 0, differing: 0 };
console.log(`fuzz:float: seed ${seed} on ${describeHost().model}`);

for (const [number, form] of floatForms.entries()) {
  if (!pattern.test(form.name)) continue;
  totals.forms++;
  let differing = 0;
  for (let done = 0, stream = 0; done < caseCount; done += CASES_PER_RUN, stream++) {
    const count = Math.min(CASES_PER_RUN, caseCount - done);
    const cases = createCases(form, number, seed, count, stream);
    const native = runFloatsNatively(harness.path, cases);
    for (let i = 0; i < count; i++) {
      const input = readCase(form, cases, i);
      const silicon = outcomeOnSilicon(form, native.at(i));
      const difference = compareOutcomes(form, input, computeOutcome(library, form, input), silicon);
      if (silicon.raised) totals.raised++;
      if (difference !== "" && differing++ < SHOWN) console.log(difference);
    }
  }
  totals.cases += caseCount;
  totals.differing += differing;
  if (differing > 0) console.log(`${form.name}: ${differing} of ${caseCount} cases differ`);
}
const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
console.log(
  `fuzz:float: ${totals.differing} differences in ${totals.cases} cases (${totals.forms} forms, ` +
    `${totals.raised} raised #XM) in ${seconds} s`,
);
process.exitCode = totals.differing > 0 ? 1 : 0;
