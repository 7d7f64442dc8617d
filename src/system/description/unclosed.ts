/**
 * Finds the string, list, inline table or header of a malformed TOML text that is never closed.
 *
 * The TOML library notices such a thing where it stumbles, often lines later, and calls it what it stumbles over. This
 * scanner knows no more of TOML than its brackets and quotes, and says where the open one stands.
 */

export interface Unclosed {
  /** Where its opening character stands. */
  readonly offset: number;
  readonly what: "string" | "list" | "inline table" | "table header";
  /** What would close it. */
  readonly closing: string;
}

interface Open {
  readonly offset: number;
  readonly bracket: "[" | "{";
}

const LIST = { what: "list", closing: "]" } as const;
const INLINE_TABLE = { what: "inline table", closing: "}" } as const;

/** The first that is not closed, or null. Linear. */
export function findUnclosed(text: string): Unclosed | null {
  const open: Open[] = [];
  for (let at = 0; at < text.length;) {
    const character = text[at];
    if (character === "#") {
      while (at < text.length && text[at] !== "\n") at++;
    } else if (character === '"' || character === "'") {
      const end = stringEnd(text, at);
      if (end === -1) return { offset: at, what: "string", closing: stringQuotes(text, at) };
      at = end;
    } else if (character === "[" || character === "{") {
      if (open.length === 0 && character === "[" && isLineStart(text, at)) {
        const end = headerEnd(text, at);
        if (end === -1) return { offset: at, what: "table header", closing: text.startsWith("[[", at) ? "]]" : "]" };
        at = end;
      } else {
        open.push({ offset: at++, bracket: character });
      }
    } else if (character === "]" || character === "}") {
      open.pop();
      at++;
    } else {
      at++;
      if (character === "\n" && open.length > 0 && beginsSomethingElse(text, at, open[open.length - 1])) break;
    }
  }
  // The outermost: those inside may only look open because of it.
  const [first] = open;
  return first === undefined ? null : { offset: first.offset, ...(first.bracket === "[" ? LIST : INLINE_TABLE) };
}

function stringQuotes(text: string, at: number): string {
  return text.startsWith(text[at].repeat(3), at) ? text[at].repeat(3) : text[at];
}

/** Offset behind the closing quotes, or -1. A string in single quotes of its kind ends with its line. */
function stringEnd(text: string, start: number): number {
  const quotes = stringQuotes(text, start);
  const hasEscapes = text[start] === '"';
  for (let at = start + quotes.length; at < text.length;) {
    if (text.startsWith(quotes, at)) return at + quotes.length;
    if (text[at] === "\n" && quotes.length === 1) return -1;
    at += hasEscapes && text[at] === "\\" && text[at + 1] !== "\n" ? 2 : 1;
  }
  return -1;
}

/** Offset behind the header's brackets, or -1 when its line ends before. */
function headerEnd(text: string, start: number): number {
  const closing = text.startsWith("[[", start) ? "]]" : "]";
  for (let at = start + closing.length; at < text.length && text[at] !== "\n" && text[at] !== "#";) {
    if (text.startsWith(closing, at)) return at + closing.length;
    const isString = text[at] === '"' || text[at] === "'";
    const end = isString ? stringEnd(text, at) : at + 1;
    if (end === -1) return -1;
    at = end;
  }
  return -1;
}

function isLineStart(text: string, at: number): boolean {
  return /^[ \t\ufeff]*$/.test(text.slice(text.lastIndexOf("\n", at - 1) + 1, at));
}

/** Whether a line inside of brackets is no part of them: a header of tables, or a key where no key can stand. */
function beginsSomethingElse(text: string, lineStart: number, { bracket }: Open): boolean {
  const lineEnd = text.indexOf("\n", lineStart);
  const line = text.slice(lineStart, lineEnd === -1 ? text.length : Math.min(lineEnd, lineStart + 200));
  if (/^[ \t]*\[\[?[ \t]*[A-Za-z_"'][^,=]*\]/.test(line) && !/^[ \t]*\[[ \t]*["'][^"']*["'][ \t]*\]/.test(line))
    return true;
  if (!/^[ \t]*[A-Za-z0-9_."'-]+[ \t]*=/.test(line)) return false;
  return bracket === "[" || !/[,{][ \t\r\n]*$/.test(text.slice(Math.max(0, lineStart - 200), lineStart));
}
