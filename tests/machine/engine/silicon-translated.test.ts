/**
 * Every instruction form in translated code against results captured on a real processor: the same vectors, and the
 * same comparison, as tests/machine/isa/silicon.test.ts and silicon-vector.test.ts have for the reference engine. Of
 * the forms on XMM registers those are run that the translator takes in at least one encoding; the others are listed.
 * Each form has 64 encodings, and each of them 32 operand sets. A translation is made once for all of these. Of each
 * form 16 encodings are run, those in other slots for the next form, and of each meaning one form in four where only a
 * sample is run (tests/sample.ts); `npm run vectors:translated` runs all.
 *
 * A case that the reference engine did proves nothing about the translator, so it is counted which retired where.
 */
import { afterAll, describe, expect, it } from "vitest";
import { decode, rows, type Row } from "../../../dist/machine/isa/index.js";
import { createEmitter } from "../../../dist/machine/engine/ssa/index.js";
import { isTranslated, type KnownForms } from "../../../dist/machine/engine/wasm/plan/translated-instructions.js";
import { enumerateForms } from "../../../tools/silicon/forms.mjs";
import { COMPLETED, OUT_VECTOR, SLOT_COUNT } from "../../../tools/silicon/layout.mjs";
import { createReference, loadMachineModules } from "../../../tools/silicon/reference.mjs";
import { createFormProgram } from "../../../tools/silicon/program.mjs";
import { sampleOf } from "../../sample.js";
import { checkForm, formsOf, readVectors, setOf } from "../../../tools/silicon/vectors.mjs";

const emitter = createEmitter();
const known: KnownForms = new Map();

interface Form {
  readonly name: string;
  readonly row: Row;
}

interface Program {
  readonly shapes: readonly { readonly bytes: readonly number[] }[];
  readonly slotOf: Int32Array;
}

interface Tally {
  /** Cases without a fault, of encodings that translated code can do. */
  able: number;
  /** Those of them that retired there. */
  translated: number;
}

/** Rows of which no form is translated, or only some encodings are: docs/engine.md says which. */
const LEFT_TO_REFERENCE = /^(WRFSBASE|WRGSBASE)/;
/** Encodings of each form. */
const ENCODINGS = Number(process.env["HALLOWS_ENCODINGS"] ?? 16);
/** Of so many slots one is taken. */
const STRIDE = SLOT_COUNT / ENCODINGS;

/** Which encodings of a form are run, as `checkForm` asks. */
function encodingsOf(formNumber: number): ((slot: number) => boolean) | null {
  return STRIDE === 1 ? null : (slot) => (slot + formNumber) % STRIDE === 0;
}

/** An instruction that ends where nothing is mapped behind it may be left, in one slot. */
const LEAST_SHARE = 0.97 - 1 / ENCODINGS;
/**
 * One that reads, changes and writes memory across pages is left, and so is a look of ENTER at such memory. Of a sample
 * one encoding more may be such.
 */
const LEAST_IN_MEMORY = STRIDE === 1 ? 0.8 : 0.8 - 1 / ENCODINGS;
/** With a count of 0 there are no operands to make flags of: left to the reference engine. */
const COMPARISONS = /^(CMPS|SCAS)B? .*rep/;
const LEAST_COMPARISONS = 0.7;

/** Most of the words that it pops change flags of the system, which only the reference engine does. */
const POPS_FLAGS = /^POPF/;
const LEAST_POPPED = 0.1;

/**
 * Their operands are corners, under every MXCSR: the guard leaves most. The set of ordinary ones is judged by itself.
 */
const FLOATS = /^(ADD|SUB|MUL|DIV|SQRT|MIN|MAX|HADD|HSUB|ADDSUB|DP|ROUND|CMP)[PS][SD] |^U?COMIS|^CVT/;
const LEAST_FLOATS = 0.0005;
/** Of a form on ordinary operands; quotients of zeros and what is too large for the narrower format are left. */
const LEAST_ORDINARY = 0.6;

function leastOf(name: string): number {
  if (FLOATS.test(name)) return LEAST_FLOATS;
  if (COMPARISONS.test(name)) return LEAST_COMPARISONS;
  if (POPS_FLAGS.test(name)) return LEAST_POPPED;
  return / (memory|lock)$|^MASKMOVDQU/.test(name) ? LEAST_IN_MEMORY : LEAST_SHARE;
}

const vectors = readVectors("integer");
const vectorVectors = readVectors("vector");
const machine = createReference(await loadMachineModules(), vectors.vendor, "wasm", 0);
const allForms: readonly Form[] = enumerateForms(rows);
const isVector = (form: Form): boolean => setOf(form) === "vector";
const leftVectorForms = allForms.filter((form) => isVector(form) && !isTakenSomewhere(form));
const forms = allForms.filter((form) => !leftVectorForms.includes(form));
const byMeaning = new Map<string, Form[]>();
for (const form of forms) {
  const key = form.row.semanticKey;
  byMeaning.set(key, [...(byMeaning.get(key) ?? []), form]);
}

