/**
 * The hash of a partition: two 32-bit lanes that every value entering the partition is mixed into, with its cycle.
 *
 * A slot of 512 bytes: lane 0, lane 1 (u32 each), then at +64 the values last read from 16 synchronising words
 * (address u32, size u32, value u64). A word read again with the value of the last read adds nothing, so that a
 * polling loop leaves the hash alone while nothing changes.
 *
 * Not cryptographic: it tells runs apart (a flipped bit or a shifted cycle changes it), it does not resist an author.
 * Words are mixed as MurmurHash3 does it (Austin Appleby, public domain), with two sets of constants. Reads of shared words, which
 * are many, are mixed at once, with the two lanes as one number of 64 bits, by multiplications as in xxHash64 (Yann Collet).
 */
export const HASH_WORDS_OFFSET = 64;
export const HASH_WORDS = 16;

/** Odd factors for the parts of a read and for the hash, the turns between them, and what is added. Those of xxHash64. */
export const READ_FACTORS = {
  value: 0xc2b2ae3d27d4eb4fn,
  cycle: 0x165667b19e3779f9n,
  address: 0x27d4eb2f165667c5n,
  hash: 0x9e3779b185ebca87n,
} as const;
export const READ_TURNS = { cycle: 32n, hash: 27n } as const;
export const READ_ADDEND = 0x85ebca77c2b2ae63n;

/** Mixes one 32-bit word into the lanes at `base` (byte offset, a multiple of 4). */
export function mixWord(words: Uint32Array, base: number, word: number): void {
  const at = base >>> 2;
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  let h = words[at] ^ k;
  h = (h << 13) | (h >>> 19);
  words[at] = (Math.imul(h, 5) + 0xe6546b64) | 0;
  let j = Math.imul(word, 0x239b961b);
  j = Math.imul((j << 16) | (j >>> 16), 0xab0e9789);
  let g = words[at + 1] ^ j;
  g = (g << 17) | (g >>> 15);
  words[at + 1] = (Math.imul(g, 9) + 0x561ccd1b) | 0;
}

/** Mixes words `from` up to `to` of `source`, as `mixWord` one by one. */
export function mixWords(words: Uint32Array, base: number, source: Uint32Array, from: number, to: number): void {
  const at = base >>> 2;
  let h = words[at] | 0;
  let g = words[at + 1] | 0;
  for (let i = from; i < to; i++) {
    const word = source[i] | 0;
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
    let j = Math.imul(word, 0x239b961b);
    j = Math.imul((j << 16) | (j >>> 16), 0xab0e9789);
    g ^= j;
    g = (Math.imul((g << 17) | (g >>> 15), 9) + 0x561ccd1b) | 0;
  }
  words[at] = h;
  words[at + 1] = g;
}

/** A number of up to 53 bits. */
export function mixNumber(words: Uint32Array, base: number, value: number): void {
  mixWord(words, base, value | 0);
  mixWord(words, base, Math.floor(value / 4294967296) | 0);
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
 * A synchronising read of `sizeBytes` at physical address `address`: mixes value and cycle unless the slot's table of
 * last values holds the same value for this word.
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
