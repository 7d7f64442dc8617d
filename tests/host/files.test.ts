import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createHostFiles } from "../../dist/host/files.js";

const folder = mkdtempSync(join(tmpdir(), "hallows-files-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const isPosix = process.platform !== "win32";

function put(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

describe("reading", () => {
  it("gives all bytes of a file", () => {
    const bytes = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251);
    writeFileSync(at("long"), bytes);
    expect(Buffer.compare(createHostFiles().readWhole(at("long")), bytes)).toBe(0);
  });

  it.runIf(isPosix)("refuses a pipe at once, with and without a writer", () => {
    spawnSync("mkfifo", [at("pipe")]);
    expect(() => createHostFiles().readWhole(at("pipe"))).toThrow(/pipe: is a pipe/);
  });

  it.runIf(isPosix)("refuses a socket, a device and a folder", async () => {
    const server = createServer().listen(at("socket"));
    await once(server, "listening");
    expect(() => createHostFiles().readWhole(at("socket"))).toThrow(/socket/);
    server.close();
    expect(() => createHostFiles().readWhole("/dev/zero")).toThrow(/is a device/);
    expect(() => createHostFiles().readWhole(folder)).toThrow(/is a folder/);
  });

  it.runIf(existsSync("/proc/kmsg"))("does not wait for a file of the kernel that has nothing to say", () => {
    expect(() => createHostFiles().readWhole("/proc/kmsg")).toThrow(/kmsg/);
  });

  it("says that standard input is not read", () => {
    expect(() => createHostFiles().readWhole("-")).toThrow(/standard input is not used.*"\.\/-"/s);
  });
});

describe("writing", () => {
  it("leaves what stands there until the new file is whole, and nothing beside it afterwards", () => {
    const path = put("old", "old");
    const file = createHostFiles().createWriter(path);
    file.write("x".repeat(200_000));
    expect(readFileSync(path, "utf8")).toBe("old");
    file.close();
    expect(readFileSync(path, "utf8")).toBe("x".repeat(200_000));
    expect(readdirSync(folder).filter((name) => name.includes("unfinished"))).toEqual([]);
  });

  it.runIf(isPosix)("keeps rights of the file it replaces, and follows a link to it", () => {
    const path = put("script", "");
    chmodSync(path, 0o750);
    symlinkSync("script", at("link"));
    const file = createHostFiles().createWriter(at("link"));
    file.write("new");
    file.close();
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["new", 0o750]);
  });

  it.runIf(isPosix)("never replaces what the command has read, whatever name or link leads there", () => {
    const path = put("input", "precious");
    linkSync(path, at("hard"));
    symlinkSync("input", at("soft"));
    const files = createHostFiles();
    files.readWhole(path);
    for (const name of ["input", "hard", "soft", "./../" + folder.split("/").at(-1) + "/input"])
      expect(() => files.createWriter(at(name))).toThrow(/is what this command reads/);
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  it("never writes two results into one file", () => {
    const files = createHostFiles();
    for (const path of [at("twice"), put("again", "")]) {
      const first = files.createWriter(path);
      expect(() => files.createWriter(path)).toThrow(/is written by this command already/);
      first.close();
      expect(() => files.createWriter(path)).toThrow(/is written by this command already/);
    }
  });

  it.runIf(isPosix)("never replaces the file that stdout or stderr goes into", () => {
    const script = `import { createHostFiles } from ${JSON.stringify(join(import.meta.dirname, "../../dist/host/files.js"))};
      try { createHostFiles().createWriter(process.argv[1]); } catch (error) { console.log(error.message); }`;
    const shell = (command: string): string => {
      spawnSync("sh", ["-c", command, "sh", process.execPath, script], { cwd: folder });
      return readFileSync(at("stream"), "utf8");
    };
    expect(shell('"$1" --input-type=module -e "$2" stream > stream')).toMatch(/^stream: is where stdout goes/);
    expect(shell('"$1" --input-type=module -e "$2" /dev/stdout > stream')).toMatch(/stdout: is where stdout goes/);
    expect(shell('"$1" --input-type=module -e "$2" stream 2> stream >&2')).toMatch(/^stream: is where std/);
  });

  it.runIf(isPosix)("follows a link to a file that is not there yet", () => {
    symlinkSync("later", at("link-to-later"));
    const files = createHostFiles();
    const file = files.createWriter(at("link-to-later"));
    file.write("new");
    expect(() => files.createWriter(at("later"))).toThrow(/is written by this command already/);
    file.close();
    expect([readFileSync(at("later"), "utf8"), readlinkSync(at("link-to-later"))]).toEqual(["new", "later"]);
  });

  it("opens two files at once whose long names begin alike", () => {
    const files = createHostFiles();
    const names = ["a", "b"].map((end) => at("long-name-".repeat(10) + end));
    for (const file of names.map((name) => files.createWriter(name))) file.close();
    expect(names.map((name) => existsSync(name))).toEqual([true, true]);
  });

  it("says what is wrong with the path before anything is written", () => {
    const write = (path: string) => () => createHostFiles().createWriter(path);
    expect(write(at("none/file"))).toThrow(/its folder does not exist/);
    expect(write(folder)).toThrow(/is a folder/);
    expect(write("")).toThrow(/^"": is no file/);
    expect(write(at("none/"))).toThrow(/is a folder's name/);
    expect(write(at("nul\0nul"))).toThrow(/no NUL characters/);
    expect(write("-")).toThrow(/standard output is not used/);
    expect(write(at(put("plain", "") && "plain/file"))).toThrow(/a part of the path is no folder/);
  });

  it.runIf(existsSync("/dev/full"))("fails on a full disk again and again, in one sentence", () => {
    const file = createHostFiles().createWriter("/dev/full");
    expect(() => file.write(new Uint8Array(10))).toThrow(/\/dev\/full: can't be written\n {2}The disk is full\./);
    expect(() => file.close()).toThrow(/The disk is full/);
  });

  it.runIf(isPosix)("removes what was not finished when the process exits", () => {
    const path = put("kept", "kept");
    const script = `import { createHostFiles } from ${JSON.stringify(join(import.meta.dirname, "../../dist/host/files.js"))};
      createHostFiles().createWriter(${JSON.stringify(path)}).write("cut"); process.exit(130);`;
    spawnSync(process.execPath, ["--input-type=module", "-e", script]);
    expect(readFileSync(path, "utf8")).toBe("kept");
    expect(readdirSync(folder).filter((name) => name.includes("unfinished"))).toEqual([]);
  });
});
