/**
 * Outcomes: what a case did, as words (layout.mjs), and how two of them are compared, hashed and shown.
 *
 * What is compared: 16 registers, RFLAGS without what the row leaves undefined, FS and GS base, RIP, what changed of
 * memory, XMM registers and MXCSR, exception with error code and CR2. Masks come from the row's `flagsUndefined` alone;
 * for shifts and rotates a count of 0 or 1 defines more than the row can say, and then more is compared.
 */
import {
  CHANGED_MXCSR,
  CHANGED_XMM,
  CHANGE_WORDS,
  COMPARED_FLAGS,
  COMPLETED,
  FLAG_BITS,
  INPUT_WORDS,
  IN_FLAGS,
  IN_FS,
  IN_GS,
  IN_MXCSR,
  OUTPUT_WORDS,
  OUT_CHANGE_COUNT,
  OUT_CR2,
  OUT_ERROR_CODE,
  OUT_FLAGS,
  OUT_FS,
  OUT_GS,
  OUT_RIP,
  OUT_VECTOR,
  REGISTER_NAMES,
  VECTOR_WORDS,
  WINDOW_BASE,
  flagMask,
} from "./layout.mjs";
import { hasVectors } from "./vector-cases.mjs";
import { normaliseVectors } from "./vector-outcome.mjs";

const VECTOR_NAMES = { 0: "#DE", 1: "#DB", 3: "#BP", 6: "#UD", 12: "#SS", 13: "#GP", 14: "#PF", 17: "#AC", 19: "#XM" };
const SHIFTS = ["rol", "ror", "rcl", "rcr", "shl", "shr", "sar", "shld", "shrd"];

/** RFLAGS bits to compare after a case that completed. */
export function comparedFlags(shape, inputWords, inputAt) {
  const { row, width } = shape.form;
  let undefinedFlags = flagMask(row.flagsUndefined);
  if (undefinedFlags !== 0 && SHIFTS.includes(row.semanticKey)) {
    const last = row.operands[row.operands.length - 1];
    const raw = last === "CL" ? inputWords[inputAt + 2] & 0xff : last === "1" ? 1 : shape.immediate;
    const count = raw & (width === 64 ? 63 : 31);
    if (count === 0) undefinedFlags = 0;
    if (count === 1) undefinedFlags &= ~FLAG_BITS.o;
  }
  return COMPARED_FLAGS & ~undefinedFlags;
}

/**
 * Brings an outcome to the form in which outcomes are equal or not: fall-through gets its RIP, flags are masked, and a
 * destination that the architecture leaves undefined is set to its input. Faults leave every flag to be compared.
 */
export function normalise(words, at, shape, inputs, index, vendor) {
  const inputWords = inputs.words;
  const inputAt = index * INPUT_WORDS;
  if (words[at + OUT_RIP] === 0 && words[at + OUT_RIP + 1] === 0)
    words[at + OUT_RIP] = shape.address + shape.bytes.length;
  const completed = words[at + OUT_VECTOR] === COMPLETED;
  if (completed) words[at + OUT_FLAGS] &= shape.comparedFlags ?? comparedFlags(shape, inputWords, inputAt);
  else words[at + OUT_FLAGS] &= shape.comparedFlagsAtFault ?? COMPARED_FLAGS;
  words[at + OUT_FLAGS + 1] = 0;
  normaliseVectors(words, at, shape, inputs, index);
  const isScan = shape.form.row.semanticKey === "bsf" || shape.form.row.semanticKey === "bsr";
  if (isScan && vendor !== "AuthenticAMD" && completed && (words[at + OUT_FLAGS] & FLAG_BITS.z) !== 0) {
    words[at + 2 * shape.reg] = inputWords[inputAt + 2 * shape.reg];
    words[at + 2 * shape.reg + 1] = inputWords[inputAt + 2 * shape.reg + 1];
  }
}

/** Words of the outcome at `at`, changes included. */
export function outcomeLength(words, at) {
  return OUTPUT_WORDS + words[at + OUT_CHANGE_COUNT] * CHANGE_WORDS;
}

