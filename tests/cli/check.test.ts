/**
 * `hallows check` of programs that compilers made for more than the machine has. Skipped, and counted, without gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildElf, RX } from "../partitions/elf-builder.js";
import { invoke, ROOT, temporaryFolder, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const SOURCE = `
#include <stdio.h>
double a[64], b[64];
__attribute__((noinline)) void twice(void) { for (int i = 0; i < 64; i++) b[i] = a[i] * 2 + 1; }
__attribute__((noinline)) long double precise(long double x) { return x * x + 1; }
int main(void) { twice(); printf("%f\\n", (double)precise(b[1])); return 0; }
`;

function compile(name: string, ...flags: string[]): string {
  const source = write(folder, "lacking.c", SOURCE);
  const sdk = join(ROOT, "images/sdk");
  const output = join(folder, `${name}.elf`);
  const sources = [source, join(sdk, "hallows.c"), join(sdk, "hallows_float.c")];
  const words = ["-O2", "-ffreestanding", "-nostdlib", "-static", "-isystem", join(sdk, "include"), "-I", sdk];
  execFileSync("gcc", [...flags, ...words, ...sources, "-T", join(sdk, "hallows.ld"), "-o", output], { stdio: "pipe" });
  return output;
}

/** Addresses and mnemonics of a function, as binutils sees them. */
function disassemble(path: string, symbol: string): string[] {
  const text = execFileSync("objdump", ["-d", "--no-show-raw-insn", `--disassemble=${symbol}`, path]).toString();
  return [...text.matchAll(/^ +([0-9a-f]+):\t(\w+)/gm)].map(([, at, name]) => `0x${at} ${name}`);
}

describe("hallows check of a system with several mistakes", () => {
  it("tells them all, and gives them as JSON", async () => {
    const path = write(folder, "wrong.toml", '[partition.a]\nclass = "x"\nprogram = "none.elf"\ncore = 16\n');
    const { code, out } = await invoke("check", path);
    expect(code).toBe(2);
    const lines = out.split("\n").filter((line) => line.includes(`${path}:`));
    expect(lines.map((line) => line.replace(path, "").replace(/: there is no such file/, ""))).toEqual([
      'refused: :2:9: unknown class "x"',
      ':3:11: cannot read program "none.elf"',
      ':4:8: "core" can\'t be 16',
    ]);
    const json = JSON.parse((await invoke("check", "--json", path)).out) as {
      problem: string;
      others: { problem: string }[];
    };
    expect([json.problem, ...json.others.map(({ problem }) => problem)]).toHaveLength(3);
  });
});

describe("a description whose program lacks something", () => {
  const path = write(folder, "lacking.toml", '[partition.a]\nclass = "backend"\nprogram = "lacking.elf"\ncore = 0\n');
  // vmulsd xmm0, xmm1, xmm1 behind an endless loop.
  const code = Uint8Array.of(0xeb, 0xfe, 0xc5, 0xf3, 0x59, 0xc1, 0xc3);
  const bytes = buildElf({
    entry: 0x401000n,
    segments: [{ flags: RX, at: 0x401000n, contents: code }],
    symbols: [{ name: "_start", at: 0x401000n, sizeBytes: code.length }],
  });
  writeFileSync(join(folder, "lacking.elf"), bytes);

  it("is admitted with a warning, booted and packed; --strict refuses it", async () => {
    const warning = `warning: ${path}:3:11: program "lacking.elf" uses VMULSD (AVX) at 0x401002 in _start`;
    const admitted = await invoke("check", "-q", path);
    expect([admitted.code, admitted.out]).toEqual([0, expect.stringContaining(warning)]);
    expect(admitted.out).toMatch(/\nadmitted: lacking\n$/);
    const booted = await invoke("boot", path, "--headless", "--for", "5ms");
    expect([booted.code, booted.err]).toEqual([0, expect.stringContaining(warning)]);
    const image = join(folder, "lacking.hallows");
    expect((await invoke("pack", path, "-o", image)).err).toContain(warning);
    expect((await invoke("boot", image, "--headless", "--for", "5ms")).err).toContain('partition "a" uses VMULSD');
    for (const words of [
      ["check", path],
      ["boot", path],
      ["boot", image],
      ["pack", path],
      ["run", join(folder, "lacking.elf")],
    ])
      expect((await invoke(...words, "--strict")).code, words.join(" ")).toBe(2);
  });
});

describe.skipIf(!hasGcc)("hallows check of a program that lacks something", () => {
  it("lists every instruction of AVX by address, mnemonic and function, with counts and a way out", async () => {
    const path = compile("avx", "-O3", "-mavx2", "-mfma", "-mlong-double-64");
    const { code, out } = await invoke("check", "--strict", path);
    expect(code).toBe(2);
    const told = [...out.matchAll(/^ {2}(0x[0-9a-f]+) {2}(\w+) +in (\w+)$/gm)];
    const inFunction = told.filter(([, , , symbol]) => symbol === "twice");
    const expected = disassemble(path, "twice").filter((line) => line.includes(" v"));
    expect(expected.length).toBeGreaterThan(2);
    expect(inFunction.map(([, at, name]) => `${at} ${name.toLowerCase()}`).toSorted()).toEqual(expected.toSorted());
    expect(out).toContain(`uses ${told.length} instructions that the machine lacks`);
    const counts = [...out.matchAll(/^(\S+): (\d+) instructions?\. Compile .*-march=x86-64-v2/gm)];
    expect(counts.map(([, feature]) => feature)).toContain("FMA");
    expect(counts.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(told.length);
  });

  it("tells x87 apart, and the way out of long double", async () => {
    const path = compile("x87", "-march=x86-64-v2");
    const { code, out } = await invoke("check", path);
    expect([code, out.split(":")[0]]).toEqual([0, "warning"]);
    expect(out).toMatch(/^x87: \d+ instructions\. .*-mlong-double-64/m);
    expect(out).toMatch(/^ {2}0x[0-9a-f]+ {2}FLD +in precise$/m);
    expect(out).not.toContain("AVX");
    const { out: quiet } = await invoke("check", "-q", path);
    expect(quiet).toMatch(/^x87: /m);
    expect(quiet).not.toContain("0x");
  });

  it("is content once the way out is taken, and gives groups as JSON", async () => {
    const path = compile("complete", "-march=x86-64-v2", "-mlong-double-64");
    const { code, out } = await invoke("check", path);
    expect([code, out]).toEqual([0, `complete: ${path} uses no instruction that the machine lacks\n`]);
    const { out: json } = await invoke("check", "--json", join(folder, "x87.elf"));
    const { missing, groups } = JSON.parse(json) as {
      readonly missing: readonly { readonly function: string; readonly wayOut: string }[];
      readonly groups: readonly { readonly feature: string; readonly count: number }[];
    };
    expect(groups).toEqual([expect.objectContaining({ feature: "x87", count: missing.length })]);
    expect(missing[0].wayOut).toContain("-mlong-double-64");
  });
});

it("a description in UTF-16 is told so", async () => {
  for (const mark of ["", "\ufeff"]) {
    const path = write(folder, "utf-16.toml", Buffer.from(`${mark}[machine]\ncores = 1\n`, "utf16le"));
    const { code, out } = await invoke("check", path);
    expect([code, out]).toEqual([2, expect.stringMatching(/is no text in UTF-8\n.*save it as UTF-8/)]);
  }
});
