/** The generator of devices: xorshift128 (George Marsaglia, 2003), four words that are never all zero. */

/** A generator of its own for each stream of a seed. */
export function seedWords(seed: number, stream: number): number[] {
  const words = [seed | 0, Math.floor(seed / 2 ** 32) | 0, Math.imul(stream + 1, 0x9e3779b9), 0x6a09e667];
  for (let count = 0; count < 64; count++) nextWord(words);
  return words;
}

/** Steps the generator. 32 bits, signed. */
export function nextWord(words: number[]): number {
  let mixed = words[3];
  mixed ^= mixed << 11;
  mixed ^= mixed >>> 8;
  words.splice(3, 1);
  words.unshift((mixed ^ words[0] ^ (words[0] >>> 19)) | 0);
  return words[0];
}
