/**
 * The hash of a partition: two 32-bit lanes that every value entering the partition is mixed into, with its cycle.
 *
 * A slot of 512 bytes: lane 0, lane 1 (u32 each), then at +64 the values last read from 16 synchronising words
 * (address u32, size u32, value u64). A word read again with the value of the last read adds nothing, so that a
 * polling loop leaves the hash alone while nothing changes.
 *
 * Not cryptographic: it tells runs apart (a flipped bit or a shifted cycle changes it), it does not resist an author.
 * Words are mixed as MurmurHash3 does it (Austin Appleby, public domain), with two sets of constants. Reads of shared
 * words, which are many, are mixed at once, with the two lanes as one number of 64 bits, by multiplications as in
 * xxHash64 (Yann Collet), and the registers at an entry into the kernel are brought down to four words before, as in
 * xxHash32.
 */
const { imul } = Math;

export const HASH_WORDS_OFFSET = 64;
export const HASH_WORDS = 16;

/**
 * Odd factors for the parts of a read and for the hash, the turns between them, and what is added. Those of xxHash64.
 */
export const READ_FACTORS = {
  value: 0xc2b2ae3d27d4eb4fn,
  cycle: 0x165667b19e3779f9n,
  address: 0x27d4eb2f165667c5n,
  hash: 0x9e3779b185ebca87n,
} as const;
export const READ_TURNS = { cycle: 32n, hash: 27n } as const;
export const READ_ADDEND = 0x85ebca77c2b2ae63n;

/** The numbers of lane 0, literal in compiled code: see LANE_MIXES. */
const enum Lane0 {
  First = 0xcc9e2d51,
  WordTurns = 15,
  Second = 0x1b873593,
  LaneTurns = 13,
  Factor = 5,
  Addend = 0xe6546b64,
}

const enum Lane1 {
  First = 0x239b961b,
  WordTurns = 16,
  Second = 0xab0e9789,
  LaneTurns = 17,
  Factor = 9,
  Addend = 0x561ccd1b,
}

/**
 * How a lane takes in a word: the word times `first`, turned by `wordTurns`, times `second`; exclusive or with the
 * lane, turned by `laneTurns`, times `factor`, plus `addend`. Translated code has it from here.
 */
export const LANE_MIXES = [
  {
    first: Lane0.First,
    wordTurns: Lane0.WordTurns,
    second: Lane0.Second,
    laneTurns: Lane0.LaneTurns,
    factor: Lane0.Factor,
    addend: Lane0.Addend,
  },
  {
    first: Lane1.First,
    wordTurns: Lane1.WordTurns,
    second: Lane1.Second,
    laneTurns: Lane1.LaneTurns,
    factor: Lane1.Factor,
    addend: Lane1.Addend,
  },
] as const;

/** Lane 0 with another word. */
function mixFirst(lane: number, word: number): number {
  const k = imul(word, Lane0.First);
  const h = lane ^ imul((k << Lane0.WordTurns) | (k >>> (32 - Lane0.WordTurns)), Lane0.Second);
  return (imul((h << Lane0.LaneTurns) | (h >>> (32 - Lane0.LaneTurns)), Lane0.Factor) + Lane0.Addend) | 0;
}

/** Lane 1 with another word. */
function mixSecond(lane: number, word: number): number {
  const k = imul(word, Lane1.First);
  const h = lane ^ imul((k << Lane1.WordTurns) | (k >>> (32 - Lane1.WordTurns)), Lane1.Second);
  return (imul((h << Lane1.LaneTurns) | (h >>> (32 - Lane1.LaneTurns)), Lane1.Factor) + Lane1.Addend) | 0;
}

/** Mixes one 32-bit word into the lanes at `base` (byte offset, a multiple of 4). */
export function mixWord(words: Uint32Array, base: number, word: number): void {
  const at = base >>> 2;
  words[at] = mixFirst(words[at] | 0, word);
  words[at + 1] = mixSecond(words[at + 1] | 0, word);
}

/** One of the four lanes of an entry with another word. */
function takeWord(lane: number, word: number): number {
  const sum = (lane + imul(word, 0x85ebca77)) | 0;
  return imul((sum << 13) | (sum >>> 19), 0x9e3779b1);
}

/**
 * What the kernel could learn from an entry: `what` of 32 bits, the cycle, and elements `from` up to `to` of `words` (a
 * multiple of 4). Taken in four lanes, which don't wait for each other in a processor; both lanes of the hash take in
 * all of them.
 */
export function mixEntry(
  words: Uint32Array,
  base: number,
  what: number,
  cycle: number,
  from: number,
  to: number,
): void {
  let a = takeWord(1, what);
  let b = takeWord(2, cycle | 0);
  let c = takeWord(3, (cycle / 4294967296) | 0);
  let d = 4;
  for (let i = from; i < to; i += 4) {
    a = takeWord(a, words[i] | 0);
    b = takeWord(b, words[i + 1] | 0);
    c = takeWord(c, words[i + 2] | 0);
    d = takeWord(d, words[i + 3] | 0);
  }
  const at = base >>> 2;
  words[at] = mixFirst(words[at] | 0, a + (b ^ (b >>> 15)) + ((c << 7) | (c >>> 25)) + ((d << 18) | (d >>> 14)));
  words[at + 1] = mixSecond(
    words[at + 1] | 0,
    d + (c ^ (c >>> 13)) + ((b << 9) | (b >>> 23)) + ((a << 20) | (a >>> 12)),
  );
}

