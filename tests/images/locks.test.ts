/**
 * Threads of several priorities meet at the SDK's locks, and all of them get on, whatever the frequency: no lock waits
 * by time. Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createSession, loadSystem } from "../../dist/system/index.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

describe.skipIf(!hasGcc)("threads that meet at the SDK's locks", () => {
  const folder = mkdtempSync(join(tmpdir(), "hallows-locks-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  if (hasGcc)
    execFileSync(join(ROOT, "images/build.sh"), [folder, join(ROOT, "tests/images/locks/locks.c")], { stdio: "pipe" });

  it.each(["500 kHz", "1 MHz", "100 MHz"])("all get on at %s", (frequency) => {
    const thread = (name: string, entry: string, priority: number, more = ""): string =>
      `[partition.p.thread.${name}]\nentry = "${entry}"\npriority = ${priority}\n${more}`;
    const period = 'period = "2500 cycles"\n';
    const text = `[machine]\nfrequency = "${frequency}"
[partition.p]\nclass = "realtime"\nprogram = "locks.elf"\ncore = 0
${thread("low", "background", 1)}${thread("high", "urgent", 6, period)}${thread("higher", "urgent", 7, period)}`;
    const lines: string[] = [];
    const session = createSession(
      loadSystem(text, "locks.toml", { readFile: (path) => readFileSync(join(folder, path)) }),
      { onConsole: (_, bytes) => lines.push(new TextDecoder().decode(bytes)) },
    );
    expect(session.run({ until: 5_000_000 })).toBe("quiet");
    expect(session.kernel.view().partitions[0]).toMatchObject({ exitCode: 8, faults: 0 });
    expect(lines.filter((line) => line.startsWith("urgent"))).toHaveLength(40);
  });
});
