/**
 * Frames of devices of kind `net` (src/abi/net.ts), and how the host hands over many of them at once:
 *
 *   +0x00  head, as partitions know it
 *   +0x10  u32 bytes of data
 *   +0x14  data, and after it the next frame
 */
import { NET_HEAD, NET_INDEX_BITS } from "../abi/index.js";

export const HEAD_BYTES = NET_HEAD.sizeBytes;
const INPUT_HEAD_BYTES = HEAD_BYTES + 4;
const { connection, kind, value, extra } = NET_HEAD.fields;

export interface NetHead {
  readonly connection: number;
  /** A NetFrame, from the host; anything, from a partition. */
  readonly kind: number;
  readonly value: number;
  readonly extra: number;
}

export interface NetInput extends NetHead {
  readonly data: Uint8Array;
}

export const NO_DATA = new Uint8Array(0);

/** Which of a device's connections a number means. */
export function indexOf(number: number): number {
  return number & ((1 << NET_INDEX_BITS) - 1);
}

/** The number of a connection that is given for the `given`-th time, from 0. */
export function connectionNumber(index: number, given: number): number {
  return ((given % 0xffff) + 1) * (1 << NET_INDEX_BITS) + index;
}

function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** `bytes` are at least HEAD_BYTES from `at` on. */
export function readHead(bytes: Uint8Array, at = 0): NetHead {
  return {
    connection: readWord(bytes, at + connection.offset),
    kind: readWord(bytes, at + kind.offset),
    value: readWord(bytes, at + value.offset),
    extra: readWord(bytes, at + extra.offset),
  };
}

export function writeHead(bytes: Uint8Array, at: number, head: NetHead): void {
  writeWord(bytes, at + connection.offset, head.connection);
  writeWord(bytes, at + kind.offset, head.kind);
  writeWord(bytes, at + value.offset, head.value);
  writeWord(bytes, at + extra.offset, head.extra);
}

/** All frames in one piece, in memory that `take` gives. Copies their data. */
export function packInputs(
  inputs: readonly NetInput[],
  take = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes),
): Uint8Array {
  const bytes = take(inputs.reduce((sum, { data }) => sum + INPUT_HEAD_BYTES + data.length, 0));
  let at = 0;
  for (const input of inputs) {
    writeHead(bytes, at, input);
    writeWord(bytes, at + HEAD_BYTES, input.data.length);
    bytes.set(input.data, at + INPUT_HEAD_BYTES);
    at += INPUT_HEAD_BYTES + input.data.length;
  }
  return bytes;
}

/** The frames of one piece, with views of their data; up to the first that is cut off, if there is one. */
export function unpackInputs(bytes: Uint8Array): NetInput[] {
  const inputs: NetInput[] = [];
  for (let at = 0; at + INPUT_HEAD_BYTES <= bytes.length;) {
    const start = at + INPUT_HEAD_BYTES;
    const end = start + readWord(bytes, at + HEAD_BYTES);
    if (end > bytes.length) break;
    inputs.push({ ...readHead(bytes, at), data: bytes.subarray(start, end) });
    at = end;
  }
  return inputs;
}
