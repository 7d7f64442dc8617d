/** The ABI's C header and document are what src/abi says, and C agrees about every offset. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SYSTEM_CALLS } from "../../dist/abi/index.js";
import { CHANNEL_KINDS } from "../../dist/ipc/index.js";
import { builtWords } from "../../dist/vocabulary.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const has = (compiler: string): boolean => spawnSync(compiler, ["--version"]).status === 0;

describe("the binary interface", () => {
  it("has a header and a document that are current", () => {
    const { status, stderr } = spawnSync("node", ["tools/gen-abi.mjs", "--check"], { cwd: ROOT });
    expect(stderr.toString()).toBe("");
    expect(status).toBe(0);
  });

  it("has each of its system calls in the SDK", () => {
    const source = `${ROOT}images/sdk/source/`;
    const files = [
      `${ROOT}images/sdk/hallows.h`,
      `${ROOT}images/sdk/hallows_pool.h`,
      ...readdirSync(source).map((name) => source + name),
    ];
    const sdk = files.map((file) => readFileSync(file, "utf8")).join("\n");
    for (const word of Object.keys(SYSTEM_CALLS))
      expect(sdk).toMatch(new RegExp(`hallows_call4?\\(HALLOWS_CALL_${word.toUpperCase()},`));
  });

  it("has a header for each kind of channel", () => {
    const sdk = readFileSync(`${ROOT}images/sdk/hallows.h`, "utf8");
    for (const word of builtWords(CHANNEL_KINDS)) expect(sdk).toContain(`#include "hallows_${word}.h"`);
  });

  describe.each([
    ["gcc", "c", "c11"],
    ["clang", "c", "c11"],
    ["clang", "c++", "c++17"],
  ])("with %s as %s", (compiler, language, standard) => {
    it.skipIf(!has(compiler))("compiles without a warning, and has the offsets it says", () => {
      const flags = [
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Werror",
        "-ffreestanding",
        "-fsyntax-only",
        "-I",
        "images/sdk",
      ];
      const { status, stderr } = spawnSync(compiler, ["-x", language, `-std=${standard}`, ...flags, "-"], {
        cwd: ROOT,
        input: '#include "hallows.h"\n',
      });
      expect(stderr.toString()).toBe("");
      expect(status).toBe(0);
    });
  });
});

describe("committed programs", () => {
  const files = ["programs", "hostile", "tour"].flatMap((folder) =>
    readdirSync(`${ROOT}images/${folder}`)
      .filter((name) => name.endsWith(".elf"))
      .map((name) => `images/${folder}/${name}`),
  );

  it.each(files)("hold no path of the machine that built them: %s", (file) => {
    const text = readFileSync(ROOT + file, "latin1");
    expect(text).not.toMatch(/\/(?:home|root|tmp|work|usr)\//);
    expect(text).not.toContain("GNU C");
  });
});
