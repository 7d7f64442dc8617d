/**
 * Programs with floats behave in a partition as on the host, to the last bit. images/floats/expected has what they
 * print on the host, with the host's printf. Those committed, by gcc, clang and rustc, run on both engines; where a
 * compiler is at hand the same source runs natively, too. The last bits of sines and the like are the SDK's, on the
 * host as well.
 *
 * Native runs are skipped, and counted by the runner, where a compiler is missing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readElf } from "../../dist/partitions/index.js";
import { IS_WHOLE, sampleOf } from "../sample.js";
import { createSession, findMissingInstructions, planForProgram } from "../../dist/system/index.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FLOATS = join(ROOT, "images/floats");
/** Sources by name, and the exit code that each ends with. */
const PROGRAMS: Readonly<Record<string, readonly [source: string, code: number]>> = {
  nbody: ["nbody.c", 41],
  matrix: ["matrix.c", 42],
  fft: ["fft.cpp", 43],
  mandelbrot: ["mandelbrot.c", 44],
  spectral: ["spectral.c", 45],
  raymarch: ["raymarch.cpp", 46],
  json: ["json.cpp", 47],
  intrinsics: ["intrinsics.c", 48],
  numbers: ["numbers.c", 49],
};
const NAMES = Object.keys(PROGRAMS);
/** The SDK's own functions are shown by C alone. */
const RUST_NAMES = NAMES.filter((name) => name !== "numbers");
const has = (compiler: string): boolean => spawnSync(compiler, ["--version"]).status === 0;

const expected = (name: string) => ({
  code: PROGRAMS[name][1],
  text: readFileSync(join(FLOATS, `expected/${name}.txt`), "utf8"),
});

function runHere(file: string, engine: "reference" | "wasm") {
  let text = "";
  const session = createSession(planForProgram(readFileSync(file), file), {
    engine,
    // These are short programs: all of them is to be translated that runs more than once.
    hotRuns: 1,
    onConsole: (_, bytes) => {
      text += new TextDecoder().decode(bytes);
    },
  });
  expect(session.run({ until: 100_000_000 })).toBe("quiet");
  const { partitions } = session.kernel.view();
  const { counts } = session.hal.machine.engine as { readonly counts?: { readonly translated: number } };
  const instructions = session.retired().reduce((sum, count) => sum + count, 0);
  if (engine === "wasm") expect((counts?.translated ?? 0) / instructions).toBeGreaterThan(0.9);
  return { outcome: { code: partitions[0].exitCode, text }, hash: session.hashes().system };
}

describe.each([
  ["gcc", NAMES],
  ["clang", NAMES],
  ["rust", RUST_NAMES],
])("programs with floats, as committed, by %s", (compiler, names) => {
  it.each(names)("print what they print on the host, on both engines: %s", (name) => {
    const file = join(FLOATS, compiler, `${name}.elf`);
    expect(findMissingInstructions(readElf(readFileSync(file), file))).toEqual([]);
    const translated = runHere(file, "wasm");
    expect(translated.outcome).toEqual(expected(name));
    // The reference engine takes ten times as long: of a sample it runs one program in three.
    const turn = (names.indexOf(name) + compiler.length) % 3;
    if (IS_WHOLE || turn === 0) expect(runHere(file, "reference")).toEqual(translated);
  });
});

describe.each([
  { tool: "gcc", also: "g++", names: sampleOf(NAMES, 3) },
  { tool: "clang", also: "clang++", names: sampleOf(NAMES, 3) },
  { tool: "rustc", also: "gcc", names: RUST_NAMES },
])("the same sources natively, by $tool", ({ tool, also, names }) => {
  const out = mkdtempSync(join(tmpdir(), "hallows-floats-"));
  afterAll(() => rmSync(out, { recursive: true }));
  // Compilers take long: where only a sample is run, one program in three is built natively by each.
  const canBuild = has(tool) && has(also);
  const sources = names.map((name) => (tool === "rustc" ? `rust/${name}.rs` : PROGRAMS[name][0]));
  beforeAll(() => {
    if (!canBuild) return;
    const CC = tool === "rustc" ? "gcc" : tool;
    execFileSync(join(ROOT, "images/build.sh"), ["--native", out, ...sources.map((name) => join(FLOATS, name))], {
      env: { ...process.env, CC },
      stdio: "pipe",
    });
  });

  it.skipIf(!canBuild).each(names)(`print the same, by ${tool}: %s`, (name) => {
    const { status, stdout } = spawnSync(join(out, name));
    expect({ code: status, text: stdout.toString() }).toEqual(expected(name));
  });
});

describe.each([
  { tool: "gcc", level: "-O0", pie: "1" },
  { tool: "clang", level: "-O1", pie: "" },
])("rebuilt by $tool $level, PIE '$pie'", ({ tool, level, pie }) => {
  const out = mkdtempSync(join(tmpdir(), "hallows-floats-"));
  afterAll(() => rmSync(out, { recursive: true }));

  it.skipIf(!has(tool))("programs with floats print the same", () => {
    execFileSync(join(ROOT, "images/build.sh"), [out, join(FLOATS, "matrix.c"), join(FLOATS, "intrinsics.c")], {
      env: { ...process.env, CC: tool, OPT: level, PIE: pie, FLOATS: "1" },
      stdio: "pipe",
    });
    for (const name of ["matrix", "intrinsics"])
      expect(runHere(join(out, `${name}.elf`), "wasm").outcome).toEqual(expected(name));
  });
});
