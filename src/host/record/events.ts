/**
 * Inputs in a block of a record: for each, as varints of 7 bits a byte, least significant first, its cycle less that of
 * the one before it in the block (the first one's own), its channel and its length; then its bytes.
 */
import { END_OF_TIME, type ChannelId, type Cycles } from "../../units.js";

export interface RecordedInput {
  readonly at: Cycles;
  readonly channel: ChannelId;
  readonly bytes: Uint8Array;
}

/** A number below 2^53 takes as many bytes at most. */
const MOST_VARINT_BYTES = 8;

export interface EventEncoder {
  readonly sizeBytes: number;
  add(input: RecordedInput): void;
  /** The block's contents; the next block begins. */
  take(): Uint8Array;
}

export function createEventEncoder(): EventEncoder {
  let bytes = new Uint8Array(64 * 1024);
  let length = 0;
  let before: Cycles = 0;

  function reserve(count: number): void {
    if (length + count <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + count));
    larger.set(bytes.subarray(0, length));
    bytes = larger;
  }

  function putNumber(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[length++] = (rest % 0x80) | 0x80;
    bytes[length++] = rest;
  }

  return {
    get sizeBytes() {
      return length;
    },
    add(input) {
      reserve(3 * MOST_VARINT_BYTES + input.bytes.length);
      putNumber(input.at - before);
      putNumber(input.channel);
      putNumber(input.bytes.length);
      bytes.set(input.bytes, length);
      length += input.bytes.length;
      before = input.at;
    },
    take() {
      const contents = bytes.slice(0, length);
      length = 0;
      before = 0;
      return contents;
    },
  };
}

/** Null where the contents are no inputs of `channels` channels in the order of their cycles. Bytes are views. */
export function decodeEvents(contents: Uint8Array, channels: number): RecordedInput[] | null {
  const inputs: RecordedInput[] = [];
  let at = 0;
  let cycle = 0;

  /** NaN where there is none. */
  function takeNumber(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < MOST_VARINT_BYTES && at < contents.length; count++, factor *= 0x80) {
      const byte = contents[at++];
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  }

  while (at < contents.length) {
    cycle += takeNumber();
    const channel = takeNumber();
    const length = takeNumber();
    if (!(cycle <= END_OF_TIME && channel < channels && at + length <= contents.length)) return null;
    inputs.push({ at: cycle, channel, bytes: contents.subarray(at, at + length) });
    at += length;
  }
  return inputs;
}
