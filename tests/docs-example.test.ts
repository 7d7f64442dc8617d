/**
 * The system that docs/guest-programs.md builds from the beginning does what it says: its files and its commands are
 * taken from the text as they stand. Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const TEXT = readFileSync(join(ROOT, "docs/guest-programs.md"), "utf8");
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

function section(title: string): string {
  const from = TEXT.indexOf(`## ${title}\n`);
  return TEXT.slice(from, TEXT.indexOf("\n## ", from + 1));
}

/** A third-level section: up to the next heading of any level. */
function subsection(title: string): string {
  const from = TEXT.indexOf(`### ${title}\n`);
  return TEXT.slice(from, from + 4 + TEXT.slice(from + 4).search(/^##/m));
}

/** Blocks of code with the bold word, if there is one, that begins the paragraph before. */
function blocks(text: string): { readonly name: string; readonly code: string }[] {
  return [...text.matchAll(/(?:^\*\*([\w.]+)\*\*)?[^\n]*\n\n```\w*\n([^]*?)^```$/gm)].map(([, name = "", code]) => ({
    name,
    code,
  }));
}

describe.skipIf(!hasGcc)("docs/guest-programs.md", () => {
  const folder = mkdtempSync(join(tmpdir(), "hallows-docs-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const sh = (commands: string): string =>
    execFileSync(
      "sh",
      ["-ec", `hallows() { "${process.execPath}" "${join(ROOT, "dist/cli/main.js")}" "$@"; }\n${commands}`],
      {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    );

  it("builds a system of two partitions that prints what it says", () => {
    const found = blocks(section("A system of two partitions, from the beginning"));
    const files = found.filter(({ name }) => name !== "");
    expect(files.map(({ name }) => name)).toEqual(["thermometer.c", "display.c", "climate.toml"]);
    for (const { name, code } of files) writeFileSync(join(folder, name), code);
    const [commands, output] = found.slice(files.length).map(({ code }) => code);
    expect(sh(commands)).toContain(output);
  });

  it("shows each kind of channel in a system that prints what it says", () => {
    for (const title of ["Calls", "Sampled values"]) {
      const found = blocks(subsection(title));
      for (const { name, code } of found.filter((block) => block.name !== "")) writeFileSync(join(folder, name), code);
      const [commands, output] = found.filter((block) => block.name === "").map(({ code }) => code);
      expect(sh(commands)).toContain(output);
    }
  });

  it("builds its first program by `hallows cc`, and by hand", () => {
    const [source, cc, byHand] = blocks(section("The first one")).map(({ code }) => code);
    writeFileSync(join(folder, "hello.c"), source);
    expect(sh(cc.replace("; echo $?", " || echo $?"))).toBe("Hello from a partition.\n7\n");
    const elsewhere = byHand.replaceAll("images/sdk", join(ROOT, "images/sdk"));
    expect(sh(`${elsewhere}hallows run hello.elf || echo $?`)).toBe("Hello from a partition.\n7\n");
  });
});
