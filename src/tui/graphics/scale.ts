/** Frames of displays in other sizes. Pure. */
import type { DisplayFrame } from "../../devices/index.js";
import type { Area } from "../canvas.js";

/** Red, green and blue of each pixel, row by row. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly samples: Uint8Array;
}

/**
 * The largest area of cells within another that has the shape of the frame, in its middle. A cell is twice as high as
 * wide.
 */
export function placeFrame({ x, y, width, height }: Area, frame: DisplayFrame): Area {
  const scale = Math.min(width / frame.width, (2 * height) / frame.height);
  const columns = Math.max(1, Math.floor(frame.width * scale));
  const rows = Math.max(1, Math.floor((frame.height * scale) / 2));
  return {
    x: x + Math.floor((width - columns) / 2),
    y: y + Math.floor((height - rows) / 2),
    width: columns,
    height: rows,
  };
}

/** Each pixel is the mean of those that it stands for; of one at least. */
export function scaleFrame(
  { width: from, height: fromRows, pixels }: DisplayFrame,
  width: number,
  height: number,
): Raster {
  const samples = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const top = Math.floor((y * fromRows) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * fromRows) / height));
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * from) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * from) / width));
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let row = top; row < bottom; row++)
        for (let at = 4 * (row * from + left); at < 4 * (row * from + right); at += 4) {
          blue += pixels[at];
          green += pixels[at + 1];
          red += pixels[at + 2];
        }
      const count = (bottom - top) * (right - left);
      samples.set([red / count, green / count, blue / count], 3 * (y * width + x));
    }
  }
  return { width, height, samples };
}
