/**
 * Makes byte strings for a row of the instruction table: random in everything that the row leaves open (registers,
 * memory forms, operand size, immediates), and read back by the decoder, so that a string is of the row it was made
 * for.
 */
import { decode, type Instruction, type Row } from "../../../dist/machine/isa/index.js";

export type Random = (bound: number) => number;

/** Mulberry32: numbers from 0 to bound - 1. */
export function createRandom(seed: number): Random {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

export interface Encoded {
  readonly instruction: Instruction;
  readonly bytes: Uint8Array;
}

const MAPS: { readonly [map: string]: readonly number[] } = {
  "1": [],
  "0f": [0x0f],
  "0f38": [0x0f, 0x38],
  "0f3a": [0x0f, 0x3a],
};
const VEX_MAPS: { readonly [map: string]: number } = { vex1: 1, vex2: 2, vex3: 3 };
const VEX_PREFIXES: { readonly [prefix: number]: number } = { 0: 0, 0x66: 1, 0xf3: 2, 0xf2: 3 };

function modrmOf(row: Row, random: Random): number {
  const wantsRegister = row.mod === "register" || (row.mod === null && random(2) === 0);
  const mod = wantsRegister ? 3 : random(3);
  return (mod << 6) | ((row.extension ?? random(8)) << 3) | (row.rm ?? random(8));
}

function vexBytes(row: Row, random: Random): number[] {
  const first = (random(8) << 5) | VEX_MAPS[row.map];
  const w = row.rexW ?? random(2);
  const v = row.operands.some((operand) => operand.startsWith("B")) ? random(16) : 15;
  return [0xc4, first, (w << 7) | (v << 3) | ((row.vexL ?? 0) << 2) | VEX_PREFIXES[row.prefix ?? 0]];
}

function legacyBytes(row: Row, random: Random): number[] {
  const bytes: number[] = [];
  if (row.semanticKey === "movs" || row.semanticKey === "cmps" || row.boundary === "repeat") {
    const repeat = random(3);
    if (repeat > 0) bytes.push(repeat === 1 ? 0xf3 : 0xf2);
  }
  if (row.prefix !== null && row.prefix !== 0) bytes.push(row.prefix);
  if (row.prefix !== 0x66 && random(4) === 0) bytes.push(0x66);
  if (random(12) === 0) bytes.push(0x67);
  const w = row.rexW ?? random(2);
  const b = row.rexB ?? random(2);
  if (random(3) > 0 || w === 1) bytes.push(0x40 | (w << 3) | (random(4) << 1) | b);
  return [...bytes, ...MAPS[row.map]];
}

/** One random instruction of the row. Throws when a thousand tries made none: the row cannot be reached. */
export function encodeRow(row: Row, random: Random): Encoded {
  const isVex = row.map.startsWith("vex");
  const hasRegisterInOpcode = row.operands.some((operand) => /^Z[a-z]$/.test(operand));
  for (let attempt = 0; attempt < 1000; attempt++) {
    const head = isVex ? vexBytes(row, random) : legacyBytes(row, random);
    const opcode = hasRegisterInOpcode ? (row.opcode & 0xf8) | random(8) : row.opcode;
    const tail = Array.from({ length: 14 }, () =>
      random(4) === 0 ? [0, 1, 0x7f, 0x80, 0xff][random(5)] : random(256),
    );
    const bytes = Uint8Array.from([...head, opcode, modrmOf(row, random), ...tail]);
    const result = decode(bytes, 0, bytes.length);
    if (result.kind === "instruction" && result.instruction.row === row)
      return { instruction: result.instruction, bytes: bytes.slice(0, result.instruction.lengthBytes) };
  }
  throw new Error(`no bytes found for ${row.name} (${row.encoding})`);
}
