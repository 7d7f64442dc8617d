import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createDiskState, DISK_PAGE_BYTES, writeDisk } from "../../dist/devices/store/disk.js";
import { openStoreFile, type StoreFileOptions } from "../../dist/host/devices/store-file.js";

// Values of a const enum, which exist only at compile time: see src/abi/store.ts.
const STATUS = { done: 0, readOnly: 113, full: 114 };
const SIZE_BYTES = 4 * DISK_PAGE_BYTES;
const OPTIONS: StoreFileOptions = { sizeBytes: SIZE_BYTES, create: false, writes: "file" };

const folder = mkdtempSync(join(tmpdir(), "hallows-store-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
/** A file of the right size, filled with 1. */
function diskFile(sizeBytes = SIZE_BYTES): string {
  const path = join(folder, `disk-${files++}.img`);
  writeFileSync(path, new Uint8Array(sizeBytes).fill(1));
  return path;
}
const sector = (value: number): Uint8Array => new Uint8Array(512).fill(value);
const byteAt = (path: string, at: number): number => readFileSync(path)[at];

describe("a store's file", () => {
  it("has each write at once, and first contents can be read all the same", () => {
    const path = diskFile();
    const file = openStoreFile(path, OPTIONS);
    const digest = file.digest();
    expect(file.write(1, 512, sector(7))).toBe(STATUS.done);
    expect(file.flush(2)).toBe(STATUS.done);
    expect(byteAt(path, 512)).toBe(7);
    expect(file.readFirst(512, 512)).toEqual(sector(1));
    expect(file.digest()).toBe(digest);
    file.close();
  });

  it("is not changed by what a run does again that was put back", () => {
    const path = diskFile();
    const file = openStoreFile(path, OPTIONS);
    file.write(1, 0, sector(2));
    file.write(2, 0, sector(3));
    expect(file.write(1, 0, sector(2))).toBe(STATUS.done);
    expect(byteAt(path, 0)).toBe(3);
    file.write(2, 0, sector(3));
    file.write(3, 0, sector(4));
    expect(byteAt(path, 0)).toBe(4);
    expect(file.hasDiverged()).toBe(false);
    file.close();
  });

  it("is left alone once a run that was put back does something else", () => {
    const path = diskFile();
    const file = openStoreFile(path, OPTIONS);
    file.write(1, 0, sector(2));
    file.write(2, 0, sector(3));
    expect(file.write(2, 0, sector(9))).toBe(STATUS.done);
    expect(file.write(3, 0, sector(9))).toBe(STATUS.done);
    expect(file.hasDiverged()).toBe(true);
    expect(byteAt(path, 0)).toBe(3);
    file.close();
  });

  it("is not touched where writes stay in memory, or are refused", () => {
    const path = diskFile();
    const before = readFileSync(path);
    const memory = openStoreFile(path, { ...OPTIONS, writes: "memory" });
    const refusing = openStoreFile(path, { ...OPTIONS, writes: "refuse" });
    expect(memory.write(1, 0, sector(2))).toBe(STATUS.done);
    expect(refusing.write(1, 0, sector(2))).toBe(STATUS.readOnly);
    expect(readFileSync(path)).toEqual(before);
    memory.close();
    refusing.close();
  });

  it("is made, all zeros, where its description says so", () => {
    const path = join(folder, "new.img");
    expect(() => openStoreFile(path, OPTIONS)).toThrow("there is no such file");
    const file = openStoreFile(path, { ...OPTIONS, create: true });
    expect(file.readFirst(SIZE_BYTES - 512, 512)).toEqual(sector(0));
    file.close();
    expect(readFileSync(path)).toHaveLength(SIZE_BYTES);
  });

  it("is refused where it can't be one, with what would help", () => {
    expect(() => openStoreFile(diskFile(5000), OPTIONS)).toThrow(`has 5000 bytes, and its store ${SIZE_BYTES}`);
    mkdirSync(join(folder, "folder"));
    expect(() => openStoreFile(join(folder, "folder"), { ...OPTIONS, writes: "refuse" })).toThrow("is a folder");
  });

  it("that may not be written is refused, with what would help", () => {
    if (process.getuid?.() === 0) {
      console.log("not tried: root may write whatever it likes");
      return;
    }
    const path = diskFile();
    chmodSync(path, 0o444);
    expect(() => openStoreFile(path, OPTIONS)).toThrow("may not be written");
  });

  it("is one run's at a time, whatever leads to it, and that of a process that was killed is free", () => {
    const path = diskFile();
    const link = join(folder, "link.img");
    symlinkSync(path, link);
    const file = openStoreFile(path, OPTIONS);
    expect(() => openStoreFile(link, OPTIONS)).toThrow(`is in use by process ${process.pid}`);
    file.close();
    expect(existsSync(`${path}.lock`)).toBe(false);
    const { pid } = spawnSync("true");
    writeFileSync(`${path}.lock`, `${pid}\n`);
    openStoreFile(path, OPTIONS).close();
  });

  it("becomes what is left of a disk after a loss of power: also what was written and is lost", () => {
    const path = diskFile();
    const file = openStoreFile(path, OPTIONS);
    file.write(1, 0, sector(2));
    file.write(2, DISK_PAGE_BYTES, sector(3));
    const left = createDiskState();
    writeDisk(left, file, DISK_PAGE_BYTES + 512, sector(8));
    file.replace(left);
    file.close();
    const places = [0, DISK_PAGE_BYTES, DISK_PAGE_BYTES + 512, 2 * DISK_PAGE_BYTES];
    expect(places.map((at) => byteAt(path, at))).toEqual([1, 1, 8, 1]);
  });

  it.skipIf(process.platform === "win32")(
    "that has no room takes all of a write or nothing, and says so each time",
    () => {
      const path = diskFile();
      const module = fileURLToPath(new URL("../../dist/host/devices/store-file.js", import.meta.url));
      // Past half of its size the host takes nothing more, and in the second write it takes the first sector.
      const program = `
      const { openStoreFile } = await import(${JSON.stringify(module)});
      const file = openStoreFile(${JSON.stringify(path)}, ${JSON.stringify(OPTIONS)});
      const full = [file.write(1, 0, new Uint8Array(512).fill(2)), file.write(2, ${SIZE_BYTES / 2 - 512}, new Uint8Array(1024).fill(2))];
      console.log(JSON.stringify([...full, file.write(2, ${SIZE_BYTES / 2 - 512}, new Uint8Array(1024).fill(2)), [...file.failures()]]));
      process.exit();`;
      const words = [
        "-c",
        `ulimit -f ${SIZE_BYTES / 2 / 1024}; exec "$0" --input-type=module -e "$1"`,
        process.execPath,
        program,
      ];
      const { stdout, stderr } = spawnSync("bash", words, { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toEqual([STATUS.done, STATUS.full, STATUS.full, [[2, STATUS.full]]]);
      expect([0, SIZE_BYTES / 2 - 512, SIZE_BYTES / 2].map((at) => byteAt(path, at))).toEqual([2, 1, 1]);
    },
  );
});
