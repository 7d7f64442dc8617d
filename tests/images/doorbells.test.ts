/**
 * No wake-up is lost between a producer and a consumer that sleep whenever they can, in any order in which x86's store
 * buffers may show their stores. With either of the ring's two fences taken out, one is lost.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createSession, loadSystem } from "../../dist/system/index.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = join(ROOT, "images/programs");
const DESCRIPTION = readFileSync(join(PROGRAMS, "stream.toml"), "utf8");
const SEEDS = [1, 2, 3, 4, 5, 6];
const DONE = [36, 37];

/** Exit codes of producer and consumer; -1 when they sleep for good. */
function stream(folder: string, seed: number, tsoSeed: number | null): number[] {
  const plan = loadSystem(DESCRIPTION, "stream.toml", { readFile: (path) => readFileSync(join(folder, path)), seed });
  const session = createSession(plan, { tsoSeed });
  session.run({ until: 10_000_000 });
  return session.kernel.view().partitions.map(({ exitCode }) => exitCode);
}

describe("doorbells with event index", () => {
  it.each(SEEDS)("lose no wake-up, stores in order: seed %i", (seed) => {
    expect(stream(PROGRAMS, seed, null)).toEqual(DONE);
  });

  it.each(SEEDS)("lose no wake-up, stores delayed: seed %i", (seed) => {
    expect(stream(PROGRAMS, seed, seed)).toEqual(DONE);
  });

  const canBuild = spawnSync("gcc", ["--version"]).status === 0;
  const copy = mkdtempSync(join(tmpdir(), "hallows-doorbells-"));
  afterAll(() => rmSync(copy, { recursive: true }));

  it.skipIf(!canBuild).each([
    ["between our index and the peer's event", "hallows_fence(); /* 1 */"],
    ["between our event and the peer's index", "hallows_fence(); /* 2 */"],
  ])("lose one without the fence %s, when stores are delayed", (_, fence) => {
    cpSync(join(ROOT, "images"), join(copy, "images"), { recursive: true });
    const header = join(copy, "images/sdk/hallows_channel.h");
    const text = readFileSync(header, "utf8");
    expect(text.split(fence)).toHaveLength(2);
    writeFileSync(header, text.replace(fence, '__asm__ volatile("" ::: "memory");'));
    const sources = ["producer", "consumer"].map((name) => join(copy, `images/programs/${name}.c`));
    execFileSync(join(copy, "images/build.sh"), [copy, ...sources], { stdio: "pipe" });
    expect(SEEDS.filter((seed) => stream(copy, seed, seed).includes(-1))).not.toEqual([]);
  });
});
