/** The axis of time above the lanes. */
import type { Cycles } from "../../units.js";
import type { Area, Canvas } from "../canvas.js";
import { LOOKS } from "../palette.js";

/** A tick with its label needs so many columns at least. */
const LEAST_TICK_COLUMNS = 12;
const TICK_STEPS = [1, 2, 5];

/**
 * Ticks at round times, each with its time. `first`: index of the leftmost column; a column is `columnCycles` long.
 * `free`: the columns of the screen between the title and its note.
 */
export function paintAxis(
  canvas: Canvas,
  { x, y, width }: Area,
  first: number,
  columnCycles: Cycles,
  frequencyHz: number,
  free: { readonly from: number; readonly to: number },
): void {
  const step = tickCycles(columnCycles);
  const begin = Math.max(0, first * columnCycles);
  for (let at = Math.ceil(begin / step) * step; at < (first + width) * columnCycles; at += step) {
    const column = x + Math.floor(at / columnCycles) - first;
    const label = axisTime(at, step, frequencyHz);
    if (column < free.from || column + label.length + 2 > free.to) continue;
    canvas.put(column, y, "┬", LOOKS.rule);
    canvas.text(column + 1, y, label, LOOKS.dim);
  }
}

/** The least round number of cycles that is wide enough for a tick. */
function tickCycles(columnCycles: Cycles): Cycles {
  const least = LEAST_TICK_COLUMNS * columnCycles;
  const power = 10 ** Math.floor(Math.log10(least));
  const mantissa = TICK_STEPS.find((step) => step * power >= least);
  return mantissa === undefined ? 10 * power : mantissa * power;
}

const UNITS = [
  { name: "s", perSecond: 1 },
  { name: "ms", perSecond: 1e3 },
  { name: "us", perSecond: 1e6 },
  { name: "ns", perSecond: 1e9 },
];

/** A time with as many decimals as tell it from its neighbours, `step` away. */
export function axisTime(cycles: Cycles, step: Cycles, frequencyHz: number): string {
  const seconds = cycles / frequencyHz;
  const unit = UNITS.find(({ perSecond }) => seconds * perSecond >= 1) ?? UNITS[0];
  const decimals = Math.max(0, Math.min(9, Math.ceil(-Math.log10((step / frequencyHz) * unit.perSecond))));
  return `${(seconds * unit.perSecond).toFixed(decimals)} ${unit.name}`;
}
