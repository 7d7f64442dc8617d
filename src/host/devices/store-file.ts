/**
 * A store's file on the host (`StoreMedium`).
 *
 * Invariants. The file changes in the order of the guest's writes, and only forwards: what a run does again that was
 * put back to an earlier state is in the file already, and one that then takes another course leaves the file alone
 * from there on. The first contents of each page that is overwritten are kept, so that they can be read at any time.
 * While a run may write the file, a lock file beside it keeps others away.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { StoreStatus } from "../../abi/index.js";
import { DISK_PAGE_BYTES, type DiskState, type MediumStatus, type StoreMedium } from "../../devices/index.js";
import { ConfigError } from "../../errors.js";
import { hashText, mixWord } from "../../trace/index.js";
import { fileError, fileProblem, kindOf } from "../file-error.js";

export interface StoreFileOptions {
  readonly sizeBytes: number;
  /** Makes the file, all zeros, where there is none. */
  readonly create: boolean;
  /** "file": they reach it. "memory": they last as long as the run. "refuse": there are none. */
  readonly writes: "file" | "memory" | "refuse";
}

export interface StoreFile extends StoreMedium {
  readonly path: string;
  /** SHA-256 of the first contents, in hexadecimal. */
  digest(): string;
  /** What the host refused, by number of the operation: what the run depends on besides the first contents. */
  failures(): ReadonlyMap<number, MediumStatus>;
  /** Whether the run has been put back and has then done something else than before: the file ends where it left. */
  hasDiverged(): boolean;
  /** The file becomes what a disk holds after a loss of power, which is safe when this returns. Throws ConfigError. */
  replace(disk: DiskState): void;
  close(): void;
}

