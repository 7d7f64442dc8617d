/** `hallows cc`: the installed compiler with the right flags. Skipped, and counted, without gcc. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hallows, MAIN, temporaryFolder, write } from "./hallows.js";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const source = write(
  folder,
  "greet it.c",
  `#include <hallows.h>
#include <math.h>
#include <stdio.h>
int main(int count, char **words) {
  printf("%s %d %s %g\\n", WHO, count, words[0], floor(sqrt(17.0)));
}
`,
);
const output = join(folder, "greet.elf");

describe.skipIf(!hasGcc)("hallows cc", () => {
  it("builds a program that runs, passes the compiler's flags on, and says what it called", () => {
    const built = hallows(
      "cc",
      source,
      "-O1",
      "-Wall",
      "-Werror",
      "-std=c99",
      "-pedantic",
      '-DWHO="world"',
      "-o",
      output,
    );
    expect(built).toMatchObject({ code: 0, out: "" });
    const lines = built.err.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`'${source}' -O1 -Wall -Werror -std=c99 -pedantic '-DWHO="world"'`);
    // `main` has no return.
    expect(hallows("run", output)).toMatchObject({ code: 0, out: "world 1 greet 4\n" });
  });

  it("compiles parts, and links them", () => {
    const part = join(folder, "part.o");
    expect(hallows("cc", "-c", source, "-D", 'WHO="part"', "-o", part).code).toBe(0);
    const whole = join(folder, "whole.elf");
    expect(hallows("cc", part, "-o", whole).code).toBe(0);
    expect(hallows("run", whole).out).toBe("part 1 whole 4\n");
  });

  it("only prints with --print, for a shell to take", () => {
    const printed = join(folder, "printed.elf");
    const { code, out } = hallows("cc", "--print", source, '-DWHO="it\'s"', "-o", printed);
    expect(code).toBe(0);
    expect(existsSync(printed)).toBe(false);
    execFileSync("sh", ["-ec", out], { cwd: folder, stdio: "pipe" });
    expect(hallows("run", printed).out).toBe("it's 1 printed 4\n");
  });

  it("fails as the compiler does", () => {
    const wrong = write(folder, "wrong.c", "#include <unistd.h>\n");
    const { code, err } = hallows("cc", wrong, "-o", output);
    expect(code).toBe(2);
    expect(err).toContain("unistd.h: No such file or directory");
  });

  it("does not write over a source", () => {
    const { code, err } = hallows("cc", source, "-o", source);
    expect(code).toBe(2);
    expect(err).toContain("is one of the sources");
  });
});

it("says what to install where there is no compiler, and what CC names where that is missing", () => {
  const run = (environment: Readonly<Record<string, string>>): string =>
    spawnSync(process.execPath, [MAIN, "cc", "hello.c"], { env: environment, encoding: "utf8" }).stderr;
  expect(run({ PATH: "" })).toContain("no C compiler is installed: none of gcc, clang, cc is on the PATH");
  expect(run({ PATH: "", CC: "no-such-cc -m64" })).toContain("there is no compiler no-such-cc");
});
