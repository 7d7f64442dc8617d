/** Seeded damage to files: cut, grown, flipped, filled with extremes, spliced, repeated. Mulberry32. */

/** A whole number from 0 to bound - 1. */
export type Random = (bound: number) => number;

export function createRandom(seed: number): Random {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const EXTREMES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fff_ffffn,
  0xffff_ffffn,
  0x7fff_ffff_ffff_ffffn,
  0xffff_ffff_ffff_ffffn,
];

/** A damaged copy. Damage falls mostly into the first `headBytes`, where the structure is. */
export function mutateBytes(original: Uint8Array, random: Random, headBytes: number): Uint8Array {
  // Not slice: that of a Buffer is a view, and would damage the original.
  let bytes = new Uint8Array(original);
  for (let count = 1 + random(3); count > 0; count--) {
    const reach = random(4) === 0 ? bytes.length : Math.min(headBytes, bytes.length);
    const at = reach === 0 ? 0 : random(reach);
    switch (random(8)) {
      case 0:
        bytes = bytes.slice(0, at);
        break;
      case 1: {
        const longer = new Uint8Array(bytes.length + 1 + random(8192));
        longer.set(bytes);
        bytes = longer;
        break;
      }
      case 2:
      case 3:
        if (at < bytes.length) bytes[at] ^= 1 << random(8);
        break;
      case 4:
        if (at < bytes.length) bytes[at] = random(256);
        break;
      case 5:
      case 6: {
        const width = [1, 2, 4, 8][random(4)];
        const start = at - (at % width);
        let value = EXTREMES[random(EXTREMES.length)] + BigInt(random(3)) - 1n;
        for (let index = 0; index < width && start + index < bytes.length; index++, value >>= 8n) {
          bytes[start + index] = Number(value & 0xffn);
        }
        break;
      }
      default:
        bytes.copyWithin(random(Math.max(1, reach)), at, at + 1 + random(64));
    }
  }
  return bytes;
}

const TOKENS = [
  ..."[]{}=.,#\"'\n\\ \t-+_:",
  "[[",
  "]]",
  '"""',
  "'''",
  "\u0000",
  "\u001b[2J",
  "\ud800",
  "\ufeff",
  "__proto__",
  "constructor",
  "nan",
  "inf",
  "-0",
  "1e400",
  "99999999999999999999",
  "-1",
  "0x7fffffffffffffff",
  "1979-05-27T07:32:00Z",
  "true",
  '"1e9 GiB"',
  '"9 cycles"',
  '"0 ms"',
  '"999999999999999 s"',
  '"64 MiB"',
  "{ a = 1 }",
  "[1, 2]",
  "[partition.x]\n",
  "[core.0]\n",
  "[[channel]]\n",
  "é",
  "𝄞",
];

/** A damaged copy: single characters, tokens that mean something, words exchanged, lines cut, moved and repeated. */
export function mutateText(original: string, random: Random): string {
  let text = original;
  for (let count = 1 + random(4); count > 0; count--) {
    const at = random(text.length + 1);
    switch (random(7)) {
      case 0:
        text = text.slice(0, at);
        break;
      case 1:
        text = text.slice(0, at) + TOKENS[random(TOKENS.length)] + text.slice(at);
        break;
      case 2:
        text = text.slice(0, at) + text.slice(at + 1 + random(5));
        break;
      case 3:
      case 4:
        text = exchangeWord(text, random);
        break;
      default: {
        const lines = text.split("\n");
        const [line] = lines.splice(random(lines.length), random(2));
        lines.splice(random(lines.length + 1), 0, line ?? lines[random(lines.length)] ?? "");
        text = lines.join("\n");
      }
    }
  }
  return text;
}

/** A value or name is replaced by a token, or by another word of the same text. */
function exchangeWord(text: string, random: Random): string {
  const words = [...text.matchAll(/"[^"\n]*"|[A-Za-z0-9_]+/g)];
  if (words.length === 0) return text;
  const word = words[random(words.length)];
  const other = random(2) === 0 ? TOKENS[random(TOKENS.length)] : words[random(words.length)][0];
  return text.slice(0, word.index) + other + text.slice(word.index + word[0].length);
}
