/**
 * The decoder: bytes and the table make an Instruction.
 *
 * Invariant: it never throws and never reads past the bytes that it is given, whatever they are. Its result depends on
 * nothing else, so it may be cached for as long as the bytes stay the same.
 * Spec: SDM volume 2, chapter 2 and appendix A. Where vendors differ in decoding (66h before near branches), Intel.
 */
import { hexByte } from "../../hex.js";
import {
  beginEncoding,
  type Encoding,
  mandatoryPrefix,
  MAXIMUM_LENGTH_BYTES,
  readByte,
  readMemory,
  readPrefixes,
  skipBytes,
} from "./encoding.js";
import { Segment, type OperandSize, type Row } from "./instruction.js";
import type { Instruction, Operand, RepeatPrefix, Width } from "./instruction.js";
import { type Candidate, candidatesAt, matches } from "./lookup.js";
import {
  absentHasModrm,
  absentImmediateBytes,
  absentInstructions,
  findAbsent,
  hasImmediateIn0F,
} from "./table/absent.js";

/**
 * An instruction that exists elsewhere: #UD here. `lengthBytes` is 0 when the bytes ended before the instruction did.
 */
export interface AbsentInstruction {
  readonly kind: "absent";
  /** Such as "VMULSD", or map and opcode where only the family is known: "EVEX.66.0F38 58". */
  readonly mnemonic: string;
  /** CPUID feature or family: "MMX", "x87", "AVX-512". "64-bit": 64-bit mode has no such instruction. */
  readonly feature: string;
  readonly lengthBytes: number;
}

export type DecodeResult =
  | { readonly kind: "instruction"; readonly instruction: Instruction }
  | AbsentInstruction
  /** No instruction of any processor that we know, or a forbidden combination such as LOCK on MOV: #UD. */
  | { readonly kind: "invalid" }
  /** More bytes than `available` are needed: fetch the next page, or fault there. */
  | { readonly kind: "incomplete" }
  /** More than 15 bytes: #GP(0). */
  | { readonly kind: "too-long" };

const INVALID: DecodeResult = { kind: "invalid" };
const INCOMPLETE: DecodeResult = { kind: "incomplete" };
const TOO_LONG: DecodeResult = { kind: "too-long" };

/** Decodes the instruction at `offset`, of which `available` bytes can be fetched (15 are always enough). */
export function decode(bytes: Uint8Array, offset: number, available: number): DecodeResult {
  const encoding = beginEncoding(bytes, offset, Math.min(available, bytes.length - offset));
  const result = decodeAt(encoding, offset);
  if (!encoding.overrun || result.kind === "invalid") return result;
  if (encoding.end - offset === MAXIMUM_LENGTH_BYTES) return TOO_LONG;
  return result.kind === "absent" ? result : INCOMPLETE;
}

/** The result is meaningless when `encoding.overrun` is set, unless it says that this is no instruction of ours. */
function decodeAt(encoding: Encoding, offset: number): DecodeResult {
  const first = readPrefixes(encoding);
  if (encoding.overrun) return INCOMPLETE;
  switch (first) {
    case 0x0f:
      return decodeTwoByte(encoding, offset);
    case 0x62:
      return decodeEvex(encoding, offset);
    case 0x8f:
      return decodeXopOrPop(encoding, offset);
    case 0xc4:
    case 0xc5:
      return decodeVex(encoding, offset, first);
    default:
      return decodeOpcode(encoding, offset, "1", first);
  }
}

function decodeTwoByte(encoding: Encoding, offset: number): DecodeResult {
  const second = readByte(encoding);
  if (encoding.overrun) return INCOMPLETE;
  if (second === 0x0f) {
    // 3DNow!: the opcode comes last.
    encoding.modrm = readByte(encoding);
    return absent(encoding, offset, "0F 0F", "3DNow!", 1);
  }
  if (second !== 0x38 && second !== 0x3a) return decodeOpcode(encoding, offset, "0f", second);
  const third = readByte(encoding);
  if (encoding.overrun) return INCOMPLETE;
  return decodeOpcode(encoding, offset, second === 0x38 ? "0f38" : "0f3a", third);
}

