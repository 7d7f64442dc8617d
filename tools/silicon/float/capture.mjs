/**
 * `npm run vectors:float`: runs every float operation on the host's processor and writes tests/vectors/float.*. Needs
 * gcc and Linux on x86-64. Optional argument: the seed.
 */
import { describeHost } from "../native.mjs";
import { outcomeOnSilicon } from "./check.mjs";
import { floatForms } from "./forms.mjs";
import { buildFloatHarness, runFloatsNatively } from "./native.mjs";
import { createCases } from "./operands.mjs";
import { CASES_PER_FORM, writeFloatVectors } from "./vectors.mjs";

const seed = Number(process.argv[2] ?? 1);
const harness = buildFloatHarness();
if (harness.reason !== undefined) {
  console.error(`float vectors cannot be captured here: ${harness.reason}`);
  process.exit(1);
}
const host = describeHost();
const outcomes = floatForms.map((form, number) => {
  const native = runFloatsNatively(harness.path, createCases(form, number, seed, CASES_PER_FORM));
  return Array.from({ length: native.count }, (_, i) => outcomeOnSilicon(form, native.at(i)));
});
const sizes = writeFloatVectors(seed, host, outcomes);
console.log(
  `${floatForms.length} forms, ${floatForms.length * CASES_PER_FORM} cases on ${host.model}; ` +
    `${sizes.jsonBytes} + ${sizes.binaryBytes} bytes`,
);
