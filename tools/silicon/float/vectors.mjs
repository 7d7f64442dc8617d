/**
 * The committed results of a real processor for the float operations, and the check of ours against them.
 *
 * Inputs are made anew from the seed; the files hold silicon's outcomes, all of them in full:
 *
 *   float.json   format, seed, processor, and one [name, hash of the inputs] a form
 *   float.bin    Brotli of: form after form, the results of all cases (resultBytes each, lowest first; nothing that #XM
 *                kept from being written), then one byte a case: the six flags that MXCSR then holds, and bit 6 for #XM
 *
 * Invariant: vectors fit exactly one list of forms and one generator; otherwise the check asks for a new capture and
 * compares nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { hashWords } from "../outcome.mjs";
import { compareOutcomes, computeOutcome, destinationBefore, readCase, resultBits } from "./check.mjs";
import { floatForms } from "./forms.mjs";
import { createCases } from "./operands.mjs";

const FOLDER = new URL("../../../tests/vectors/", import.meta.url);
const FORMAT = 1;
export const CASES_PER_FORM = 2048;
const FLAGS = 0x3f;
const RAISED = 0x40;

const resultBytes = (form) => resultBits(form) / 8;

function hashCases(cases) {
  const words = new Uint32Array(cases.buffer, cases.byteOffset, cases.byteLength / 4);
  return hashWords(words, 0, words.length).toString(16).padStart(8, "0");
}

/** `outcomes`: per form, one outcome (check.mjs) a case. Returns the sizes of the files. */
export function writeFloatVectors(seed, host, outcomes) {
  const parts = floatForms.map((form, number) => {
    const size = resultBytes(form);
    const bytes = new Uint8Array(CASES_PER_FORM * (size + 1));
    outcomes[number].forEach(({ bits, mxcsr, raised }, i) => {
      const written = raised ? 0 : size;
      for (let k = 0; k < written; k++) bytes[i * size + k] = Number((bits >> BigInt(8 * k)) & 0xffn);
      bytes[CASES_PER_FORM * size + i] = (mxcsr & FLAGS) | (raised ? RAISED : 0);
    });
    return bytes;
  });
  const forms = floatForms.map((form, number) =>
    JSON.stringify([form.name, hashCases(createCases(form, number, seed, CASES_PER_FORM))]),
  );
  const head = { format: FORMAT, seed, casesPerForm: CASES_PER_FORM, vendor: host.vendor, model: host.model };
  const json = `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "forms": [\n    ${forms.join(",\n    ")}\n  ]\n}\n`;
  const binary = brotliCompressSync(Buffer.concat(parts));
  writeFileSync(new URL("float.json", FOLDER), json);
  writeFileSync(new URL("float.bin", FOLDER), binary);
  return { jsonBytes: json.length, binaryBytes: binary.length };
}

/** Reads the committed files: `forms` maps a form's name to its inputs' hash and its bytes. */
export function readFloatVectors() {
  const head = JSON.parse(readFileSync(new URL("float.json", FOLDER), "utf8"));
  if (head.format !== FORMAT) throw new Error(`float.json: format ${head.format}, not ${FORMAT}`);
  const binary = brotliDecompressSync(readFileSync(new URL("float.bin", FOLDER)));
  const byName = new Map(floatForms.map((form) => [form.name, form]));
  const forms = new Map();
  let at = 0;
  for (const [name, inputs] of head.forms) {
    const form = byName.get(name);
    if (form === undefined) throw new Error(`float.json: no form "${name}"; npm run vectors:float`);
    const length = head.casesPerForm * (resultBytes(form) + 1);
    forms.set(name, { inputs, bytes: binary.subarray(at, at + length) });
    at += length;
  }
  return { seed: head.seed, vendor: head.vendor, model: head.model, casesPerForm: head.casesPerForm, forms };
}

function storedOutcome(form, { bytes }, casesPerForm, index, { mxcsr, x, y }) {
  const size = resultBytes(form);
  const last = bytes[casesPerForm * size + index];
  const raised = (last & RAISED) !== 0;
  let bits = 0n;
  for (let k = size - 1; k >= 0; k--) bits = (bits << 8n) | BigInt(bytes[index * size + k]);
  return {
    bits: raised ? destinationBefore(form, x, y) : bits,
    mxcsr: (mxcsr & ~FLAGS) | (last & FLAGS),
    raised,
  };
}

/**
 * "" when `library` (dist/machine/float/index.js) did in every case what silicon did; otherwise the first that differ.
 */
export function checkFloatForm(vectors, form, library) {
  const stored = vectors.forms.get(form.name);
  if (stored === undefined) return `${form.name}: no vectors; capture them with: npm run vectors:float`;
  const cases = createCases(form, floatForms.indexOf(form), vectors.seed, vectors.casesPerForm);
  if (hashCases(cases) !== stored.inputs) {
    return `${form.name}: other inputs than the vectors were captured with; npm run vectors:float`;
  }
  const lines = [];
  let differing = 0;
  for (let i = 0; i < vectors.casesPerForm; i++) {
    const input = readCase(form, cases, i);
    const silicon = storedOutcome(form, stored, vectors.casesPerForm, i, input);
    const difference = compareOutcomes(form, input, computeOutcome(library, form, input), silicon);
    if (difference !== "" && differing++ < 3) lines.push(difference);
  }
  if (differing === 0) return "";
  return `${form.name}: ${differing} of ${vectors.casesPerForm} cases differ from silicon\n${lines.join("\n")}`;
}
