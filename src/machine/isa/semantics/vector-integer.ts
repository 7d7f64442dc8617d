/**
 * Packed integers: arithmetic, comparison, shifts.
 *
 * Invariant: no flag changes here. What WebAssembly's SIMD lacks is composed of what it has (vector-operations.ts).
 * Source: Intel SDM volume 2, under each mnemonic.
 */
import type { Operations } from "../operations.js";
import type { Semantics } from "../instruction.js";
import type { LaneOperation, LaneShift, LaneWidth } from "../vector-operations.js";
import { immediateNumber } from "./operand.js";
import {
  combining,
  bytesOfLanes,
  lanesBy,
  mapping,
  negativeLanes,
  readVector,
  repeated,
  shuffleLanes,
  writeVector,
  zeroVector,
} from "./vector-operand.js";

function lanewise(operation: LaneOperation, laneWidth: LaneWidth): Semantics {
  return combining((operations, a, b) => operations.lanes(operation, laneWidth, a, b));
}

export const paddb: Semantics = lanewise("add", 8);
export const paddw: Semantics = lanewise("add", 16);
export const paddd: Semantics = lanewise("add", 32);
export const paddq: Semantics = lanewise("add", 64);
export const psubb: Semantics = lanewise("sub", 8);
export const psubw: Semantics = lanewise("sub", 16);
export const psubd: Semantics = lanewise("sub", 32);
export const psubq: Semantics = lanewise("sub", 64);
export const paddsb: Semantics = lanewise("addSaturatedSigned", 8);
export const paddsw: Semantics = lanewise("addSaturatedSigned", 16);
export const paddusb: Semantics = lanewise("addSaturatedUnsigned", 8);
export const paddusw: Semantics = lanewise("addSaturatedUnsigned", 16);
export const psubsb: Semantics = lanewise("subSaturatedSigned", 8);
export const psubsw: Semantics = lanewise("subSaturatedSigned", 16);
export const psubusb: Semantics = lanewise("subSaturatedUnsigned", 8);
export const psubusw: Semantics = lanewise("subSaturatedUnsigned", 16);
export const pavgb: Semantics = lanewise("averageUnsigned", 8);
export const pavgw: Semantics = lanewise("averageUnsigned", 16);
export const pminsb: Semantics = lanewise("minSigned", 8);
export const pminsw: Semantics = lanewise("minSigned", 16);
export const pminsd: Semantics = lanewise("minSigned", 32);
export const pminub: Semantics = lanewise("minUnsigned", 8);
export const pminuw: Semantics = lanewise("minUnsigned", 16);
export const pminud: Semantics = lanewise("minUnsigned", 32);
export const pmaxsb: Semantics = lanewise("maxSigned", 8);
export const pmaxsw: Semantics = lanewise("maxSigned", 16);
export const pmaxsd: Semantics = lanewise("maxSigned", 32);
export const pmaxub: Semantics = lanewise("maxUnsigned", 8);
export const pmaxuw: Semantics = lanewise("maxUnsigned", 16);
export const pmaxud: Semantics = lanewise("maxUnsigned", 32);
export const pcmpeqb: Semantics = lanewise("equal", 8);
export const pcmpeqw: Semantics = lanewise("equal", 16);
export const pcmpeqd: Semantics = lanewise("equal", 32);
export const pcmpeqq: Semantics = lanewise("equal", 64);
export const pcmpgtb: Semantics = lanewise("greaterSigned", 8);
export const pcmpgtw: Semantics = lanewise("greaterSigned", 16);
export const pcmpgtd: Semantics = lanewise("greaterSigned", 32);
export const pcmpgtq: Semantics = lanewise("greaterSigned", 64);

// ---- products ------------------------------------------------------------------------------------------------------

export const pmullw: Semantics = lanewise("mul", 16);
export const pmulld: Semantics = lanewise("mul", 32);
export const pmaddwd: Semantics = lanewise("multiplyAddPairs", 16);

const EVEN = lanesBy(8, (lane) => 2 * lane);
const ODD = lanesBy(8, (lane) => 2 * lane + 1);

/** All eight products of 16-bit lanes, as lanes of 32: those of the lower half, then of the upper. */
function productsOf<V>(operations: Operations<V>, kind: "Signed" | "Unsigned", a: V, b: V): readonly [V, V] {
  return [operations.lanes(`multiplyWideLow${kind}`, 16, a, b), operations.lanes(`multiplyWideHigh${kind}`, 16, a, b)];
}

function multiplyHigh(kind: "Signed" | "Unsigned"): Semantics {
  return combining((operations, a, b) => {
    const [low, high] = productsOf(operations, kind, a, b);
    return shuffleLanes(operations, 16, low, high, ODD);
  });
}

export const pmulhw: Semantics = multiplyHigh("Signed");
export const pmulhuw: Semantics = multiplyHigh("Unsigned");

