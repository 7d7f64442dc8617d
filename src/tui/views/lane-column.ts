/**
 * One column of a lane: how much of it each thread, the kernel and reloading had, stacked from the bottom; where there
 * are no colours, letters say who.
 */
import { threadColour } from "../../host/colours.js";
import type { CorePlan } from "../../kernel/index.js";
import type { CoreId, Cycles } from "../../units.js";
import { attribute, PLAIN, type Area, type Canvas } from "../canvas.js";
import type { Model } from "../model.js";
import { IDLE_COLOUR, KERNEL_COLOUR, RELOAD_COLOUR, windowColour } from "../palette.js";

/** From the bottom of a cell: index is the filled eighths. */
const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/** What a full column leaves free, so that lanes don't run into each other. */
const GAP_ROWS = 1 / 8;
const KERNEL_LETTER = "%";
const RELOAD_LETTER = "!";

/** The letter of a partition where there are no colours. */
export function partitionLetter(id: number): string {
  return String.fromCharCode((id < 26 ? 97 : 65 - 26) + id);
}

/** Layers of a column from the bottom: a colour, and how high it is in rows. */
interface Layer {
  readonly colour: number;
  readonly letter: string;
  readonly rows: number;
}

/** `index`: of the column in virtual time. */
export function paintColumn(
  canvas: Canvas,
  area: Area,
  column: number,
  core: CoreId,
  index: number,
  model: Model,
  hasColours: boolean,
): void {
  const { plan, activity } = model;
  const x = area.x + column;
  const cycles = activity.column(core, index);
  if (cycles === null || plan.cores[core].kind === "off") {
    for (let row = 0; row < area.height; row++) canvas.put(x, area.y + row, " ", attribute({ bg: IDLE_COLOUR }));
    return;
  }
  if (!hasColours) {
    paintLetters(canvas, x, area, layersOf(cycles, model, area.height));
    return;
  }
  const ground = groundColour(plan.cores[core], index * activity.columnCycles, activity.columnCycles);
  const layers = layersOf(cycles, model, area.height);
  for (let row = 0; row < area.height; row++) {
    const bottom = area.height - 1 - row;
    paintCell(canvas, x, area.y + row, bottom, layers, ground);
  }
}

/** Whatever ran at all shows: the least height is an eighth of a row. */
function layersOf(cycles: Float64Array, { activity, plan }: Model, rows: number): Layer[] {
  const layers: Layer[] = [];
  const add = (owner: number, colour: number, letter: string): void => {
    const exact = (cycles[owner] / activity.columnCycles) * (rows - GAP_ROWS);
    if (exact > 0) layers.push({ colour, letter, rows: Math.max(1, Math.round(exact * 8)) / 8 });
  };
  for (const { id, threads } of plan.partitions)
    threads.forEach((thread, index) => add(thread.id, threadColour(id, index), partitionLetter(id)));
  add(activity.reload, RELOAD_COLOUR, RELOAD_LETTER);
  add(activity.kernel, KERNEL_COLOUR, KERNEL_LETTER);
  return layers;
}

/** Each cell has the letter of who had most of it; one that was mostly idle has none, unless it is the lowest. */
function paintLetters(canvas: Canvas, x: number, { y, height }: Area, layers: readonly Layer[]): void {
  for (let bottom = 0; bottom < height; bottom++) {
    let at = 0;
    let most = bottom === 0 ? 0 : 0.5;
    let letter = bottom === 0 ? "." : " ";
    for (const layer of layers) {
      const inside = Math.min(at + layer.rows, bottom + 1) - Math.max(at, bottom);
      if (inside > most) [most, letter] = [inside, layer.letter];
      at += layer.rows;
    }
    canvas.put(x, y + height - 1 - bottom, letter, PLAIN);
  }
}

/** A cell shows two colours: the lower as a block of eighths, the other as ground. The two highest layers in it win. */
function paintCell(
  canvas: Canvas,
  x: number,
  y: number,
  bottom: number,
  layers: readonly Layer[],
  ground: number,
): void {
  const parts: { colour: number; rows: number }[] = [];
  let at = 0;
  for (const { colour, rows } of layers) {
    const inside = Math.min(at + rows, bottom + 1) - Math.max(at, bottom);
    if (inside > 0) parts.push({ colour, rows: inside });
    at += rows;
  }
  const filled = parts.reduce((total, part) => total + part.rows, 0);
  if (filled < 1) parts.push({ colour: ground, rows: 1 - filled });
  while (parts.length > 2) {
    // Activity is what matters: the ground gives way before a thin layer does.
    const least = parts.at(-1)?.colour === ground ? parts.length - 1 : indexOfLeast(parts);
    const [gone] = parts.splice(least, 1);
    parts[Math.max(0, least - 1)].rows += gone.rows;
  }
  const [lower, upper = lower] = parts;
  const eighths = Math.max(1, Math.min(8, Math.round(lower.rows * 8)));
  if (lower.colour === ground) canvas.put(x, y, " ", attribute({ bg: ground }));
  else canvas.put(x, y, EIGHTHS[eighths], attribute({ fg: lower.colour, bg: upper.colour }));
}

function indexOfLeast(parts: readonly Pick<Layer, "rows">[]): number {
  return parts.reduce((least, part, index) => (part.rows < parts[least].rows ? index : least), 0);
}

/** The window that covers most of a column: the one at its middle. */
function groundColour(core: CorePlan, start: Cycles, length: Cycles): number {
  if (core.kind !== "windows" || length > core.frameCycles / 2) return IDLE_COLOUR;
  const at = (start + length / 2) % core.frameCycles;
  const window = core.windows.find(
    ({ startCycles, lengthCycles }) => at >= startCycles && at < startCycles + lengthCycles,
  );
  return window === undefined ? IDLE_COLOUR : windowColour(window.partition);
}
