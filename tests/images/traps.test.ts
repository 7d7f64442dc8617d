/** What a program does to itself that natively is a signal is a fault here, too, with the same exit code. */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hallows, ROOT, temporaryFolder, write } from "../cli/hallows.js";

const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasGcc)("a program", () => {
  it.each<[string, string, number, RegExp]>([
    ["INT3", `__asm__ volatile("int3");`, 133, /^fault: #BP breakpoint, before rip 0x[0-9a-f]+ in function main/],
    ["INT1", `__asm__ volatile(".byte 0xf1");`, 133, /^fault: #DB debug exception, before rip 0x/],
    ["TF", `__asm__ volatile("pushq $0x302; popfq; nop; nop" ::: "memory", "cc");`, 133, /^fault: #DB debug exception/],
    ["INT 4", `__asm__ volatile("int $4");`, 139, /^fault: #GP INT 4 is not open to ring 3, at rip 0x/],
    ["UD2", `__asm__ volatile("ud2");`, 132, /^fault: #UD/],
    [
      "a misaligned MOVAPS",
      `__asm__ volatile("lea -24(%%rsp), %%rax; or $8, %%rax; movaps %%xmm0, (%%rax)" ::: "rax", "memory");`,
      139,
      /^fault: #GP address not canonical, misaligned operand of SSE/,
    ],
  ])("that executes %s faults, on both engines", (name, code, exit, message) => {
    const file = `${name.replaceAll(" ", "-")}.c`;
    const source = write(
      folder,
      file,
      `#include "hallows.h"\nint main(void) { puts("one"); ${code} puts("two"); return 0; }\n`,
    );
    execFileSync("sh", [join(ROOT, "images/build.sh"), folder, source]);
    for (const engine of ["reference", "wasm"]) {
      const outcome = hallows("run", "--engine", engine, join(folder, file.replace(/c$/, "elf")));
      expect([outcome.code, outcome.out]).toEqual([exit, "one\n"]);
      expect(outcome.err).toMatch(message);
    }
  });
});
