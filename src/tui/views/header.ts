/** The first row: which system, running or not, how fast, how far; and the last row: the keys. */
import { formatMilliseconds, formatRoughFrequency, formatTime } from "../../host/format.js";
import type { Live } from "../../host/live.js";
import type { Area, Canvas } from "../canvas.js";
import { FOOTER_KEYS, LAST_KEYS } from "../controls.js";
import type { Model } from "../model.js";
import type { Pacer } from "../pacer.js";
import { LOOKS } from "../palette.js";

export function speedName(speed: number): string {
  if (speed === Infinity) return "max";
  return speed === 1 ? "real time" : `${speed}×`;
}

function decimals(value: number): string {
  return value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 0.1
        ? value.toFixed(2)
        : value.toPrecision(2);
}

export function paintHeader(canvas: Canvas, { x, y, width }: Area, model: Model): void {
  const { plan, sample, pacer } = model;
  let at = canvas.text(x, y, " HALLOWS ", LOOKS.badge);
  at = canvas.text(at + 1, y, plan.name, LOOKS.strong, 20);
  const [badge, look] =
    pacer.end !== null
      ? ([" ENDED ", LOOKS.ended] as const)
      : pacer.isRunning
        ? ([" RUNNING ", LOOKS.running] as const)
        : ([" PAUSED ", LOOKS.paused] as const);
  at = canvas.text(at + 1, y, badge, look);
  at = canvas.text(at + 1, y, formatTime(sample.cycle, plan.machine.frequencyHz), LOOKS.strong);
  const isMoving = pacer.isRunning && pacer.end === null;
  const parts: string[] = [];
  if (isMoving && pacer.live !== null) parts.push(...liveParts(pacer.live, pacer));
  else if (isMoving) parts.push(`speed ${speedName(pacer.speed)}`);
  if (isMoving && pacer.live === null && (pacer.speed === Infinity || pacer.isBehind))
    parts.push(`runs at ${decimals(sample.factor)}×`);
  if (isMoving) parts.push(`${decimals(sample.mips)} MIPS`);
  else parts.push(`cycle ${sample.cycle}`, `hash ${model.hash()}`);
  if (pacer.end === "quiet") parts.push("nothing is left that could happen");
  else if (pacer.end === "end of time") parts.push("virtual time is over");
  else if (pacer.end === "end of record") parts.push("the record ends here");
  else if (pacer.end === "time is up") parts.push("the time was up");
  canvas.text(at + 2, y, parts.join("  "), LOOKS.dim, x + width - at - 2);
}

/** How a system that faces the outside keeps up with the host's clock, and at which frequency it just would. */
function liveParts(live: Live, { speed, isBehind }: Pacer): string[] {
  const { lagMilliseconds, sustainableHz } = live.report();
  const parts = [isBehind ? `lags by ${formatMilliseconds(lagMilliseconds)}` : "keeps up"];
  if (speed < 1) parts.push(`speed ${speedName(speed)}`);
  if (sustainableHz !== null) parts.push(`this host holds ${formatRoughFrequency(sustainableHz)}`);
  return parts;
}

export function paintFooter(canvas: Canvas, { x, y, width }: Area, note: string): void {
  if (note !== "") {
    canvas.text(x, y, note, LOOKS.strong, width);
    return;
  }
  const columnsOf = ([key, what]: readonly [string, string]): number => key.length + what.length + 4;
  const end = x + width - LAST_KEYS.reduce((total, row) => total + columnsOf(row), 0) + 1;
  const paint = (at: number, [key, what]: readonly [string, string]): number =>
    canvas.text(canvas.text(at, y, ` ${key} `, LOOKS.key) + 1, y, what, LOOKS.dim) + 1;
  let at = x;
  for (const row of FOOTER_KEYS) {
    if (at + columnsOf(row) > end) break;
    at = paint(at, row);
  }
  LAST_KEYS.reduce(paint, at);
}
