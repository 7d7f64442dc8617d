/**
 * Finds where the keys and values of a TOML text stand, so that errors can point at them.
 *
 * The TOML library gives positions for malformed text only. This scanner reads text that the library has already
 * accepted, so it need not judge: it follows keys, headers and brackets (TOML 1.0, sections "Keys", "Table",
 * "Array of Tables") and notes offsets. It allocates one entry a key, of bounded size: a table's name stands in the
 * entries of all its keys, so that one of megabytes would fill gigabytes.
 */
import type { SourcePlace } from "../../errors.js";

/** Keys, and indices of arrays, from the root of the document. */
export type KeyPath = readonly (string | number)[];
export type PlacePart = "key" | "value";

/** Where a key path stands. A path that is not in the text gives its nearest ancestor that is. */
export type Places = (path: KeyPath, part?: PlacePart) => SourcePlace;

interface Entry {
  readonly keyOffset: number;
  readonly valueOffset: number;
}

interface Scanner {
  readonly text: string;
  at: number;
  readonly entries: Map<string, Entry>;
  /** Elements seen so far of each array of tables. */
  readonly tableCounts: Map<string, number>;
}

/** Keys are told apart by this many characters; those of the schema and names have fewer. */
const MAX_KEY_CHARACTERS = 64;
/** Deeper keys are in no schema: they are reported at the ancestor that is unknown. Keeps the scan linear. */
const MAX_DEPTH = 12;

/** `text` must be valid TOML. */
export function locate(text: string, file: string): Places {
  const scanner: Scanner = {
    text,
    at: text.charCodeAt(0) === 0xfeff ? 1 : 0,
    entries: new Map(),
    tableCounts: new Map(),
  };
  scanDocument(scanner);
  const lineStarts = findLineStarts(text);
  return (path, part = "value") => {
    for (let length = path.length; length > 0; length--) {
      const entry = scanner.entries.get(nameOf(path.slice(0, length)));
      if (entry === undefined) continue;
      // An ancestor's value is the table that lacks the rest of the path, so its key is pointed at.
      const offset = part === "value" && length === path.length ? entry.valueOffset : entry.keyOffset;
      return placeOf(lineStarts, file, offset);
    }
    return { file, line: 1, column: 1 };
  };
}

/** Places of something that no file describes, such as a program given on the command line. */
export function nowhere(file: string): Places {
  return () => ({ file, line: 0, column: 0 });
}

/** Offsets of the first characters of all lines. */
export function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Line and column of an offset into the text that `lineStarts` are of. */
export function placeOf(lineStarts: readonly number[], file: string, offset: number): SourcePlace {
  let line = 0;
  for (let step = 1 << 30; step >= 1; step /= 2) {
    if (line + step < lineStarts.length && lineStarts[line + step] <= offset) line += step;
  }
  return { file, line: line + 1, column: offset - lineStarts[line] + 1 };
}

function nameOf(path: KeyPath): string {
  return JSON.stringify(path.map((key) => (typeof key === "string" ? key.slice(0, MAX_KEY_CHARACTERS) : key)));
}

function scanDocument(scanner: Scanner): void {
  const { text } = scanner;
  let table: KeyPath = [];
  for (;;) {
    skipSpace(scanner, true);
    if (scanner.at >= text.length) return;
    if (text[scanner.at] === "[") {
      table = scanHeader(scanner);
    } else {
      scanAssignment(scanner, table);
    }
  }
}

/** `[a.b]` or `[[a.b]]`: returns the path of the table that it opens. */
function scanHeader(scanner: Scanner): KeyPath {
  const isArray = scanner.text[scanner.at + 1] === "[";
  const keyOffset = scanner.at + (isArray ? 2 : 1);
  scanner.at = keyOffset;
  const keys = scanKeys(scanner, "]").slice(0, MAX_DEPTH);
  scanner.at += isArray ? 2 : 1;
  let path: KeyPath = [];
  keys.forEach((key, index) => {
    path = [...path, key];
    const name = nameOf(path);
    if (isArray && index === keys.length - 1) {
      const count = scanner.tableCounts.get(name) ?? 0;
      scanner.tableCounts.set(name, count + 1);
      note(scanner, path, keyOffset, keyOffset);
      path = [...path, count];
    } else {
      // A header below an array of tables means its last element.
      const count = scanner.tableCounts.get(name);
      if (count !== undefined) path = [...path, count - 1];
    }
    note(scanner, path, keyOffset, keyOffset);
  });
  return path;
}

