/**
 * Sessions of the real gdb (`gdb -batch`) with programs that have debug information. Skipped, and counted, without gdb
 * or gcc.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HALLOWS = join(ROOT, "dist/bundle/hallows.js");
const hasGdb = spawnSync("gdb", ["--version"]).status === 0;
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
const isMissing = !hasGdb || !hasGcc;
if (isMissing) console.log(`skipped: sessions of gdb (${hasGdb ? "gcc" : "gdb"} is not here)`);

const folder = mkdtempSync(join(tmpdir(), "hallows-gdb-"));
afterAll(() => rmSync(folder, { recursive: true }));

function hallows(...words: string[]): string {
  return execFileSync(process.execPath, [HALLOWS, ...words], { cwd: folder, encoding: "utf8", stdio: "pipe" });
}

/** What gdb prints when it is given these commands, one after the other. */
function gdb(options: string, ...commands: string[]): string {
  const server = `${process.execPath} ${HALLOWS} debug --stdio ${options} system.toml`;
  const all = [
    "set pagination off",
    "set confirm off",
    "set sysroot /",
    "set schedule-multiple on",
    `target extended-remote | ${server}`,
    ...commands,
  ];
  const words = ["-nx", "-batch", ...all.flatMap((command) => ["-ex", command])];
  // What monitor commands answer goes to stderr, and is to stay in its place.
  const shell = ["-c", 'exec gdb "$@" 2>&1', "gdb", ...words];
  return spawnSync("sh", shell, { cwd: folder, encoding: "utf8", timeout: 60_000 }).stdout;
}

/** The lines of gdb's answer to `echo NAME\n` and what follows, up to the next one. */
function section(text: string, name: string): string {
  return (
    text
      .split(`[${name}]\n`)[1]
      ?.split(/^\[[a-z ]+\]$/m)[0]
      ?.trim() ?? ""
  );
}

const marked = (name: string, ...commands: string[]): string[] => [`echo [${name}]\\n`, ...commands];

describe.skipIf(isMissing)("gdb", () => {
  if (!isMissing) {
    for (const file of ["sender.c", "receiver.c", "system.toml"])
      copyFileSync(join(ROOT, "tests/debug/ring", file), join(folder, file));
    for (const name of ["sender", "receiver"]) hallows("cc", "-g", `${name}.c`, "-o", `${name}.elf`);
  }
  const expectedHash = isMissing
    ? ""
    : (/^hash +([0-9a-f]{16})$/m.exec(hallows("boot", "system.toml", "--headless"))?.[1] ?? "");

  it("goes from the partition that noticed to the write that broke the ring, and changes nothing", () => {
    const text = gdb(
      "",
      "break notice",
      ...marked("noticed", "continue", "backtrace", "print total"),
      ...marked("other partition", "inferior 1", "print sent", "print/x numbers.descriptors[5]"),
      ...marked("broken by", "watch -location numbers.descriptors[5]", "reverse-continue", "backtrace", "x/i $pc"),
      ...marked("before", "print/x numbers.descriptors[5]", "reverse-step", "reverse-stepi"),
      ...marked("on", "delete", "continue", "monitor hash"),
    );
    expect(section(text, "noticed")).toContain("notice (status=100) at receiver.c");
    expect(section(text, "noticed")).toContain("in main () at receiver.c");
    expect(section(text, "noticed")).toContain("$1 = 10");
    expect(section(text, "other partition")).toContain("$2 = 5.6953125");
    expect(section(text, "other partition")).toContain("$3 = 0xbad");
    expect(section(text, "broken by")).toContain("Old value = 2989\nNew value = 4294967304");
    expect(section(text, "broken by")).toMatch(/#0 +stray \(victim=.*\) at sender\.c/);
    expect(section(text, "broken by")).toContain("#1");
    expect(section(text, "broken by")).toContain("movq   $0xbad,(%rdi)");
    expect(section(text, "before")).toContain("= 0x100000008");
    expect(section(text, "before")).toContain("main () at sender.c");
    expect(section(text, "on")).toContain("No more reverse-execution history");
    expect(section(text, "on").split("\n").at(-1)).not.toBe("");
    expect(text).toContain(`\n${expectedHash}\n`);
  }, 60_000);

  it("shows partitions as processes, threads with their cores, and all registers", () => {
    const text = gdb(
      "",
      ...marked("inferiors", "info inferiors"),
      "stepi",
      ...marked("threads", "info threads"),
      ...marked("registers", "info registers", "print $mxcsr", "print $xmm3.uint128", "print $fs_base"),
      ...marked(
        "monitor",
        "monitor partitions",
        "monitor channels",
        "monitor ledger",
        "monitor now",
        "monitor nonsense",
      ),
      ...marked("help", "monitor help"),
    );
    expect(section(text, "inferiors")).toMatch(/process 1 .*sender\.elf[^]*process 2 .*receiver\.elf/);
    expect(section(text, "threads")).toContain('"sender.main" (core 0, running)');
    expect(section(text, "threads")).toContain('"receiver.main" (core 1, running)');
    expect(section(text, "registers")).toMatch(/^rsp +0x/m);
    expect(section(text, "registers")).toContain("= [ IM DM ZM OM UM PM ]");
    expect(section(text, "monitor")).toMatch(/^2 +receiver +1 +backend/m);
    expect(section(text, "monitor")).toMatch(/^numbers +queue +0 +0 +open$/m);
    expect(section(text, "monitor")).toMatch(/^sender +\d+ +\d+ +\d+ +\d+$/m);
    expect(section(text, "monitor")).toMatch(/^cycle \d+ /m);
    expect(section(text, "monitor")).toContain("There is no such command; there are help, ");
    expect(section(text, "help")).toMatch(/^goto CYCLE +goes to a cycle/m);
  }, 60_000);

  it("goes to a cycle, and ends where --for says", () => {
    const text = gdb(
      "--for 200us",
      ...marked("end", "continue", "monitor now"),
      ...marked("there", "monitor goto 5000", "maintenance flush register-cache", "monitor now", "stepi"),
      ...marked("nowhere", "monitor goto 20001", "monitor goto -1"),
      ...marked("start", "reverse-continue", "monitor now"),
    );
    expect(section(text, "end")).toContain("cycle 20000 ");
    expect(section(text, "there")).toContain("cycle 5000 ");
    expect(section(text, "nowhere").match(/goto takes a cycle from 0 to 20000/g)).toHaveLength(2);
    expect(section(text, "start")).toContain("No more reverse-execution history");
    expect(section(text, "start")).toContain("cycle 0 ");
  }, 60_000);

  it("writes what its user writes, and the future is another one then", () => {
    const text = gdb(
      "",
      "tbreak stray",
      "continue",
      ...marked("changed", "set var number = 100", "print $rdi = $rdi + 8", "finish", "print/x numbers.descriptors[6]"),
      ...marked("on", "continue", "monitor hash", "monitor channels"),
    );
    expect(section(text, "changed")).toContain("= 0xbad");
    expect(section(text, "on")).toMatch(/^[0-9a-f]{16}$/m);
    expect(text).not.toContain(expectedHash);
  }, 60_000);
});
