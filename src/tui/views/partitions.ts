/** A row per partition: what it is, what it does, how much of its core it takes, and its misfortunes. */
import { partitionColour } from "../../host/colours.js";
import type { PartitionView } from "../../kernel/index.js";
import { attribute, paintTitle, type Area, type Attribute, type Canvas } from "../canvas.js";
import type { Model } from "../model.js";
import { LOOKS, partitionLook } from "../palette.js";
import type { UiState } from "../state.js";
import { partitionLetter } from "./lane-column.js";

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const CLASS_COLUMNS = 9;
const CORE_COLUMNS = 5;
const STATE_COLUMNS = 10;
const SHARE_COLUMNS = 6;
const FAULT_COLUMNS = 4;
const RESTART_COLUMNS = 4;
const GENERATION_COLUMNS = 4;
const LEAST_NAME_COLUMNS = 8;
const LEAST_BAR_COLUMNS = 4;
const MOST_BAR_COLUMNS = 24;

/** A column's title, width and what stands in it; `right` columns end at their right edge. */
interface Column {
  readonly title: string;
  readonly width: number;
  readonly isRight: boolean;
  readonly cell: (row: PartitionView) => readonly [text: string, look: Attribute];
}

export function paintPartitions(canvas: Canvas, area: Area, model: Model, { selected, hasColours }: UiState): void {
  const { view, shares } = model.sample;
  const rows = Math.max(0, area.height - 2);
  const hidden = view.partitions.length - rows;
  const below = paintTitle(canvas, area, "Partitions", hidden > 0 ? `${hidden} more` : "", LOOKS);
  const columns = chooseColumns(model, area.width - 1, selected);
  let x = area.x + 1;
  const places = columns.map((column) => {
    const at = x;
    x += column.width;
    return at;
  });
  columns.forEach(({ title, width, isRight }, index) => {
    canvas.text(isRight ? places[index] + width - title.length : places[index], below.y, title, LOOKS.dim);
  });
  const first = Math.max(0, Math.min(hidden, selected - Math.floor(rows / 2)));
  view.partitions.slice(first, first + rows).forEach((row, index) => {
    const y = below.y + 1 + index;
    if (row.id === selected) canvas.text(area.x, y, "▸", LOOKS.strong);
    else if (!hasColours) canvas.text(area.x, y, partitionLetter(row.id));
    columns.forEach(({ title, width, isRight, cell }, column) => {
      if (title === "") {
        paintBar(canvas, places[column], y, width - 1, shares[row.id], partitionColour(row.id));
        return;
      }
      const [text, look] = cell(row);
      canvas.text(
        isRight ? places[column] + width - text.length : places[column],
        y,
        text,
        look,
        title === "name" ? width - 1 : width,
      );
    });
  });
}

/** All that fits; the bar has what is left over, and goes first when little is. */
function chooseColumns({ sample }: Model, width: number, selected: number): Column[] {
  const { view, shares } = sample;
  const column = (title: string, columns: number, cell: Column["cell"], isRight = false): Column => ({
    title,
    width: columns,
    isRight,
    cell,
  });
  const longest = Math.max(LEAST_NAME_COLUMNS, ...view.partitions.map(({ name }) => name.length)) + 1;
  const nameLook = (id: number): Attribute =>
    id === selected ? attribute({ fg: partitionColour(id), bold: true, underline: true }) : partitionLook(id);
  const after = [
    column("class", CLASS_COLUMNS, (row) => [row.class, LOOKS.dim]),
    column("core", CORE_COLUMNS, (row) => [String(row.core), LOOKS.dim]),
    column("state", STATE_COLUMNS, stateOf),
  ];
  const counts = [
    column("share", SHARE_COLUMNS, ({ id }) => [`${(100 * shares[id]).toFixed(1)}%`, LOOKS.strong], true),
    column("flt", FAULT_COLUMNS, ({ faults }) => [String(faults), faults > 0 ? LOOKS.bad : LOOKS.dim], true),
    column("rst", RESTART_COLUMNS, ({ restarts }) => [String(restarts), restarts > 0 ? LOOKS.warn : LOOKS.dim], true),
    column(
      "gen",
      GENERATION_COLUMNS,
      ({ generation }) => [String(generation), generation > 1 ? LOOKS.warn : LOOKS.dim],
      true,
    ),
  ];
  const widthOf = (columns: readonly Column[]): number => columns.reduce((total, { width: each }) => total + each, 0);
  // A restart makes a generation: where there is little room, one of the two is enough.
  if (widthOf(after) + widthOf(counts) + longest > width) counts.splice(2, 1);
  const nameColumns = Math.min(longest, width - widthOf(after) - widthOf(counts));
  const name = column("name", nameColumns, (row) => [row.name, nameLook(row.id)]);
  const spare = width - nameColumns - widthOf(after) - widthOf(counts);
  const bar = spare > LEAST_BAR_COLUMNS ? [column("", Math.min(MOST_BAR_COLUMNS, spare), () => ["", LOOKS.dim])] : [];
  return [name, ...after, ...bar, ...counts];
}

/** Life, and while it runs, its mode where that is worth telling. */
export function stateOf({ state, mode, exitCode, lastFault }: PartitionView): [string, Attribute] {
  if (state === "stopped")
    return exitCode === -1 && lastFault !== null ? ["stopped", LOOKS.bad] : [`exit ${exitCode}`, LOOKS.dim];
  if (state === "restarting") return ["restarting", LOOKS.warn];
  if (state === "waiting to start") return ["not begun", LOOKS.dim];
  if (mode !== "normal") return [mode, LOOKS.warn];
  return [state, state === "running" ? LOOKS.good : LOOKS.dim];
}

/** Whatever is not nothing shows. */
export function paintBar(canvas: Canvas, x: number, y: number, columns: number, share: number, colour: number): void {
  const eighths = share > 0 ? Math.max(1, Math.round(Math.min(1, share) * columns * 8)) : 0;
  const look = attribute({ fg: colour, bg: 236 });
  for (let column = 0; column < columns; column++) {
    const inside = eighths - column * 8;
    canvas.put(x + column, y, inside >= 8 ? "█" : inside > 0 ? EIGHTHS[inside] : " ", look);
  }
}
