/**
 * A file that grows in place while a command runs, written in the background: whoever looks at it, or finds it after a
 * crash, has what was written so far.
 *
 * Invariant: pieces reach the file in the order in which they were added. After the first error nothing is written any
 * more; what is there stays.
 */
import { accessSync, closeSync, constants, openSync, statSync, write as writeFile, type Stats } from "node:fs";
import { promisify } from "node:util";
import { ConfigError } from "../errors.js";
import { fileError, fileProblem, kindOf } from "./file-error.js";
import { newTarget, type Permit } from "./file-writer.js";

export interface GrowingFile {
  /** `piece` gives its bytes when the ones before it are written; `sizeBytes` of memory are held until then. */
  add(sizeBytes: number, piece: () => Uint8Array | Promise<Uint8Array>): void;
  /** Held for what is not written yet. */
  pendingBytes(): number;
  writtenBytes(): number;
  /** Why it ends early, or null. */
  failure(): ConfigError | null;
  /** Once all is written. */
  close(): Promise<void>;
}

const write = promisify(writeFile);

/** What was there is gone. Throws ConfigError. */
export function openGrowingFile(path: string, permit: Permit): GrowingFile {
  let descriptor: number;
  try {
    descriptor = openAt(path, permit);
  } catch (error) {
    throw error instanceof ConfigError ? error : fileError(path, error, "write");
  }
  let pendingBytes = 0;
  let writtenBytes = 0;
  let failure: ConfigError | null = null;
  let last: Promise<void> = Promise.resolve();

  async function append(sizeBytes: number, piece: () => Uint8Array | Promise<Uint8Array>): Promise<void> {
    try {
      if (failure !== null) return;
      const bytes = await piece();
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await write(descriptor, bytes, at);
        at += bytesWritten;
        writtenBytes += bytesWritten;
      }
    } catch (error) {
      failure = fileError(path, error, "write");
    } finally {
      pendingBytes -= sizeBytes;
    }
  }

  return {
    add(sizeBytes, piece) {
      pendingBytes += sizeBytes;
      last = last.then(() => append(sizeBytes, piece));
    },
    pendingBytes: () => pendingBytes,
    writtenBytes: () => writtenBytes,
    failure: () => failure,
    async close() {
      await last;
      closeSync(descriptor);
    },
  };
}

function openAt(path: string, permit: Permit): number {
  const existing: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  if (existing === undefined) {
    permit(newTarget(path), undefined);
    return openSync(path, "w");
  }
  const kind = kindOf(existing);
  if (kind === "folder") throw fileProblem(path, "is a folder", "Name a file in it.");
  if (kind !== "file" && kind !== "device") throw fileProblem(path, `is a ${kind}`, "Name a file.");
  accessSync(path, constants.W_OK);
  permit(path, existing);
  return openSync(path, kind === "file" ? "w" : constants.O_WRONLY);
}
