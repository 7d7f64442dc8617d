/** Colours of the terminal UI: xterm's 256. Text keeps the terminal's own colour where it has no meaning of its own. */
import { attribute, type Attribute } from "./canvas.js";

/** Partitions take these in turn; they are told apart on dark and on light grounds. */
const PARTITION_COLOURS: readonly number[] = [39, 208, 77, 205, 220, 141, 44, 203, 113, 69, 179, 170];
/** Parallel to PARTITION_COLOURS. */
const WINDOW_COLOURS: readonly number[] = [17, 52, 22, 53, 58, 54, 23, 88, 28, 18, 94, 89];

export const KERNEL_COLOUR = 247;
export const RELOAD_COLOUR = 160;
export const IDLE_COLOUR = 234;

export function partitionColour(id: number): number {
  return PARTITION_COLOURS[id % PARTITION_COLOURS.length];
}

/** A dark shade of the same hue: the ground of a partition's windows. */
export function windowColour(id: number): number {
  return WINDOW_COLOURS[id % WINDOW_COLOURS.length];
}

export const LOOKS = {
  rule: attribute({ fg: 240 }),
  title: attribute({ bold: true }),
  dim: attribute({ fg: 244 }),
  head: attribute({ fg: 244, underline: true }),
  strong: attribute({ bold: true }),
  good: attribute({ fg: 77 }),
  bad: attribute({ fg: 203, bold: true }),
  warn: attribute({ fg: 214 }),
  badge: attribute({ fg: 231, bg: 54, bold: true }),
  running: attribute({ fg: 16, bg: 77, bold: true }),
  paused: attribute({ fg: 16, bg: 220, bold: true }),
  ended: attribute({ fg: 231, bg: 124, bold: true }),
  key: attribute({ fg: 231, bg: 238 }),
  overlay: attribute({ fg: 252, bg: 236 }),
  overlayTitle: attribute({ fg: 231, bg: 54, bold: true }),
  overlayDim: attribute({ fg: 246, bg: 236 }),
  overlayStrong: attribute({ fg: 231, bg: 236, bold: true }),
  overlayBad: attribute({ fg: 203, bg: 236, bold: true }),
} as const satisfies Readonly<Record<string, Attribute>>;

export function partitionLook(id: number, bold = false): Attribute {
  return attribute({ fg: partitionColour(id), bold });
}
