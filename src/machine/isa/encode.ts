/**
 * The encoder: what the decoder (decode.ts) does, the other way round, from the same rows. It takes operands as the
 * decoder makes them and finds the fields (fields.ts) in which they stand.
 *
 * Invariant: what comes out is decoded as the same row with the same operands. Spec: SDM volume 2, chapter 2.
 */
import { encodeFields, littleEndian, type Encoded, type Fields } from "./fields.js";
import { formatOperand } from "./format.js";
import { RIP_BASE, Segment, type Row } from "./instruction.js";
import type { MemoryOperand, Operand, RepeatPrefix, Width } from "./instruction.js";

const isSigned32 = (value: bigint): boolean => value === BigInt.asIntN(32, value);

/** What operands don't tell. */
export interface EncodeOptions {
  /** The operation's width, where nothing else says it: CBW, MOVS, PUSHF, NOP. */
  readonly width?: Width;
  /** 32 for a 67h where no memory operand has it: string instructions, JRCXZ. */
  readonly addressWidth?: 32 | 64;
  readonly lock?: boolean;
  readonly repeat?: RepeatPrefix;
  /** FS or GS of string instructions and XLAT. */
  readonly segment?: Segment;
}

type Draft = { -readonly [F in keyof Fields]: Fields[F] };

/** Widths of the operation that prefixes can ask for, the shortest encodings first. */
const WIDTHS_OF_SIZE: { readonly [S in Row["size"]]: readonly Width[] } = {
  byte: [8],
  default: [32, 64, 16],
  stack: [64, 16],
  "64": [64],
  dword: [32, 64],
  none: [32],
};

/** The encoding of an instruction. Throws an Error that names the row and the operands when the row can't take them. */
export function encode(row: Row, operands: readonly Operand[], options: EncodeOptions = {}): Encoded {
  const fields = findFields(row, operands, options);
  if (fields !== null) return encodeFields(row, fields);
  const given = operands.map(formatOperand).join(", ") || "no operands";
  const width = options.width === undefined ? "" : ` at ${options.width} bits`;
  throw new Error(`${row.name} (${row.encoding}) can't take ${given}${width}`);
}

/** Null when the row can't take these operands. */
export function findFields(row: Row, operands: readonly Operand[], options: EncodeOptions = {}): Fields | null {
  if (operands.length !== row.operands.length) return null;
  for (const width of WIDTHS_OF_SIZE[row.size]) {
    if (options.width !== undefined && options.width !== width) continue;
    if (row.rexW !== null && row.size !== "none" && (width === 64) !== (row.rexW === 1)) continue;
    const fields = fieldsAt(row, operands, width, options);
    if (fields !== null) return fields;
  }
  return null;
}

function fieldsAt(row: Row, operands: readonly Operand[], width: Width, options: EncodeOptions): Fields | null {
  const fields: Draft = {
    isHalf: width === 16 && (row.size === "default" || row.size === "stack"),
    isWide: row.rexW === 1 || (width === 64 && (row.size === "default" || row.size === "dword")),
    isAddress32: options.addressWidth === 32,
    lock: options.lock ?? false,
    repeat: options.repeat ?? "none",
    segment: options.segment,
    // Where nothing is encoded in ModRM.reg, 0 is another hint than a NOP.
    reg: row.semanticKey === "nop" ? 4 : 0,
    memory: null,
    immediate: [],
  };
  if (fields.lock === true && !(row.lockable && operands[0]?.kind === "memory")) return null;
  let lacksRex = false;
  for (const [i, operand] of operands.entries()) {
    if (!place(fields, row.operands[i], operand, width)) return null;
    if (operand.kind === "register" && operand.high) lacksRex = true;
    else if (operand.kind === "register" && operand.width === 8 && operand.register >= 4) fields.hasRex = true;
  }
  if (fields.memory !== null && row.mod === "register") return null;
  if (fields.memory === null && row.mod === "memory") return null;
  // 90h is NOP.
  if (row.name === "XCHG Zv,rAX" && fields.opcodeRegister === 0) return null;
  if (lacksRex && needsRex(fields)) return null;
  return fields;
}

function needsRex({ hasRex, isWide, reg, rm, opcodeRegister, memory }: Fields): boolean {
  const registers = [reg, rm, opcodeRegister, memory?.base, memory?.index];
  return hasRex === true || isWide === true || registers.some((each) => each !== undefined && each >= 8 && each < 16);
}