/** What the operating system says when there is no room for more. */
const FULL_CODES: readonly string[] = ["ENOSPC", "EDQUOT", "EFBIG"];
const DIGEST_BYTES = 1024 * 1024;
/** Windows has no such flag. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;

/** Throws ConfigError. */
export function openStoreFile(path: string, options: StoreFileOptions): StoreFile {
  const isWritten = options.writes === "file";
  const descriptor = openFile(path, options);
  let unlock = (): void => undefined;
  try {
    checkFile(path, descriptor, options.sizeBytes);
    if (isWritten) unlock = lockFile(path);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  /** First contents of overwritten pages. */
  const kept = new Map<number, Uint8Array>();
  const refused = new Map<number, MediumStatus>();
  /** Digest of each write that was made, by its number. */
  const made = new Map<number, string>();
  let lastWrite = 0;
  let lastFlush = 0;
  let diverged = false;

  function readAt(at: number, sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    try {
      for (let done = 0; done < sizeBytes;) {
        const count = readSync(descriptor, bytes, done, sizeBytes - done, at + done);
        if (count === 0) throw fileProblem(path, "has become shorter while it was used", "Leave it alone meanwhile.");
        done += count;
      }
    } catch (error) {
      throw error instanceof ConfigError ? error : fileError(path, error, "read");
    }
    return bytes;
  }

  function readFirst(at: number, sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    for (let done = 0; done < sizeBytes;) {
      const inPage = (at + done) % DISK_PAGE_BYTES;
      const partBytes = Math.min(DISK_PAGE_BYTES - inPage, sizeBytes - done);
      const first = kept.get((at + done - inPage) / DISK_PAGE_BYTES)?.subarray(inPage, inPage + partBytes);
      bytes.set(first ?? readAt(at + done, Math.min(partBytes, Math.max(0, options.sizeBytes - at - done))), done);
      done += partBytes;
    }
    return bytes;
  }

  function keepFirst(at: number, sizeBytes: number): void {
    for (let page = Math.floor(at / DISK_PAGE_BYTES); page * DISK_PAGE_BYTES < at + sizeBytes; page++)
      if (!kept.has(page)) kept.set(page, readFirst(page * DISK_PAGE_BYTES, DISK_PAGE_BYTES));
  }

  /** All of the bytes, or none of them. */
  function writeAt(at: number, bytes: Uint8Array): MediumStatus {
    const before = readAt(at, bytes.length);
    const attempt = tryWrite(descriptor, at, bytes);
    if (attempt.status !== StoreStatus.Done) tryWrite(descriptor, at, before.subarray(0, attempt.writtenBytes));
    return attempt.status;
  }

  return {
    path,
    readFirst,
    write(number, at, bytes) {
      if (options.writes === "refuse") return StoreStatus.ReadOnly;
      if (!isWritten || diverged) return refused.get(number) ?? StoreStatus.Done;
      const digest = digestWrite(at, bytes);
      if (number <= lastWrite) {
        if (made.get(number) !== digest) diverged = true;
        return refused.get(number) ?? StoreStatus.Done;
      }
      keepFirst(at, bytes.length);
      const status = writeAt(at, bytes);
      lastWrite = number;
      made.set(number, digest);
      if (status !== StoreStatus.Done) refused.set(number, status);
      return status;
    },
    flush(number) {
      if (!isWritten || diverged || number <= lastFlush) return refused.get(number) ?? StoreStatus.Done;
      lastFlush = number;
      try {
        fdatasyncSync(descriptor);
        return StoreStatus.Done;
      } catch {
        refused.set(number, StoreStatus.Failed);
        return StoreStatus.Failed;
      }
    },
    digest() {
      const hash = createHash("sha256");
      for (let at = 0; at < options.sizeBytes; at += DIGEST_BYTES)
        hash.update(readFirst(at, Math.min(DIGEST_BYTES, options.sizeBytes - at)));
      return hash.digest("hex");
    },
    failures: () => refused,
    hasDiverged: () => diverged,
    replace({ pages }) {
      const changed = new Map<number, Uint8Array>([...kept, ...pages]);
      for (const [page, bytes] of changed) {
        const at = page * DISK_PAGE_BYTES;
        const { status } = tryWrite(descriptor, at, bytes.subarray(0, options.sizeBytes - at));
        if (status !== StoreStatus.Done) throw fileProblem(path, "can't be written", "The host reports an error.");
      }
      fdatasyncSync(descriptor);
    },
    close() {
      closeSync(descriptor);
      unlock();
    },
  };
}

function tryWrite(
  descriptor: number,
  at: number,
  bytes: Uint8Array,
): { readonly status: MediumStatus; readonly writtenBytes: number } {
  let writtenBytes = 0;
  try {
    while (writtenBytes < bytes.length)
      writtenBytes += writeSync(descriptor, bytes, writtenBytes, bytes.length - writtenBytes, at + writtenBytes);
    return { status: StoreStatus.Done, writtenBytes };
  } catch (error) {
    const isFull = FULL_CODES.includes(errorCode(error));
    return { status: isFull ? StoreStatus.Full : StoreStatus.Failed, writtenBytes };
  }
}

function digestWrite(at: number, bytes: Uint8Array): string {
  const lanes = new Uint32Array(2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  mixWord(lanes, 0, at);
  mixWord(lanes, 0, bytes.length);
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) mixWord(lanes, 0, view.getUint32(offset, true));
  return hashText(lanes, 0);
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function openFile(path: string, { create, writes, sizeBytes }: StoreFileOptions): number {
  const flags = (writes === "file" ? constants.O_RDWR : constants.O_RDONLY) | NO_WAIT;
  try {
    return openSync(path, flags);
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" && create) return createFile(path, sizeBytes);
    if (code === "ENOENT")
      throw fileProblem(path, "there is no such file", "With create = true in its table it is made, all zeros.");
    if (writes === "file" && ["EACCES", "EPERM", "EROFS"].includes(code))
      throw fileProblem(
        path,
        "may not be written",
        'Write writes = "memory" into its table to keep what is written for the run alone, or writes = "refuse".',
      );
    throw fileError(path, error, writes === "file" ? "write" : "read");
  }
}

function createFile(path: string, sizeBytes: number): number {
  try {
    const descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o644);
    ftruncateSync(descriptor, sizeBytes);
    return descriptor;
  } catch (error) {
    throw fileError(path, error, "write");
  }
}

function checkFile(path: string, descriptor: number, sizeBytes: number): void {
  const status = fstatSync(descriptor);
  const kind = kindOf(status);
  if (kind !== "file") throw fileProblem(path, `is a ${kind}`, "A store lies in an ordinary file.");
  if (status.size < sizeBytes)
    throw fileProblem(
      path,
      `has ${status.size} bytes, and its store ${sizeBytes}`,
      `Make it longer ("truncate -s ${sizeBytes} FILE" adds zeros), or the store's size smaller.`,
    );
}

/** Returns what undoes it. Throws ConfigError where another process has the file. */
function lockFile(path: string): () => void {
  const lock = `${realpathSync(path)}.lock`;
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(lock, `${process.pid}\n`, { flag: "wx" });
      return () => unlinkSync(lock);
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw fileError(lock, error, "write");
      const owner = readOwner(lock);
      if (attempt > 0 || isAlive(owner))
        throw fileProblem(
          path,
          `is in use by process ${owner}`,
          `Wait for it. If it is none of Hallows, remove ${lock}.`,
        );
      // Its process was killed.
      unlinkSync(lock);
    }
  }
}

function readOwner(lock: string): number {
  try {
    return Number.parseInt(readFileSync(lock, "utf8"), 10);
  } catch {
    return Number.NaN;
  }
}

function isAlive(process_: number): boolean {
  if (!(process_ > 0)) return false;
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
