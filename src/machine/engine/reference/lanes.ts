/**
 * Lanes of 128-bit values on bigints: what the vector operations of the seam mean.
 *
 * Invariant: arguments and results are unsigned bigints of 128 bits (or of the width named). Lanes are read and written
 * through typed arrays, which wrap as lanes do, over scratch vectors of the caller; nothing in them is kept between
 * calls.
 */
import { Bug } from "../../../errors.js";
import type { LaneMap, LaneOperation, LaneShift, LaneWidth } from "../../isa/vector-operations.js";

/** The same 16 bytes as lanes of every kind. */
interface ScratchVector {
  readonly unsigned: Readonly<Record<8 | 16 | 32, Uint8Array | Uint16Array | Uint32Array>>;
  readonly signed: Readonly<Record<8 | 16 | 32, Int8Array | Int16Array | Int32Array>>;
  readonly words: BigUint64Array;
  readonly signedWords: BigInt64Array;
}

function createVector(): ScratchVector {
  const bytes = new ArrayBuffer(16);
  return {
    unsigned: { 8: new Uint8Array(bytes), 16: new Uint16Array(bytes), 32: new Uint32Array(bytes) },
    signed: { 8: new Int8Array(bytes), 16: new Int16Array(bytes), 32: new Int32Array(bytes) },
    words: new BigUint64Array(bytes),
    signedWords: new BigInt64Array(bytes),
  };
}

/** Both arguments of an operation, and its result. */
export interface Scratch {
  readonly left: ScratchVector;
  readonly right: ScratchVector;
  readonly result: ScratchVector;
}

export function createScratch(): Scratch {
  return { left: createVector(), right: createVector(), result: createVector() };
}

function put({ words }: ScratchVector, value: bigint): void {
  words[0] = BigInt.asUintN(64, value);
  words[1] = value >> 64n;
}

function take({ words }: ScratchVector): bigint {
  return words[0] | (words[1] << 64n);
}

/** Puts a value into a scratch vector, and gives its lanes, which are valid until that is used again. */
export function lanesOf(
  scratch: ScratchVector,
  laneWidth: 8 | 16,
  isSigned: boolean,
  value: bigint,
): ArrayLike<number> {
  put(scratch, value);
  return (isSigned ? scratch.signed : scratch.unsigned)[laneWidth];
}

function clamp(value: number, least: number, most: number): number {
  return value < least ? least : value > most ? most : value;
}

interface Rule {
  readonly signed: boolean;
  /** The result lane; `size` is 2 to the power of the lane's width. */
  readonly apply: (a: number, b: number, size: number) => number;
}

const unsigned = (apply: Rule["apply"]): Rule => ({ signed: false, apply });
const signed = (apply: Rule["apply"]): Rule => ({ signed: true, apply });

/** Lane by lane, for lanes of up to 32 bits; the array that takes the result cuts it to size. */
const RULES: { readonly [operation in LaneOperation]?: Rule } = {
  add: unsigned((a, b) => a + b),
  sub: unsigned((a, b) => a - b),
  mul: unsigned((a, b) => Math.imul(a, b)),
  addSaturatedSigned: signed((a, b, size) => clamp(a + b, -size / 2, size / 2 - 1)),
  addSaturatedUnsigned: unsigned((a, b, size) => clamp(a + b, 0, size - 1)),
  subSaturatedSigned: signed((a, b, size) => clamp(a - b, -size / 2, size / 2 - 1)),
  subSaturatedUnsigned: unsigned((a, b, size) => clamp(a - b, 0, size - 1)),
  averageUnsigned: unsigned((a, b) => (a + b + 1) >>> 1),
  minSigned: signed((a, b) => Math.min(a, b)),
  minUnsigned: unsigned((a, b) => Math.min(a, b)),
  maxSigned: signed((a, b) => Math.max(a, b)),
  maxUnsigned: unsigned((a, b) => Math.max(a, b)),
  equal: unsigned((a, b) => (a === b ? -1 : 0)),
  greaterSigned: signed((a, b) => (a > b ? -1 : 0)),
};

/** Lanes of 64 bits. */
function combineWords({ left, right }: Scratch, operation: LaneOperation, i: number): bigint {
  const a = left.words[i];
  const b = right.words[i];
  switch (operation) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "equal":
      return a === b ? -1n : 0n;
    case "greaterSigned":
      return left.signedWords[i] > right.signedWords[i] ? -1n : 0n;
    default:
      throw new Bug(`no ${operation} of 64-bit lanes`);
  }
}

/** Products of half of the lanes, whole. */
function multiplyWide({ left, right, result }: Scratch, laneWidth: 16 | 32, isHigh: boolean, isSigned: boolean): void {
  const kind = isSigned ? "signed" : "unsigned";
  const from = left[kind][laneWidth];
  const by = right[kind][laneWidth];
  const count = 64 / laneWidth;
  const start = isHigh ? count : 0;
  for (let i = 0; i < count; i++) {
    if (laneWidth === 16) result.signed[32][i] = from[start + i] * by[start + i];
    else result.words[i] = BigInt(from[start + i]) * BigInt(by[start + i]);
  }
}

function narrow({ left, right, result }: Scratch, laneWidth: 16 | 32, isSigned: boolean): void {
  const half = (laneWidth / 2) as 8 | 16;
  const size = 2 ** half;
  const [least, most] = isSigned ? [-size / 2, size / 2 - 1] : [0, size - 1];
  const count = 128 / laneWidth;
  for (let i = 0; i < count; i++) {
    result.unsigned[half][i] = clamp(left.signed[laneWidth][i], least, most);
    result.unsigned[half][count + i] = clamp(right.signed[laneWidth][i], least, most);
  }
}

