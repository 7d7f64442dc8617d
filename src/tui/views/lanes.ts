/**
 * A lane per core: who ran when. Time goes to the right; a column is as long as the zoom says, and as high as the part
 * of it in which the core was busy, in the colours of those who had it.
 *
 * Fast, the picture stands still by itself like an oscilloscope's: it ends at the last whole multiple of the system's
 * rhythm. Slow, it ends now, and moves.
 */
import { formatTime } from "../../host/format.js";
import type { CorePlan } from "../../kernel/index.js";
import type { CoreId, Cycles } from "../../units.js";
import { attribute, paintTitle, type Area, type Canvas } from "../canvas.js";
import type { Layout } from "../layout.js";
import type { Model } from "../model.js";
import { IDLE_COLOUR, KERNEL_COLOUR, LOOKS, partitionColour, RELOAD_COLOUR, windowColour } from "../palette.js";
import { spanCycles, type UiState } from "../state.js";

/** From the bottom of a cell: index is the filled eighths. */
const EIGHTHS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const LABEL_COLUMNS = 8;
/** What a full column leaves free, so that lanes don't run into each other. */
const GAP_ROWS = 1 / 8;
/** Columns a host second beyond which a moving picture can't be followed. */
const MOST_MOVING_COLUMNS = 60;

export function paintLanes(canvas: Canvas, layout: Layout, model: Model, state: UiState): void {
  const { lanes: area, laneRows, laneCount } = layout;
  const { plan, activity } = model;
  const width = area.width - LABEL_COLUMNS;
  const { columnCycles } = activity;
  const end = lastColumn(model);
  const first = end - width + 1;
  const span = formatTime(columnCycles * width, plan.machine.frequencyHz);
  const note = `${span} wide, ${formatTime(columnCycles, plan.machine.frequencyHz)} a column`;
  const below = paintTitle(canvas, area, "Cores", note, LOOKS);
  const firstCore = firstLane(model, state, laneCount);
  for (let lane = 0; lane < laneCount; lane++) {
    const core = firstCore + lane;
    const place = { x: area.x, y: below.y + lane * laneRows, width: area.width, height: laneRows };
    paintLabel(canvas, place, core, model);
    const cells = { ...place, x: area.x + LABEL_COLUMNS, width };
    for (let column = 0; column < width; column++) paintColumn(canvas, cells, column, core, first + column, model);
    if (laneRows > 1) paintWindowNames(canvas, cells, core, first, model);
  }
}

/** Keeps the selected partition's core in sight. */
function firstLane({ plan }: Model, { selected }: UiState, laneCount: number): CoreId {
  return Math.max(
    0,
    Math.min(plan.cores.length - laneCount, plan.partitions[selected].core - Math.floor(laneCount / 2)),
  );
}

/** Index of the column at the right edge. */
function lastColumn({ plan, activity, pacer, sample }: Model): number {
  const { columnCycles } = activity;
  const now = Math.floor(sample.cycle / columnCycles);
  const factor = pacer.speed === Infinity ? sample.factor : pacer.speed;
  const columnsPerSecond = (factor * plan.machine.frequencyHz) / columnCycles;
  if (!pacer.isRunning || pacer.end !== null || columnsPerSecond <= MOST_MOVING_COLUMNS) return now;
  const rhythm = spanCycles(plan);
  if (rhythm < columnCycles) return now;
  return Math.floor((Math.floor(sample.cycle / rhythm) * rhythm - 1) / columnCycles);
}

function paintLabel(canvas: Canvas, { x, y, height }: Area, core: CoreId, { plan, sample }: Model): void {
  canvas.text(x, y, `core ${core}`, LOOKS.strong);
  if (height < 2) return;
  const text = plan.cores[core].kind === "off" ? "off" : `${(100 * sample.loads[core]).toFixed(1)} %`;
  canvas.text(x, y + 1, text, LOOKS.dim, LABEL_COLUMNS - 1);
}

/** Layers of a column from the bottom: a colour, and how high it is in rows. */
interface Layer {
  readonly colour: number;
  readonly rows: number;
}

function paintColumn(canvas: Canvas, area: Area, column: number, core: CoreId, index: number, model: Model): void {
  const { plan, activity } = model;
  const x = area.x + column;
  const cycles = activity.column(core, index);
  if (cycles === null || plan.cores[core].kind === "off") {
    for (let row = 0; row < area.height; row++) canvas.put(x, area.y + row, " ", attribute({ bg: IDLE_COLOUR }));
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
  const add = (owner: number, colour: number): void => {
    const exact = (cycles[owner] / activity.columnCycles) * (rows - GAP_ROWS);
    if (exact > 0) layers.push({ colour, rows: Math.max(1, Math.round(exact * 8)) / 8 });
  };
  plan.partitions.forEach(({ id }) => add(id, partitionColour(id)));
  add(activity.reload, RELOAD_COLOUR);
  add(activity.kernel, KERNEL_COLOUR);
  return layers;
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

function indexOfLeast(parts: readonly Layer[]): number {
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

/** Names stand in the top row of windows that are wide enough, where nothing is painted over. */
function paintWindowNames(canvas: Canvas, area: Area, core: CoreId, first: number, { plan, activity }: Model): void {
  const corePlan = plan.cores[core];
  if (corePlan.kind !== "windows") return;
  const { columnCycles } = activity;
  const from = Math.max(0, first * columnCycles);
  const to = (first + area.width) * columnCycles;
  for (
    let frame = Math.floor(from / corePlan.frameCycles) * corePlan.frameCycles;
    frame < to;
    frame += corePlan.frameCycles
  ) {
    if (corePlan.frameCycles / columnCycles < 8) return;
    for (const { partition, startCycles, lengthCycles } of corePlan.windows) {
      const { name } = plan.partitions[partition];
      const left = Math.round((frame + startCycles) / columnCycles) - first;
      const columns = Math.floor(lengthCycles / columnCycles);
      if (columns < name.length + 2 || left < 0 || left + columns > area.width) continue;
      const look = attribute({ fg: partitionColour(partition), bg: windowColour(partition) });
      const x = area.x + left + columns - name.length - 1;
      [...name].forEach((character, index) => {
        if (canvas.characters[area.y * canvas.width + x + index] === " ")
          canvas.put(x + index, area.y, character, look);
      });
    }
  }
}
