/**
 * The string comparison of SSE4.2 and the CRC32 step, on bigints.
 *
 * Spec: SDM volume 1, 10.3 (aggregation of PCMPESTRI and its kin); volume 2, CRC32.
 */
import { CASTAGNOLI } from "../../isa/vector-operations.js";
import { lanesOf, type Scratch } from "./lanes.js";

/** Whether the bits of IntRes1 for a pair whose elements are not both valid are forced, and how: SDM table 10-7. */
type Aggregation = "equalAny" | "ranges" | "equalEach" | "equalOrdered";
const AGGREGATIONS: readonly Aggregation[] = ["equalAny", "ranges", "equalEach", "equalOrdered"];

/** IntRes2: `control` has the format in bits 1 to 0, the aggregation in 3 to 2, the polarity in 5 to 4. */
export function compareStrings(
  { left, right }: Scratch,
  control: number,
  a: bigint,
  lengthA: number,
  b: bigint,
  lengthB: number,
): bigint {
  const isWord = (control & 1) !== 0;
  const isSigned = (control & 2) !== 0;
  const aggregation = AGGREGATIONS[(control >> 2) & 3];
  const width = isWord ? 16 : 8;
  const count = 128 / width;
  const set = lanesOf(left, width, isSigned, a);
  const text = lanesOf(right, width, isSigned, b);
  let result = 0;
  for (let j = 0; j < count; j++) if (aggregate(aggregation, set, lengthA, text, lengthB, j)) result |= 1 << j;
  const polarity = (control >> 4) & 3;
  if (polarity === 1) result ^= (1 << count) - 1;
  // Masked: only the valid elements of the second string are inverted.
  else if (polarity === 3) result ^= (1 << lengthB) - 1;
  return BigInt(result);
}

/** Bit j of IntRes1. */
function aggregate(
  aggregation: Aggregation,
  set: ArrayLike<number>,
  lengthA: number,
  text: ArrayLike<number>,
  lengthB: number,
  j: number,
): boolean {
  const count = text.length;
  switch (aggregation) {
    case "equalAny":
      for (let i = 0; i < lengthA; i++) if (j < lengthB && set[i] === text[j]) return true;
      return false;
    case "ranges":
      for (let i = 0; i + 1 < lengthA; i += 2)
        if (j < lengthB && text[j] >= set[i] && text[j] <= set[i + 1]) return true;
      return false;
    case "equalEach":
      return j < lengthA && j < lengthB ? set[j] === text[j] : j >= lengthA && j >= lengthB;
    case "equalOrdered":
      // The first string is found at j, as far as it lies before the end of the register.
      for (let i = 0; i < lengthA && i + j < count; i++) if (i + j >= lengthB || set[i] !== text[i + j]) return false;
      return true;
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let i = 0; i < 8; i++) remainder = (remainder & 1) === 0 ? remainder >>> 1 : (remainder >>> 1) ^ CASTAGNOLI;
  return remainder;
});

export function stepCrc32(dataWidth: number, remainder: bigint, data: bigint): bigint {
  let crc = Number(remainder);
  for (let at = 0; at < dataWidth; at += 8) {
    const byte = Number((data >> BigInt(at)) & 0xffn);
    crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff];
  }
  return BigInt(crc >>> 0);
}