const VEX_PREFIXES = [0, 0x66, 0xf3, 0xf2] as const;
const hasForbiddenPrefix = (encoding: Encoding): boolean =>
  encoding.lock || encoding.operandSize || encoding.repeat !== 0 || encoding.hasRex;

/**
 *  C5:  R' vvvv L pp             C4:  R' X' B' mmmmm   W vvvv L pp          (R', X', B', vvvv stored inverted)
 */
function decodeVex(encoding: Encoding, offset: number, first: number): DecodeResult {
  if (hasForbiddenPrefix(encoding)) return INVALID;
  const payload = readByte(encoding);
  encoding.r = (payload & 0x80) === 0 ? 8 : 0;
  let map = 1;
  let last = payload;
  if (first === 0xc4) {
    encoding.x = (payload & 0x40) === 0 ? 8 : 0;
    encoding.b = (payload & 0x20) === 0 ? 8 : 0;
    map = payload & 0x1f;
    last = readByte(encoding);
    encoding.w = (last & 0x80) === 0 ? 0 : 1;
  }
  encoding.vexV = (~last >> 3) & 15;
  encoding.vexL = (last >> 2) & 1;
  applyVexPrefix(encoding, last & 3);
  const opcode = readByte(encoding);
  if (encoding.overrun) return INCOMPLETE;
  if (map < 1 || map > 3) return INVALID;
  return decodeOpcode(encoding, offset, map === 1 ? "vex1" : map === 2 ? "vex2" : "vex3", opcode);
}

function applyVexPrefix(encoding: Encoding, pp: number): void {
  const prefix = VEX_PREFIXES[pp];
  encoding.operandSize = prefix === 0x66;
  encoding.repeat = prefix === 0xf2 || prefix === 0xf3 ? prefix : 0;
}

const EVEX_MAPS: readonly (string | undefined)[] = [undefined, "0F", "0F38", "0F3A", undefined, "MAP5", "MAP6"];
const PREFIX_NAMES = ["NP", "66", "F3", "F2"] as const;
/** AVX-512: we know where such an instruction ends, and its place in the maps. */
function decodeEvex(encoding: Encoding, offset: number): DecodeResult {
  if (hasForbiddenPrefix(encoding)) return INVALID;
  const payload = readByte(encoding);
  const second = readByte(encoding);
  readByte(encoding);
  const opcode = readByte(encoding);
  encoding.modrm = readByte(encoding);
  if (encoding.overrun) return INCOMPLETE;
  const map = EVEX_MAPS[payload & 7];
  if (map === undefined || (payload & 8) !== 0 || (second & 4) === 0) return INVALID;
  const hasImmediate = map === "0F3A" || (map === "0F" && hasImmediateIn0F(opcode));
  const name = `EVEX.${PREFIX_NAMES[second & 3]}.${map} ${hexByte(opcode)}`;
  return absent(encoding, offset, name, "AVX-512", hasImmediate ? 1 : 0);
}

/** 8F is POP with ModRM.reg 0; with a map number of 8 or more in that place it is AMD's XOP. */
function decodeXopOrPop(encoding: Encoding, offset: number): DecodeResult {
  const payload = readByte(encoding);
  if (encoding.overrun) return INCOMPLETE;
  const map = payload & 0x1f;
  if (map < 8) {
    encoding.position--;
    return decodeOpcode(encoding, offset, "1", 0x8f);
  }
  if (hasForbiddenPrefix(encoding) || map > 10) return INVALID;
  readByte(encoding);
  const opcode = readByte(encoding);
  encoding.modrm = readByte(encoding);
  if (encoding.overrun) return INCOMPLETE;
  return absent(encoding, offset, `XOP.${map} ${hexByte(opcode)}`, "XOP", map === 8 ? 1 : map === 10 ? 4 : 0);
}

