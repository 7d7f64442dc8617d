/**
 * Cases for the rows on vectors: for each form (row, W, register or memory) instructions over fixed registers, with
 * operands that lean to corners of integers, floats and strings. The same seed makes the same cases everywhere.
 *
 * The layout of a case is `struct state` of vector-native.c.
 */
import { decode, type Instruction, type Row } from "../../../dist/machine/isa/index.js";
import { createRandom, type Random } from "./row-encoder.js";

export const STATE_BYTES = 192;
export const XMM_PLACE = 16;
export const REGISTERS_PLACE = 80;
export const FLAGS_PLACE = 112;
export const MXCSR_PLACE = 120;
export const VECTOR_PLACE = 124;
export const MEMORY_PLACE = 128;
/** Of the operand within the memory. */
export const OPERAND_PLACE = 16;

export interface VectorForm {
  readonly name: string;
  readonly row: Row;
  readonly isWide: boolean;
  readonly kind: "register" | "same" | "memory";
}

const STATE_KEYS = new Set(["fxsave", "fxrstor"]);
const VECTOR_KEYS = new Set(["ldmxcsr", "stmxcsr", "crc32"]);
const FLOAT_KEYS = /^(add|sub|mul|div|sqrt|min|max|rcp|rsqrt|cmp|u?comis|cvt|round|dp|h?addsub|hadd|hsub)/;

/** Rows on XMM registers, and those that came with them. */
export function isVectorRow(row: Row): boolean {
  return row.operands.some((operand) => /^[VWU][a-z]+$/.test(operand)) || VECTOR_KEYS.has(row.semanticKey);
}

export function enumerateVectorForms(rows: readonly Row[]): VectorForm[] {
  const forms: VectorForm[] = [];
  for (const row of rows) {
    if (!isVectorRow(row) || STATE_KEYS.has(row.semanticKey)) continue;
    const widths =
      row.rexW !== null
        ? [row.rexW === 1]
        : row.operands.some((one) => /^[GE]y$|^RM|^Ev$/.test(one))
          ? [false, true]
          : [false];
    const kinds: VectorForm["kind"][] = [];
    if (row.mod !== "memory") kinds.push("register");
    if (row.mod !== "memory" && row.operands.length > 1 && row.extension === null) kinds.push("same");
    if (row.mod !== "register") kinds.push("memory");
    for (const isWide of widths)
      for (const kind of kinds) forms.push({ name: `${row.name}${isWide ? " W" : ""} ${kind}`, row, isWide, kind });
  }
  return forms;
}

const ESCAPES: { readonly [map: string]: readonly number[] } = {
  "0f": [0x0f],
  "0f38": [0x0f, 0x38],
  "0f3a": [0x0f, 0x3a],
};

/** Over xmm1 and xmm2, rcx and rdx, or memory at rsi. */
export function encodeForm({ row, isWide, kind }: VectorForm, immediate: number, isHalf: boolean): Uint8Array {
  const bytes: number[] = [];
  if (isHalf) bytes.push(0x66);
  if (row.prefix !== null && row.prefix !== 0) bytes.push(row.prefix);
  if (isWide) bytes.push(0x48);
  const reg = row.extension ?? 1;
  const rm = kind === "same" ? 1 : 2;
  bytes.push(...ESCAPES[row.map], row.opcode, kind === "memory" ? (reg << 3) | 6 : 0xc0 | (reg << 3) | rm);
  if (row.operands.includes("Ib")) bytes.push(immediate);
  return Uint8Array.from(bytes);
}

const CORNERS_32 = [
  0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001,
  0x7fffffff, 0xffffffff, 1, 0x80000001, 0x7fffff, 0x800000, 0x7f7fffff, 0xff7fffff, 0x3f000000, 0x3fc00000, 0x40200000,
  0x4f000000, 0xcf000000, 0x4effffff, 0x5f000000, 0xdf000000, 0x33800000, 0x34000000, 0x00ffffff, 0x4b000001,
  0x4b800001, 0xbf000000, 0x7fa12345, 0xffd54321, 0x20000000, 0x1f800000, 0x60000000, 0x00008000, 0x7fff8000,
  0x80008000, 0x00010000, 0x7f, 0x80, 0xff,
];
const CORNERS_64 = [
  0n,
  1n << 63n,
  0x3ff0000000000000n,
  0xbff0000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0xfff8000000000000n,
  0x7ff0000000000001n,
  0xfff0000000000001n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
  1n,
  0x8000000000000001n,
  0xfffffffffffffn,
  0x10000000000000n,
  0x7fefffffffffffffn,
  0xffefffffffffffffn,
  0x3fe0000000000000n,
  0x3ff8000000000000n,
  0x4004000000000000n,
  0x41dfffffffc00000n,
  0x41e0000000000000n,
  0xc1e0000000000000n,
  0xc1e0000000200000n,
  0x43e0000000000000n,
  0xc3e0000000000000n,
  0x47efffffe0000000n,
  0x47efffffefffffffn,
  0x47effffff0000000n,
  0x3810000000000000n,
  0x380fffffffffffffn,
  0x36a0000000000000n,
  0x3690000000000000n,
  0x3690000000000001n,
  0x4330000000000001n,
  0x3fefffffffffffffn,
  0x7ff4123456789abcn,
  0xfffc123456789abcn,
  0x1ff0000000000000n,
  0x5ff0000000000000n,
  0x80n,
  0x40n,
  0x3fn,
];