/** `a.b = value`, in a table or an inline table. */
function scanAssignment(scanner: Scanner, table: KeyPath): void {
  const keyOffset = scanner.at;
  const keys = scanKeys(scanner, "=").slice(0, MAX_DEPTH);
  scanner.at++;
  skipSpace(scanner, true);
  for (let length = 1; length <= keys.length; length++) {
    note(scanner, [...table, ...keys.slice(0, length)], keyOffset, scanner.at);
  }
  scanValue(scanner, [...table, ...keys]);
}

/** Dotted keys up to the closing character, which is left unread. */
function scanKeys(scanner: Scanner, end: string): string[] {
  const { text } = scanner;
  const keys: string[] = [];
  while (scanner.at < text.length && text[scanner.at] !== end) {
    const character = text[scanner.at];
    if (character === '"' || character === "'") {
      const start = scanner.at;
      scanString(scanner);
      keys.push(unquote(text.slice(start, scanner.at)));
    } else if (character === "." || character === " " || character === "\t") {
      scanner.at++;
    } else {
      const start = scanner.at;
      while (scanner.at < text.length && !/[.\s=\]]/.test(text[scanner.at])) scanner.at++;
      keys.push(text.slice(start, scanner.at));
      if (scanner.at === start) scanner.at++;
    }
  }
  return keys;
}

function scanValue(scanner: Scanner, path: KeyPath): void {
  const { text } = scanner;
  const character = text[scanner.at];
  if (character === '"' || character === "'") {
    scanString(scanner);
  } else if (character === "[") {
    scanner.at++;
    for (let index = 0; nextElement(scanner, "]"); index++) {
      note(scanner, [...path, index], scanner.at, scanner.at);
      scanValue(scanner, [...path, index]);
    }
  } else if (character === "{") {
    scanner.at++;
    while (nextElement(scanner, "}")) scanAssignment(scanner, path);
  } else {
    const start = scanner.at;
    while (scanner.at < text.length && !/[,\]}\n#]/.test(text[scanner.at])) scanner.at++;
    if (scanner.at === start) scanner.at++;
  }
}

/** Skips to the next element of an array or inline table; false at its end, which is then read. */
function nextElement(scanner: Scanner, end: string): boolean {
  skipSpace(scanner, true);
  while (scanner.text[scanner.at] === ",") {
    scanner.at++;
    skipSpace(scanner, true);
  }
  if (scanner.at >= scanner.text.length) return false;
  if (scanner.text[scanner.at] !== end) return true;
  scanner.at++;
  return false;
}

/** Any of the four kinds of string, from its opening quote past its closing one. */
function scanString(scanner: Scanner): void {
  const { text } = scanner;
  const quote = text[scanner.at];
  const isLong = text.startsWith(quote.repeat(3), scanner.at);
  const end = isLong ? quote.repeat(3) : quote;
  scanner.at += end.length;
  while (scanner.at < text.length && !text.startsWith(end, scanner.at)) {
    scanner.at += quote === '"' && text[scanner.at] === "\\" ? 2 : 1;
  }
  scanner.at += end.length;
  // Up to two quotes may stand directly before the closing three.
  if (isLong) while (text[scanner.at] === quote) scanner.at++;
}

function unquote(quoted: string): string {
  if (quoted.startsWith('"')) {
    try {
      return String(JSON.parse(quoted));
    } catch {
      // TOML escapes that JSON lacks: such a key is in no schema, and is reported at its table.
    }
  }
  return quoted.slice(1, -1);
}

function skipSpace(scanner: Scanner, newLines: boolean): void {
  const { text } = scanner;
  while (scanner.at < text.length) {
    const character = text[scanner.at];
    if (character === "#") {
      while (scanner.at < text.length && text[scanner.at] !== "\n") scanner.at++;
    } else if (character === " " || character === "\t" || (newLines && (character === "\n" || character === "\r"))) {
      scanner.at++;
    } else {
      return;
    }
  }
}

/** The first mention counts. */
function note(scanner: Scanner, path: KeyPath, keyOffset: number, valueOffset: number): void {
  const name = nameOf(path);
  if (!scanner.entries.has(name)) scanner.entries.set(name, { keyOffset, valueOffset });
}
