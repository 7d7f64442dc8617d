/**
 * Files of the host as one command sees them: it reads whole ones and replaces others. What the user got wrong is a
 * ConfigError.
 *
 * Invariants: never more than MAX_FILE_BYTES are read, and opening or reading never waits, whatever the path leads to
 * (a pipe, a device, a file of the kernel); what the command has read or written, and where its stdout or stderr goes,
 * is never replaced by a later write.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { ConfigError } from "../errors.js";
import { fileError, fileProblem, kindOf } from "./file-error.js";
import { openWriter, type FileWriter, type Permit } from "./file-writer.js";
import { openGrowingFile, type GrowingFile } from "./growing-file.js";

/** Far more than any program or image has, and little enough to be read by mistake. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;
const STREAMS = [
  ["stdout", 1],
  ["stderr", 2],
] as const;

export interface HostFiles {
  /** Throws ConfigError. */
  readWhole(path: string): Uint8Array;
  /** Opens a file that takes the place of what is there when it is closed, not before. Throws ConfigError. */
  createWriter(path: string): FileWriter;
  /** Opens a file that grows in place; what is there is gone at once. Throws ConfigError. */
  createGrowing(path: string): GrowingFile;
}

/** Files of one command: it remembers which ones it has read and written. */
export function createHostFiles(): HostFiles {
  /** By device and inode, since two paths may lead to one file; a written one has its inode only later. */
  const inputs = new Set<string>();
  const outputs = new Set<string>();

  function permitFor(path: string): Permit {
    refuseNoFile(path, "output");
    return (target, existing) => {
      if (existing !== undefined && inputs.has(identity(existing)))
        throw fileProblem(path, "is what this command reads", "Name another file.");
      for (const [stream, descriptor] of STREAMS)
        if (existing !== undefined && identity(existing) === identityOf(descriptor))
          throw fileProblem(path, `is where ${stream} goes`, "Name another file.");
      if (outputs.has(target)) throw fileProblem(path, "is written by this command already", "Name another file.");
      outputs.add(target);
    };
  }

  return {
    readWhole(path) {
      refuseNoFile(path, "input");
      const { bytes, status } = readWhole(path);
      inputs.add(identity(status));
      return bytes;
    },
    createWriter: (path) => openWriter(path, permitFor(path)),
    createGrowing: (path) => openGrowingFile(path, permitFor(path)),
  };
}

function identity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** Without a file behind it (on some hosts a closed stream has none) a stream is no file that could be lost. */
function identityOf(descriptor: number): string | null {
  try {
    return identity(fstatSync(descriptor));
  } catch {
    return null;
  }
}

function refuseNoFile(path: string, name: "input" | "output"): void {
  if (path === "") throw fileProblem('""', "is no file", "A name has at least a character.");
  if (path === "-")
    throw fileProblem(path, `is no file: standard ${name} is not used here`, 'A file of that name is "./-".');
}

/** Windows has none of these flags. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

function readWhole(path: string): { readonly bytes: Uint8Array; readonly status: Stats } {
  let descriptor = -1;
  try {
    descriptor = openSync(path, READ_ONLY);
    const status = fstatSync(descriptor);
    const kind = kindOf(status);
    if (kind === "folder") throw fileProblem(path, "is a folder", "Name a file in it.");
    if (kind !== "file") throw fileProblem(path, `is a ${kind}`, "Only files are read: write its contents into one.");
    return { bytes: readAll(path, descriptor), status };
  } catch (error) {
    throw error instanceof ConfigError ? error : fileError(path, error, "read");
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

function readAll(path: string, descriptor: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(READ_BYTES);
    const count = readSync(descriptor, chunk, 0, READ_BYTES, null);
    if (count === 0) return concatenate(chunks, total);
    total += count;
    if (total > MAX_FILE_BYTES) throw fileProblem(path, "is larger than 256 MiB", "No program or image is.");
    chunks.push(chunk.subarray(0, count));
  }
}

function concatenate(chunks: readonly Uint8Array[], total: number): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
