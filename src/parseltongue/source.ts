/** Source text and places in it. */

export interface Source {
  /** Its name in messages. */
  readonly file: string;
  readonly text: string;
}

/** Offsets in the text, in UTF-16 units; `end` is behind the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Lines and columns count from 1. */
export function placeAt({ text }: Source, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before[before.length - 1].length + 1 };
}
