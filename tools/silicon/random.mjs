/**
 * The deterministic source of test cases: the same seed gives the same cases on every host and Node version, so that
 * vectors need only hold results.
 *
 * Values lean towards the corners where arithmetic goes wrong. 64-bit values are pairs of 32-bit words, low first:
 * BigInt would be most of the run time.
 */

/** A 32-bit hash of a string (FNV-1a), to give each form a stream of its own. */
export function hashText(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * A generator of 32-bit numbers (sfc32). `bits()` is 0 to 2^32 - 1, `below(n)` is 0 to n - 1, `chance(n)` is true once
 * in n times, `pick(list)` one of a list; `fill64(words, at)` writes a corner value as two words.
 *
 * @typedef {ReturnType<typeof createRandom>} Random
 */
export function createRandom(seed, stream = 0) {
  let a = seed >>> 0,
    b = stream >>> 0,
    c = 0x9e3779b9,
    counter = 1;
  const bits = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let i = 0; i < 12; i++) bits();
  const below = (limit) => Math.floor((bits() / 4294967296) * limit);
  const chance = (n) => below(n) === 0;
  /** @type {<T>(list: readonly T[]) => T} */
  const pick = (list) => list[below(list.length)];
  const fill64 = (words, at) => {
    const kind = bits() & 15;
    let low = 0,
      high = 0;
    if (kind === 0) {
      // 0
    } else if (kind === 1) {
      low = 1;
    } else if (kind === 2) {
      low = high = -1;
    } else if (kind === 3 || kind === 4) {
      // 2^n - 1, 2^n, 2^n + 1
      const power = below(64);
      if (power < 32) low = 1 << power;
      else high = 1 << (power - 32);
      const delta = below(3) - 1;
      if (delta < 0) {
        if (low === 0) high = (high - 1) | 0;
        low = (low - 1) | 0;
      } else {
        low = (low + delta) | 0;
      }
    } else if (kind === 5) {
      // the sign limits of each width, in clean and in dirty surroundings
      const width = 8 << below(4);
      const dirty = chance(2);
      const isMaximum = chance(2);
      if (dirty) {
        low = bits();
        high = bits();
      }
      if (width === 64) {
        high = isMaximum ? 0x7fffffff : 0x80000000;
        low = isMaximum ? -1 : 0;
      } else {
        const limit = width === 32 ? 0x80000000 : 1 << (width - 1);
        const mask = width === 32 ? -1 : (1 << width) - 1;
        low = (low & ~mask) | ((isMaximum ? limit - 1 : limit) & mask);
      }
    } else if (kind === 6) {
      low = high = pick([0x55555555, 0xaaaaaaaa, 0x33333333, 0xcccccccc, 0x0f0f0f0f, 0xff00ff00]);
    } else if (kind === 7 || kind === 8) {
      // counts and small numbers, either sign
      low = below(80);
      if (chance(3)) {
        low = -low;
        high = low === 0 ? 0 : -1;
      }
    } else if (kind === 9) {
      // random in the low part, sign-extended or not
      low = bits() >> below(32);
      high = chance(2) ? low >> 31 : 0;
    } else if (kind === 10) {
      // a clean low byte or word with garbage above
      low = (bits() & ~0xff) | pick([0, 1, 0x7f, 0x80, 0xff, 0xfe]);
      high = bits();
    } else if (kind === 11) {
      // zero in a narrow width with garbage above, and the reverse
      const keep = pick([0xffffff00, 0xffff0000, 0x000000ff, 0x0000ffff, 0, 0xffffffff]);
      low = bits() & keep;
      high = bits();
    } else {
      low = bits();
      high = bits();
    }
    words[at] = low;
    words[at + 1] = high;
  };
  return { bits, below, chance, pick, fill64 };
}
