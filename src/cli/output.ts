/**
 * The two streams of a command: results on stdout, everything else on stderr, colour only where a terminal shows it.
 *
 * Invariants: what a command writes to stdout depends on its input alone, never on the host's clock or load. Text has
 * no control characters but line ends, tabs and our own colours, wherever its words come from; bytes go out as they
 * are. What a reader has not taken yet is bounded: who writes much looks at `isFull`.
 */
import type { Writable } from "node:stream";
import { ConfigError, tellProblem, type ConfigProblem } from "../errors.js";
import { partitionColour } from "../host/colours.js";
import { fileError } from "../host/file-error.js";
import { createControlFilter, withoutControls } from "../host/safe-text.js";

/** Wraps text in SGR codes, or leaves it alone. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  /** A partition's colour, the same as in the terminal UI. */
  partition(id: number, text: string): string;
}

export interface Output {
  /** Text to stdout. */
  result(text: string): void;
  /** A value as JSON to stdout, with a line end. `replace` as in JSON.stringify. */
  resultJson(value: unknown, replace?: (key: string, inner: unknown) => unknown): void;
  /** To stdout as it is. */
  resultBytes(data: Uint8Array): void;
  /** A line of text to stderr. */
  say(line: string): void;
  /** To stderr as it is. */
  sayBytes(data: Uint8Array): void;
  /** For stdout, and for stderr. */
  readonly style: Style;
  readonly sayStyle: Style;
  /** Whether stdout, and stderr, is a terminal. */
  readonly isTerminal: boolean;
  readonly isSayTerminal: boolean;
  /** Whether nobody takes what goes to stdout any more: its reader went away (`| head`), or it failed. */
  isClosed(): boolean;
  /** Whether so much waits for a reader that no more should be made. */
  isFull(): boolean;
  /** What went wrong with stdout, if not its reader; to be told once all is written. */
  failure(): ConfigError | null;
}

/** Bytes that may wait for a reader. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** For a guest's console on a terminal: the bytes, in UTF-8, with a dot in the place of each control character. */
export function withoutControlBytes(write: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  const filter = createControlFilter();
  const encoder = new TextEncoder();
  return (bytes) => write(encoder.encode(filter(bytes)));
}

/** Says, in the form of errors, what a system or program may be run with all the same. */
export function sayWarning({ say, sayStyle }: Output, warning: ConfigProblem): void {
  say(`${sayStyle.warn("warning")}: ${tellProblem(warning)}`);
}

export function createStyle(isColoured: boolean): Style {
  const wrap = (code: string) => (text: string) => (isColoured && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text);
  return {
    bold: wrap("1"),
    dim: wrap("2"),
    good: wrap("32"),
    bad: wrap("31"),
    warn: wrap("33"),
    partition: (id, text) => wrap(`38;5;${partitionColour(id)}`)(text),
  };
}

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
}

/** `hasColours`: whether a terminal would show them. */
export function createOutput(stdout: OutputStream, stderr: OutputStream, hasColours: boolean): Output {
  let isClosed = false;
  let failure: ConfigError | null = null;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A terminal that was closed gives EIO.
    const isGone = error.code === "EPIPE" || error.code === "EIO";
    if (!isGone && failure === null) failure = fileError("stdout", error, "write");
    isClosed = true;
  });
  // There is no other place to tell it.
  stderr.on("error", () => {});
  const [isTerminal, isSayTerminal] = [stdout.isTTY === true, stderr.isTTY === true];
  const [isColoured, isSayColoured] = [hasColours && isTerminal, hasColours && isSayTerminal];
  const result = (data: string | Uint8Array): void => {
    if (!isClosed) stdout.write(data);
  };
  return {
    result: (text) => result(withoutControls(text, isColoured)),
    resultJson: (value, replace) => result(`${escapeControls(JSON.stringify(value, replace, 2))}\n`),
    resultBytes: result,
    say: (line) => {
      stderr.write(`${withoutControls(line, isSayColoured)}\n`);
    },
    sayBytes: (data) => {
      stderr.write(data);
    },
    style: createStyle(isColoured),
    sayStyle: createStyle(isSayColoured),
    isTerminal,
    isSayTerminal,
    isClosed: () => isClosed,
    isFull: () => Math.max(isClosed ? 0 : stdout.writableLength, stderr.writableLength) > MOST_WAITING_BYTES,
    failure: () => failure,
  };
}

/** JSON.stringify leaves DEL and the C1 control characters as they are. */
function escapeControls(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
