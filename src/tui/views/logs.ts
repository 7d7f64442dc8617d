/** The consoles, all or the selected partition's, and the log of notable events. */
import { paintTitle, type Area, type Canvas } from "../canvas.js";
import type { LogLine } from "../logs.js";
import type { Model } from "../model.js";
import { LOOKS, partitionLook } from "../palette.js";
import type { UiState } from "../state.js";

const TIME_COLUMNS = 8;
/** Above it, milliseconds tell events no longer apart. */
const FINE_FREQUENCY_HZ = 20_000_000;

export function paintConsoles(canvas: Canvas, area: Area, model: Model, state: UiState): void {
  const { partitions } = model.plan;
  const { isConsoleFocused, selected } = state;
  const title = isConsoleFocused ? `Console of ${partitions[selected].name}` : "Consoles";
  const lines = isConsoleFocused
    ? model.logs.consoles.filter(({ partition }) => partition === selected)
    : model.logs.consoles;
  const rows = area.height - 1;
  const back = Math.max(0, Math.min(state.scrollBack, lines.length - rows));
  state.scrollBack = back;
  const note = back > 0 ? `${back} lines back` : isConsoleFocused ? "esc: all" : "";
  const below = paintTitle(canvas, area, title, note, LOOKS);
  const nameColumns = isConsoleFocused ? 0 : Math.min(14, Math.max(...partitions.map(({ name }) => name.length)) + 1);
  lines.slice(Math.max(0, lines.length - rows - back), lines.length - back).forEach((line, index) => {
    const y = below.y + index;
    if (isConsoleFocused) {
      canvas.text(area.x, y, shortTime(line, model), LOOKS.dim);
      canvas.text(area.x + TIME_COLUMNS, y, line.text, undefined, area.width - TIME_COLUMNS);
      return;
    }
    canvas.text(area.x, y, partitions[line.partition].name, partitionLook(line.partition), nameColumns - 1);
    canvas.text(area.x + nameColumns, y, line.text, undefined, area.width - nameColumns);
  });
  if (lines.length === 0 && rows > 0) canvas.text(area.x, below.y, "nothing printed yet", LOOKS.dim);
}

export function paintEvents(canvas: Canvas, area: Area, model: Model): void {
  if (area.width === 0) return;
  const { events } = model.logs;
  const below = paintTitle(canvas, area, "Events", "", LOOKS);
  const rows = area.height - 1;
  const tones = { plain: LOOKS.dim, good: LOOKS.good, warn: LOOKS.warn, bad: LOOKS.bad };
  events.slice(Math.max(0, events.length - rows)).forEach((line, index) => {
    const y = below.y + index;
    canvas.text(area.x, y, shortTime(line, model), LOOKS.dim, TIME_COLUMNS);
    const name = model.plan.partitions[line.partition]?.name ?? "system";
    const at = canvas.text(
      area.x + TIME_COLUMNS,
      y,
      name,
      line.partition < 0 ? LOOKS.strong : partitionLook(line.partition),
      12,
    );
    canvas.text(at + 1, y, line.text, tones[line.tone], area.x + area.width - at - 1);
  });
  if (events.length === 0 && rows > 0)
    canvas.text(area.x, below.y, "no fault, restart or missed deadline yet", LOOKS.dim, area.width);
}

/** Seconds since power-on. */
function shortTime({ cycle }: LogLine, { plan }: Model): string {
  const { frequencyHz } = plan.machine;
  return (cycle / frequencyHz).toFixed(frequencyHz > FINE_FREQUENCY_HZ ? 6 : 3);
}