/** A 32-bit hash of `length` words. */
export function hashWords(words, at, length, start = 0x811c9dc5) {
  let hash = start;
  for (let i = at; i < at + length; i++) {
    hash = Math.imul(hash ^ words[i], 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

export function equalOutcomes(a, aAt, b, bAt) {
  const length = outcomeLength(a, aAt);
  if (length !== outcomeLength(b, bAt)) return false;
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

/** The outcome of doing nothing: what stored outcomes are differences against. */
export function nullOutcome(shape, inputWords, inputAt, into) {
  into.fill(0, 0, OUTPUT_WORDS);
  for (let i = 0; i < 32; i++) into[i] = inputWords[inputAt + i];
  into[OUT_FLAGS] = inputWords[inputAt + IN_FLAGS];
  for (let i = 0; i < 2; i++) {
    into[OUT_FS + i] = inputWords[inputAt + IN_FS + i];
    into[OUT_GS + i] = inputWords[inputAt + IN_GS + i];
  }
  into[OUT_RIP] = shape.address + shape.bytes.length;
  into[OUT_VECTOR] = COMPLETED;
}

const hex64 = (words, at) => ((BigInt(words[at + 1]) << 32n) | BigInt(words[at])).toString(16).padStart(16, "0");

export function formatFlags(value) {
  const names = Object.entries(FLAG_BITS)
    .map(([letter, bit]) => (value & bit ? letter.toUpperCase() : letter))
    .join("");
  return `${names} (0x${value.toString(16)})`;
}

/** All of a case's input, for people. */
export function formatInput(shape, inputs, index) {
  const { words, vectors } = inputs;
  const at = index * INPUT_WORDS;
  const lines = [
    `code ${shape.bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")} at 0x${shape.address.toString(16)}`,
  ];
  for (let row = 0; row < 16; row += 4) {
    lines.push(
      [0, 1, 2, 3].map((i) => `${REGISTER_NAMES[row + i].padStart(3)} ${hex64(words, at + 2 * (row + i))}`).join("  "),
    );
  }
  lines.push(
    `flags ${formatFlags(words[at + IN_FLAGS])}  fs ${hex64(words, at + IN_FS)}  gs ${hex64(words, at + IN_GS)}`,
  );
  for (let i = 0; i < words[at + 39]; i++) {
    const patch = at + 40 + 6 * i;
    const bytes = new Uint8Array(words.buffer, words.byteOffset + (patch + 2) * 4, words[patch + 1]);
    lines.push(
      `memory 0x${(WINDOW_BASE + words[patch]).toString(16)}: ${Buffer.from(bytes).toString("hex")} (lowest byte first)`,
    );
  }
  if (hasVectors(shape)) lines.push(...formatVectors(shape, vectors, index * VECTOR_WORDS));
  return lines.join("\n");
}

/** MXCSR and the XMM registers that an instruction names; all of them for a sequence. */
function formatVectors(shape, vectors, at) {
  const named = shape.instructionCount === undefined ? [0, shape.vectorReg, shape.vectorRm] : REGISTER_NAMES.keys();
  const lines = [`mxcsr ${vectors[at + IN_MXCSR].toString(16)}`];
  for (const register of new Set(named)) {
    if (register < 0) continue;
    lines.push(`xmm${register} ${hex64(vectors, at + 4 * register + 2)}_${hex64(vectors, at + 4 * register)}`);
  }
  return lines;
}

/** What differs between two outcomes, one line each. `name` says whose the second is. */
export function formatDifference(ours, oursAt, theirs, theirsAt, name = "silicon") {
  const lines = [];
  const show = (part, a, b) => {
    if (a !== b) lines.push(`${part.padEnd(7)} ours ${a}  ${name} ${b}`);
  };
  for (let i = 0; i < 16; i++) show(REGISTER_NAMES[i], hex64(ours, oursAt + 2 * i), hex64(theirs, theirsAt + 2 * i));
  show("flags", formatFlags(ours[oursAt + OUT_FLAGS]), formatFlags(theirs[theirsAt + OUT_FLAGS]));
  show("fs", hex64(ours, oursAt + OUT_FS), hex64(theirs, theirsAt + OUT_FS));
  show("gs", hex64(ours, oursAt + OUT_GS), hex64(theirs, theirsAt + OUT_GS));
  show("rip", hex64(ours, oursAt + OUT_RIP), hex64(theirs, theirsAt + OUT_RIP));
  show("cr2", hex64(ours, oursAt + OUT_CR2), hex64(theirs, theirsAt + OUT_CR2));
  show("trap", formatTrap(ours, oursAt), formatTrap(theirs, theirsAt));
  show("changed", formatChanges(ours, oursAt), formatChanges(theirs, theirsAt));
  return lines.join("\n");
}

export function formatTrap(words, at) {
  const vector = words[at + OUT_VECTOR];
  if (vector === COMPLETED) return "none";
  return `${VECTOR_NAMES[vector] ?? vector}(${words[at + OUT_ERROR_CODE]})`;
}

function formatChanges(words, at) {
  const changes = [];
  for (let i = 0; i < words[at + OUT_CHANGE_COUNT]; i++) {
    const change = at + OUTPUT_WORDS + i * CHANGE_WORDS;
    changes.push(`${nameChanged(words[change])}=${hex64(words, change + 2)}`);
  }
  return changes.length === 0 ? "nothing" : changes.join(" ");
}

function nameChanged(word) {
  if (word === CHANGED_MXCSR) return "mxcsr";
  if (word < CHANGED_XMM) return `0x${(WINDOW_BASE + 8 * word).toString(16)}`;
  return `xmm${(word - CHANGED_XMM) >> 1}.${word & 1 ? "high" : "low"}`;
}