function decodeOpcode(encoding: Encoding, offset: number, map: Row["map"], opcode: number): DecodeResult {
  encoding.opcode = opcode;
  const rowsHere = candidatesAt(map, opcode);
  const hasModrm = rowsHere === undefined ? absentHasModrm(map, opcode) : rowsHere[0].hasModrm;
  if (rowsHere === undefined && absentInstructions(map)[opcode] === undefined) return INVALID;
  if (hasModrm) {
    encoding.modrm = readByte(encoding);
    if (encoding.overrun) return INCOMPLETE;
  }
  if (rowsHere !== undefined)
    for (const candidate of rowsHere) if (matches(candidate, encoding)) return decodeRow(encoding, offset, candidate);
  if (encoding.lock) return INVALID;
  const prefix = mandatoryPrefix(encoding);
  const entry = findAbsent(map, opcode, { modrm: encoding.modrm, prefix, w: encoding.w, l: encoding.vexL });
  if (entry === null) return INVALID;
  if (!hasModrm) encoding.modrm = 0xc0;
  const isHalf = encoding.operandSize && encoding.w === 0;
  return absent(encoding, offset, entry.mnemonic, entry.feature, absentImmediateBytes(map, opcode, prefix, isHalf));
}

/** ModRM is read; what follows it is skipped, to know the length. */
function absent(
  encoding: Encoding,
  offset: number,
  mnemonic: string,
  feature: string,
  immediateBytes: number,
): DecodeResult {
  if (encoding.lock) return INVALID;
  if (encoding.modrm < 0xc0) readMemory(encoding);
  skipBytes(encoding, immediateBytes);
  return { kind: "absent", mnemonic, feature, lengthBytes: encoding.overrun ? 0 : encoding.position - offset };
}

function decodeRow(encoding: Encoding, offset: number, candidate: Candidate): DecodeResult {
  const { row } = candidate;
  encoding.width = operationWidth(row.size, row.prefix === 0x66, encoding);
  if (candidate.hasModrm) {
    if (candidate.ignoresMod) encoding.modrm |= 0xc0;
    else if (encoding.modrm < 0xc0) readMemory(encoding);
  }
  const operands: Operand[] = [];
  for (const reader of candidate.readers) {
    const operand = reader(encoding);
    if (operand === null) return INVALID;
    operands.push(operand);
  }
  const destination = operands[0];
  if (encoding.lock && !(row.lockable && destination.kind === "memory")) return INVALID;
  // CS cannot be loaded by MOV.
  if (row.opcode === 0x8e && destination?.kind === "segment" && destination.segment === Segment.Cs) return INVALID;
  return {
    kind: "instruction",
    instruction: {
      row,
      lengthBytes: encoding.position - offset,
      width: encoding.width,
      addressWidth: encoding.addressWidth,
      operands,
      lock: encoding.lock,
      repeat: row.boundary === "repeat" ? repeatPrefix(encoding, candidate.comparesStrings) : "none",
      segment: encoding.segment === -1 ? Segment.Ds : encoding.segment,
      condition: candidate.isConditional ? encoding.opcode & 15 : 0,
    },
  };
}

function repeatPrefix(encoding: Encoding, comparesStrings: boolean): RepeatPrefix {
  if (encoding.repeat === 0) return "none";
  return encoding.repeat === 0xf2 && comparesStrings ? "repne" : "rep";
}

function operationWidth(size: OperandSize, is66Mandatory: boolean, encoding: Encoding): Width {
  const isHalf = encoding.operandSize && !is66Mandatory;
  switch (size) {
    case "byte":
      return 8;
    case "default":
      return encoding.w !== 0 ? 64 : isHalf ? 16 : 32;
    case "stack":
      return encoding.w === 0 && isHalf ? 16 : 64;
    case "64":
      return 64;
    case "dword":
      return encoding.w === 0 ? 32 : 64;
    case "none":
      return 32;
  }
}
