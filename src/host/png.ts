/** PNG (ISO/IEC 15948) of a picture: 8 bits a sample, red, green and blue, rows unfiltered. */
import { deflateSync } from "node:zlib";
import type { DisplayFrame } from "../devices/index.js";
import { crc32 } from "../system/image/crc32.js";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const BITS_A_SAMPLE = 8;
const COLOUR_TYPE_RGB = 2;
const NO_FILTER = 0;

export function encodePng({ width, height, pixels }: DisplayFrame): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  // Then compression, filter and interlace methods, of which 0 is the usual one.
  header.set([BITS_A_SAMPLE, COLOUR_TYPE_RGB], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(toRows(width, height, pixels))),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** A byte that names the filter, then red, green and blue of each pixel. */
function toRows(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const rows = new Uint8Array(height * (1 + 3 * width));
  let to = 0;
  for (let from = 0; from < pixels.length; from += 4) {
    if (from % (4 * width) === 0) rows[to++] = NO_FILTER;
    rows[to++] = pixels[from + 2];
    rows[to++] = pixels[from + 1];
    rows[to++] = pixels[from];
  }
  return rows;
}

/** Length, type, data, and a checksum of the last two. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
