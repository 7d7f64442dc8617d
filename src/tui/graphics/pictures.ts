/**
 * Frames of displays in the terminal, in the best way that it has: as cells of the canvas, two pixels each, or, for
 * colours that a canvas has not and for graphics, as text that is written over the canvas once that is drawn.
 */
import type { DisplayFrame } from "../../devices/index.js";
import type { GraphicsWay } from "../../host/terminal-kind.js";
import { attribute, PLAIN, type Area, type Canvas } from "../canvas.js";
import { nearestOf16, nearestOf256, shadeOf } from "./colours.js";
import { CLEAR_KITTY, drawKitty } from "./kitty.js";
import { placeFrame, scaleFrame, type Raster } from "./scale.js";
import { drawSixel } from "./sixel.js";

export interface Pictures {
  /** A new picture begins, without a frame so far. */
  begin(): void;
  /** Shows a frame in an area. `isCovered`: something lies over it, so that it must be cells. */
  paint(canvas: Canvas, area: Area, frame: DisplayFrame, isCovered: boolean): void;
  /** What is to be written over the canvas, once that is drawn. */
  over(): string;
  /** Whether what was written over an earlier canvas has to go: by `clear`, and by drawing everything anew. */
  isStale(): boolean;
  clear(): string;
  /** The pixel at a cell, or null beside the frame. */
  pixelAt(column: number, row: number): { readonly x: number; readonly y: number } | null;
}

const HALF = "▀";

interface Shown {
  readonly frame: DisplayFrame;
  readonly place: Area;
  readonly isOver: boolean;
}

export function createPictures(way: GraphicsWay, hasUnicode: boolean): Pictures {
  let shown: Shown | null = null;
  /** What the terminal shows over the canvas. */
  let written: { readonly shown: Shown; readonly rows: readonly string[] } | null = null;

  function overRows({ frame, place }: Shown): string[] {
    if (way === "kitty") return [moveTo(place.x, place.y) + drawKitty(frame, place)];
    if (way === "sixel") return [moveTo(place.x, place.y) + drawSixel(frame, place)];
    return drawTrueColours(scaleFrame(frame, place.width, 2 * place.height), place);
  }

  return {
    begin() {
      shown = null;
    },
    paint(canvas, area, frame, isCovered) {
      const isOver = !isCovered && (way === "kitty" || way === "sixel" || (way === "true colours" && hasUnicode));
      const place = placeFrame(area, frame);
      shown = { frame, place, isOver };
      if (!isOver) paintCells(canvas, place, frame, way, hasUnicode);
    },
    over() {
      if (shown === null || !shown.isOver) return "";
      if (written !== null && written.shown.frame.pixels === shown.frame.pixels) return "";
      const rows = overRows(shown);
      const before = written?.rows;
      written = { shown, rows };
      const changed = rows.filter((row, index) => row !== before?.[index]).join("");
      return `\x1b7${changed}\x1b[m\x1b8`;
    },
    isStale: () => written !== null && (shown === null || !shown.isOver || !isSame(shown.place, written.shown.place)),
    clear() {
      written = null;
      return way === "kitty" ? CLEAR_KITTY : "";
    },
    pixelAt(column, row) {
      if (shown === null) return null;
      const { frame, place } = shown;
      const x = Math.floor(((column - place.x + 0.5) * frame.width) / place.width);
      const y = Math.floor(((row - place.y + 0.5) * frame.height) / place.height);
      return x >= 0 && y >= 0 && x < frame.width && y < frame.height ? { x, y } : null;
    },
  };
}

function isSame(one: Area, other: Area): boolean {
  return one.x === other.x && one.y === other.y && one.width === other.width && one.height === other.height;
}

function moveTo(x: number, y: number): string {
  return `\x1b[${y + 1};${x + 1}H`;
}

/** Two pixels a cell: the upper is ink, the lower ground. Without half blocks, and without colours, one. */
function paintCells(canvas: Canvas, place: Area, frame: DisplayFrame, way: GraphicsWay, hasUnicode: boolean): void {
  const hasColours = way !== "characters";
  const pixelRows = hasColours && hasUnicode ? 2 : 1;
  const { width, samples } = scaleFrame(frame, place.width, pixelRows * place.height);
  const nearest = way === "16 colours" ? nearestOf16 : nearestOf256;
  const colourAt = (x: number, y: number): number => {
    const at = 3 * (y * width + x);
    return nearest(samples[at], samples[at + 1], samples[at + 2]);
  };
  for (let y = 0; y < place.height; y++)
    for (let x = 0; x < place.width; x++) {
      const [column, row] = [place.x + x, place.y + y];
      const at = 3 * (y * width + x);
      if (!hasColours) canvas.put(column, row, shadeOf(samples[at], samples[at + 1], samples[at + 2]), PLAIN);
      else if (pixelRows === 1) canvas.put(column, row, " ", attribute({ bg: colourAt(x, y) }));
      else canvas.put(column, row, HALF, attribute({ fg: colourAt(x, 2 * y), bg: colourAt(x, 2 * y + 1) }));
    }
}

/** A text for each row of cells; a colour is said where it changes. */
function drawTrueColours({ width, samples }: Raster, place: Area): string[] {
  return Array.from({ length: place.height }, (_, y) => {
    let text = moveTo(place.x, place.y + y);
    let last = "";
    for (let x = 0; x < width; x++) {
      const upper = samples.subarray(3 * (2 * y * width + x), 3 * (2 * y * width + x) + 3).join(";");
      const lower = samples.subarray(3 * ((2 * y + 1) * width + x), 3 * ((2 * y + 1) * width + x) + 3).join(";");
      const look = `\x1b[38;2;${upper};48;2;${lower}m`;
      text += look === last ? HALF : look + HALF;
      last = look;
    }
    return text;
  });
}
