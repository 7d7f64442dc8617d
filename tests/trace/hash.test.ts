import { describe, expect, it } from "vitest";
import {
  HASH_WORDS,
  HASH_WORDS_OFFSET,
  mixEntry,
  mixInput,
  mixNumber,
  mixRead,
  mixWord,
} from "../../dist/trace/index.js";

function bitsOf(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}

describe("the hash of a partition", () => {
  it("takes whole numbers as 64 bits, negative ones as two's complement", () => {
    for (const [value, low, high] of [
      [-1, 0xffff_ffff, 0xffff_ffff],
      [2 ** 40 + 5, 5, 256],
      [-(2 ** 32), 0, 0xffff_ffff],
    ]) {
      const number = new Uint32Array(2);
      const halves = new Uint32Array(2);
      mixNumber(number, 0, value);
      mixWord(halves, 0, low);
      mixWord(halves, 0, high);
      expect(number).toEqual(halves);
    }
  });

  it("takes what comes from outside wherever it lies, and changes with each of its bytes and their number", () => {
    const hashOf = (bytes: Uint8Array): string => {
      const words = Uint32Array.of(7, 9);
      mixInput(words, 0, bytes);
      return words.join();
    };
    const bytes = Uint8Array.from({ length: 75 }, (_, i) => i * 5);
    for (const offset of [1, 4, 6, 16]) {
      const elsewhere = new Uint8Array(100);
      elsewhere.set(bytes, offset);
      expect(hashOf(elsewhere.subarray(offset, offset + 75))).toBe(hashOf(bytes));
      // Slices of a Buffer are views, and lie as it does.
      expect(hashOf(Buffer.from(elsewhere.buffer, offset, 75))).toBe(hashOf(bytes));
    }
    const all = new Set([hashOf(bytes)]);
    for (let i = 0; i < bytes.length; i++) {
      all.add(hashOf(bytes.subarray(0, i)));
      all.add(hashOf(bytes.with(i, bytes[i] ^ 1)));
    }
    expect(all.size).toBe(151);
  });

  describe("of reads", () => {
    /** Address, low and high half of the value, low and high half of the cycle. */
    type Read = readonly number[];

    /** The lanes after a read of 8 bytes and two others behind it. */
    function hashOf([address, low, high, cycleLow, cycleHigh]: Read): readonly number[] {
      const words = new Uint32Array(HASH_WORDS_OFFSET / 4 + 4 * HASH_WORDS);
      words.set([0x1234_5678, 0x9abc_def0]);
      mixRead(words, 0, address, 8, low, high, (cycleHigh >>> 0) * 2 ** 32 + (cycleLow >>> 0));
      const lanes = [words[0], words[1]];
      mixRead(words, 0, 0x5000, 4, 7, 0, 1e6);
      mixRead(words, 0, 0x6004, 4, 8, 0, 1e6 + 3);
      return [...lanes, words[0], words[1]];
    }

    const READS: readonly Read[] = Array.from({ length: 40 }, (_, i) => {
      const word = (k: number): number => Math.imul(5 * i + k + 1, 0x9e3779b1) >>> (i % 3 === 0 ? 24 : 0);
      return [word(0), word(1), word(2), word(3), word(4) & 0x1f_ffff];
    });
    const BITS = [32, 32, 32, 32, 21];

    it("changes with each bit of address, value and cycle, and with it half of the bits soon after", () => {
      let flipped = 0;
      let cases = 0;
      for (const read of READS) {
        const [lane0, lane1, later0, later1] = hashOf(read);
        BITS.forEach((bits, part) => {
          for (let bit = 0; bit < bits; bit++) {
            const other = hashOf(read.map((word, i) => (i === part ? (word ^ (1 << bit)) >>> 0 : word)));
            expect([other[0], other[1]], `bit ${bit} of part ${part}`).not.toEqual([lane0, lane1]);
            flipped += bitsOf(other[2] ^ later0) + bitsOf(other[3] ^ later1);
            cases++;
          }
        });
      }
      expect(flipped / cases).toBeGreaterThan(30);
      expect(flipped / cases).toBeLessThan(34);
    });

    it("tells small changes of value and cycle together apart", () => {
      const seen = new Set<string>();
      for (let value = 0; value < 64; value++)
        for (let cycle = 0; cycle < 64; cycle++)
          for (let at = 0; at < 4; at++)
            seen.add(
              hashOf([0x1000 + 8 * at, value, 0, cycle, 0])
                .slice(0, 2)
                .join(),
            );
      expect(seen.size).toBe(64 * 64 * 4);
    });
  });

  describe("of entries", () => {
    const REGISTERS = 40;

    /** The lanes after an entry of `what` at a cycle of two halves with these registers. */
    function lanesOf([what, low, high, ...registers]: readonly number[]): readonly number[] {
      const words = Uint32Array.from([0x1234_5678, 0x9abc_def0, ...registers]);
      mixEntry(words, 0, what, high * 2 ** 32 + low, 2, 2 + REGISTERS);
      return [words[0], words[1]];
    }

    const ENTRY = Array.from({ length: 3 + REGISTERS }, (_, i) =>
      i === 2 ? 0x1234 : Math.imul(i + 1, 0x9e3779b1) >>> (i % 3 === 0 ? 24 : 0),
    );

    it("changes with each bit of kind, cycle and registers, in both lanes", () => {
      const [lane0, lane1] = lanesOf(ENTRY);
      let flipped = 0;
      let cases = 0;
      ENTRY.forEach((_, part) => {
        for (let bit = 0; bit < (part === 2 ? 21 : 32); bit++) {
          const other = lanesOf(ENTRY.map((word, i) => (i === part ? (word ^ (1 << bit)) >>> 0 : word)));
          expect(other[0], `bit ${bit} of word ${part}`).not.toBe(lane0);
          expect(other[1], `bit ${bit} of word ${part}`).not.toBe(lane1);
          flipped += bitsOf(other[0] ^ lane0) + bitsOf(other[1] ^ lane1);
          cases++;
        }
      });
      expect(flipped / cases).toBeGreaterThan(28);
      expect(flipped / cases).toBeLessThan(34);
    });

    it("tells registers that have changed places, and changes of two of them, apart", () => {
      const seen = new Set([lanesOf(ENTRY).join()]);
      let cases = 1;
      for (let one = 3; one < ENTRY.length; one++)
        for (let other = one + 1; other < ENTRY.length; other++) {
          const swapped = [...ENTRY];
          [swapped[one], swapped[other]] = [ENTRY[other], ENTRY[one]];
          seen.add(lanesOf(swapped).join());
          for (const bit of [0, 31]) {
            const changed = ENTRY.map((word, i) => (i === one || i === other ? (word ^ (1 << bit)) >>> 0 : word));
            seen.add(lanesOf(changed).join());
          }
          cases += 3;
        }
      expect(seen.size).toBe(cases);
    });
  });
});
