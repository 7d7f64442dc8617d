/**
 * The two streams of a command: results on stdout, everything else on stderr, colour only where a terminal shows it.
 *
 * Invariant: what a command writes to stdout depends on its input alone, never on the host's clock or load.
 */
import type { Writable } from "node:stream";

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
  /** To stdout. */
  result(data: string | Uint8Array): void;
  /** A line to stderr. */
  say(line: string): void;
  /** To stderr as it is. */
  sayRaw(data: string | Uint8Array): void;
  /** For stdout, and for stderr. */
  readonly style: Style;
  readonly sayStyle: Style;
  /** Whether the reader of stdout went away (`| head`). */
  isClosed(): boolean;
}

/** 256-colour numbers that are told apart on dark and on light grounds; partitions take them in turn. */
export const PARTITION_COLOURS: readonly number[] = [39, 208, 77, 205, 220, 141, 44, 203, 113, 69, 179, 170];

export function createStyle(isColoured: boolean): Style {
  const wrap = (code: string) => (text: string) => (isColoured && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text);
  return {
    bold: wrap("1"),
    dim: wrap("2"),
    good: wrap("32"),
    bad: wrap("31"),
    warn: wrap("33"),
    partition: (id, text) => wrap(`38;5;${PARTITION_COLOURS[id % PARTITION_COLOURS.length]}`)(text),
  };
}

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
}

/** `environment` is looked at for NO_COLOR (no-color.org) and TERM. */
export function createOutput(
  stdout: OutputStream,
  stderr: OutputStream,
  environment: Readonly<Record<string, string | undefined>>,
): Output {
  let closed = false;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      if (stream === stdout) closed = true;
    });
  }
  const mayColour = (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  return {
    result(data) {
      if (!closed) stdout.write(data);
    },
    say: (line) => {
      stderr.write(`${line}\n`);
    },
    sayRaw: (data) => {
      stderr.write(data);
    },
    style: createStyle(mayColour && stdout.isTTY === true),
    sayStyle: createStyle(mayColour && stderr.isTTY === true),
    isClosed: () => closed,
  };
}
