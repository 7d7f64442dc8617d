import { describe, expect, it } from "vitest";
import { mixNumber, mixWord, mixWords } from "../../dist/trace/index.js";

describe("the hash of a partition", () => {
  it("takes words in a row as it takes them one by one", () => {
    const words = Uint32Array.from({ length: 48 }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
    const single = words.slice();
    mixWords(words, 8, words, 8, 48);
    for (let i = 8; i < 48; i++) mixWord(single, 8, single[i]);
    expect([...words]).toEqual([...single]);
    mixWords(words, 8, words, 8, 47);
    for (let i = 8; i < 48; i++) mixWord(single, 8, single[i]);
    expect([...words.subarray(2, 4)]).not.toEqual([...single.subarray(2, 4)]);
  });

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
});
