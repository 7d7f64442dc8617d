/**
 * Says whether bytes are MessagePack of plain data only, and not too much of it, before a decoder is let near them.
 *
 * Plain: nil, booleans, numbers, text, arrays, and maps with short text as keys; every length within the bytes that are
 * there. Extensions are refused, because decoders give them powers: records, references, errors, typed arrays, code
 * generated for structures. Specification: github.com/msgpack/msgpack, spec.md.
 *
 * A map of one byte becomes an object of a hundred, and each new list of keys a shape that the host keeps: so values,
 * lists of keys and their lengths are bounded, not only bytes.
 */

const MAX_DEPTH = 16;
/** Arrays, maps and what is in them, keys apart. A function symbol of a program takes four. */
export const MAX_VALUES = 1024 * 1024;
/** A plan's largest table has twelve keys. */
const MAX_MAP_ENTRIES = 16;
const MAX_KEY_BYTES = 31;
/** Lists of keys that differ, in order. A plan has about twenty. */
const MAX_SHAPES = 64;

interface Cursor {
  readonly view: DataView;
  at: number;
  values: number;
  readonly shapes: Set<string>;
}

/** True for exactly one plain value that takes all the bytes. Time and depth are bounded by the bytes. */
export function isPlainMessagePack(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cursor: Cursor = { view, at: 0, values: 0, shapes: new Set() };
  return skipValue(cursor, 0) && cursor.at === bytes.length;
}

function skipValue(cursor: Cursor, depth: number): boolean {
  if (depth > MAX_DEPTH || cursor.at >= cursor.view.byteLength || ++cursor.values > MAX_VALUES) return false;
  const head = cursor.view.getUint8(cursor.at++);
  if (head <= 0x7f || head >= 0xe0) return true;
  if (head <= 0x8f) return skipMap(cursor, head & 0x0f, depth);
  if (head <= 0x9f) return skipArray(cursor, head & 0x0f, depth);
  if (head <= 0xbf) return skipBytes(cursor, head & 0x1f);
  switch (head) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return true;
    case 0xca: // float 32
    case 0xce: // uint 32
    case 0xd2: // int 32
      return skipBytes(cursor, 4);
    case 0xcb: // float 64
      return skipBytes(cursor, 8);
    case 0xcc: // uint 8
    case 0xd0: // int 8
      return skipBytes(cursor, 1);
    case 0xcd: // uint 16
    case 0xd1: // int 16
      return skipBytes(cursor, 2);
    case 0xd9: // str 8
      return skipBytes(cursor, readLength(cursor, 1));
    case 0xda: // str 16
      return skipBytes(cursor, readLength(cursor, 2));
    case 0xdb: // str 32
      return skipBytes(cursor, readLength(cursor, 4));
    case 0xdc: // array 16
      return skipArray(cursor, readLength(cursor, 2), depth);
    case 0xdd: // array 32
      return skipArray(cursor, readLength(cursor, 4), depth);
    case 0xde: // map 16
      return skipMap(cursor, readLength(cursor, 2), depth);
    case 0xdf: // map 32
      return skipMap(cursor, readLength(cursor, 4), depth);
    // 0xc1 is no value; bytes, 64-bit integers and extensions are in no image.
    default:
      return false;
  }
}

/** -1 when it is cut off. */
function readLength(cursor: Cursor, sizeBytes: 1 | 2 | 4): number {
  if (cursor.at + sizeBytes > cursor.view.byteLength) return -1;
  const at = cursor.at;
  cursor.at += sizeBytes;
  if (sizeBytes === 1) return cursor.view.getUint8(at);
  return sizeBytes === 2 ? cursor.view.getUint16(at) : cursor.view.getUint32(at);
}

function skipBytes(cursor: Cursor, sizeBytes: number): boolean {
  if (sizeBytes < 0 || cursor.at + sizeBytes > cursor.view.byteLength) return false;
  cursor.at += sizeBytes;
  return true;
}

/** Each element takes a byte at least, so a length beyond the bytes that are left can't be. */
function skipArray(cursor: Cursor, length: number, depth: number): boolean {
  if (length < 0 || length > cursor.view.byteLength - cursor.at) return false;
  for (let index = 0; index < length; index++) if (!skipValue(cursor, depth + 1)) return false;
  return true;
}

function skipMap(cursor: Cursor, length: number, depth: number): boolean {
  if (length < 0 || length > MAX_MAP_ENTRIES) return false;
  let shape = "";
  for (let index = 0; index < length; index++) {
    const key = readKey(cursor);
    if (key === null || !skipValue(cursor, depth + 1)) return false;
    shape += `${key},`;
  }
  cursor.shapes.add(shape);
  return cursor.shapes.size <= MAX_SHAPES;
}

/** Text of at most 31 bytes, which has its length in its first byte; null for anything else. */
function readKey(cursor: Cursor): string | null {
  if (cursor.at >= cursor.view.byteLength) return null;
  const head = cursor.view.getUint8(cursor.at++);
  const start = cursor.at;
  if ((head & 0xe0) !== 0xa0 || !skipBytes(cursor, head & MAX_KEY_BYTES)) return null;
  let key = "";
  for (let at = start; at < cursor.at; at++) key += String.fromCharCode(cursor.view.getUint8(at));
  return key;
}
