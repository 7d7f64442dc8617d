/**
 * The committed results of a real processor, and the check of an engine against them.
 *
 * There are three sets: "integer", "vector" of the forms on XMM registers and MXCSR, and "ordinary" of those that
 * compute with floats, on operands of which translated code leaves hardly any to the reference engine. Inputs are made
 * anew from the seed, so the files of a set hold results only, in two parts:
 *
 *   integer.json   format, seed, processor, and one line a form: the undefined flags that were masked, a hash of the
 *                  inputs, and a 64-bit hash of all outcomes, which decides
 *   integer.bin    4 bits of hash a case, form after form, which find the case (15 times in 16); then the first cases
 *                  of each form in full, as differences against doing nothing, which say what silicon did
 *
 * Invariant: vectors fit exactly one table and one generator. When a form is new, a mask or the inputs have changed,
 * the check says so and asks for `npm run vectors`; it never compares other inputs than those that silicon saw.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isVectorRow } from "./exclusions.mjs";
import { CHANGE_WORDS, INPUT_WORDS, OUTPUT_WORDS, OUT_CHANGE_COUNT } from "./layout.mjs";
import { equalOutcomes, formatDifference, formatInput, hashWords, nullOutcome, outcomeLength } from "./outcome.mjs";
import { createBackground, createFormProgram } from "./program.mjs";
import { hasOrdinaryOperands, hasVectors } from "./vector-cases.mjs";

const FOLDER = new URL("../../tests/vectors/", import.meta.url);
const FORMAT = 1;
export const CASES_PER_FORM = 2048;
export const SETS = ["integer", "vector", "ordinary"];
/** Cases of a form that are stored in full. */
const FULL_PER_FORM = 8;

/** The set to which a form belongs. */
export function setOf(form) {
  return isVectorRow(form.row) ? "vector" : "integer";
}

/** The forms of a set. Those of "ordinary" are forms of "vector" too, and make other cases. */
export function formsOf(set, forms) {
  if (set !== "ordinary") return forms.filter((form) => setOf(form) === set);
  return forms.filter(hasOrdinaryOperands).map((form) => ({ ...form, isOrdinary: true }));
}

/** Collects what is stored of one form, case by case. */
export function createDigest() {
  const nibbles = new Uint8Array(CASES_PER_FORM);
  const lanes = new Uint32Array(2);
  return {
    nibbles,
    add(index, words, at) {
      const hash = hashWords(words, at, outcomeLength(words, at));
      nibbles[index] = hash & 15;
      lanes[0] = Math.imul(lanes[0] ^ hash, 0x85ebca6b) + (lanes[0] >>> 13);
      lanes[1] = Math.imul(lanes[1] + hash, 0xc2b2ae35) ^ (lanes[1] >>> 16);
    },
    total: () => lanes[0].toString(16).padStart(8, "0") + lanes[1].toString(16).padStart(8, "0"),
  };
}

export function hashInputs(program) {
  const image = new Uint32Array(program.image.buffer);
  const inputs = program.inputs.words;
  let hash = hashWords(inputs, 0, inputs.length, hashWords(image, 0, image.length));
  // Integer instructions all find the same vector state.
  const { vectors } = program.inputs;
  if (program.shapes.some(hasVectors)) hash = hashWords(vectors, 0, vectors.length, hash);
  return hash.toString(16).padStart(8, "0");
}

function packNibbles(nibbles) {
  return Uint8Array.from({ length: nibbles.length / 2 }, (_, i) => nibbles[2 * i] | (nibbles[2 * i + 1] << 4));
}

/** Words in which an outcome differs from doing nothing, as [count, index, value, …], then its changes of memory. */
function packOutcome(program, index, words, at) {
  const nothing = new Uint32Array(OUTPUT_WORDS);
  nullOutcome(program.shapes[program.slotOf[index]], program.inputs.words, index * INPUT_WORDS, nothing);
  const packed = [];
  for (let i = 0; i < OUTPUT_WORDS; i++) if (words[at + i] !== nothing[i]) packed.push(i, words[at + i]);
  return [packed.length / 2, ...packed, ...words.slice(at + OUTPUT_WORDS, at + outcomeLength(words, at))];
}

function unpackOutcome(program, index, packed, from) {
  const words = new Uint32Array(OUTPUT_WORDS + 4096);
  nullOutcome(program.shapes[program.slotOf[index]], program.inputs.words, index * INPUT_WORDS, words);
  let at = from + 1;
  for (let i = 0; i < packed[from]; i++, at += 2) words[packed[at]] = packed[at + 1];
  const changeWords = words[OUT_CHANGE_COUNT] * CHANGE_WORDS;
  for (let i = 0; i < changeWords; i++) words[OUTPUT_WORDS + i] = packed[at++];
  return { words, next: at };
}

/**
 * `results`: one `{ form, program, words, starts }` a form of the set, from silicon. Returns the sizes of the files.
 */
