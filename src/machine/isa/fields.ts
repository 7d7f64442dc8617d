/**
 * One encoded instruction written from its fields: prefixes, REX or VEX, opcode, ModRM, SIB, displacement, immediates.
 *
 * The fields may be odd ones (a REX prefix that does nothing, a displacement that is longer than it need be): what
 * makes sense is for the caller to know. encode.ts makes fields of operands. Spec: SDM volume 2, chapter 2.
 */
import { RIP_BASE, Segment, type Row } from "./instruction.js";
import type { RepeatPrefix } from "./instruction.js";
import { needsModrm } from "./operands.js";

/** A memory operand in ModRM and SIB. Registers by number; no base and no index are -1, RIP as a base is RIP_BASE. */
export interface MemoryField {
  readonly base: number;
  readonly index: number;
  readonly scaleLog2: number;
  /** Where the base is RIP, it counts from the end of the instruction. */
  readonly displacement: number;
  /** As few as will do where it isn't said. Without a base, and from RIP, there are always four. */
  readonly displacementBytes?: 0 | 1 | 4;
}

/** What a row leaves open. Registers are numbers from 0 to 15. */
export interface Fields {
  /** ModRM.reg, where it is no opcode extension. */
  readonly reg?: number;
  /** ModRM.rm, where it is a register. */
  readonly rm?: number;
  readonly memory?: MemoryField | null;
  /** VEX.vvvv. */
  readonly vvvv?: number;
  /** The register in bits 2 to 0 of the opcode. */
  readonly opcodeRegister?: number;
  /** Immediates, branch displacements and absolute offsets, as bytes in their order. */
  readonly immediate?: readonly number[];
  /** 66h as the operand size; a mandatory 66h is the row's. */
  readonly isHalf?: boolean;
  readonly isWide?: boolean;
  /** A REX prefix though no bit of it is set: then SPL to DIL take the place of AH to BH. */
  readonly hasRex?: boolean;
  readonly isAddress32?: boolean;
  readonly lock?: boolean;
  readonly repeat?: RepeatPrefix;
  readonly segment?: Segment;
}

/** Where parts that a label may decide lie within the bytes; -1 for none. */
export interface Encoded {
  readonly bytes: number[];
  readonly displacementAt: number;
  readonly immediateAt: number;
}

const ESCAPES: { readonly [M in Row["map"]]?: readonly number[] } = {
  "0f": [0x0f],
  "0f38": [0x0f, 0x38],
  "0f3a": [0x0f, 0x3a],
};
const VEX_MAPS: { readonly [M in Row["map"]]?: number } = { vex1: 1, vex2: 2, vex3: 3 };
const VEX_PREFIXES = [0, 0x66, 0xf3, 0xf2];

export const littleEndian = (value: number | bigint, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));

const isSignedByte = (value: number): boolean => value >= -128 && value < 128;
const highBit = (register: number | undefined): number => (register ?? 0) >> 3;

/** The bytes of an instruction, prefixes in a fixed order. */
export function encodeFields(row: Row, fields: Fields): Encoded {
  const { memory = null, opcodeRegister, immediate = [] } = fields;
  const hasModrm = row.extension !== null || row.mod !== null || row.operands.some(needsModrm);
  const bytes = legacyPrefixes(row, fields);
  const base = memory === null ? fields.rm : memory.base === RIP_BASE || memory.base < 0 ? 0 : memory.base;
  const b = opcodeRegister === undefined ? (hasModrm ? highBit(base) : 0) : highBit(opcodeRegister);
  const x = memory === null || memory.index < 0 ? 0 : highBit(memory.index);
  const r = hasModrm ? highBit(fields.reg) : 0;
  const w = fields.isWide === true ? 1 : 0;
  const vexMap = VEX_MAPS[row.map];
  if (vexMap === undefined) {
    const rex = 0x40 | (w << 3) | (r << 2) | (x << 1) | b;
    if (rex !== 0x40 || fields.hasRex === true) bytes.push(rex);
    bytes.push(...(ESCAPES[row.map] ?? []));
  } else {
    // The form of two bytes has map 0F only.
    const vvvv = (fields.vvvv ?? 0) ^ 15;
    const pp = VEX_PREFIXES.indexOf(row.prefix ?? 0);
    bytes.push(0xc4, ((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | vexMap);
    bytes.push((w << 7) | (vvvv << 3) | ((row.vexL ?? 0) << 2) | pp);
  }
  bytes.push(row.opcode | ((opcodeRegister ?? 0) & 7));
  const displacementAt = hasModrm ? appendModrm(bytes, row, fields, memory) : -1;
  const immediateAt = immediate.length > 0 ? bytes.length : -1;
  bytes.push(...immediate);
  return { bytes, displacementAt, immediateAt };
}

function legacyPrefixes(row: Row, fields: Fields): number[] {
  const bytes: number[] = [];
  if (fields.segment === Segment.Fs) bytes.push(0x64);
  if (fields.segment === Segment.Gs) bytes.push(0x65);
  if (fields.isAddress32 === true) bytes.push(0x67);
  if (fields.isHalf === true) bytes.push(0x66);
  if (fields.lock === true) bytes.push(0xf0);
  if (fields.repeat === "rep") bytes.push(0xf3);
  if (fields.repeat === "repne") bytes.push(0xf2);
  if (row.prefix !== null && row.prefix !== 0 && VEX_MAPS[row.map] === undefined) bytes.push(row.prefix);
  return bytes;
}

/** Returns where the displacement begins, or -1. */
function appendModrm(bytes: number[], row: Row, fields: Fields, memory: MemoryField | null): number {
  const reg = ((row.extension ?? fields.reg ?? 0) & 7) << 3;
  if (memory === null) {
    bytes.push(0xc0 | reg | ((row.rm ?? fields.rm ?? 0) & 7));
    return -1;
  }
  const { base, index, scaleLog2, displacement } = memory;
  if (base === RIP_BASE) {
    bytes.push(reg | 5);
  } else {
    const count = displacementBytes(memory);
    const mod = base < 0 ? 0 : count === 0 ? 0 : count === 1 ? 1 : 2;
    const needsSib = index >= 0 || base < 0 || (base & 7) === 4;
    if (needsSib) {
      const sibIndex = index < 0 ? 4 : index & 7;
      bytes.push((mod << 6) | reg | 4, (scaleLog2 << 6) | (sibIndex << 3) | (base < 0 ? 5 : base & 7));
    } else bytes.push((mod << 6) | reg | (base & 7));
    if (count === 0) return -1;
    bytes.push(...littleEndian(displacement, count));
    return bytes.length - count;
  }
  bytes.push(...littleEndian(displacement, 4));
  return bytes.length - 4;
}

function displacementBytes({ base, displacement, displacementBytes: given }: MemoryField): 0 | 1 | 4 {
  if (base < 0 || base === RIP_BASE) return 4;
  if (given !== undefined) return given;
  // RBP and R13 have no form without a displacement.
  if (displacement === 0 && (base & 7) !== 5) return 0;
  return isSignedByte(displacement) ? 1 : 4;
}
