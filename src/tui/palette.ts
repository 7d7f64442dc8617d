/** Colours of the terminal UI: xterm's 256. Text keeps the terminal's own colour where it has no meaning of its own. */
import { partitionColour } from "../host/colours.js";
import { attribute, type Attribute } from "./canvas.js";

/** Dark shades of the partitions' colours, in their order. */
const WINDOW_COLOURS: readonly number[] = [17, 52, 22, 53, 58, 54, 23, 88, 236, 18, 89, 94];

export const KERNEL_COLOUR = 247;
export const RELOAD_COLOUR = 160;
export const IDLE_COLOUR = 234;
export const OVERLAY_GROUND = 236;

/** A dark shade of the same hue: the ground of a partition's windows. */
export function windowColour(id: number): number {
  return WINDOW_COLOURS[id % WINDOW_COLOURS.length];
}

export const LOOKS = {
  rule: attribute({ fg: 242 }),
  title: attribute({ bold: true }),
  dim: attribute({ fg: 244 }),
  head: attribute({ fg: 244, underline: true }),
  strong: attribute({ bold: true }),
  good: attribute({ fg: 28, bold: true }),
  bad: attribute({ fg: 160, bold: true }),
  warn: attribute({ fg: 136 }),
  badge: attribute({ fg: 231, bg: 54, bold: true }),
  running: attribute({ fg: 16, bg: 77, bold: true }),
  paused: attribute({ fg: 16, bg: 220, bold: true }),
  ended: attribute({ fg: 231, bg: 124, bold: true }),
  key: attribute({ fg: 231, bg: 238 }),
  cursor: attribute({ fg: 16, bg: 231, bold: true }),
  overlay: attribute({ fg: 252, bg: OVERLAY_GROUND }),
  overlayTitle: attribute({ fg: 231, bg: 54, bold: true }),
  overlayDim: attribute({ fg: 246, bg: OVERLAY_GROUND }),
  overlayStrong: attribute({ fg: 231, bg: OVERLAY_GROUND, bold: true }),
  overlayBad: attribute({ fg: 203, bg: OVERLAY_GROUND, bold: true }),
} as const satisfies Readonly<Record<string, Attribute>>;

export function partitionLook(id: number, bold = false): Attribute {
  return attribute({ fg: partitionColour(id), bold });
}
