import { describe, expect, it } from "vitest";
import {
  formatCycles,
  formatFrequency,
  formatSize,
  isUnitProblem,
  parseDuration,
  parseFrequency,
  parseSize,
  toCycles,
} from "../../dist/system/index.js";

/** Cycles of a time at a frequency, or the problem as text. */
function cycles(text: string, frequencyHz: number): number | string {
  const duration = parseDuration(text);
  if (isUnitProblem(duration)) return duration.problem;
  const count = toCycles(duration, frequencyHz);
  return isUnitProblem(count) ? count.problem : count;
}

describe("sizes", () => {
  it.each([
    ["64 MiB", 64 * 1024 * 1024],
    ["64MiB", 64 * 1024 * 1024],
    ["1.5 KiB", 1536],
    ["0.5 GiB", 512 * 1024 * 1024],
    ["0 B", 0],
    ["8191 GiB", 8191 * 2 ** 30],
  ])("%s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    "",
    "64",
    "MiB",
    "-1 B",
    "1e3 B",
    "1,5 KiB",
    "64 mib",
    "1 MiB ",
    "１ MiB",
    "0x10 B",
    "1.5 B",
    "99999999 GiB",
  ])('"%s" is a problem', (text) => {
    expect(isUnitProblem(parseSize(text))).toBe(true);
  });

  it("with decimal units are asked for again", () => {
    expect(parseSize("64 MB")).toEqual({
      problem: '"64 MB" has no unit of size that Hallows takes',
      hint: 'Write "64 MiB": sizes are in powers of 1024.',
    });
  });
});

describe("frequencies", () => {
  it.each([
    ["3 GHz", 3_000_000_000],
    ["2.445 GHz", 2_445_000_000],
    ["1 MHz", 1_000_000],
    ["12.5kHz", 12_500],
  ])("%s", (text, hertz) => {
    expect(parseFrequency(text)).toBe(hertz);
    expect(parseFrequency(formatFrequency(hertz))).toBe(hertz);
  });
});

describe("times", () => {
  it.each([
    ["16.667 ms", 3_000_000_000, 50_001_000],
    ["10 ms", 1_000_000, 10_000],
    ["1 s", 44_100, 44_100],
    ["250 us", 1_000_000, 250],
    ["250 µs", 1_000_000, 250],
    ["250 μs", 1_000_000, 250],
    ["1 ns", 3_000_000_000, 3],
    ["5000 cycles", 7, 5000],
    ["1 cycle", 7, 1],
    ["0 ms", 1_000_000, 0],
  ])("%s at %i Hz", (text, frequencyHz, expected) => {
    expect(cycles(text, frequencyHz)).toBe(expected);
  });

  it("that are not whole cycles name their neighbours, and are never rounded", () => {
    const duration = parseDuration("16.667 ms");
    expect(isUnitProblem(duration) ? null : toCycles(duration, 1000)).toEqual({
      problem: '"16.667 ms" is not a whole number of cycles at 1 kHz',
      hint: 'Nearest are "16 cycles" and "17 cycles".',
    });
  });

  it("that are too long are a problem", () => {
    expect(cycles("999999999999999 s", 3_000_000_000)).toBe('"999999999999999 s" is too long');
    expect(cycles("999999999999999 cycles", 1)).toBe(999_999_999_999_999);
  });
});

describe("printing", () => {
  it("is exact: what is printed reads back as it was", () => {
    for (const frequencyHz of [1000, 44_100, 1_000_000, 3_000_000_000, 2_445_000_000]) {
      for (const count of [0, 1, 7, 999, 10_000, 44_100, 50_001_000, 123_456_789, 2 ** 40 + 1]) {
        expect(cycles(formatCycles(count, frequencyHz), frequencyHz)).toBe(count);
      }
    }
    for (const bytes of [0, 1, 1000, 4096, 65536, 3 * 2 ** 20, 2 ** 31])
      expect(parseSize(formatSize(bytes))).toBe(bytes);
  });

  it("is short", () => {
    expect([formatSize(65536), formatSize(1000), formatFrequency(1_500_000)]).toEqual(["64 KiB", "1000 B", "1.5 MHz"]);
    expect(formatCycles(10_000, 1_000_000)).toBe("10 ms");
    expect(formatCycles(1, 44_100)).toBe("1 cycles");
  });
});
