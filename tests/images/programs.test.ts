/**
 * Programs against the SDK behave as on the host. The plain C programs of images/programs print the same and end with
 * the same code: as committed, and rebuilt by each compiler at each level, static and position-independent. The others
 * check themselves, and end with a code of their own when all is well.
 *
 * Skipped, and counted by the runner, where a compiler is missing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createSession, loadSystem, planForProgram } from "../../dist/system/index.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROGRAMS = join(ROOT, "images/programs");
const PLAIN: Readonly<Record<string, number>> = {
  text: 26,
  quicksort: 21,
  sha256: 22,
  hashmap: 23,
  json: 24,
  bigint: 25,
};
const BUILDS = [
  { compiler: "gcc", level: "-O0", pie: "" },
  { compiler: "gcc", level: "-O2", pie: "" },
  { compiler: "gcc", level: "-O2", pie: "1" },
  { compiler: "clang", level: "-O2", pie: "" },
];

interface Outcome {
  readonly code: number | null;
  readonly text: string;
}

const has = (compiler: string): boolean => spawnSync(compiler, ["--version"]).status === 0;
const expected = (name: string): Outcome => ({
  code: PLAIN[name],
  text: readFileSync(join(PROGRAMS, `expected/${name}.txt`), "utf8"),
});

/** As `hallows run` does, without a process for each. */
function runHere(file: string): Outcome {
  let text = "";
  const session = createSession(planForProgram(readFileSync(file), file), {
    onConsole: (_, bytes) => {
      text += new TextDecoder().decode(bytes);
    },
  });
  expect(session.run({ until: 100_000_000 })).toBe("quiet");
  return { code: session.kernel.view().partitions[0].exitCode, text };
}

function runByCommand(name: string): Outcome {
  const { status, stdout } = spawnSync("node", [join(ROOT, "dist/cli/main.js"), "run", join(PROGRAMS, `${name}.elf`)]);
  return { code: status, text: stdout.toString() };
}

describe("committed programs under `hallows run`", () => {
  it.each(Object.keys(PLAIN))("print and return what they do on the host: %s", (name) => {
    expect(runByCommand(name)).toEqual(expected(name));
  });

  it.each([
    ["hello", 0, "Hello from a partition.\n"],
    ["hello-pie", 0, "Hello from a partition.\n"],
    ["calls", 31, "all calls answered as they should\n"],
    ["assertion", 134, "assertion.c:6: assertion failed: owls == 3\n"],
  ])("end as they should: %s", (name, code, text) => {
    expect(runByCommand(name)).toEqual({ code, text });
  });

  it("wake at a deadline, never before it, and soon after it", () => {
    const { code, text } = runHere(join(PROGRAMS, "sleep.elf"));
    expect(code).toBe(32);
    expect(Number(/lateness (\d+) cycles/.exec(text)?.[1])).toBeLessThan(200);
  });
});

describe("committed systems", () => {
  function boot(name: string) {
    const file = join(PROGRAMS, `${name}.toml`);
    const plan = loadSystem(readFileSync(file, "utf8"), file, {
      readFile: (path) => readFileSync(join(PROGRAMS, path)),
    });
    const lines: string[] = [];
    const session = createSession(plan, { onConsole: (_, bytes) => lines.push(new TextDecoder().decode(bytes)) });
    expect(session.run({ until: 10_000_000 })).toBe("quiet");
    return { lines, codes: session.kernel.view().partitions.map(({ exitCode }) => exitCode) };
  }

  it("run threads by priority", () => {
    expect(boot("threads")).toEqual({ lines: ["order: umUM!\n"], codes: [34] });
  });

  it("release a periodic thread without drift", () => {
    const lines = [1, 2, 3, 4, 5].map((n) => `period ${n}, ${(n - 1) * 1_000_000} cycles after the first\n`);
    expect(boot("periodic")).toEqual({ lines, codes: [33] });
  });

  it("restart a faulting partition with its memory as at first", () => {
    const lines = [1, 2, 3].map((life) => `life ${life}, start condition ${life === 1 ? 0 : 3}, memory 1\n`);
    expect(boot("restart")).toEqual({ lines, codes: [35] });
  });

  it("pass messages between polling cores, and between cores that sleep", () => {
    const polling = boot("ping");
    const sleeping = boot("ping-doorbell");
    expect([polling.codes, sleeping.codes]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const least = ({ lines }: { readonly lines: string[] }): number => Number(/trips: (\d+) to/.exec(lines[0])?.[1]);
    // Two doorbells cross between cores, at 1000 cycles each at the least; stores need no time of their own.
    expect(least(sleeping)).toBeGreaterThan(2000);
    expect(least(polling)).toBeLessThan(1000);
    expect(polling.lines[1]).toContain("doorbells 0");
  });
});

describe.each(BUILDS)("programs rebuilt by $compiler $level, PIE '$pie'", ({ compiler, level, pie }) => {
  const out = mkdtempSync(join(tmpdir(), "hallows-programs-"));
  afterAll(() => rmSync(out, { recursive: true }));
  const canBuild = has(compiler);
  const names = Object.keys(PLAIN);
  if (canBuild) {
    const sources = [...names, "calls"].map((name) => join(PROGRAMS, `${name}.c`));
    execFileSync(join(ROOT, "images/build.sh"), [out, ...sources], {
      env: { ...process.env, CC: compiler, OPT: level, PIE: pie },
      stdio: "pipe",
    });
  }

  it.skipIf(!canBuild).each(names)("behave as natively, and as those committed: %s", (name) => {
    const native = join(out, `${name}.native`);
    execFileSync(compiler, [level, "-w", join(PROGRAMS, `${name}.c`), "-o", native]);
    const { status, stdout } = spawnSync(native);
    expect({ code: status, text: stdout.toString() }).toEqual(expected(name));
    expect(runHere(join(out, `${name}.elf`))).toEqual(expected(name));
  });

  it.skipIf(!canBuild)("get the right answer from every system call", () => {
    expect(runHere(join(out, "calls.elf")).code).toBe(31);
  });
});
