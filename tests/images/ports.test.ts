/**
 * C programs that know nothing of Hallows, built by `hallows cc`, print and return what the same source does natively
 * with the host's C library: thousands of random cases in all of printf, strtol, strtod, qsort and the rest in
 * tests/images/ports.
 *
 * Skipped, and counted by the runner, where a compiler is missing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PORTS = join(ROOT, "tests/images/ports");
const BUILDS = [
  {
    compiler: "gcc",
    flags: [],
    programs: ["format", "numbers", "sort", "strings", "heap", "control", "calendar", "doubles"],
  },
  // Without SSE4.1, and another compiler's own ideas of what a function of C does.
  { compiler: "clang", flags: ["-march=x86-64"], programs: ["format", "control", "doubles"] },
];

const has = (compiler: string): boolean => spawnSync(compiler, ["--version"]).status === 0;

interface Outcome {
  readonly code: number | null;
  readonly lines: readonly string[];
}

function runNatively(name: string, folder: string): Outcome {
  const native = join(folder, `${name}.native`);
  execFileSync("gcc", ["-O2", "-w", "-fno-builtin", join(PORTS, `${name}.c`), "-lm", "-o", native]);
  const { status, stdout } = spawnSync(native, { encoding: "utf8", maxBuffer: 1 << 26 });
  return { code: status, lines: stdout.split("\n") };
}

function runHere(file: string): Outcome {
  const { status, stdout } = spawnSync("node", [join(ROOT, "dist/cli/main.js"), "run", file], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return { code: status, lines: stdout.split("\n") };
}

/** Where two outputs part, so that a failure does not print thousands of lines. */
function firstDifference(one: Outcome, other: Outcome): unknown {
  const at = one.lines.findIndex((line, index) => line !== other.lines[index]);
  if (at >= 0) return { line: at + 1, native: one.lines[at], here: other.lines[at] };
  return one.lines.length === other.lines.length && one.code === other.code
    ? null
    : { one: one.code, other: other.code };
}

describe.each(BUILDS)("ports built by $compiler $flags", ({ compiler, flags, programs }) => {
  const canBuild = has(compiler) && has("gcc");
  const folder = mkdtempSync(join(tmpdir(), "hallows-ports-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The printed lines, as a shell runs them. */
  const commands = (source: string, output: string): string[] =>
    execFileSync("node", [join(ROOT, "dist/cli/main.js"), "cc", "--print", source, ...flags, "-w", "-o", output], {
      env: { ...process.env, CC: compiler },
      encoding: "utf8",
    })
      .trimEnd()
      .split("\n");
  const sh = (line: string): unknown => execFileSync("sh", ["-c", line], { cwd: folder, stdio: "pipe" });

  beforeAll(() => {
    if (canBuild) sh(commands("unused.c", "unused.elf")[0]);
  });

  it.skipIf(!canBuild).each(programs)("behave as natively: %s", (name) => {
    const program = join(folder, `${name}.elf`);
    sh(commands(join(PORTS, `${name}.c`), program)[1]);
    const native = runNatively(name, folder);
    expect(native.lines.length).toBeGreaterThan(3);
    expect(firstDifference(native, runHere(program))).toBe(null);
  });
});
