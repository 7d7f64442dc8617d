/**
 * Forms: what instructions have in common that share their templates. Their shape is a number, of all that a meaning
 * may look at while it is bound: kinds and widths of operands, prefixes. Not in it are registers, immediates and
 * addresses: these are given (given.ts) when a template is used.
 */
import { type Instruction, type MemoryOperand, type Operand, RIP_BASE, Segment } from "../../../isa/instruction.js";
import { FIRST_GENERAL_OPERAND, FIRST_VECTOR, FIRST_VECTOR_OPERAND } from "../../ssa/index.js";

const WIDTH_NUMBERS: { readonly [width: number]: number } = { 8: 0, 16: 1, 32: 2, 64: 3, 128: 4 };

/** Below 32. */
function shapeOfOperand(operand: Operand): number {
  switch (operand.kind) {
    case "register":
      // mutant high-byte-is-low: return 1 + 2 * WIDTH_NUMBERS[operand.width];
      return 1 + 2 * WIDTH_NUMBERS[operand.width] + (operand.high ? 1 : 0);
    case "vector":
      return 11;
    case "memory":
      return 12 + WIDTH_NUMBERS[operand.width];
    case "immediate":
      return 17 + WIDTH_NUMBERS[operand.width];
    case "relative":
      return 22;
    case "segment":
      return 23 + operand.segment;
    case "control":
      return 29;
  }
}

/** `isShared`: it was seen to access shared pages. */
export function shapeOf({ operands, width, addressWidth, lock, segment }: Instruction, isShared: boolean): number {
  let shape = WIDTH_NUMBERS[width] * 8 + segment;
  shape = shape * 2 + (addressWidth === 32 ? 1 : 0);
  shape = shape * 2 + (lock ? 1 : 0);
  shape = shape * 2 + (isShared ? 1 : 0);
  for (let i = 0; i < operands.length; i++) shape = shape * 32 + shapeOfOperand(operands[i]);
  return shape;
}

/** A register as an operand names it: its place in WORD_NAMES; -1 for other operands. */
export function wordOf(operand: Operand): number {
  if (operand.kind === "register") return operand.register;
  return operand.kind === "vector" ? FIRST_VECTOR + operand.register : -1;
}

/**
 * Which places in WORD_NAMES an instruction's operands have in its template: that of the operand; of the first operand
 * that names the same register; or of the register itself, where the meaning names it too (`named`, a bit a register).
 * As one number, 6 bits an operand.
 */
export function placesOf(operands: readonly Operand[], named: number): number {
  let places = 0;
  for (let i = 0; i < operands.length; i++) {
    const word = wordOf(operands[i]);
    if (word < 0) continue;
    const isNamed = ((named >>> word) & 1) === 1;
    // mutant named-register-is-any: places |= placeOf(operands, i, word) << (6 * i);
    places |= (isNamed ? word : placeOf(operands, i, word)) << (6 * i);
  }
  return places;
}

/** Those of operands that all name different registers, which the meaning doesn't name. */
export function differentPlacesOf(operands: readonly Operand[]): number {
  let places = 0;
  operands.forEach((operand, i) => {
    if (operand.kind === "register") places |= (FIRST_GENERAL_OPERAND + i) << (6 * i);
    else if (operand.kind === "vector") places |= (FIRST_VECTOR_OPERAND + i) << (6 * i);
  });
  return places;
}

function placeOf(operands: readonly Operand[], operand: number, word: number): number {
  let first = 0;
  // mutant equal-registers-look-different: first = operand;
  while (first < operand && wordOf(operands[first]) !== word) first++;
  return (word < FIRST_VECTOR ? FIRST_GENERAL_OPERAND : FIRST_VECTOR_OPERAND) + first;
}

/** The place of an operand in what `placesOf` gives. */
export function placeIn(places: number, operand: number): number {
  return (places >>> (6 * operand)) & 63;
}

/** How the address of a memory operand is made. */
export function shapeOfAddress({ base, index, scale, displacement, segment, addressWidth }: MemoryOperand): number {
  let shape = base === RIP_BASE ? 2 : base >= 0 ? 1 : 0;
  shape = shape * 8 + (index >= 0 ? 1 + Math.log2(scale) : 0);
  shape = shape * 2 + (displacement === 0n ? 0 : 1);
  shape = shape * 3 + (segment === Segment.Fs ? 1 : segment === Segment.Gs ? 2 : 0);
  return shape * 2 + (addressWidth === 32 ? 1 : 0);
}

/** The immediates among the operands in `which`, a bit an operand, as one number; -1 where they are too wide. */
export function valuesOf({ operands }: Instruction, which: number): number {
  let values = 0;
  for (let i = 0; i < operands.length; i++) {
    const operand = operands[i];
    if (((which >>> i) & 1) === 0 || operand.kind !== "immediate") continue;
    if (operand.width > 16) return -1;
    values = values * 0x10000 + Number(operand.value);
  }
  return values;
}
