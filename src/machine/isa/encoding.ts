/**
 * The parts of one encoded instruction while it is being taken apart: bytes, prefixes, ModRM, memory operand.
 *
 * Invariant: reading never goes past `end`; a read there sets `overrun` and yields 0, so callers check once at the end
 * instead of at every byte. Spec: SDM volume 2, chapter 2.1 and 2.2.1; volume 1, 3.7.5 for default segments.
 */
import { RIP_BASE, Segment } from "./instruction.js";
import type { MemoryOperand, Width } from "./instruction.js";

/** An instruction longer than this is #GP(0). */
export const MAXIMUM_LENGTH_BYTES = 15;

export interface Encoding {
  readonly bytes: Uint8Array;
  position: number;
  readonly end: number;
  overrun: boolean;

  lock: boolean;
  operandSize: boolean;
  addressWidth: 32 | 64;
  /** The last of F2 and F3, or 0. VEX.pp sets it too. */
  repeat: 0 | 0xf2 | 0xf3;
  /** FS or GS; the other overrides do nothing in 64-bit mode. -1 for none. */
  segment: Segment.Fs | Segment.Gs | -1;
  hasRex: boolean;
  /** REX or VEX bits: w is 0 or 1, the others 0 or 8, ready to be added to a register number. */
  w: 0 | 1;
  r: 0 | 8;
  x: 0 | 8;
  b: 0 | 8;
  vexL: number;
  vexV: number;

  opcode: number;
  modrm: number;
  /** Width of the operation. */
  width: Width;

  /** The memory operand's parts, valid after readMemory. */
  base: number;
  index: number;
  scale: 1 | 2 | 4 | 8;
  displacement: number;
}

export function beginEncoding(bytes: Uint8Array, offset: number, available: number): Encoding {
  return {
    bytes,
    position: offset,
    end: offset + Math.min(available, MAXIMUM_LENGTH_BYTES),
    overrun: false,
    lock: false,
    operandSize: false,
    addressWidth: 64,
    repeat: 0,
    segment: -1,
    hasRex: false,
    w: 0,
    r: 0,
    x: 0,
    b: 0,
    vexL: 0,
    vexV: 0,
    opcode: 0,
    modrm: 0,
    width: 32,
    base: -1,
    index: -1,
    scale: 1,
    displacement: 0,
  };
}

export function readByte(encoding: Encoding): number {
  if (encoding.position >= encoding.end) {
    encoding.overrun = true;
    return 0;
  }
  return encoding.bytes[encoding.position++];
}

export function readSignedByte(encoding: Encoding): number {
  return (readByte(encoding) << 24) >> 24;
}

export function readWord(encoding: Encoding): number {
  const low = readByte(encoding);
  return low | (readByte(encoding) << 8);
}

/** Signed. */
export function readDoubleword(encoding: Encoding): number {
  const low = readWord(encoding);
  return low | (readWord(encoding) << 16);
}

/** Unsigned. */
export function readQuadword(encoding: Encoding): bigint {
  const low = BigInt(readDoubleword(encoding) >>> 0);
  return low | (BigInt(readDoubleword(encoding) >>> 0) << 32n);
}

/** Skips bytes that have no say in the meaning. */
export function skipBytes(encoding: Encoding, count: number): void {
  for (let skipped = 0; skipped < count; skipped++) readByte(encoding);
}

/**
 * Reads legacy prefixes in any order and number, and a REX prefix where it stands directly before the opcode. Returns
 * the first opcode byte.
 */
export function readPrefixes(encoding: Encoding): number {
  let rex = 0;
  for (;;) {
    const byte = readByte(encoding);
    if (byte >= 0x40 && byte <= 0x4f) {
      rex = byte;
      continue;
    }
    switch (byte) {
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
        break;
      case 0x64:
        encoding.segment = Segment.Fs;
        break;
      case 0x65:
        encoding.segment = Segment.Gs;
        break;
      case 0x66:
        encoding.operandSize = true;
        break;
      case 0x67:
        encoding.addressWidth = 32;
        break;
      case 0xf0:
        encoding.lock = true;
        break;
      case 0xf2:
      case 0xf3:
        encoding.repeat = byte;
        break;
      default:
        if (rex !== 0) {
          encoding.hasRex = true;
          encoding.w = (rex & 8) === 0 ? 0 : 1;
          encoding.r = (rex & 4) === 0 ? 0 : 8;
          encoding.x = (rex & 2) === 0 ? 0 : 8;
          encoding.b = (rex & 1) === 0 ? 0 : 8;
        }
        return byte;
    }
    // A legacy prefix behind REX takes its effect away.
    rex = 0;
    if (encoding.overrun) return 0;
  }
}

/** The mandatory prefix in force: F2 and F3 come before 66h. */
export function mandatoryPrefix(encoding: Encoding): 0 | 0x66 | 0xf2 | 0xf3 {
  return encoding.repeat !== 0 ? encoding.repeat : encoding.operandSize ? 0x66 : 0;
}

/** Reads SIB and displacement of a ModRM byte whose mod is not 3. */
export function readMemory(encoding: Encoding): void {
  const mod = encoding.modrm >> 6;
  const rm = encoding.modrm & 7;
  encoding.index = -1;
  encoding.scale = 1;
  let wide = mod === 2;
  if (rm === 4) {
    const sib = readByte(encoding);
    const index = ((sib >> 3) & 7) | encoding.x;
    // 4 means no index, and only without REX.X: r12 can be one.
    encoding.index = index === 4 ? -1 : index;
    encoding.scale = (1 << (sib >> 6)) as 1 | 2 | 4 | 8;
    encoding.base = (sib & 7) | encoding.b;
    if ((sib & 7) === 5 && mod === 0) {
      encoding.base = -1;
      wide = true;
    }
  } else if (rm === 5 && mod === 0) {
    encoding.base = RIP_BASE;
    wide = true;
  } else {
    encoding.base = rm | encoding.b;
  }
  encoding.displacement = wide ? readDoubleword(encoding) : mod === 1 ? readSignedByte(encoding) : 0;
}

/** The memory operand that readMemory read, for a datum of that width. */
export function memoryOperand(encoding: Encoding, width: Width): MemoryOperand {
  const { base, index, scale, addressWidth } = encoding;
  const isStack = base === 4 || base === 5;
  const segment = encoding.segment !== -1 ? encoding.segment : isStack ? Segment.Ss : Segment.Ds;
  return {
    kind: "memory",
    width,
    base,
    index,
    scale,
    displacement: BigInt(encoding.displacement),
    segment,
    addressWidth,
  };
}
