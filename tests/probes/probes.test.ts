/**
 * Vocabularies are complete by type: src/ is copied, a word is added to each of them, and one run of the compiler must
 * name every place that has nothing to say about it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PROBES } from "./words.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface CompilerError {
  /** Below src/. */
  readonly file: string;
  /** With the lines that explain it. */
  readonly text: string;
}

function errorsIn(folder: string): CompilerError[] {
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [compiler, "-p", folder, "--noEmit", "--pretty", "false"]);
  return stdout
    .toString()
    .split(/\n(?=\S)/)
    .map((text) => ({ text, file: /^.*?src\/(.*?)\(\d+,\d+\): error/.exec(text)?.[1] ?? "" }))
    .filter(({ file }) => file !== "");
}

function putBehind(path: string, behind: string, added: string): void {
  const [before, after, ...more] = readFileSync(path, "utf8").split(behind);
  if (after === undefined || more.length > 0) throw new Error(`"${behind}" does not stand once in ${path}`);
  writeFileSync(path, `${before}${behind}${added}${after}`);
}

/** The errors of a copy of src/ with all the words in it. */
function compileWithProbes(): CompilerError[] {
  const folder = mkdtempSync(join(tmpdir(), "hallows-probes-"));
  try {
    cpSync(join(ROOT, "src"), join(folder, "src"), { recursive: true });
    cpSync(join(ROOT, "tsconfig.json"), join(folder, "tsconfig.json"));
    cpSync(join(ROOT, "package.json"), join(folder, "package.json"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "dir");
    for (const { file, additions } of PROBES)
      for (const { behind, added } of additions) putBehind(join(folder, "src", file), behind, added);
    return errorsIn(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("a word without its row does not compile", () => {
  const errors = compileWithProbes();

  it.each(PROBES)("$vocabulary", ({ word, missingIn }) => {
    const named = errors.filter(({ text }) => text.includes(word)).map(({ file }) => file);
    expect(named).toEqual(expect.arrayContaining([...missingIn]));
  });
});
