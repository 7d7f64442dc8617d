/**
 * Every float operation against results captured on a real processor (tests/vectors/float.*, tools/silicon/float): the
 * bits, MXCSR afterwards and #XM, at all roundings, with DAZ and FTZ, masked and unmasked. RCP and RSQRT of ordinary
 * operands are open in the architecture: there both values must keep to its bound.
 */
import { afterAll, describe, expect, it } from "vitest";
import * as library from "../../../dist/machine/float/index.js";
import { computeOutcome, compareOutcomes, outcomeOnSilicon, readCase } from "../../../tools/silicon/float/check.mjs";
import { floatForms } from "../../../tools/silicon/float/forms.mjs";
import { buildFloatHarness, runFloatsNatively } from "../../../tools/silicon/float/native.mjs";
import { createCases } from "../../../tools/silicon/float/operands.mjs";
import { checkFloatForm, readFloatVectors } from "../../../tools/silicon/float/vectors.mjs";

const vectors = readFloatVectors();

describe(`float operations judged by ${vectors.model}`, () => {
  let checked = 0;
  const startedAt = Date.now();

  for (const form of floatForms) {
    it(`"${form.name}" does what silicon does`, () => {
      expect(checkFloatForm(vectors, form, library)).toBe("");
      checked += vectors.casesPerForm;
    });
  }

  it("every form has vectors, and every vector a form", () => {
    expect([...vectors.forms.keys()]).toEqual(floatForms.map((form) => form.name));
    expect(vectors.casesPerForm).toBeGreaterThanOrEqual(2000);
  });

  afterAll(() => {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    console.log(`float silicon: ${floatForms.length} forms, ${checked} cases in ${seconds} s`);
  });
});

type Outcome = ReturnType<typeof computeOutcome>;

/**
 * Which of several NaNs the sums of DPPS and DPPD keep differs between vendors: Intel's go lane by lane, the processor
 * of the vectors has one for all. Live, any NaN in place of a NaN will do there; the vectors hold ours to the bit.
 */
function isOtherNaN(name: string, ours: Outcome, silicon: Outcome): boolean {
  if (!/^dpp[sd] /.test(name) || ours.mxcsr !== silicon.mxcsr || ours.raised !== silicon.raised) return false;
  const [laneBits, infinity] = name.startsWith("dpps") ? [32, 0x7f80_0000n] : [64, 0x7ff0_0000_0000_0000n];
  const isNaN = (lane: bigint): boolean => BigInt.asUintN(laneBits - 1, lane) > infinity;
  for (let at = 0n; at < 128n; at += BigInt(laneBits)) {
    const [a, b] = [ours.bits, silicon.bits].map((bits) => BigInt.asUintN(laneBits, bits >> at));
    if (a !== b && !(isNaN(a) && isNaN(b))) return false;
  }
  return true;
}

const harness = buildFloatHarness();
if (harness.reason !== undefined) console.log(`skipped: no live float oracle: ${harness.reason}`);

describe.skipIf(harness.reason !== undefined)("float operations live on this processor", () => {
  const seed = Number(process.env.FLOAT_SEED ?? Date.now() % 1_000_000);

  it(`agree on fresh operands (FLOAT_SEED=${seed} repeats them)`, () => {
    const failures: string[] = [];
    for (const [number, form] of floatForms.entries()) {
      const cases = createCases(form, number, seed, 256);
      const native = runFloatsNatively(harness.path, cases);
      expect(native.count).toBe(256);
      for (let i = 0; i < native.count; i++) {
        const input = readCase(form, cases, i);
        const ours = computeOutcome(library, form, input);
        const silicon = outcomeOnSilicon(form, native.at(i));
        if (!isOtherNaN(form.name, ours, silicon)) failures.push(compareOutcomes(form, input, ours, silicon));
      }
    }
    expect(failures.filter((failure) => failure !== "").slice(0, 10)).toEqual([]);
  });
});
