import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { mutate, readMarks } from "./mutant.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TESTS = join(ROOT, "tests");
const marks = readMarks();
const names = marks.map(({ name }) => name);

/** Words that tests write in quotation marks, as they name their mutants. */
function quotedWords(): Set<string> {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return new Set(
    files.flatMap((file) => readFileSync(join(TESTS, file), "utf8").match(/(?<=")[a-z0-9-]+(?=")/g) ?? []),
  );
}

describe("the marks of mutants in the sources", () => {
  it("are each made by a test", () => {
    const used = quotedWords();
    expect(names.filter((name) => !used.has(name))).toEqual([]);
  });

  it("have names of their own", () => {
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("are read wherever somebody meant one", () => {
    const sources = join(ROOT, "src");
    const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const text = files.map((file) => readFileSync(join(sources, file), "utf8")).join("");
    expect(text.match(/(?:\/\/|\/\*)\s*mutant\b/gi)).toHaveLength(marks.length);
  });

  it("stand before what they replace, and what they put there has its types", { timeout: 60_000 }, () => {
    expect(typeErrors()).toBe("");
  });
});

/**
 * What the compiler says of all mutants at once. A mutant with a name that isn't there would be noticed for the wrong
 * reason. Each lies where its source does, in a folder that the compiler takes for a part of src/.
 */
function typeErrors(): string {
  const folder = mkdtempSync(join(tmpdir(), "hallows-mutants-"));
  try {
    for (const mark of marks) {
      const path = join(folder, "src", dirname(mark.file), `${mark.name}.ts`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, mutate(mark));
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
    const mayBeUnused = { noUnusedLocals: false, noUnusedParameters: false };
    const compilerOptions = { ...mayBeUnused, noEmit: true, rootDir: "/", rootDirs: [join(ROOT, "src"), "src"] };
    const include = ["src", join(ROOT, "src/webassembly.d.ts")];
    const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, include };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    return spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder]).stdout.toString();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
