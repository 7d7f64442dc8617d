import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createControlFilter, createLineSplitter, isPlain, safeText } from "../../dist/host/safe-text.js";

function split(longest: number, ...pieces: (string | Uint8Array)[]): { lines: string[]; rest: string } {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line), longest);
  for (const piece of pieces) splitter.push(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  return { lines, rest: splitter.rest() };
}

describe("guest text", () => {
  it("never has anything but plain characters and newlines, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
        const { lines, rest } = split(64, ...pieces);
        for (const line of [...lines, rest]) {
          for (const character of line) expect(isPlain(character.codePointAt(0) ?? 0)).toBe(true);
        }
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(64 * 4);
      }),
      { numRuns: 500 },
    );
  });

  it("shows escape sequences as what they are made of", () => {
    expect(safeText("\x1b[2J\x1b]0;owned\x07\x9b31m")).toBe("·[2J·]0;owned··31m");
  });

  it("keeps letters of one column, and stands in for wide, joining and reordering ones", () => {
    expect(safeText("Grüße, Ελλάς, ─█▄ → 3")).toBe("Grüße, Ελλάς, ─█▄ → 3");
    expect(safeText("漢字 e\u0301 \u202eabc \u200bx 🦉")).toBe("·· e· ·abc ·x ·");
  });

  it("comes as lines, also when characters and line ends are cut by messages", () => {
    const [a, b] = [new TextEncoder().encode("Grü").subarray(0, 3), new TextEncoder().encode("Grü").subarray(3)];
    expect(split(99, a, b, "ße\r", "\nzwei\ndr").lines).toEqual(["Grüße", "zwei"]);
    expect(split(99, "eins\ndr").rest).toBe("dr");
  });

  it("is cut when its line does not end", () => {
    const { lines, rest } = split(8, "a".repeat(20));
    expect(lines).toEqual(["aaaaaaaa", "aaaaaaaa"]);
    expect(rest).toBe("aaaa");
  });
});

describe("a stream of guest text for a terminal", () => {
  it("has dots in the place of control characters, and line ends of one character, wherever it is cut", () => {
    const bytes = new TextEncoder().encode("ein\x1b[2J\r\nGrü\ro\r\r\n");
    for (let at = 0; at <= bytes.length; at++) {
      const filter = createControlFilter();
      expect(filter(bytes.subarray(0, at)) + filter(bytes.subarray(at))).toBe("ein·[2J\nGrü·o·\n");
    }
  });
});
