/**
 * A file that grows by a line at a time, so that what was done is there after a process that was killed. Its last line
 * may be cut off: then it does not count.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileError } from "./file-error.js";

export interface Journal {
  /** Throws ConfigError. */
  add(line: string): void;
  /** Its work is done. */
  remove(): void;
}

/** The whole lines of a journal; none where there is no such file. Throws ConfigError. */
export function readJournal(path: string): string[] {
  try {
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  } catch (error) {
    throw fileError(path, error as NodeJS.ErrnoException, "read");
  }
}

/** Begins a journal with these lines, in the place of one that is there. Throws ConfigError. */
export function openJournal(path: string, lines: readonly string[]): Journal {
  const attempt = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      throw fileError(path, error as NodeJS.ErrnoException, "write");
    }
  };
  attempt(() => writeFileSync(path, lines.map((line) => `${line}\n`).join("")));
  return {
    add: (line) => attempt(() => appendFileSync(path, `${line}\n`)),
    remove: () => rmSync(path, { force: true }),
  };
}
