/** The consoles, all or the selected partition's, and the log of notable events. Long lines go on in the next row. */
import { paintTitle, PLAIN, type Area, type Attribute, type Canvas } from "../canvas.js";
import type { LogLine } from "../logs.js";
import type { Model } from "../model.js";
import { LOOKS, partitionLook } from "../palette.js";
import type { UiState } from "../state.js";

/** Above it, milliseconds tell events no longer apart. */
const FINE_FREQUENCY_HZ = 20_000_000;
const MOST_NAME_COLUMNS = 14;
/** A pane that is narrower shows times only when asked. */
const TIMED_COLUMNS = 56;
const TONES: Readonly<Record<LogLine["tone"], Attribute>> = {
  plain: LOOKS.dim,
  good: LOOKS.good,
  warn: LOOKS.warn,
  bad: LOOKS.bad,
};

/** What stands before a line's text. */
interface Columns {
  readonly time: number;
  readonly name: number;
}

export function paintConsoles(canvas: Canvas, area: Area, model: Model, state: UiState): void {
  const { partitions } = model.plan;
  const { isConsoleFocused, selected } = state;
  const title = isConsoleFocused ? `Console of ${partitions[selected].name}` : "Consoles";
  const lines = isConsoleFocused
    ? model.logs.consoles.filter(({ partition }) => partition === selected)
    : model.logs.consoles;
  const isTimed = state.isTimed || isConsoleFocused || area.width >= TIMED_COLUMNS;
  const longest = Math.max(...partitions.map(({ name }) => name.length)) + 1;
  const columns = {
    time: isTimed ? timeColumns(model) : 0,
    name: isConsoleFocused ? 0 : Math.min(MOST_NAME_COLUMNS, longest),
  };
  paintLines(canvas, area, title, lines, columns, model, state, () => PLAIN);
  if (lines.length === 0 && area.height > 1) canvas.text(area.x, area.y + 1, "nothing printed yet", LOOKS.dim);
}

export function paintEvents(canvas: Canvas, area: Area, model: Model, state: UiState): void {
  const { events } = model.logs;
  const columns = { time: timeColumns(model), name: 12 };
  paintLines(canvas, area, "Events", events, columns, model, state, ({ tone }) => TONES[tone]);
  if (events.length === 0 && area.height > 1)
    canvas.text(area.x, area.y + 1, "no fault, restart or missed deadline yet", LOOKS.dim, area.width);
}

/** The latest lines, or those that the person has scrolled back to. */
function paintLines(
  canvas: Canvas,
  area: Area,
  title: string,
  lines: readonly LogLine[],
  columns: Columns,
  model: Model,
  state: UiState,
  lookOf: (line: LogLine) => Attribute,
): void {
  const rows = area.height - 1;
  const back = Math.max(0, Math.min(state.scrollBack, lines.length - rows));
  const below = paintTitle(canvas, area, title, back > 0 ? `${back} lines back` : "", LOOKS);
  const textColumns = area.width - columns.time - columns.name;
  const shown: { readonly line: LogLine; readonly pieces: readonly string[] }[] = [];
  let used = 0;
  for (let index = lines.length - 1 - back; index >= 0 && used < rows; index--) {
    const pieces = wrap(lines[index].text, textColumns);
    shown.unshift({ line: lines[index], pieces });
    used += pieces.length;
  }
  // The oldest line may begin above the pane.
  let y = below.y - Math.max(0, used - rows);
  for (const { line, pieces } of shown) {
    const first = Math.max(below.y, y);
    if (columns.time > 0) canvas.text(area.x, first, shortTime(line, model), LOOKS.dim, columns.time);
    if (columns.name > 0) paintName(canvas, area.x + columns.time, first, line, model, columns.name - 1);
    for (const piece of pieces) {
      if (y >= below.y) canvas.text(area.x + columns.time + columns.name, y, piece, lookOf(line), textColumns);
      y++;
    }
  }
}

function paintName(canvas: Canvas, x: number, y: number, { partition }: LogLine, { plan }: Model, width: number): void {
  const name = plan.partitions[partition]?.name ?? "system";
  canvas.text(x, y, name, partition < 0 ? LOOKS.strong : partitionLook(partition), width);
}

/** Pieces of at most `columns` characters; at least one. */
function wrap(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(" ", columns);
    const end = space > columns / 2 ? space : columns;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...pieces, rest];
}

function timeColumns({ plan, sample }: Model): number {
  const { frequencyHz } = plan.machine;
  const decimals = frequencyHz > FINE_FREQUENCY_HZ ? 6 : 3;
  return Math.max(decimals + 3, Math.floor(sample.cycle / frequencyHz).toString().length + decimals + 2);
}

/** Seconds since power-on. */
function shortTime({ cycle }: LogLine, { plan }: Model): string {
  const { frequencyHz } = plan.machine;
  return (cycle / frequencyHz).toFixed(frequencyHz > FINE_FREQUENCY_HZ ? 6 : 3);
}
