/**
 * Operands: from the notation of a row ("Ev", "sIb", "rAX") to a function that reads one from an encoding.
 *
 * Invariant: a row's readers run in Intel order, after ModRM, SIB and displacement are read, so immediates are consumed
 * in the order in which they stand in memory. Register operands are shared objects, made once.
 */
import {
  type Encoding,
  memoryOperand,
  readByte,
  readDoubleword,
  readQuadword,
  readSignedByte,
  readWord,
} from "./encoding.js";
import { Register, Segment } from "./instruction.js";
import type { ImmediateOperand, MemoryOperand, Operand, RegisterOperand, VectorOperand, Width } from "./instruction.js";

/** Null where the field holds a value that is no operand (a seventh segment register, CR1): #UD. */
export type OperandReader = (encoding: Encoding) => Operand | null;

type WidthOf = (encoding: Encoding) => Width;

const WIDTHS: { readonly [letter: string]: WidthOf } = {
  b: () => 8,
  w: () => 16,
  d: () => 32,
  q: () => 64,
  dq: () => 128,
  ps: () => 128,
  pd: () => 128,
  ss: () => 32,
  sd: () => 64,
  v: (encoding) => encoding.width,
  z: (encoding) => (encoding.width === 16 ? 16 : 32),
  y: (encoding) => (encoding.w === 0 ? 32 : 64),
  p: (encoding) => encoding.width,
  "": (encoding) => encoding.width,
};

const registersOfWidth = (width: Width, high: boolean): RegisterOperand[] =>
  Array.from({ length: high ? 4 : 16 }, (_, register) => ({ kind: "register", width, register, high }));

const REGISTERS: { readonly [width: number]: readonly RegisterOperand[] } = {
  8: registersOfWidth(8, false),
  16: registersOfWidth(16, false),
  32: registersOfWidth(32, false),
  64: registersOfWidth(64, false),
  128: registersOfWidth(128, false),
};
const HIGH_REGISTERS = registersOfWidth(8, true);

const VECTORS: readonly VectorOperand[] = Array.from({ length: 16 }, (_, register) => ({
  kind: "vector",
  width: 128,
  register,
}));

/** `number` carries the REX extension; without any REX prefix, 4 to 7 are AH to BH. */
function generalRegister(encoding: Encoding, width: Width, number: number): RegisterOperand {
  if (width === 8 && !encoding.hasRex && number >= 4 && number < 8) return HIGH_REGISTERS[number - 4];
  return REGISTERS[width][number];
}

function immediate(width: Width, signed: number | bigint): ImmediateOperand {
  return { kind: "immediate", width, value: BigInt.asUintN(width, BigInt(signed)) };
}

const ONE: ImmediateOperand = { kind: "immediate", width: 8, value: 1n };
const FS: Operand = { kind: "segment", segment: Segment.Fs };
const GS: Operand = { kind: "segment", segment: Segment.Gs };

const FIXED: { readonly [notation: string]: OperandReader } = {
  AL: () => REGISTERS[8][Register.Rax],
  CL: () => REGISTERS[8][Register.Rcx],
  DX: () => REGISTERS[16][Register.Rdx],
  rAX: (encoding) => REGISTERS[encoding.width][Register.Rax],
  eAX: (encoding) => REGISTERS[encoding.width === 16 ? 16 : 32][Register.Rax],
  "1": () => ONE,
  FS: () => FS,
  GS: () => GS,
  sIb: (encoding) => immediate(encoding.width, readSignedByte(encoding)),
};

const isRegisterForm = (encoding: Encoding): boolean => encoding.modrm >= 0xc0;

function readControlRegister(encoding: Encoding): Operand | null {
  const number = ((encoding.modrm >> 3) & 7) | encoding.r;
  return [0, 2, 3, 4, 8].includes(number) ? { kind: "control", name: `cr${number}` } : null;
}

function readDebugRegister(encoding: Encoding): Operand | null {
  const number = ((encoding.modrm >> 3) & 7) | encoding.r;
  return number < 8 ? { kind: "control", name: `dr${number}` } : null;
}

