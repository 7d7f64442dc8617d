/**
 * What a command loads decides how long it takes to start: `hallows run` of a small program is to take at most 60 ms
 * more than Node itself (`npm run bench:engine -- --cold`). Times depend on the host; the list of modules doesn't.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAIN, program, ROOT, TOUR } from "./hallows.js";

const BUNDLE = join(ROOT, "dist/bundle/hallows.js");

/** Writes down the address of each module that is loaded by an import. */
const HOOKS = `
import { appendFileSync } from "node:fs";
let list;
export function initialize(path) { list = path; }
export async function load(url, context, next) { appendFileSync(list, url + "\\n"); return next(url, context); }`;

const asModule = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

/** Packages, and our modules below dist/, that a command line loads. */
function modulesOf(...words: string[]): { readonly packages: ReadonlySet<string>; readonly own: readonly string[] } {
  const list = join(mkdtempSync(join(tmpdir(), "hallows-modules-")), "list");
  const start = `import { register } from "node:module"; register(${JSON.stringify(asModule(HOOKS))}, { data: ${JSON.stringify(list)} });`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", asModule(start), MAIN, ...words], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const urls = readFileSync(list, "utf8").trim().split("\n");
  const packages = urls.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]);
  const own = urls.map((url) => /\/dist\/(.*)$/.exec(url.includes("/node_modules/") ? "" : url)?.[1]);
  const isThere = (name: string | undefined): name is string => name !== undefined;
  return { packages: new Set(packages.filter(isThere)), own: own.filter(isThere) };
}

describe("what is loaded", () => {
  it("for a program has no parser of descriptions or images, no terminal UI and no disassembler", () => {
    const { packages, own } = modulesOf("run", program("hello"));
    expect([...packages]).toEqual(["commander"]);
    expect(own).toContain("system/session.js");
    const unneeded = /^tui\/|^cli\/(boot|check|inspect|pack|profile)|^system\/(index|load|schema|image|profile)|model/;
    expect(own.filter((module) => unneeded.test(module))).toEqual([]);
  });

  it("by the bundle for help has of Node's own modules none that starts programs, and no cryptography", () => {
    const names = "process.moduleLoadList.filter((name) => /^NativeModule (child_process|crypto|dgram)$/.test(name))";
    const hook = asModule(`process.on("exit", () => console.error("loaded:" + ${names}))`);
    const { status, stderr } = spawnSync(process.execPath, ["--import", hook, BUNDLE, "--help"], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    expect(stderr).toBe("loaded:\n");
  });

  it("for help is the command line alone: no machine, no kernel, no system", () => {
    const { packages, own } = modulesOf("--help");
    expect([...packages]).toEqual(["commander"]);
    expect(own.filter((module) => /^(kernel|hal|partitions|machine\/(?!timing))/.test(module))).toEqual([]);
    expect(own.length).toBeLessThan(24);
  });

  it("for a system without a terminal has its parsers, and neither terminal UI nor disassembler", () => {
    for (const words of [
      ["check", "-q", TOUR],
      ["boot", TOUR, "--headless", "--for", "1000 cycles"],
    ]) {
      const { packages } = modulesOf(...words);
      expect(packages).toContain("zod");
      expect(packages).toContain("smol-toml");
      for (const heavy of ["blessed", "@alexaltea/capstone-js"]) expect(packages).not.toContain(heavy);
    }
  });
});
