/** What can be wrong with a file of the host, in words: every problem becomes a ConfigError that names the path. */
import type { Stats } from "node:fs";
import { ConfigError } from "../errors.js";

type Purpose = "read" | "write";
type Reason = readonly [problem: string, hint: string];

const FORBIDDEN: Reason = ["may not be opened", "Its permissions forbid it."];

/** By error code of the operating system; `Reason` where it is the same for reading and writing. */
const REASONS: Readonly<Record<string, Reason | Readonly<Record<Purpose, Reason>>>> = {
  ENOENT: {
    read: ["there is no such file", "Paths are relative to the folder in which you are."],
    write: ["can't be written: its folder does not exist", "Make the folder first, or name another."],
  },
  ENOTDIR: {
    read: ["there is no such file", "A part of the path is no folder."],
    write: ["can't be written: a part of the path is no folder", "Name another path."],
  },
  EISDIR: ["is a folder", "Name a file in it."],
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  ELOOP: ["can't be opened: its links lead in a circle", ""],
  ENAMETOOLONG: ["can't be opened: the name is too long", ""],
  EROFS: ["can't be written", "The file system is read-only."],
  ENOSPC: ["can't be written", "The disk is full."],
  EDQUOT: ["can't be written", "The quota of the disk is used up."],
  EFBIG: ["can't be written", "It would be larger than files may be here."],
  EIO: ["failed", "The device reports an error."],
  ENXIO: ["is a socket or a device that is not there", "Name a file."],
  EAGAIN: ["has nothing that can be read now", "It is no ordinary file; write its contents into one."],
  ERR_INVALID_ARG_VALUE: ["can't be opened", "A path has no NUL characters."],
  EMFILE: ["can't be opened", "This process has too many open files."],
};

/** An error of the operating system as one of the user's. */
export function fileError(path: string, error: unknown, purpose: Purpose): ConfigError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = REASONS[code] ?? [error instanceof Error ? error.message : String(error), ""];
  const [problem, hint] = "read" in known ? known[purpose] : known;
  return fileProblem(path, problem, hint);
}

export function fileProblem(path: string, problem: string, hint: string): ConfigError {
  return new ConfigError({ file: path, line: 0, column: 0 }, problem, hint);
}

export function kindOf(status: Stats): "file" | "folder" | "pipe" | "device" | "block device" | "socket" {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "folder";
  if (status.isFIFO()) return "pipe";
  if (status.isBlockDevice()) return "block device";
  return status.isSocket() ? "socket" : "device";
}
