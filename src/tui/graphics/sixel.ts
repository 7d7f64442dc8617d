/**
 * Pictures as sixels (DEC STD 070): bands of six rows, and in each band a line for each of its colours, which are those
 * of a cube of six levels a channel. Pure.
 */
import type { DisplayFrame } from "../../devices/index.js";
import type { Area } from "../canvas.js";
import { scaleFrame } from "./scale.js";

/** Pixels of a cell, where the terminal doesn't say: fewer than most have, so that nothing is drawn over. */
const CELL_WIDTH = 8;
const CELL_HEIGHT = 16;
const LEVELS = 6;
const BAND_ROWS = 6;

export function drawSixel(frame: DisplayFrame, { width: columns, height: rows }: Area): string {
  const { width, height, samples } = scaleFrame(frame, columns * CELL_WIDTH, rows * CELL_HEIGHT);
  const colours = new Uint8Array(width * height);
  for (let at = 0; at < colours.length; at++) colours[at] = cubeIndex(samples, 3 * at);
  const palette = [...new Set(colours)].map((colour) => `#${colour};2;${percents(colour).join(";")}`);
  const bands: string[] = [];
  for (let top = 0; top < height; top += BAND_ROWS)
    bands.push(drawBand(colours, width, top, Math.min(BAND_ROWS, height - top)));
  return `\x1bPq"1;1;${width};${height}${palette.join("")}${bands.join("-")}\x1b\\`;
}

function cubeIndex(samples: Uint8Array, at: number): number {
  const level = (value: number): number => Math.round((value * (LEVELS - 1)) / 255);
  return LEVELS * LEVELS * level(samples[at]) + LEVELS * level(samples[at + 1]) + level(samples[at + 2]);
}

function percents(colour: number): number[] {
  const levels = [Math.floor(colour / (LEVELS * LEVELS)), Math.floor(colour / LEVELS) % LEVELS, colour % LEVELS];
  return levels.map((level) => (level * 100) / (LEVELS - 1));
}

/** One line a colour, each over the one before. */
function drawBand(colours: Uint8Array, width: number, top: number, rows: number): string {
  const band = colours.subarray(top * width, (top + rows) * width);
  return [...new Set(band)]
    .map((colour) => {
      let line = `#${colour}`;
      let run = 0;
      let last = -1;
      for (let x = 0; x <= width; x++) {
        let bits = -1;
        if (x < width) {
          bits = 0;
          for (let row = 0; row < rows; row++) if (band[row * width + x] === colour) bits |= 1 << row;
        }
        if (bits === last) {
          run++;
          continue;
        }
        if (last >= 0) line += repeat(String.fromCharCode(63 + last), run);
        last = bits;
        run = 1;
      }
      return line;
    })
    .join("$");
}

function repeat(character: string, count: number): string {
  return count > 3 ? `!${count}${character}` : character.repeat(count);
}
