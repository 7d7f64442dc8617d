/**
 * Writing a file of the host, piece by piece.
 *
 * Invariant: what stands at the path stays as it is until `close` has written everything; then the new file takes its
 * place at once. A file that could not be finished is removed, also when the process exits before.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { ConfigError } from "../errors.js";
import { fileError, fileProblem, kindOf } from "./file-error.js";

export interface FileWriter {
  /** Text is gathered into larger writes. Throws ConfigError, also when the disk fills up. */
  write(data: string | Uint8Array): void;
  /** Throws ConfigError; after an error of `write` the same one. */
  close(): void;
}

const BUFFER_CHARACTERS = 1 << 16;
/** Names have at most 255 bytes; the ending of the unfinished file needs a few. */
const MOST_NAME_CHARACTERS = 60;

/** What may be done to a file; throws where it may not. `target`: its path without links. `existing`: what is there. */
export type Permit = (target: string, existing: Stats | undefined) => void;

/** Throws ConfigError. */
export function openWriter(path: string, permit: Permit): FileWriter {
  return attempt(path, () => {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing === undefined) {
      const target = newTarget(path);
      permit(target, undefined);
      return openBeside(path, target, undefined);
    }
    const kind = kindOf(existing);
    if (kind === "folder") throw fileProblem(path, "is a folder", "Name a file in it.");
    // Nothing of a device is lost by writing to it, and it can't be replaced.
    if (kind === "device")
      return createWriter(
        path,
        openSync(path, constants.O_WRONLY),
        () => {},
        () => {},
      );
    if (kind !== "file") throw fileProblem(path, `is a ${kind}`, "Name a file.");
    accessSync(path, constants.W_OK);
    const target = realpathSync(path);
    permit(target, existing);
    return openBeside(path, target, existing);
  });
}

/** Where a file comes to be that is not there yet: links that lead to nothing stay, and are followed. */
export function newTarget(path: string): string {
  if (path.endsWith("/") || path.endsWith(sep))
    throw fileProblem(path, "is a folder's name, and there is none", "Name a file.");
  let target = path;
  while (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    target = resolve(dirname(target), readlinkSync(target));
  return join(realpathSync(dirname(target)), basename(target));
}

function openBeside(path: string, target: string, existing: Stats | undefined): FileWriter {
  // Random, since a process that was killed leaves its own behind, and process ids come again.
  // Not of node:crypto, which takes longer to load than a short command runs.
  const mark = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex");
  const name = `.${basename(target).slice(0, MOST_NAME_CHARACTERS)}.${mark}.unfinished`;
  const unfinished = join(dirname(target), name);
  const descriptor = openSync(unfinished, "wx", existing?.mode);
  const remove = (): void => {
    process.off("exit", remove);
    unlinkSync(unfinished);
  };
  process.on("exit", remove);
  const finish = (): void => {
    if (existing !== undefined) chmodSync(unfinished, existing.mode);
    renameSync(unfinished, target);
    process.off("exit", remove);
  };
  return createWriter(path, descriptor, finish, remove);
}

function createWriter(path: string, descriptor: number, finish: () => void, remove: () => void): FileWriter {
  let buffered = "";
  let failure: ConfigError | null = null;
  /** After an error nothing is written any more. */
  function perform(action: () => void): void {
    if (failure !== null) throw failure;
    try {
      action();
    } catch (error) {
      failure = fileError(path, error, "write");
      closeSync(descriptor);
      remove();
      throw failure;
    }
  }
  function put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
  }
  function flush(): void {
    const bytes = new TextEncoder().encode(buffered);
    buffered = "";
    put(bytes);
  }
  return {
    write(data) {
      perform(() => {
        if (typeof data === "string") {
          buffered += data;
          if (buffered.length >= BUFFER_CHARACTERS) flush();
          return;
        }
        flush();
        put(data);
      });
    },
    close() {
      perform(flush);
      closeSync(descriptor);
      attempt(path, finish);
    },
  };
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof ConfigError ? error : fileError(path, error, "write");
  }
}