/** Bits 30 to 15 of the products, rounded. */
export const pmulhrsw: Semantics = combining((operations, a, b) => {
  const one = repeated(operations, 32, 1n);
  const [low, high] = productsOf(operations, "Signed", a, b).map((product) => {
    const halves = shiftBy(operations, "rightSigned", 32, product, 14);
    return shiftBy(operations, "rightSigned", 32, operations.lanes("add", 32, halves, one), 1);
  });
  return shuffleLanes(operations, 16, low, high, EVEN);
});

/** PMULUDQ and PMULDQ: the products of the even lanes. */
function multiplyEven(kind: "Signed" | "Unsigned"): Semantics {
  return combining((operations, a, b) => {
    const even = (value: typeof a): typeof a => shuffleLanes(operations, 32, value, value, [0, 2, 0, 2]);
    return operations.lanes(`multiplyWideLow${kind}`, 32, even(a), even(b));
  });
}

export const pmuludq: Semantics = multiplyEven("Unsigned");
export const pmuldq: Semantics = multiplyEven("Signed");

/** Unsigned bytes of the first by signed bytes of the second; neighbouring products are added with saturation. */
export const pmaddubsw: Semantics = combining((operations, a, b) => {
  const bytes = repeated(operations, 16, 0xffn);
  const evenB = shiftBy(operations, "rightSigned", 16, shiftBy(operations, "left", 16, b, 8), 8);
  const even = operations.lanes("mul", 16, operations.and(128, a, bytes), evenB);
  const oddA = shiftBy(operations, "rightUnsigned", 16, a, 8);
  const odd = operations.lanes("mul", 16, oddA, shiftBy(operations, "rightSigned", 16, b, 8));
  return operations.lanes("addSaturatedSigned", 16, even, odd);
});

// ---- within a register ---------------------------------------------------------------------------------------------

/** Neighbouring lanes of the first, then of the second. */
function horizontal(operation: LaneOperation, laneWidth: 16 | 32): Semantics {
  const count = 128 / laneWidth;
  const [evenBytes, oddBytes] = [EVEN, ODD].map((lanes) => bytesOfLanes(laneWidth, lanes.slice(0, count)));
  return combining((operations, a, b) => {
    const even = operations.shuffleBytes(a, b, evenBytes);
    const odd = operations.shuffleBytes(a, b, oddBytes);
    return operations.lanes(operation, laneWidth, even, odd);
  });
}

export const phaddw: Semantics = horizontal("add", 16);
export const phaddd: Semantics = horizontal("add", 32);
export const phaddsw: Semantics = horizontal("addSaturatedSigned", 16);
export const phsubw: Semantics = horizontal("sub", 16);
export const phsubd: Semantics = horizontal("sub", 32);
export const phsubsw: Semantics = horizontal("subSaturatedSigned", 16);

function absolute(laneWidth: 8 | 16 | 32): Semantics {
  return mapping((operations, a) => operations.mapLanes("absolute", laneWidth, a));
}

export const pabsb: Semantics = absolute(8);
export const pabsw: Semantics = absolute(16);
export const pabsd: Semantics = absolute(32);

/** The first negated where the second is negative, 0 where that is 0. */
function withSignOf(laneWidth: 8 | 16 | 32): Semantics {
  return combining((operations, a, b) => {
    const zero = zeroVector(operations);
    const negated = operations.lanes("sub", laneWidth, zero, a);
    const value = operations.selectBits(negativeLanes(operations, laneWidth, b), negated, a);
    const isZero = operations.lanes("equal", laneWidth, b, zero);
    return operations.and(128, value, operations.not(128, isZero));
  });
}

export const psignb: Semantics = withSignOf(8);
export const psignw: Semantics = withSignOf(16);
export const psignd: Semantics = withSignOf(32);

function differences<V>(operations: Operations<V>, laneWidth: 8 | 16, a: V, b: V): V {
  const above = operations.lanes("subSaturatedUnsigned", laneWidth, a, b);
  return operations.or(128, above, operations.lanes("subSaturatedUnsigned", laneWidth, b, a));
}

/** Adds the upper half of each lane to its lower half. */
function foldLanes<V>(operations: Operations<V>, laneWidth: 16 | 32 | 64, a: V): V {
  const half = laneWidth / 2;
  const low = operations.and(128, a, repeated(operations, laneWidth, (1n << BigInt(half)) - 1n));
  return operations.lanes("add", laneWidth, low, shiftBy(operations, "rightUnsigned", laneWidth, a, half));
}

/** Sums of the differences of eight bytes, in the low 16 bits of each half. */
export const psadbw: Semantics = combining((operations, a, b) => {
  let sum = differences(operations, 8, a, b);
  for (const laneWidth of [16, 32, 64] as const) sum = foldLanes(operations, laneWidth, sum);
  return sum;
});

