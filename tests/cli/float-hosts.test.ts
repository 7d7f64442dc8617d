/**
 * What a program computes with floats depends on no host: not on which of V8's compilers makes machine code of
 * translated code, nor on Node's version. NaNs are where that would show first: the bits of those that WebAssembly
 * makes are not fixed.
 *
 * The other Node is the one that HALLOWS_OTHER_NODE names, and the one on PATH; .ci/run sets that. Without it there is
 * one.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./hallows.js";

const PROGRAMS = ["gcc/intrinsics", "clang/nbody", "rust/raymarch"];
const WORKER = join(ROOT, "tests/cli/run-translated.mjs");

interface Run {
  readonly result: { readonly exitCode: number; readonly hash: string };
  /** Of instructions that retired in translated code. */
  readonly share: number;
}

function run(node: string, flags: readonly string[], engine: string, name: string): Run {
  const program = join(ROOT, "images/floats", `${name}.elf`);
  const { status, stdout, stderr } = spawnSync(node, [...flags, WORKER, program, engine], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as Run;
}

const versionOf = (node: string): string => spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "";
const others = ["node", process.env.HALLOWS_OTHER_NODE ?? ""]
  .filter((node) => node !== "")
  .map((node) => ({ node, version: versionOf(node) }))
  .filter(({ version }) => version !== "" && version.split(".")[0] !== process.version.split(".")[0]);
if (others.length === 0) console.log("one Node only: HALLOWS_OTHER_NODE names no other major");
else console.log(`other Nodes: ${others.map(({ version }) => version).join(", ")}`);

describe.each(PROGRAMS)("the hash of a program with floats is the same: %s", (name) => {
  it("with V8's first compiler only, with its second only, on another Node, and in the reference engine", () => {
    const { result, share } = run(process.execPath, [], "reference", name);
    expect(result.exitCode).toBeGreaterThan(40);
    expect(result.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(share).toBe(0);
    for (const node of [process.execPath, ...others.map((other) => other.node)]) {
      for (const flags of [[], ["--liftoff-only"], ["--no-liftoff"]]) {
        const translated = run(node, flags, "wasm", name);
        expect(translated.result, `${node} ${flags.join(" ")}`).toEqual(result);
        expect(translated.share).toBeGreaterThan(0.9);
      }
    }
  });
});