function multiplyAddPairs({ left, right, result }: Scratch): void {
  const a = left.signed[16];
  const b = right.signed[16];
  for (let i = 0; i < 8; i += 2) result.unsigned[32][i / 2] = a[i] * b[i] + a[i + 1] * b[i + 1];
}

function swizzle({ left, right, result }: Scratch): void {
  const indices = right.unsigned[8];
  for (let i = 0; i < 16; i++) result.unsigned[8][i] = indices[i] >= 0x80 ? 0 : left.unsigned[8][indices[i] & 15];
}

export function combineLanes(
  scratch: Scratch,
  operation: LaneOperation,
  laneWidth: LaneWidth,
  a: bigint,
  b: bigint,
): bigint {
  const { left, right, result } = scratch;
  put(left, a);
  put(right, b);
  const rule = RULES[operation];
  if (rule === undefined) combineShapes(scratch, operation, laneWidth);
  else if (laneWidth === 64) {
    result.words[0] = combineWords(scratch, operation, 0);
    result.words[1] = combineWords(scratch, operation, 1);
  } else {
    const kind = rule.signed ? "signed" : "unsigned";
    const from = left[kind][laneWidth];
    const by = right[kind][laneWidth];
    const to = result.unsigned[laneWidth];
    const size = 2 ** laneWidth;
    for (let i = 0; i < to.length; i++) to[i] = rule.apply(from[i], by[i], size);
  }
  return take(result);
}

/** The operations whose result has other lanes than their arguments. */
function combineShapes(scratch: Scratch, operation: LaneOperation, laneWidth: LaneWidth): void {
  if (operation === "swizzle") {
    swizzle(scratch);
    return;
  }
  if (operation === "multiplyAddPairs") {
    multiplyAddPairs(scratch);
    return;
  }
  if (laneWidth !== 16 && laneWidth !== 32) throw new Bug(`no ${operation} of ${laneWidth}-bit lanes`);
  switch (operation) {
    case "multiplyWideLowSigned":
    case "multiplyWideLowUnsigned":
      multiplyWide(scratch, laneWidth, false, operation === "multiplyWideLowSigned");
      return;
    case "multiplyWideHighSigned":
    case "multiplyWideHighUnsigned":
      multiplyWide(scratch, laneWidth, true, operation === "multiplyWideHighSigned");
      return;
    case "narrowSigned":
    case "narrowUnsigned":
      narrow(scratch, laneWidth, operation === "narrowSigned");
      return;
    default:
      throw new Bug(`no operation ${operation} on lanes`);
  }
}

export function mapLanes({ left, result }: Scratch, operation: LaneMap, laneWidth: LaneWidth, a: bigint): bigint {
  if (laneWidth === 64) throw new Bug(`no ${operation} of 64-bit lanes`);
  put(left, a);
  const from = operation === "widenUnsigned" ? left.unsigned[laneWidth] : left.signed[laneWidth];
  const count = operation === "absolute" ? 128 / laneWidth : 64 / laneWidth;
  for (let i = 0; i < count; i++) {
    if (operation === "absolute") result.unsigned[laneWidth][i] = Math.abs(from[i]);
    else if (laneWidth === 32) result.words[i] = BigInt(from[i]);
    else result.unsigned[(laneWidth * 2) as 16 | 32][i] = from[i];
  }
  return take(result);
}

export function shiftLanes(
  { left, result }: Scratch,
  operation: LaneShift,
  laneWidth: 16 | 32 | 64,
  a: bigint,
  count: bigint,
): bigint {
  const isOver = count >= BigInt(laneWidth);
  if (isOver && operation !== "rightSigned") return 0n;
  const by = isOver ? laneWidth - 1 : Number(count);
  put(left, a);
  if (laneWidth === 64) {
    for (let i = 0; i < 2; i++) result.words[i] = shiftWord(left, operation, i, BigInt(by));
    return take(result);
  }
  const from = (operation === "rightSigned" ? left.signed : left.unsigned)[laneWidth];
  const to = result.unsigned[laneWidth];
  for (let i = 0; i < to.length; i++)
    to[i] = operation === "left" ? from[i] << by : operation === "rightSigned" ? from[i] >> by : from[i] >>> by;
  return take(result);
}

function shiftWord({ words, signedWords }: ScratchVector, operation: LaneShift, i: number, by: bigint): bigint {
  if (operation === "left") return words[i] << by;
  return (operation === "rightSigned" ? signedWords : words)[i] >> by;
}

export function shuffleBytes(
  { left, right, result }: Scratch,
  a: bigint,
  b: bigint,
  indices: readonly number[],
): bigint {
  put(left, a);
  put(right, b);
  for (let i = 0; i < 16; i++)
    result.unsigned[8][i] = indices[i] < 16 ? left.unsigned[8][indices[i]] : right.unsigned[8][indices[i] - 16];
  return take(result);
}

export function extractLane(laneWidth: LaneWidth, a: bigint, lane: number): bigint {
  return BigInt.asUintN(laneWidth, a >> BigInt(lane * laneWidth));
}

export function insertLane(laneWidth: LaneWidth, a: bigint, lane: number, value: bigint): bigint {
  const at = BigInt(lane * laneWidth);
  return (a & ~(((1n << BigInt(laneWidth)) - 1n) << at)) | (value << at);
}

export function laneSigns({ left }: Scratch, laneWidth: 8 | 32 | 64, a: bigint): bigint {
  put(left, a);
  const lanes = laneWidth === 64 ? left.signedWords : left.signed[laneWidth];
  let signs = 0;
  for (let i = 0; i < lanes.length; i++) if (lanes[i] < 0) signs |= 1 << i;
  return BigInt(signs);
}
