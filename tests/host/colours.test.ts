import { describe, expect, it } from "vitest";
import { PARTITION_COLOURS, threadColour } from "../../dist/host/colours.js";

const LEVELS = [0, 95, 135, 175, 215, 255];

/** Relative luminance of one of xterm's 256 colours, from the cube or the greys; WCAG 2.2. */
function luminance(colour: number): number {
  const cube = colour - 16;
  const channels =
    colour < 232
      ? [LEVELS[Math.floor(cube / 36)], LEVELS[Math.floor(cube / 6) % 6], LEVELS[cube % 6]]
      : [8 + 10 * (colour - 232), 8 + 10 * (colour - 232), 8 + 10 * (colour - 232)];
  const [red, green, blue] = channels.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe("colours of partitions", () => {
  it("can be read on a black and on a white ground", () => {
    for (const colour of PARTITION_COLOURS) {
      expect((luminance(colour) + 0.05) / 0.05, `${colour} on black`).toBeGreaterThanOrEqual(3);
      expect(1.05 / (luminance(colour) + 0.05), `${colour} on white`).toBeGreaterThanOrEqual(3);
    }
  });

  it("differ, and so do those of a partition's first four threads", () => {
    expect(new Set(PARTITION_COLOURS).size).toBe(PARTITION_COLOURS.length);
    PARTITION_COLOURS.forEach((_, partition) => {
      expect(new Set([0, 1, 2, 3].map((index) => threadColour(partition, index))).size).toBe(4);
    });
  });
});
