/**
 * A lane per core: who ran when. Time goes to the right; a column is as long as the zoom says, and as high as the part
 * of it in which the core was busy, in the colours of those who had it.
 *
 * Fast, the picture stands still by itself like an oscilloscope's: it ends at the last whole multiple of the system's
 * rhythm. Slow, it ends now, and moves.
 */
import { formatTime } from "../../host/format.js";
import { partitionColour } from "../../host/colours.js";
import type { CoreId } from "../../units.js";
import { COLUMNS } from "../activity.js";
import { attribute, paintTitle, type Area, type Canvas } from "../canvas.js";
import { ownerName } from "../event-text.js";
import type { Model } from "../model.js";
import { LOOKS, windowColour } from "../palette.js";
import { spanCycles, type UiState } from "../state.js";
import { axisTime, paintAxis } from "./axis.js";
import { paintColumn } from "./lane-column.js";

const LABEL_COLUMNS = 8;
/** Columns a host second beyond which a moving picture can't be followed. */
const MOST_MOVING_COLUMNS = 60;

export function paintLanes(canvas: Canvas, area: Area, model: Model, state: UiState): void {
  const { plan, activity } = model;
  const { laneCount, laneRows } = lanesIn(area, plan.cores.length);
  const width = area.width - LABEL_COLUMNS;
  const end = rightColumn(model, state, width);
  const first = end - width + 1;
  const firstCore = firstLane(model, state, laneCount);
  const isPart = laneCount < plan.cores.length;
  const title = isPart ? `Cores ${firstCore} to ${firstCore + laneCount - 1} of ${plan.cores.length}` : "Cores";
  const column = formatTime(activity.columnCycles, plan.machine.frequencyHz);
  const note = state.panned > 0 ? `end: back to now  ${column} a column` : `${column} a column`;
  const below = paintTitle(canvas, area, title, note, LOOKS);
  const axis = { x: area.x + LABEL_COLUMNS, y: area.y, width, height: 1 };
  paintAxis(canvas, axis, first, activity.columnCycles, plan.machine.frequencyHz, {
    from: title.length + 4,
    to: area.width - note.length - 4,
  });
  for (let lane = 0; lane < laneCount; lane++) {
    const core = firstCore + lane;
    const place = { x: area.x, y: below.y + lane * laneRows, width: area.width, height: laneRows };
    paintLabel(canvas, place, core, model);
    const cells = { ...place, x: area.x + LABEL_COLUMNS, width };
    for (let at = 0; at < width; at++) paintColumn(canvas, cells, at, core, first + at, model, state.hasColours);
    if (laneRows > 1 && state.hasColours) paintWindowNames(canvas, cells, core, first, model);
  }
  if (state.cursor !== null) {
    state.cursor = Math.min(state.cursor, width - 1);
    const x = area.x + area.width - 1 - state.cursor;
    for (let y = area.y; y < below.y + laneCount * laneRows; y++) invert(canvas, x, y);
  }
}

/** How many lanes fit below the title, and the rows of each. */
export function lanesIn({ height }: Area, cores: number): { readonly laneCount: number; readonly laneRows: number } {
  const laneCount = Math.min(cores, height - 1);
  return { laneCount, laneRows: Math.floor((height - 1) / laneCount) };
}

function invert(canvas: Canvas, x: number, y: number): void {
  const at = y * canvas.width + x;
  if (canvas.characters[at] === " ") canvas.put(x, y, "│", LOOKS.cursor);
  else canvas.put(x, y, canvas.characters[at], LOOKS.cursor);
}

/** What ran on the selected partition's core in the column under the cursor. */
export function describeCursor(model: Model, state: UiState): string {
  const { plan, activity } = model;
  const { core } = plan.partitions[state.selected];
  const index = presentColumn(model) - state.panned - (state.cursor ?? 0);
  const at = axisTime(index * activity.columnCycles, activity.columnCycles, plan.machine.frequencyHz);
  const cycles = activity.column(core, index);
  if (cycles === null) return `${at}  core ${core}: not known any more`;
  const parts: string[] = [];
  const add = (name: string, owner: number): void => {
    if (cycles[owner] > 0) parts.push(`${name} ${((100 * cycles[owner]) / activity.columnCycles).toFixed(1)} %`);
  };
  for (const { id: partition, threads } of plan.partitions)
    for (const { id: thread } of threads) add(ownerName(plan, { partition, thread }), thread);
  add("reload", activity.reload);
  add("kernel", activity.kernel);
  return `${at}  core ${core}: ${parts.length === 0 ? "idle" : parts.join(", ")}`;
}

/** Keeps the selected partition's core in sight. */
function firstLane({ plan }: Model, { selected }: UiState, laneCount: number): CoreId {
  return Math.max(
    0,
    Math.min(plan.cores.length - laneCount, plan.partitions[selected].core - Math.floor(laneCount / 2)),
  );
}

/** Index of the column at the right edge. Panning ends where nothing older is known. */
function rightColumn(model: Model, state: UiState, width: number): number {
  const present = presentColumn(model);
  const oldest = Math.floor(model.activity.knownFrom() / model.activity.columnCycles);
  state.panned = Math.max(0, Math.min(state.panned, present - oldest - width + 1, COLUMNS - width));
  return present - state.panned;
}

/** Index of the column at the right edge where nobody has panned. */
function presentColumn({ plan, activity, pacer, sample }: Model): number {
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
