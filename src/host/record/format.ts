/**
 * The file format of records: what came into a system from outside, with the cycles at which it entered.
 *
 *   +0x00  "HALLREC\n"           a file that went through a text conversion shows here
 *   +0x08  u32 version           RECORD_VERSION
 *   +0x0c  blocks, one behind the other:
 *
 *          +0x00  u8  kind         BlockKind
 *          +0x01  u8  packing      0 as it is, 1 deflated (RFC 1951)
 *          +0x02  u16 0
 *          +0x04  u32 storedBytes  of the contents as they lie here
 *          +0x08  u32 rawBytes     of the contents unpacked
 *          +0x0c  u32 checksum     CRC-32 of the 12 bytes before and the contents as they lie here
 *          +0x10  contents
 *
 * All numbers are little-endian. The order is header, image, stores, then events and checks as they come, and the end.
 * Each block stands for itself: a file that was cut off is good up to its last whole block.
 */
import { crc32 } from "../../system/image/crc32.js";

export const RECORD_VERSION = 1;
export const MAGIC = Uint8Array.from([0x48, 0x41, 0x4c, 0x4c, 0x52, 0x45, 0x43, 0x0a]);
export const FILE_HEAD_BYTES = 0x0c;
export const BLOCK_HEAD_BYTES = 0x10;
const CHECKED_HEAD_BYTES = 0x0c;

export const enum BlockKind {
  /** JSON: see record.ts. */
  Header = 1,
  /** A bootable image. */
  Image = 2,
  /** A piece of a store's first contents: name, offset, bytes. */
  Store = 3,
  /** Inputs: see events.ts. */
  Events = 4,
  /** JSON: a cycle, and the hash of each partition there, without its memory. */
  Check = 5,
  /** JSON: the last cycle and the system's hashes. */
  End = 6,
}

/** What a block of each kind may have, unpacked. */
export const MOST_RAW_BYTES: Readonly<Record<BlockKind, number>> = {
  [BlockKind.Header]: 1024 * 1024,
  [BlockKind.Image]: 256 * 1024 * 1024,
  [BlockKind.Store]: 2 * 1024 * 1024,
  [BlockKind.Events]: 4 * 1024 * 1024,
  [BlockKind.Check]: 64 * 1024,
  [BlockKind.End]: 1024 * 1024,
};

export const enum Packing {
  None = 0,
  Deflate = 1,
}

export interface BlockHead {
  readonly kind: BlockKind;
  readonly packing: Packing;
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly checksum: number;
}

/** Whether bytes begin as a record does. */
export function isRecord(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

export function fileHead(): Uint8Array {
  const bytes = new Uint8Array(FILE_HEAD_BYTES);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(0x08, RECORD_VERSION, true);
  return bytes;
}

export function encodeBlock(kind: BlockKind, packing: Packing, stored: Uint8Array, rawBytes: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_HEAD_BYTES + stored.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, packing);
  view.setUint32(4, stored.length, true);
  view.setUint32(8, rawBytes, true);
  bytes.set(stored, BLOCK_HEAD_BYTES);
  view.setUint32(CHECKED_HEAD_BYTES, checksumOf(bytes, 0, stored.length), true);
  return bytes;
}

/** The head of the block at `at`, or null where the bytes end before the block does or what it says can't be. */
export function readBlockHead(bytes: Uint8Array, at: number): BlockHead | null {
  if (at + BLOCK_HEAD_BYTES > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_HEAD_BYTES);
  const head: BlockHead = {
    kind: view.getUint8(0),
    packing: view.getUint8(1),
    storedBytes: view.getUint32(4, true),
    rawBytes: view.getUint32(8, true),
    checksum: view.getUint32(CHECKED_HEAD_BYTES, true),
  };
  const most = (MOST_RAW_BYTES as Partial<Record<number, number>>)[head.kind];
  if (most === undefined || head.packing > Packing.Deflate || view.getUint16(2, true) !== 0) return null;
  if (head.rawBytes > most || at + BLOCK_HEAD_BYTES + head.storedBytes > bytes.length) return null;
  if (head.packing === Packing.None && head.storedBytes !== head.rawBytes) return null;
  return checksumOf(bytes, at, head.storedBytes) === head.checksum ? head : null;
}

/** Of the block at `at`: its head but for the checksum, and its contents. */
function checksumOf(bytes: Uint8Array, at: number, storedBytes: number): number {
  const checked = new Uint8Array(CHECKED_HEAD_BYTES + storedBytes);
  checked.set(bytes.subarray(at, at + CHECKED_HEAD_BYTES));
  const contents = at + BLOCK_HEAD_BYTES;
  checked.set(bytes.subarray(contents, contents + storedBytes), CHECKED_HEAD_BYTES);
  return crc32(checked);
}