function random64(random: Random): bigint {
  let value = 0n;
  for (let part = 0; part < 4; part++) value = (value << 16n) | BigInt(random(0x10000));
  return value;
}

function fillVector(view: DataView, at: number, random: Random): void {
  const style = random(10);
  for (let word = 0; word < 16; word += 4) view.setUint32(at + word, random(65536) * 65536 + random(65536), true);
  if (style < 3) {
    for (let lane = 0; lane < 16; lane += 4)
      if (random(4) > 0) view.setUint32(at + lane, CORNERS_32[random(CORNERS_32.length)], true);
  } else if (style < 6) {
    for (let lane = 0; lane < 16; lane += 8)
      if (random(4) > 0) view.setBigUint64(at + lane, CORNERS_64[random(CORNERS_64.length)], true);
  } else if (style === 6) {
    // A text of few letters, with its end somewhere.
    const base = random(2) === 0 ? 0x61 : 0x7e;
    for (let byte = 0; byte < 16; byte++) view.setUint8(at + byte, random(12) === 0 ? 0 : base + random(4));
  } else if (style === 7) {
    for (let lane = 0; lane < 16; lane += 2) view.setUint16(at + lane, random(9) === 0 ? 0 : 0x60 + random(3), true);
  } else if (style === 8) {
    // Floats of moderate size, which meet each other's exponents.
    for (let lane = 0; lane < 16; lane += 4)
      view.setUint32(at + lane, (random(2) * 0x80000000 + 0x3d000000 + random(0x05000000)) >>> 0, true);
    if (random(2) === 0)
      for (let lane = 0; lane < 16; lane += 8)
        view.setBigUint64(
          at + lane,
          (BigInt(random(2)) << 63n) | ((0x3e0n + BigInt(random(0x60))) << 52n) | (random64(random) >> 12n),
          true,
        );
  }
}

function fillRegister(random: Random): bigint {
  const style = random(4);
  if (style === 0) return CORNERS_64[random(CORNERS_64.length)];
  if (style === 1) return BigInt.asUintN(64, BigInt(random(40)) - 20n);
  if (style === 2) return BigInt(CORNERS_32[random(CORNERS_32.length)]);
  return random64(random);
}

export interface VectorCase {
  readonly instruction: Instruction;
  /** `struct state` before. */
  readonly state: Uint8Array;
}

/** The cases of a form. Names, not places in the table, decide what they are. */
export function casesOf(form: VectorForm, count: number): VectorCase[] {
  let seed = 17;
  for (const letter of form.name) seed = (Math.imul(seed, 31) + letter.charCodeAt(0)) | 0;
  const random = createRandom(seed);
  const isFloat = FLOAT_KEYS.test(form.row.semanticKey);
  const cases: VectorCase[] = [];
  while (cases.length < count) {
    const isHalf = form.row.operands.includes("Ev") && !form.isWide && random(2) === 0;
    const bytes = encodeForm(form, random(256), isHalf);
    const state = new Uint8Array(STATE_BYTES);
    const view = new DataView(state.buffer);
    state.set(bytes);
    state[bytes.length] = 0xc3;
    for (let at = XMM_PLACE; at < REGISTERS_PLACE; at += 16) fillVector(view, at, random);
    // Equal and nearly equal operands now and then.
    if (random(5) === 0) state.copyWithin(XMM_PLACE + 32, XMM_PLACE + 16, XMM_PLACE + 32);
    if (random(10) === 0) state[XMM_PLACE + 32 + random(16)] ^= 1 << random(8);
    for (let register = 0; register < 4; register++)
      view.setBigUint64(REGISTERS_PLACE + 8 * register, fillRegister(random), true);
    view.setUint32(FLAGS_PLACE, 0x202 | (random(0x1000) & 0x8d5), true);
    view.setUint32(MXCSR_PLACE, mxcsrOf(random, isFloat), true);
    for (let at = MEMORY_PLACE; at < STATE_BYTES; at += 16) fillVector(view, at, random);
    if (random(5) === 0) state.copyWithin(MEMORY_PLACE + OPERAND_PLACE, XMM_PLACE + 16, XMM_PLACE + 32);
    // Shifts want counts that are in range; LDMXCSR what it takes.
    if (random(2) === 0 && /^ps[lr][la]/.test(form.row.semanticKey))
      for (const at of [XMM_PLACE + 32, MEMORY_PLACE + OPERAND_PLACE]) view.setBigUint64(at, BigInt(random(70)), true);
    if (form.row.semanticKey === "ldmxcsr" && random(4) > 0) view.setUint16(MEMORY_PLACE + OPERAND_PLACE + 2, 0, true);
    const result = decode(state, 0, bytes.length);
    if (result.kind !== "instruction" || result.instruction.row !== form.row)
      throw new Error(`${form.name}: these bytes are not of the row`);
    cases.push({ instruction: result.instruction, state });
  }
  return cases;
}

/** Mostly masked; all roundings; DAZ and FTZ in a quarter; for floats some with exceptions unmasked. */
function mxcsrOf(random: Random, isFloat: boolean): number {
  let mxcsr = 0x1f80 | (random(4) << 13);
  if (random(4) === 0) mxcsr |= 0x40;
  if (random(4) === 0) mxcsr |= 0x8000;
  if (random(3) === 0) mxcsr |= random(64);
  if (isFloat && random(5) === 0) mxcsr &= ~(random(64) << 7);
  return mxcsr;
}
