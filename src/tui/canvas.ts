/**
 * A grid of coloured characters that views paint on; screen.ts carries it to the terminal.
 *
 * Invariant: nothing is ever written outside the grid, and every cell holds one character of one column. An attribute
 * packs as blessed packs its own, so that carrying over is copying:
 *
 *    bits 18… flags (1 bold, 2 underline, 8 inverse)   bits 9 to 17 foreground   bits 0 to 8 background
 *
 * Colours are xterm's 256; 511 is the terminal's own.
 */
export type Attribute = number;

export const OWN_COLOUR = 0x1ff;
const enum Flag {
  Bold = 1,
  Underline = 2,
  Inverse = 8,
}

export interface Look {
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export function attribute({ fg = OWN_COLOUR, bg = OWN_COLOUR, bold, underline, inverse }: Look): Attribute {
  const flags =
    (bold === true ? Flag.Bold : 0) | (underline === true ? Flag.Underline : 0) | (inverse === true ? Flag.Inverse : 0);
  return (flags << 18) | (fg << 9) | bg;
}

/** xterm's greys, which serve as grounds that need not be told from the terminal's own. */
const FIRST_GREY = 232;

/** For terminals without colours: what had a coloured ground is inverse. */
export function withoutColours(look: Attribute): Attribute {
  const hasGround = (look & OWN_COLOUR) < FIRST_GREY;
  const flags = (look >> 18) | (hasGround ? Flag.Inverse : 0);
  return (flags << 18) | (OWN_COLOUR << 9) | OWN_COLOUR;
}

export const PLAIN: Attribute = attribute({});

/** Columns and rows from the top left, 0-based. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** Row by row. */
  readonly characters: string[];
  readonly attributes: Int32Array;
  clear(): void;
  put(x: number, y: number, character: string, look: Attribute): void;
  /** One line, cut at `width` columns with an ellipsis. Returns the column after it. */
  text(x: number, y: number, text: string, look?: Attribute, width?: number): number;
  fill(area: Area, character: string, look: Attribute): void;
}

export function createCanvas(width: number, height: number): Canvas {
  const characters = Array.from({ length: width * height }, () => " ");
  const attributes = new Int32Array(width * height).fill(PLAIN);

  function put(x: number, y: number, character: string, look: Attribute): void {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const at = y * width + x;
    characters[at] = character;
    attributes[at] = look;
  }

  return {
    width,
    height,
    characters,
    attributes,
    clear() {
      characters.fill(" ");
      attributes.fill(PLAIN);
    },
    put,
    text(x, y, text, look = PLAIN, limit = width - x) {
      const cut = cutText(text, Math.min(limit, width - x));
      let column = x;
      for (const character of cut) put(column++, y, character, look);
      return column;
    },
    fill(area, character, look) {
      for (let y = area.y; y < area.y + area.height; y++)
        for (let x = area.x; x < area.x + area.width; x++) put(x, y, character, look);
    },
  };
}

/** At most `width` characters; one that is longer ends in an ellipsis. */
export function cutText(text: string, width: number): string {
  if (width <= 0) return "";
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** A title on a rule across the area's first row; returns the area below. */
export function paintTitle(
  canvas: Canvas,
  area: Area,
  title: string,
  note: string,
  looks: { rule: Attribute; title: Attribute },
): Area {
  const { x, y, width } = area;
  for (let column = x; column < x + width; column++) canvas.put(column, y, "─", looks.rule);
  const end = canvas.text(x + 1, y, ` ${title} `, looks.title, width - 2);
  if (note !== "" && end + note.length + 3 < x + width)
    canvas.text(x + width - note.length - 3, y, ` ${note} `, looks.rule);
  return { x, y: y + 1, width, height: Math.max(0, area.height - 1) };
}
