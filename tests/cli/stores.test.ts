import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { invoke, ROOT, temporaryFolder } from "./hallows.js";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The shipped system with its journal in a folder of its own; `changes` of its description. */
function journal(...changes: readonly (readonly [string, string])[]): string {
  const folder = temporaryFolder();
  folders.push(folder);
  cpSync(join(ROOT, "images/store/journal.elf"), join(folder, "journal.elf"));
  const text = changes.reduce(
    (before, [from, to]) => before.replace(from, to),
    readFileSync(join(ROOT, "images/store/system.toml"), "utf8"),
  );
  writeFileSync(join(folder, "system.toml"), text);
  return join(folder, "system.toml");
}

const boot = (path: string, ...words: string[]): ReturnType<typeof invoke> =>
  invoke("boot", path, "--headless", ...words);
const imageOf = (path: string): string => join(dirname(path), "journal.img");

describe("hallows boot, of a system with a store", () => {
  it("makes its file, and finds what was promised there the next time", async () => {
    const path = journal();
    const first = await boot(path);
    expect(first).toMatchObject({ code: 0 });
    expect(first.out).toContain("0 records of 0 keys were there, of 0 lives");
    expect(first.out).toContain("64 records were promised");
    expect(statSync(imageOf(path)).size).toBe(64 * 1024);
    expect((await boot(path)).out).toContain("64 records of 16 keys were there, of 1 lives");
    expect(readdirSync(dirname(path)).toSorted()).toEqual(["journal.elf", "journal.img", "system.toml"]);
  });

  it("cuts the power at a write: the same disk for a seed, on which all that was promised is found", async () => {
    const disks = await Promise.all(
      [7, 7, 8].map(async (seed) => {
        const path = journal();
        const { code, out, err } = await boot(path, "--power-cut", `${seed}`, "--cut-at-write", "22", "--torn");
        expect(code).toBe(0);
        expect(out).toContain("the power went");
        expect(err).toContain(
          "the power went after write 22, and no flush covers 2 writes; journal.img is what is left",
        );
        const image = readFileSync(imageOf(path)).toString("latin1");
        const [, found] = /(\d+) records of/.exec((await boot(path)).out) ?? [];
        expect(Number(found)).toBeGreaterThanOrEqual(20);
        expect(Number(found)).toBeLessThanOrEqual(22);
        return image;
      }),
    );
    expect(disks[0]).toBe(disks[1]);
    expect(disks[0]).not.toBe(disks[2]);
  });

  it("cuts it at the end of a run, when all has been flushed: nothing is lost", async () => {
    const path = journal();
    expect((await boot(path, "--power-cut", "1")).err).toContain("after write 64, and no flush covers 0 writes");
    expect((await boot(path)).out).toContain("64 records of 16 keys were there");
  });

  it("has the same hash whether its writes reach the file or stay in memory", async () => {
    const path = journal();
    const inMemory = journal(["create = true", 'writes = "memory"']);
    writeFileSync(imageOf(inMemory), new Uint8Array(64 * 1024));
    const hash = ({ out }: { readonly out: string }): string => /^hash +(\w+)$/m.exec(out)?.[1] ?? "none";
    expect(hash(await boot(path))).toBe(hash(await boot(inMemory)));
    expect(readFileSync(imageOf(inMemory)).every((byte) => byte === 0)).toBe(true);
  });

  it("refuses a file outside of its folder, unless the command line allows it", async () => {
    const elsewhere = temporaryFolder();
    folders.push(elsewhere);
    mkdirSync(join(elsewhere, "disks"));
    const path = journal(['"journal.img"', JSON.stringify(join(elsewhere, "disks", "far.img"))]);
    const refused = await boot(path);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("is outside of the description's folder");
    expect(refused.err).toContain("--allow-file");
    expect(existsSync(join(elsewhere, "disks", "far.img"))).toBe(false);
    expect((await boot(path, "--allow-file", elsewhere)).code).toBe(0);
    expect(
      (await boot(path, "--allow-file", "/nowhere", "--allow-file", join(elsewhere, "disks", "far.img"))).code,
    ).toBe(0);
  });

  it("refuses files that can't be a store's, before it runs", async () => {
    const path = journal(["create = true", ""]);
    expect(await boot(path)).toMatchObject({ code: 2, out: "" });
    writeFileSync(imageOf(path), new Uint8Array(100));
    const short = await boot(path);
    expect(short.err).toContain("has 100 bytes, and its store 65536");
    expect(short.code).toBe(2);
  });

  it("refuses what says something about a loss of power where there is none", async () => {
    const { code, err } = await boot(journal(), "--cut-at-write", "3");
    expect(code).toBe(2);
    expect(err).toContain("--power-cut");
  });
});

describe("hallows profile, of a system with a store", () => {
  it("runs on a copy in memory, and leaves no trace", async () => {
    const path = journal();
    expect((await invoke("profile", path, "--top", "1")).code).toBe(0);
    expect(existsSync(imageOf(path))).toBe(false);
  });
});
