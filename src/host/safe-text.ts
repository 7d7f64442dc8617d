/**
 * Guest output made safe for a terminal: whatever a partition writes, the terminal gets printable characters of one
 * column each, and line ends.
 *
 * Invariant: the result has no control character but "\n", no escape sequence, nothing that joins, reorders or takes
 * two columns. What is left out shows as a dot, so that nothing disappears silently.
 */

/** Takes the place of characters that a terminal must not get. */
const STAND_IN = "·";
const TAB_COLUMNS = 4;

/** Ranges of code points that every terminal font has in one column, besides ASCII. */
const PLAIN_RANGES: readonly (readonly [number, number])[] = [
  [0xa1, 0xac],
  [0xae, 0x2af],
  [0x370, 0x3ff],
  [0x400, 0x481],
  [0x48a, 0x52f],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x2070, 0x209c],
  [0x20a0, 0x20bf],
  [0x2190, 0x21ff],
  [0x2200, 0x22ff],
  [0x2500, 0x25fc],
];

export function isPlain(codePoint: number): boolean {
  if (codePoint >= 0x20 && codePoint < 0x7f) return true;
  return PLAIN_RANGES.some(([first, last]) => codePoint >= first && codePoint <= last);
}

/** One string of any origin. Newlines are kept, tabs become spaces, carriage returns before newlines go away. */
export function safeText(text: string): string {
  let safe = "";
  for (const character of text.replaceAll("\r\n", "\n")) {
    if (character === "\n") safe += "\n";
    else if (character === "\t") safe += " ".repeat(TAB_COLUMNS);
    else safe += isPlain(character.codePointAt(0) ?? 0) ? character : STAND_IN;
  }
  return safe;
}

/**
 * Control characters but "\n" and "\t", and what reorders or hides text: C0, DEL, C1, zero-width and bidirectional
 * marks.
 */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** What `createStyle` of the command line makes. */
// oxlint-disable-next-line no-control-regex
const OUR_COLOURS = /(\x1b\[(?:[0-9]{1,2}|38;5;[0-9]{1,3})m)/;

/**
 * Text for people in which names and messages of any origin may stand: like `safeText`, but letters of every script
 * stay. With `keepColours` our own colour codes stay, too.
 */
export function withoutControls(text: string, keepColours = false): string {
  if (!keepColours) return text.replace(CONTROLS, STAND_IN);
  return text
    .split(OUR_COLOURS)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(CONTROLS, STAND_IN)))
    .join("");
}

/** The same for a stream of bytes in UTF-8, which may be cut anywhere; carriage returns before newlines go away. */
export function createControlFilter(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder("utf-8");
  /** "\r", if the bytes so far end with it: perhaps a newline follows. */
  let pending = "";
  return (bytes) => {
    const text = (pending + decoder.decode(bytes, { stream: true })).replaceAll("\r\n", "\n");
    pending = text.endsWith("\r") ? "\r" : "";
    return withoutControls(text.slice(0, text.length - pending.length));
  };
}

/**
 * Cuts a stream of bytes (UTF-8, with anything in it) into safe lines. A line that grows beyond `longest` characters is
 * cut there, so that a guest that never ends its line cannot take the host's memory.
 */
export interface LineSplitter {
  /** Calls `onLine` for each line that these bytes end. */
  push(bytes: Uint8Array): void;
  /** The line that has not ended, or "". */
  rest(): string;
  /** Ends the last line, if there is one. */
  end(): void;
}

export function createLineSplitter(onLine: (line: string) => void, longest = 1024): LineSplitter {
  const decoder = new TextDecoder("utf-8");
  let pending = "";
  const flush = (): void => {
    const line = pending;
    pending = "";
    onLine(line);
  };
  return {
    push(bytes) {
      pending += decoder.decode(bytes, { stream: true });
      for (;;) {
        const end = pending.indexOf("\n");
        if (end < 0 && pending.length < longest) return;
        const rest = end >= 0 && end < longest ? pending.slice(end + 1) : pending.slice(longest);
        pending = safeText(pending.slice(0, end >= 0 && end < longest ? end : longest).replace(/\r$/, ""));
        flush();
        pending = rest;
      }
    },
    rest: () => safeText(pending),
    end() {
      if (pending === "") return;
      pending = safeText(pending);
      flush();
    },
  };
}
