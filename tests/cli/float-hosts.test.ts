/**
 * What a program computes with floats depends on no host: not on which of V8's compilers makes machine code of translated
 * code, nor on Node's version. NaNs are where that would show first: the bits of those that WebAssembly makes are not fixed.
 *
 * The other Node is the one that HALLOWS_OTHER_NODE names, and the one on PATH; .ci/run sets that. Without it there is one.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MAIN, ROOT } from "./hallows.js";

const PROGRAMS = ["gcc/intrinsics", "clang/nbody", "rust/raymarch"];

/** Everything that `hallows run --json` says, the hash of registers and memory included. */
function run(node: string, flags: readonly string[], engine: string, name: string): string {
  const program = join(ROOT, "images/floats", `${name}.elf`);
  const words = [...flags, MAIN, "run", program, "--engine", engine, "--json"];
  const { status, stdout, stderr } = spawnSync(node, words, { encoding: "utf8" });
  expect(status, stderr).toBeGreaterThan(40);
  expect(stdout).toMatch(/"hash": "[0-9a-f]{16}"/);
  return stdout;
}

const versionOf = (node: string): string => spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "";
const others = ["node", process.env.HALLOWS_OTHER_NODE ?? ""]
  .filter((node) => node !== "")
  .map((node) => ({ node, version: versionOf(node) }))
  .filter(({ version }) => version !== "" && version.split(".")[0] !== process.version.split(".")[0]);
if (others.length === 0) console.log("one Node only: HALLOWS_OTHER_NODE names no other major");

describe.each(PROGRAMS)("the hash of a program with floats is the same: %s", (name) => {
  it("with V8's first compiler only, with its second only, and in the reference engine", () => {
    const expected = run(process.execPath, [], "wasm", name);
    expect(run(process.execPath, ["--liftoff-only"], "wasm", name)).toBe(expected);
    expect(run(process.execPath, ["--no-liftoff"], "wasm", name)).toBe(expected);
    expect(run(process.execPath, [], "reference", name)).toBe(expected);
    for (const { node, version } of others) {
      expect(run(node, [], "wasm", name), version).toBe(expected);
      expect(run(node, ["--liftoff-only"], "wasm", name), version).toBe(expected);
    }
  });
});