function readSegmentRegister(encoding: Encoding): Operand | null {
  const segment = (encoding.modrm >> 3) & 7;
  if (segment > Segment.Gs) return null;
  return { kind: "segment", segment };
}

function readImmediate(encoding: Encoding, letter: string): ImmediateOperand {
  if (letter === "b") return immediate(8, readByte(encoding));
  if (letter === "w") return immediate(16, readWord(encoding));
  if (encoding.width === 8) return immediate(8, readByte(encoding));
  if (encoding.width === 16) return immediate(16, readWord(encoding));
  if (encoding.width === 64 && letter === "v") return immediate(64, readQuadword(encoding));
  return immediate(encoding.width, readDoubleword(encoding));
}

function readOffset(encoding: Encoding, width: Width): MemoryOperand {
  const isWide = encoding.addressWidth === 64;
  const offset = isWide ? BigInt.asIntN(64, readQuadword(encoding)) : BigInt(readDoubleword(encoding) >>> 0);
  encoding.base = -1;
  encoding.index = -1;
  encoding.displacement = 0;
  return { ...memoryOperand(encoding, width), displacement: offset };
}

/** The reader of an operand notation. Throws on one that it doesn't know: a mistake in the table. */
export function compileOperand(notation: string): OperandReader {
  if (notation in FIXED) return FIXED[notation];
  const parts = /^(RM|[A-Z])([a-z]*)$/.exec(notation);
  const widthOf = parts === null ? undefined : WIDTHS[parts[2]];
  if (parts === null || widthOf === undefined) throw new Error(`instruction table: no operand "${notation}"`);
  const rm: OperandReader = (encoding) =>
    generalRegister(encoding, widthOf(encoding), (encoding.modrm & 7) | encoding.b);
  const memory: OperandReader = (encoding) => memoryOperand(encoding, widthOf(encoding));
  switch (parts[1]) {
    case "E":
      return (encoding) => (isRegisterForm(encoding) ? rm(encoding) : memory(encoding));
    case "RM":
      return (encoding) =>
        isRegisterForm(encoding)
          ? generalRegister(encoding, encoding.width, (encoding.modrm & 7) | encoding.b)
          : memory(encoding);
    case "M":
      return memory;
    case "V":
      return (encoding) => VECTORS[((encoding.modrm >> 3) & 7) | encoding.r];
    case "W":
      return (encoding) => (isRegisterForm(encoding) ? VECTORS[(encoding.modrm & 7) | encoding.b] : memory(encoding));
    case "U":
      return (encoding) => VECTORS[(encoding.modrm & 7) | encoding.b];
    case "R":
      return rm;
    case "G":
      return (encoding) => generalRegister(encoding, widthOf(encoding), ((encoding.modrm >> 3) & 7) | encoding.r);
    case "B":
      return (encoding) => REGISTERS[widthOf(encoding)][encoding.vexV];
    case "Z":
      return (encoding) => generalRegister(encoding, widthOf(encoding), (encoding.opcode & 7) | encoding.b);
    case "I":
      return (encoding) => readImmediate(encoding, parts[2]);
    case "J":
      return parts[2] === "b"
        ? (encoding) => ({ kind: "relative", displacement: BigInt(readSignedByte(encoding)) })
        : (encoding) => ({ kind: "relative", displacement: BigInt(readDoubleword(encoding)) });
    case "O":
      return (encoding) => readOffset(encoding, widthOf(encoding));
    case "S":
      return readSegmentRegister;
    case "C":
      return readControlRegister;
    case "D":
      return readDebugRegister;
    default:
      throw new Error(`instruction table: no operand "${notation}"`);
  }
}

/** Whether an operand of that notation is in ModRM. */
export function needsModrm(notation: string): boolean {
  return notation !== "FS" && notation !== "GS" && /^(RM|[EGMRSCDVWU])[a-z]*$/.test(notation);
}