export function writeVectors(set, seed, host, results) {
  const digests = [];
  const packed = [];
  const lines = results.map(({ form, program, words, starts }) => {
    const digest = createDigest();
    for (let i = 0; i < CASES_PER_FORM; i++) digest.add(i, words, starts[i]);
    for (let i = 0; i < FULL_PER_FORM; i++) packed.push(...packOutcome(program, i, words, starts[i]));
    digests.push(packNibbles(digest.nibbles));
    return JSON.stringify([form.name, form.row.flagsUndefined, hashInputs(program), digest.total()]);
  });
  const head = { format: FORMAT, seed, casesPerForm: CASES_PER_FORM, fullPerForm: FULL_PER_FORM, ...host };
  const json = `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "forms": [\n    ${lines.join(",\n    ")}\n  ]\n}\n`;
  const binary = Buffer.concat([...digests, Buffer.from(new Uint32Array(packed).buffer)]);
  writeFileSync(new URL(`${set}.json`, FOLDER), json);
  writeFileSync(new URL(`${set}.bin`, FOLDER), binary);
  return { jsonBytes: json.length, binaryBytes: binary.length };
}

/** Reads the committed files of a set. `forms` maps a form's name to what is stored of it. */
export function readVectors(set = "integer") {
  const head = JSON.parse(readFileSync(new URL(`${set}.json`, FOLDER), "utf8"));
  if (head.format !== FORMAT) throw new Error(`${fileURLToPath(FOLDER)}: format ${head.format}, not ${FORMAT}`);
  const binary = readFileSync(new URL(`${set}.bin`, FOLDER));
  const digestBytes = (head.forms.length * head.casesPerForm) / 2;
  const packed = new Uint32Array(
    binary.buffer.slice(binary.byteOffset + digestBytes, binary.byteOffset + binary.length),
  );
  const forms = new Map();
  let at = 0;
  for (const [index, [name, flagsUndefined, inputs, total]] of head.forms.entries()) {
    const nibbles = binary.subarray((index * head.casesPerForm) / 2, ((index + 1) * head.casesPerForm) / 2);
    const full = [];
    for (let i = 0; i < head.fullPerForm; i++) {
      full.push(at);
      const changeCount = findChangeCount(packed, at);
      at += 1 + 2 * packed[at] + changeCount * CHANGE_WORDS;
    }
    forms.set(name, { flagsUndefined, inputs, total, nibbles, full });
  }
  const background = createBackground(head.seed);
  return {
    seed: head.seed,
    vendor: head.vendor,
    model: head.model,
    casesPerForm: head.casesPerForm,
    forms,
    packed,
    background,
  };
}

function findChangeCount(packed, at) {
  for (let i = 0; i < packed[at]; i++) if (packed[at + 1 + 2 * i] === OUT_CHANGE_COUNT) return packed[at + 2 + 2 * i];
  return 0;
}

/**
 * Runs a form's vectors on `reference` (reference.mjs). Returns "" when every case did what silicon did, otherwise what
 * went wrong: the form, the first differing case with its inputs, and both outcomes where silicon's is stored. Where
 * `takes` leaves encodings out, each case is judged by its 4 bits of hash alone.
 *
 * @param {((program: Program, index: number, words: Uint32Array, translated: number) => void) | null} observe sees
 * every case
 * @param {((slot: number) => boolean) | null} takes whether the encoding in a slot is run; null: all are
 * @typedef {ReturnType<typeof createFormProgram>} Program
 */
export function checkForm(vectors, form, reference, observe = null, takes = null) {
  const stored = vectors.forms.get(form.name);
  if (stored === undefined) return `${form.name}: no vectors; capture them with: npm run vectors`;
  if (stored.flagsUndefined !== form.row.flagsUndefined) {
    return `${form.name}: the table leaves "${form.row.flagsUndefined}" undefined, the vectors mask "${stored.flagsUndefined}"; npm run vectors`;
  }
  const program = createFormProgram(form, vectors.seed, vectors.casesPerForm, vectors.background);
  if (hashInputs(program) !== stored.inputs)
    return `${form.name}: other inputs than the vectors were captured with; npm run vectors`;
  const digest = createDigest();
  let failure = "";
  let differing = 0;
  const visit = (index, words, translated) => {
    observe?.(program, index, words, translated);
    digest.add(index, words, 0);
    if (digest.nibbles[index] === ((stored.nibbles[index >> 1] >> (4 * (index & 1))) & 15)) return;
    differing++;
    if (failure === "") failure = describeCase(vectors, stored, program, index, words);
  };
  reference.run(program, visit, program.inputs.count, takes ?? undefined);
  if (takes === null ? digest.total() === stored.total : differing === 0) return "";
  return `${form.name}: at least ${Math.max(differing, 1)} of ${vectors.casesPerForm} cases differ from silicon\n${failure}`;
}

function describeCase(vectors, stored, program, index, words) {
  const lines = [`case ${index}`, formatInput(program.shapes[program.slotOf[index]], program.inputs, index)];
  if (index < stored.full.length) {
    const silicon = unpackOutcome(program, index, vectors.packed, stored.full[index]).words;
    if (!equalOutcomes(words, 0, silicon, 0)) lines.push(formatDifference(words, 0, silicon, 0));
  } else {
    const nothing = new Uint32Array(OUTPUT_WORDS);
    nullOutcome(program.shapes[program.slotOf[index]], program.inputs.words, index * INPUT_WORDS, nothing);
    lines.push("ours against doing nothing (silicon's outcome is stored as a hash; npm run fuzz:cpu shows it):");
    lines.push(formatDifference(words, 0, nothing, 0, "before"));
  }
  return lines.join("\n");
}
