/**
 * The executable that is installed is a bundle of the modules that the other tests import. Here it is made of the
 * present dist/, in a folder as deep as its own, and must do the same: words, results, exit codes, hashes, reports of
 * faults.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../tools/bundle.mjs";
import { MAIN, program, ROOT, temporaryFolder, TOUR, write } from "./hallows.js";

mkdirSync(join(ROOT, ".cache"), { recursive: true });
const folder = mkdtempSync(join(ROOT, ".cache/bundle-"));
const scratch = temporaryFolder();
const BUNDLE = join(folder, "hallows.js");

beforeAll(() => bundle(folder));
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(scratch, { recursive: true });
});

function start(main: string, words: readonly string[], nodeWords: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeWords, main, ...words], {
    cwd: scratch,
    encoding: "utf8",
    input: "",
  });
  return { status, stdout, stderr };
}

describe("the bundle", () => {
  it("is what the package installs as hallows", () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(bin).toEqual({ hallows: "dist/bundle/hallows.js" });
    expect(readFileSync(BUNDLE, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it.each<[string, number, string[]]>([
    ["help", 0, ["--help"]],
    ["the version, of package.json", 0, ["--version"]],
    ["a program", 0, ["run", program("hello")]],
    ["a program on the translating engine", 0, ["run", "--engine", "wasm", program("hello")]],
    ["a check of a system", 0, ["check", TOUR]],
    ["a disassembly", 0, ["inspect", program("hello"), "--disassemble", "main"]],
    ["a profile", 0, ["profile", program("hello")]],
    ["a system where a program belongs", 2, ["run", TOUR]],
  ])("says of %s what the modules say", (_, code, words) => {
    const bundled = start(BUNDLE, words);
    expect(bundled.status, bundled.stderr).toBe(code);
    expect(bundled).toEqual(start(MAIN, words));
  });

  it("boots the tour, found beside it, to the hash of the modules", () => {
    const words = ["boot", "--headless", "--for", "20ms", "--json"];
    const [bundled, modules] = [start(BUNDLE, words), start(MAIN, words)];
    expect(bundled.status, bundled.stderr).toBe(0);
    expect(JSON.parse(bundled.stdout).hash).toMatch(/^[0-9a-f]{16,}$/);
    expect(bundled.stdout).toBe(modules.stdout);
  });

  it("reports a fault of ours with places in the sources", () => {
    const fault = write(scratch, "fault.mjs", 'BigInt.asUintN = () => { throw new TypeError("broken for a test"); };');
    const words = ["run", program("hello")];
    const bundled = start(BUNDLE, words, ["--import", fault]);
    expect(bundled.status).toBe(1);
    expect(bundled.stderr).toContain(
      "hallows: a fault of Hallows itself, not of your system\nTypeError: broken for a test",
    );
    const places = [...bundled.stderr.matchAll(/at (\w+) \((src\/[^:]+):(\d+):\d+\)/g)];
    expect(places.length).toBeGreaterThan(3);
    for (const [place, name, file, line] of places) {
      const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
      expect(lines.length, place).toBeGreaterThanOrEqual(Number(line));
      expect(
        lines.some((text) => text.includes(name)),
        place,
      ).toBe(true);
    }
    expect(bundled.stderr).toBe(start(MAIN, words, ["--import", fault]).stderr);
  });

  it("loads no module of dist/ beside it, and few files for a program", () => {
    const reached = new Set<string>();
    const reach = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      const code = readFileSync(join(folder, name), "utf8");
      for (const [, next] of code.matchAll(/(?:import|export)[^;]*?from"(\.[^"]+)";/g)) reach(next.slice(2));
    };
    // What is imported when it is needed: the command line by the executable, and `run` by that.
    for (const name of ["hallows.js", "start.js", "run.js"]) reach(name);
    expect(reached).toContain("running.js");
    expect(reached.size).toBeLessThanOrEqual(6);
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".js")))
      expect(readFileSync(join(folder, name), "utf8"), name).not.toMatch(/(?:from|import\() ?["`]\.\.\//);
  });
});
