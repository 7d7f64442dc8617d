/**
 * Files of the host: reading whole ones, and writing one piece by piece. What the user got wrong is a ConfigError.
 *
 * Invariant: never more than MAX_FILE_BYTES are read, whatever the path leads to (a device, a pipe without end).
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { ConfigError } from "../errors.js";

/** Far more than any program or image has, and little enough to be read by mistake. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

const REASONS: Readonly<Record<string, readonly [problem: string, hint: string]>> = {
  ENOENT: ["there is no such file", "Paths are relative to the folder in which you are."],
  ENOTDIR: ["there is no such file", "A part of the path is no folder."],
  EISDIR: ["is a folder", "Name a file in it."],
  EACCES: ["may not be opened", "Its permissions forbid it."],
  EPERM: ["may not be opened", "Its permissions forbid it."],
  EROFS: ["can't be written", "The file system is read-only."],
  ENOSPC: ["can't be written", "The disk is full."],
};

/** An error of the operating system as one of the user's. */
export function fileError(path: string, error: unknown): ConfigError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [problem, hint] = REASONS[code] ?? [error instanceof Error ? error.message : String(error), ""];
  return new ConfigError({ file: path, line: 0, column: 0 }, problem, hint);
}

/** Throws ConfigError. */
export function readWholeFile(path: string): Uint8Array {
  let descriptor = -1;
  try {
    descriptor = openSync(path, "r");
    const chunks: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const chunk = new Uint8Array(READ_BYTES);
      const count = readSync(descriptor, chunk, 0, READ_BYTES, null);
      if (count === 0) break;
      total += count;
      if (total > MAX_FILE_BYTES) {
        throw new ConfigError({ file: path, line: 0, column: 0 }, "is larger than 256 MiB", "No program or image is.");
      }
      chunks.push(chunk.subarray(0, count));
    }
    return concatenate(chunks, total);
  } catch (error) {
    throw error instanceof ConfigError ? error : fileError(path, error);
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

/** Replaces the file. Throws ConfigError. */
export function writeWholeFile(path: string, bytes: Uint8Array): void {
  const writer = createFileWriter(path);
  writer.write(bytes);
  writer.close();
}

export interface FileWriter {
  write(data: string | Uint8Array): void;
  close(): void;
}

const BUFFER_CHARACTERS = 1 << 16;

/** Replaces the file; text is gathered into larger writes. Throws ConfigError, also when the disk fills up later. */
export function createFileWriter(path: string): FileWriter {
  const descriptor = attempt(path, () => openSync(path, "w"));
  let buffered = "";
  function put(bytes: Uint8Array): void {
    attempt(path, () => {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    });
  }
  function flush(): void {
    if (buffered === "") return;
    const bytes = new TextEncoder().encode(buffered);
    buffered = "";
    put(bytes);
  }
  return {
    write(data) {
      if (typeof data === "string") {
        buffered += data;
        if (buffered.length >= BUFFER_CHARACTERS) flush();
        return;
      }
      flush();
      put(data);
    },
    close() {
      flush();
      attempt(path, () => closeSync(descriptor));
    },
  };
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fileError(path, error);
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