function isTakenSomewhere(form: Form): boolean {
  const program: Program = createFormProgram(form, vectors.seed, 1, vectors.background);
  return program.shapes.some(canTranslate);
}

function canTranslate({ bytes }: Program["shapes"][number]): boolean {
  const decoded = decode(Uint8Array.from(bytes), 0, bytes.length);
  if (decoded.kind !== "instruction") return false;
  return isTranslated(decoded.instruction, emitter, known);
}

describe(`translated code, judged by ${vectors.model}`, () => {
  const tallies = new Map<string, Tally>();
  const startedAt = Date.now();

  function check(form: Form): string {
    const tally: Tally = { able: 0, translated: 0 };
    tallies.set(form.name, tally);
    let able: boolean[] = [];
    const formNumber = tallies.size;
    return checkForm(
      isVector(form) ? vectorVectors : vectors,
      form,
      machine,
      (program: Program, index: number, words: Uint32Array, translated: number) => {
        if (able.length === 0) able = program.shapes.map(canTranslate);
        if (words[OUT_VECTOR] !== COMPLETED || !able[program.slotOf[index]]) return;
        tally.able++;
        if (translated > 0) tally.translated++;
      },
      encodingsOf(formNumber),
    );
  }

  for (const [key, group] of byMeaning) {
    const drawn = sampleOf(group, 4);
    it(`"${key}" does in ${drawn.length} forms what silicon does`, () => {
      expect(
        drawn
          .map(check)
          .filter((failure) => failure !== "")
          .join("\n\n"),
      ).toBe("");
    });
  }

  it("did nearly all that it can", () => {
    const few = [...tallies].filter(([name, { able, translated }]) => {
      const least = leastOf(name);
      return able > 0 && translated < able * least;
    });
    expect(few).toEqual([]);
    const left = [...tallies].filter(([, { able }]) => able === 0).map(([name]) => name);
    expect(left.filter((name) => !LEFT_TO_REFERENCE.test(name))).toEqual([]);
    const all = [...tallies].filter(([name]) => !FLOATS.test(name)).map(([, tally]) => tally);
    const translated = all.reduce((sum, tally) => sum + tally.translated, 0);
    expect(translated).toBeGreaterThan(((2_300_000 / STRIDE) * tallies.size) / forms.length);
    expect(translated).toBeGreaterThan(0.97 * all.reduce((sum, tally) => sum + tally.able, 0));
  });

  afterAll(() => {
    const all = [...tallies.values()];
    const able = all.reduce((sum, tally) => sum + tally.able, 0);
    const translated = all.reduce((sum, tally) => sum + tally.translated, 0);
    const left = [...tallies].filter(([, tally]) => tally.able === 0).map(([name]) => name);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    console.log(
      `silicon, translated: ${tallies.size} forms, ${(tallies.size * vectors.casesPerForm) / STRIDE} cases in ${seconds} s; of ` +
        `${able} without a fault that translated code can do, ${translated} retired there. ` +
        `Left to the reference engine, ${left.length} forms: ${left.join(", ")}; and ${leftVectorForms.length} of ` +
        `${vectorVectors.forms.size} on vectors: ${[...new Set(leftVectorForms.map(({ row }) => row.mnemonic))].join(" ")}`,
    );
  });
});

describe(`floats on ordinary operands in translated code, judged by ${vectors.model}`, () => {
  const ordinary = readVectors("ordinary");
  const ordinaryForms: readonly Form[] = formsOf("ordinary", allForms);

  it("every form of the table has vectors, and every vector a form", () => {
    expect([...ordinary.forms.keys()]).toEqual(ordinaryForms.map(({ name }) => name));
    expect(ordinary.casesPerForm).toBeGreaterThanOrEqual(2000);
  });

  it.each([
    ["one by one", 0],
    ["together", Infinity],
  ])("guarded %s do what silicon does, in translated code", async (guarded, floatPatience) => {
    const translating = createReference(await loadMachineModules(), ordinary.vendor, "wasm", floatPatience);
    const sum: Tally = { able: 0, translated: 0 };
    const few: string[] = [];
    for (const [formNumber, form] of ordinaryForms.entries()) {
      const tally: Tally = { able: 0, translated: 0 };
      const note = (_program: Program, _index: number, words: Uint32Array, translated: number): void => {
        if (words[OUT_VECTOR] !== COMPLETED) return;
        tally.able++;
        if (translated > 0) tally.translated++;
      };
      expect(checkForm(ordinary, form, translating, note, encodingsOf(formNumber))).toBe("");
      if (tally.translated < LEAST_ORDINARY * tally.able) few.push(form.name);
      sum.able += tally.able;
      sum.translated += tally.translated;
    }
    expect(few).toEqual([]);
    expect(sum.translated).toBeGreaterThan(0.93 * sum.able);
    console.log(
      `silicon, ordinary floats guarded ${guarded}: ${ordinaryForms.length} forms, ${ordinary.casesPerForm / STRIDE} cases each; ` +
        `of ${sum.able} without a fault ${sum.translated} retired in translated code`,
    );
  });
});