/** Puts one operand where its notation says. False when it doesn't belong there. */
function place(fields: Draft, notation: string, operand: Operand, width: Width): boolean {
  const fixed = FIXED[notation];
  if (fixed !== undefined) return fixed(operand, width);
  const [, letter, suffix] = /^(RM|sI|[A-Z])([a-z]*)$/.exec(notation) ?? ["", "", ""];
  const wanted = widthOf(suffix, width);
  switch (letter) {
    case "E":
    case "M":
    case "RM":
    case "W":
      if (operand.kind === "memory") return placeMemory(fields, operand, suffix === "" ? operand.width : wanted);
      return letter !== "M" && placeRm(fields, operand, letter === "W" ? 128 : letter === "RM" ? width : wanted);
    case "R":
      return placeRm(fields, operand, wanted);
    case "U":
      return placeRm(fields, operand, 128);
    case "V":
      return placeRegister(fields, "reg", operand, 128);
    case "G":
      return placeRegister(fields, "reg", operand, wanted);
    case "B":
      return placeRegister(fields, "vvvv", operand, wanted);
    case "Z":
      return placeRegister(fields, "opcodeRegister", operand, wanted);
    case "sI":
      return placeImmediate(fields, operand, width, 1);
    case "I":
      return placeImmediate(
        fields,
        operand,
        suffix === "b" ? 8 : suffix === "w" ? 16 : width,
        immediateBytes(suffix, width),
      );
    case "J":
      return placeRelative(fields, operand, suffix === "b" ? 1 : 4);
    case "O":
      return placeOffset(fields, operand, wanted);
    case "S":
      if (operand.kind === "segment") fields.reg = operand.segment;
      return operand.kind === "segment";
    case "C":
    case "D":
      return placeControl(fields, operand, letter === "C" ? "cr" : "dr");
    default:
      return false;
  }
}

const isRegister = (operand: Operand, register: number, width: Width): boolean =>
  operand.kind === "register" && operand.register === register && operand.width === width && !operand.high;
const isSegment = (operand: Operand, segment: Segment): boolean =>
  operand.kind === "segment" && operand.segment === segment;

/** Operands that are always the same: nothing is encoded. */
const FIXED: { readonly [notation: string]: (operand: Operand, width: Width) => boolean } = {
  AL: (operand) => isRegister(operand, 0, 8),
  CL: (operand) => isRegister(operand, 1, 8),
  DX: (operand) => isRegister(operand, 2, 16),
  rAX: (operand, width) => isRegister(operand, 0, width),
  eAX: (operand, width) => isRegister(operand, 0, width === 16 ? 16 : 32),
  "1": (operand) => operand.kind === "immediate" && operand.value === 1n,
  FS: (operand) => isSegment(operand, Segment.Fs),
  GS: (operand) => isSegment(operand, Segment.Gs),
};

const FIXED_WIDTHS: { readonly [suffix: string]: Width } = {
  b: 8,
  w: 16,
  d: 32,
  q: 64,
  dq: 128,
  ps: 128,
  pd: 128,
  ss: 32,
  sd: 64,
};

function widthOf(suffix: string, width: Width): Width {
  if (suffix === "z") return width === 16 ? 16 : 32;
  if (suffix === "y") return width === 64 ? 64 : 32;
  return FIXED_WIDTHS[suffix] ?? width;
}

function placeRegister(
  fields: Draft,
  at: "reg" | "rm" | "vvvv" | "opcodeRegister",
  operand: Operand,
  width: Width,
): boolean {
  if (operand.kind !== "register" && operand.kind !== "vector") return false;
  if ((operand.kind === "vector") !== (width === 128) || operand.width !== width) return false;
  fields[at] = operand.kind === "register" && operand.high ? operand.register + 4 : operand.register;
  return true;
}

const placeRm = (fields: Draft, operand: Operand, width: Width): boolean => placeRegister(fields, "rm", operand, width);

function placeMemory(fields: Draft, operand: MemoryOperand, width: Width): boolean {
  const { base, index, scale, displacement, segment, addressWidth } = operand;
  if (operand.width !== width || index === 4 || !isSigned32(displacement)) return false;
  if (base === RIP_BASE && index >= 0) return false;
  fields.memory = { base, index, scaleLog2: index < 0 ? 0 : Math.log2(scale), displacement: Number(displacement) };
  fields.isAddress32 = addressWidth === 32;
  fields.segment = segment;
  return true;
}

function immediateBytes(suffix: string, width: Width): number {
  if (suffix === "b") return 1;
  if (suffix === "w" || width === 16) return 2;
  if (width === 8) return 1;
  return suffix === "v" && width === 64 ? 8 : 4;
}

/** The value has `width` bits and is sign-extended from so many bytes. */
function placeImmediate(fields: Draft, operand: Operand, width: Width, count: number): boolean {
  if (operand.kind !== "immediate") return false;
  const value = BigInt.asIntN(width, operand.value);
  if (value !== BigInt.asIntN(8 * count, value)) return false;
  if (operand.value !== BigInt.asUintN(width, value) && operand.value !== value) return false;
  fields.immediate = [...(fields.immediate ?? []), ...littleEndian(value, count)];
  return true;
}

function placeRelative(fields: Draft, operand: Operand, count: 1 | 4): boolean {
  if (operand.kind !== "relative") return false;
  if (operand.displacement !== BigInt.asIntN(8 * count, operand.displacement)) return false;
  fields.immediate = littleEndian(operand.displacement, count);
  return true;
}

function placeOffset(fields: Draft, operand: Operand, width: Width): boolean {
  if (operand.kind !== "memory" || operand.width !== width || operand.base >= 0 || operand.index >= 0) return false;
  fields.isAddress32 = operand.addressWidth === 32;
  if (fields.isAddress32 && operand.displacement !== BigInt.asUintN(32, operand.displacement)) return false;
  fields.segment = operand.segment;
  fields.immediate = littleEndian(operand.displacement, operand.addressWidth / 8);
  return true;
}

function placeControl(fields: Draft, operand: Operand, prefix: string): boolean {
  if (operand.kind !== "control" || !operand.name.startsWith(prefix)) return false;
  fields.reg = Number(operand.name.slice(prefix.length));
  return true;
}
