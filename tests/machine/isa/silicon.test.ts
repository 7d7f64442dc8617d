/**
 * Every integer instruction form on the reference engine against results captured on a real processor.
 *
 * The vectors hold 2,048 cases a form (tests/vectors, tools/silicon). Of each meaning one form in four is run where
 * only a sample is (tests/sample.ts). What is compared: registers, defined flags,
 * segment bases, RIP, memory, exception with error code and CR2. What isn't compared is listed with its reason in
 * tools/silicon/exclusions.mjs, and counted here.
 */
import { afterAll, describe, expect, it } from "vitest";
import { rows, type Row } from "../../../dist/machine/isa/index.js";
import { isVectorRow } from "../../../tools/silicon/exclusions.mjs";
import { enumerateForms, excludedRows } from "../../../tools/silicon/forms.mjs";
import { createReference, loadMachineModules } from "../../../tools/silicon/reference.mjs";
import { sampleOf } from "../../sample.js";
import { checkForm, readVectors, setOf } from "../../../tools/silicon/vectors.mjs";

interface Form {
  readonly name: string;
  readonly row: Row;
}

const vectors = readVectors();
const reference = createReference(await loadMachineModules(), vectors.vendor);
const forms: readonly Form[] = enumerateForms(rows).filter((form: Form) => setOf(form) === "integer");
const byMeaning = new Map<string, Form[]>();
for (const form of forms) {
  const key = form.row.semanticKey;
  byMeaning.set(key, [...(byMeaning.get(key) ?? []), form]);
}

describe(`judged by ${vectors.model}`, () => {
  let checked = 0;
  const startedAt = Date.now();

  for (const [key, group] of byMeaning) {
    const drawn = sampleOf(group, 4);
    it(`"${key}" does in ${drawn.length} forms what silicon does`, () => {
      const failures = drawn.map((form) => checkForm(vectors, form, reference)).filter((failure) => failure !== "");
      checked += drawn.length;
      expect(failures.join("\n\n")).toBe("");
    });
  }

  it("every form of the table has vectors, and every vector a form", () => {
    expect([...vectors.forms.keys()]).toEqual(forms.map((form) => form.name));
    expect(vectors.casesPerForm).toBeGreaterThanOrEqual(2000);
  });

  it("every row that ring 3 runs is compared, but for the listed ones", () => {
    const compared = new Set(forms.map((form) => form.row.name));
    const integer = rows.filter((row) => row.ring3 === "runs" && !isVectorRow(row));
    const left = integer.filter((row) => !compared.has(row.name)).map((row) => row.name);
    expect(left).toEqual([
      "MOV RMw,Sw",
      "MOV Sw,Ew",
      "PUSH FS",
      "PUSH GS",
      "POP FS",
      "POP GS",
      "NOP Ev",
      "RDTSC",
      "RDTSCP",
      "RDPID Rq",
      "CPUID",
      "VERR Ew",
      "VERW Ew",
      "LAR Gv,Ew",
      "LSL Gv,Ew",
    ]);
    expect(excludedRows(rows).every(({ reason }: { reason: string }) => reason.length > 5)).toBe(true);
  });

  afterAll(() => {
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    console.log(
      `silicon: ${checked} forms, ${checked * vectors.casesPerForm} cases in ${seconds} s; ` +
        `${excludedRows(rows).length} of ${rows.length} rows are not compared (exclusions.mjs says why)`,
    );
  });
});
