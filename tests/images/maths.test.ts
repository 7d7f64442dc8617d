/**
 * The SDK's doubles, built for the host: printf and strtod against the host's C library, to the last digit; maths
 * against its 80-bit functions, within the bounds that images/sdk/hallows_math.c states. `SEED=n` repeats a run.
 *
 * Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SDK = join(ROOT, "images/sdk");
/** Largest errors, in units of the last place: as hallows_math.c says. */
const BOUNDS: Readonly<Record<string, number>> = {
  sin: 0.85,
  cos: 0.85,
  tan: 2.2,
  atan: 1.3,
  atan2: 1.3,
  exp: 0.65,
  log: 0.51,
  pow: 0.7,
  asin: 2.5,
  acos: 2.5,
  exp2: 0.65,
  exp10: 0.65,
  expm1: 1.1,
  log2: 0.51,
  log10: 0.51,
  log1p: 0.6,
  cbrt: 0.6,
  hypot: 0.6,
  sinh: 2,
  cosh: 1.5,
  tanh: 3,
  asinh: 3,
  acosh: 3,
  atanh: 3,
  erf: 4,
  erfc: 10,
  tgamma: 8,
  lgamma: 4,
};

const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

describe.skipIf(!hasGcc)("the SDK's doubles on the host", () => {
  const folder = mkdtempSync(join(tmpdir(), "hallows-maths-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_007) || 1;
  let lines: string[] = [];
  if (hasGcc) {
    const gcc = (...words: string[]): void => {
      execFileSync("gcc", ["-O2", "-w", "-march=x86-64-v2", "-fno-builtin", "-I", SDK, ...words], { stdio: "pipe" });
    };
    const parts = ["hallows_math", "hallows_float"].map((name) => {
      const object = join(folder, `${name}.o`);
      gcc("-c", join(SDK, `${name}.c`), "-o", object);
      // Each function under another name, beside the host's.
      const defined = execFileSync("nm", ["-g", "--defined-only", object])
        .toString()
        .matchAll(/ [TW] (?!hallows_)(\w+)$/gm);
      const names = [...defined].map(([, symbol]) => `${symbol} own_${symbol}\n`);
      writeFileSync(join(folder, "names"), names.join(""));
      execFileSync("objcopy", [`--redefine-syms=${join(folder, "names")}`, object]);
      return object;
    });
    const program = join(folder, "sdk-on-host");
    gcc(join(ROOT, "tests/images/sdk-on-host.c"), ...parts, "-lm", "-o", program);
    lines = execFileSync(program, ["40000", String(seed)])
      .toString()
      .trimEnd()
      .split("\n");
  }

  it("print, read and round as the C library does, and know every special case", () => {
    const wrong = lines.slice(
      0,
      lines.findIndex((line) => line.startsWith("wrong: ")),
    );
    expect(wrong, `seed ${seed}`).toEqual([]);
    expect(lines).toContain("wrong: 0");
  });

  it.each(Object.entries(BOUNDS))("keep their bounds: %s within %f units of the last place", (name, bound) => {
    const errors = lines.filter((line) => line.startsWith(`${name} (`)).map((line) => Number(line.split(": ")[1]));
    expect(errors.length).toBeGreaterThan(1);
    expect(Math.max(...errors), `seed ${seed}`).toBeLessThan(bound);
    expect(Math.max(...errors)).toBeGreaterThan(0.4);
  });
});
