/**
 * What of the vector part of an outcome the architecture leaves open, made equal where both keep to it.
 *
 * RCP and RSQRT: any value within the bound counts as the same. FXSAVE: the mask of MXCSR has a bit more on AMD
 * processors, which have a mode of misaligned operands. Where the image of FXSAVE or FXRSTOR crosses into a page that
 * isn't there, AMD's give the address of its last byte, so CR2 is compared by its page.
 */
import { isNormal32, withinReciprocalBound, withinReciprocalSquareRootBound } from "./float/bounds.mjs";
import {
  CHANGED_XMM,
  CHANGE_WORDS,
  COMPLETED,
  INPUT_WORDS,
  IN_MXCSR,
  IN_PATCHES,
  OUTPUT_WORDS,
  OUT_CHANGE_COUNT,
  OUT_CR2,
  OUT_VECTOR,
  VECTOR_WORDS,
} from "./layout.mjs";

const SIGN = 0x80000000;
/** Stands for every value within the bound. */
const WITHIN_BOUND = 0x0b0b0b0b;
const MASK_OF_AMD = 0x2ffff;
const MASK = 0xffff;
const PAGE = 0xfffff000;

/** Normalises the vector part of an outcome. */
export function normaliseVectors(words, at, shape, inputs, index) {
  const { semanticKey, mnemonic } = shape.form.row;
  if (semanticKey === "fxsave" || semanticKey === "fxrstor") words[at + OUT_CR2] &= PAGE;
  if (words[at + OUT_VECTOR] !== COMPLETED) return;
  if (semanticKey === "fxsave") normaliseMask(words, at, inputs.vectors[index * VECTOR_WORDS + IN_MXCSR]);
  else if (/^R(SQRT|CP)[PS]S$/.test(mnemonic ?? "")) normaliseReciprocal(words, at, shape, inputs, index);
}

function* changesOf(words, at) {
  for (let i = 0; i < words[at + OUT_CHANGE_COUNT]; i++) yield at + OUTPUT_WORDS + i * CHANGE_WORDS;
}

function normaliseMask(words, at, mxcsr) {
  for (const change of changesOf(words, at))
    if (words[change + 2] === mxcsr && words[change + 3] === MASK_OF_AMD) words[change + 3] = MASK;
}

function normaliseReciprocal(words, at, shape, inputs, index) {
  const { mnemonic } = shape.form.row;
  const isRoot = mnemonic.startsWith("RSQRT");
  const laneCount = mnemonic.endsWith("PS") ? 4 : 1;
  const isWithin = isRoot ? withinReciprocalSquareRootBound : withinReciprocalBound;
  const [source, from] =
    shape.vectorRm >= 0
      ? [inputs.vectors, index * VECTOR_WORDS + 4 * shape.vectorRm]
      : [inputs.words, index * INPUT_WORDS + IN_PATCHES + 2];
  for (const change of changesOf(words, at)) {
    const half = words[change] - CHANGED_XMM - 2 * shape.vectorReg;
    if (half !== 0 && half !== 1) continue;
    for (let lane = 2 * half; lane < Math.min(2 * half + 2, laneCount); lane++) {
      const operand = source[from + lane];
      const place = change + 2 + (lane & 1);
      const isOpen = isNormal32(BigInt(operand)) && !(isRoot && operand >= SIGN);
      if (isOpen && isWithin(BigInt(operand), BigInt(words[place]))) words[place] = WITHIN_BOUND;
    }
  }
}