/** An answer of the kernel: status, value and cycle. */
export function mixAnswer(
  words: Uint32Array,
  base: number,
  status: number,
  value: number | bigint,
  cycle: number,
): void {
  const at = base >>> 2;
  const valueLow = typeof value === "number" ? value | 0 : Number(BigInt.asIntN(32, value));
  const valueHigh = typeof value === "number" ? highWord(value) : Number(BigInt.asIntN(32, value >> 32n));
  const cycleHigh = highWord(cycle);
  let lane = mixFirst(words[at] | 0, status);
  lane = mixFirst(mixFirst(lane, valueLow), valueHigh);
  words[at] = mixFirst(mixFirst(lane, cycle | 0), cycleHigh);
  lane = mixSecond(words[at + 1] | 0, status);
  lane = mixSecond(mixSecond(lane, valueLow), valueHigh);
  words[at + 1] = mixSecond(mixSecond(lane, cycle | 0), cycleHigh);
}

/** Of a whole number, as 64 bits. */
function highWord(value: number): number {
  return Math.floor(value / 4294967296) | 0;
}

/** A number of up to 53 bits. */
export function mixNumber(words: Uint32Array, base: number, value: number): void {
  mixWord(words, base, value | 0);
  mixWord(words, base, highWord(value));
}

/** What comes from outside: as an entry's words are taken, 16 bytes at a time, and the rest as runs of bytes are. */
export function mixInput(words: Uint32Array, base: number, bytes: Uint8Array): void {
  // Not slice: that of a Buffer is a view.
  const { buffer, byteOffset, length } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  const count = (length >>> 4) << 2;
  const input = new Int32Array(buffer, byteOffset, count);
  let [a, b, c, d] = [1, 2, 3, 4];
  for (let i = 0; i < count; i += 4) {
    a = takeWord(a, input[i]);
    b = takeWord(b, input[i + 1]);
    c = takeWord(c, input[i + 2]);
    d = takeWord(d, input[i + 3]);
  }
  for (const lane of [a, b, c, d]) mixWord(words, base, lane);
  mixBytes(words, base, bytes.subarray(count * 4));
}

/** Mixes a run of bytes, as little-endian words; the tail is padded with zeros and the length follows. */
export function mixBytes(words: Uint32Array, base: number, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.byteLength & ~3;
  for (let i = 0; i < whole; i += 4) mixWord(words, base, view.getInt32(i, true));
  let tail = 0;
  for (let i = whole; i < bytes.byteLength; i++) tail |= bytes[i] << (8 * (i - whole));
  mixWord(words, base, tail);
  mixWord(words, base, bytes.byteLength);
}

/**
 * A synchronising read of `sizeBytes`: mixes address, value and cycle unless the slot's table of last values holds the
 * same value for this word. `address` is the lower half of the linear address: where frames lie changes no hash.
 */
export function mixRead(
  words: Uint32Array,
  base: number,
  address: number,
  sizeBytes: number,
  low: number,
  high: number,
  cycle: number,
): void {
  const entry = (base + HASH_WORDS_OFFSET + (((address >>> 2) ^ (address >>> 6)) % HASH_WORDS) * 16) >>> 2;
  if (
    words[entry] === address >>> 0 &&
    words[entry + 1] === sizeBytes &&
    words[entry + 2] === low >>> 0 &&
    words[entry + 3] === high >>> 0
  )
    return;
  words[entry] = address;
  words[entry + 1] = sizeBytes;
  words[entry + 2] = low;
  words[entry + 3] = high;
  const value = BigInt(low >>> 0) | (BigInt(high >>> 0) << 32n);
  const place = BigInt(cycle) * READ_FACTORS.cycle + BigInt(address >>> 0) * READ_FACTORS.address;
  const read = (value * READ_FACTORS.value) ^ turn(place, READ_TURNS.cycle);
  const at = base >>> 2;
  const hash = BigInt(words[at]) | (BigInt(words[at + 1]) << 32n);
  const mixed = turn(hash ^ read, READ_TURNS.hash) * READ_FACTORS.hash + READ_ADDEND;
  words[at] = Number(mixed & 0xffff_ffffn);
  words[at + 1] = Number((mixed >> 32n) & 0xffff_ffffn);
}

/** A rotation of the low 64 bits to the left. */
function turn(value: bigint, bits: bigint): bigint {
  const word = BigInt.asUintN(64, value);
  return BigInt.asUintN(64, word << bits) | (word >> (64n - bits));
}

/** The lanes as 16 hexadecimal digits. */
export function hashText(words: Uint32Array, base: number): string {
  const at = base >>> 2;
  return (words[at] >>> 0).toString(16).padStart(8, "0") + (words[at + 1] >>> 0).toString(16).padStart(8, "0");
}