/** Bytes as lanes of 16 bits. */
const widenedBytes = (place: (lane: number) => number): readonly number[] =>
  lanesBy(16, (byte) => (byte % 2 === 0 ? place(byte / 2) : 16));
/** By the first of them, eight neighbouring bytes; and each byte, eight times. */
const NEIGHBOURS = Array.from({ length: 8 }, (_, first) => widenedBytes((lane) => first + lane));
const REPEATED = Array.from({ length: 16 }, (_, byte) => widenedBytes(() => byte));

/** Eight sums of four differences: a block of four bytes of the second against eight neighbouring ones of the first. */
export const mpsadbw: Semantics = combining((operations, a, b, immediate) => {
  const zero = zeroVector(operations);
  const startA = (immediate & 4) === 0 ? 0 : 4;
  const startB = 4 * (immediate & 3);
  let sum = zero;
  for (let byte = 0; byte < 4; byte++) {
    const window = operations.shuffleBytes(a, zero, NEIGHBOURS[startA + byte]);
    const block = operations.shuffleBytes(b, zero, REPEATED[startB + byte]);
    sum = operations.lanes("add", 16, sum, differences(operations, 16, window, block));
  }
  return sum;
});

/** Words from one on as the upper halves of lanes of 32 bits, with zeros below. */
const [LOWER_WORDS, UPPER_WORDS] = [0, 4].map((from) =>
  bytesOfLanes(
    16,
    lanesBy(8, (lane) => (lane % 2 === 0 ? 8 : from + (lane - 1) / 2)),
  ),
);
/** Their places in the lower halves. */
const [LOWER_PLACES, UPPER_PLACES] = [0n, 4n].map((from) =>
  [0n, 1n, 2n, 3n].reduce((places, lane) => places | ((from + lane) << (32n * lane)), 0n),
);
/** Halves of a vector change places, then neighbouring lanes. */
const EXCHANGES = [
  [2, 3, 0, 1],
  [1, 0, 3, 2],
].map((lanes) => bytesOfLanes(32, lanes));
const WORD_AND_PLACE = bytesOfLanes(16, [1, 0, 8, 8, 8, 8, 8, 8]);

/** The least word and its place: words over their places, so that the first of equals is least. */
export const phminposuw: Semantics = mapping((operations, a) => {
  const zero = zeroVector(operations);
  // Lanes of 32 bits: a word above its place.
  const keyed = (bytes: readonly number[], places: bigint): typeof a =>
    operations.or(128, operations.shuffleBytes(a, zero, bytes), operations.constant(128, places));
  const [lower, upper] = [keyed(LOWER_WORDS, LOWER_PLACES), keyed(UPPER_WORDS, UPPER_PLACES)];
  let least = operations.lanes("minUnsigned", 32, lower, upper);
  for (const bytes of EXCHANGES)
    least = operations.lanes("minUnsigned", 32, least, operations.shuffleBytes(least, least, bytes));
  return operations.shuffleBytes(least, zero, WORD_AND_PLACE);
});

// ---- shifts --------------------------------------------------------------------------------------------------------

function shiftBy<V>(operations: Operations<V>, kind: LaneShift, laneWidth: 16 | 32 | 64, a: V, count: number): V {
  return operations.shiftLanes(kind, laneWidth, a, operations.constant(64, BigInt(count)));
}

/** By an immediate, or by the low 64 bits of the source. */
function shifting(kind: LaneShift, laneWidth: 16 | 32 | 64): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const count =
      source.kind === "immediate"
        ? operations.constant(64, source.value)
        : operations.truncate(128, 64, readVector(operations, source));
    const value = readVector(operations, destination);
    writeVector(operations, destination, operations.shiftLanes(kind, laneWidth, value, count));
  };
}

export const psllw: Semantics = shifting("left", 16);
export const pslld: Semantics = shifting("left", 32);
export const psllq: Semantics = shifting("left", 64);
export const psrlw: Semantics = shifting("rightUnsigned", 16);
export const psrld: Semantics = shifting("rightUnsigned", 32);
export const psrlq: Semantics = shifting("rightUnsigned", 64);
export const psraw: Semantics = shifting("rightSigned", 16);
export const psrad: Semantics = shifting("rightSigned", 32);

/** PSLLDQ and PSRLDQ: by whole bytes. */
function shiftingBytes(direction: 1 | -1): Semantics {
  return (operations, instruction) => {
    const [destination, amount] = instruction.operands;
    const bytes = direction * Math.min(immediateNumber(amount), 16);
    const value = readVector(operations, destination);
    const indices = lanesBy(16, (byte) => (byte + bytes >= 0 && byte + bytes < 16 ? byte + bytes : 16));
    writeVector(operations, destination, operations.shuffleBytes(value, zeroVector(operations), indices));
  };
}

export const psrldq: Semantics = shiftingBytes(1);
export const pslldq: Semantics = shiftingBytes(-1);
