/**
 * Every form of SSE to SSE4.2 on the reference engine against results captured on a real processor: what
 * silicon.test.ts is for the integer forms, with XMM registers, MXCSR and #XM.
 */
import { afterAll, describe, expect, it } from "vitest";
import { rows, type Row } from "../../../dist/machine/isa/index.js";
import { isVectorRow } from "../../../tools/silicon/exclusions.mjs";
import { enumerateForms } from "../../../tools/silicon/forms.mjs";
import { COMPLETED, OUT_VECTOR } from "../../../tools/silicon/layout.mjs";
import { createReference, loadMachineModules } from "../../../tools/silicon/reference.mjs";
import { sampleOf, sampleSize } from "../../sample.js";
import { checkForm, formsOf, readVectors, setOf } from "../../../tools/silicon/vectors.mjs";

interface Form {
  readonly name: string;
  readonly row: Row;
}

const SIMD_EXCEPTION = 19;

const vectors = readVectors("vector");
const reference = createReference(await loadMachineModules(), vectors.vendor);
const allForms: readonly Form[] = enumerateForms(rows);
const forms = allForms.filter((form) => setOf(form) === "vector");
const byMeaning = new Map<string, Form[]>();
for (const form of forms) {
  const key = form.row.semanticKey;
  byMeaning.set(key, [...(byMeaning.get(key) ?? []), form]);
}

describe(`vectors, judged by ${vectors.model}`, () => {
  let checked = 0;
  const traps = new Map<number, number>();
  const startedAt = Date.now();

  function check(form: Form): string {
    checked++;
    return checkForm(vectors, form, reference, (_program: object, _index: number, words: Uint32Array) => {
      traps.set(words[OUT_VECTOR], (traps.get(words[OUT_VECTOR]) ?? 0) + 1);
    });
  }

  for (const [key, group] of byMeaning) {
    const drawn = sampleOf(group, 4);
    it(`"${key}" does in ${drawn.length} forms what silicon does`, () => {
      const failures = drawn.map(check).filter((failure) => failure !== "");
      expect(failures.join("\n\n")).toBe("");
    });
  }

  it("every form of the table has vectors, and every vector a form", () => {
    expect([...vectors.forms.keys()]).toEqual(forms.map((form) => form.name));
    expect(vectors.casesPerForm).toBeGreaterThanOrEqual(2000);
  });

  it("every row on vectors that ring 3 runs is compared", () => {
    const compared = new Set(forms.map((form) => form.row.name));
    const own = rows.filter((row) => row.ring3 === "runs" && isVectorRow(row));
    expect(own.filter((row) => !compared.has(row.name)).map((row) => row.name)).toEqual([]);
  });

  it("exceptions of floats, misaligned operands and missing pages are among the cases", () => {
    for (const vector of [SIMD_EXCEPTION, 13, 14]) expect(traps.get(vector)).toBeGreaterThan(sampleSize(10_000, 1_000));
  });

  afterAll(() => {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    const count = (vector: number): number => traps.get(vector) ?? 0;
    console.log(
      `silicon, vectors: ${checked} forms, ${checked * vectors.casesPerForm} cases in ${seconds} s: ` +
        `${count(COMPLETED)} completed, ${count(SIMD_EXCEPTION)} #XM, ${count(13)} #GP, ${count(14)} #PF`,
    );
  });
});

describe(`floats on ordinary operands, judged by ${vectors.model}`, () => {
  const ordinary = readVectors("ordinary");
  const ordinaryForms: readonly Form[] = formsOf("ordinary", allForms);

  it("are what silicon makes of them, in each form", () => {
    const failures = ordinaryForms
      .map((form) => checkForm(ordinary, form, reference))
      .filter((failure) => failure !== "");
    expect(failures.join("\n\n")).toBe("");
    expect(ordinaryForms.length).toBeGreaterThan(100);
    console.log(`silicon, ordinary floats: ${ordinaryForms.length} forms, ${ordinary.casesPerForm} cases each`);
  });
});
