import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hallows, invoke, MAIN } from "./hallows.js";

const has = (compiler: string): boolean => spawnSync(compiler, ["--version"]).status === 0;
const below = (): string => mkdtempSync(join(tmpdir(), "hallows-new-"));

describe("hallows new", () => {
  it.skipIf(!has("gcc")).each([
    ["c", "gcc"],
    ["rust", "rustc"],
  ])("makes a project in %s that boots, or says what is missing", (language, compiler) => {
    const folder = join(below(), "1st try!");
    const { code, out, err } = hallows("new", language, folder);
    expect(out).toContain("st-try- is in ");
    if (!has(compiler)) {
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("needs rustc, which is not installed") });
      return;
    }
    expect(code).toBe(0);
    const booted = hallows("boot", join(folder, "system.toml"), "--headless", "--for", "350ms");
    expect(booted.out).toMatch(/^main \| period 1[^]*\nmain \| period 3/);
  });

  it("says what is wrong with a language or a folder, and touches nothing", async () => {
    const folder = below();
    expect((await invoke("new", "cobol", join(folder, "a"))).err).toContain("There are: c, rust");
    mkdirSync(join(folder, "b"));
    writeFileSync(join(folder, "b/mine"), "");
    expect(await invoke("new", "c", join(folder, "b"))).toMatchObject({
      code: 2,
      err: expect.stringContaining("is not empty"),
    });
  });
});

describe.skipIf(!has("gcc"))("hallows boot --watch", () => {
  it("builds and boots anew when a source changes, waits while one is wrong, and ends when it is interrupted", async () => {
    const folder = join(below(), "watched");
    hallows("new", "c", folder);
    const source = join(folder, "main.c");
    const words = ["boot", "--watch", join(folder, "system.toml"), "--headless", "--for", "150ms"];
    const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));
    child.stderr.on("data", (bytes: Buffer) => (text += bytes.toString()));
    const shows = async (what: string): Promise<void> => {
      for (let tries = 0; !text.includes(what); tries++) {
        if (tries === 600) throw new Error(`never shows "${what}":\n${text}`);
        await new Promise((settle) => setTimeout(settle, 50));
      }
      text = "";
    };
    try {
      await shows("waiting for a file to change");
      writeFileSync(source, readFileSync(source, "utf8").replace('"period %lu', '"round %lu'));
      await shows("round 1");
      await shows("waiting for a file to change");
      writeFileSync(source, "int main(void) { return }");
      await shows("error:");
      writeFileSync(source, "int main(void) { return 0; }");
      await shows("exit 0");
    } finally {
      child.kill("SIGINT");
    }
    expect(await new Promise((settle) => child.once("exit", settle))).toBe(130);
  });

  it("asks for a description", async () => {
    expect(await invoke("boot", "--watch")).toMatchObject({
      code: 2,
      err: expect.stringContaining("needs a description"),
    });
  });
});
