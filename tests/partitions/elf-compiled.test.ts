import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ABI_NOTE_NAME, ABI_NOTE_TYPE, ABI_VERSION } from "../../dist/abi/index.js";
import { readElf } from "../../dist/partitions/index.js";
import { findMissingInstructions, planForProgram, verifyPlan } from "../../dist/system/index.js";

/** What makes it a program of this version: the SDK has the same. */
const NOTE = `__asm__(".section .note.hallows,\\"a\\",@note\\n.long 8, 4, ${ABI_NOTE_TYPE}\\n.asciz \\"${ABI_NOTE_NAME}\\"\\n.long ${ABI_VERSION}\\n.text");
`;
const SOURCE = `${NOTE}
int values[1000] = { 5 };
const char *const names[] = { "one", "two" };
__attribute__((noinline)) int control_loop(int a) { return a * 3 + values[a]; }
void _start(void) { volatile int x = control_loop(4) + names[1][0]; (void)x; for (;;) ; }
`;
const floating = (type: string): string => `${NOTE}
__attribute__((noinline)) ${type} scale(${type} a, int b) { return a * b; }
void _start(void) { volatile ${type} x = scale(1.5, 4); (void)x; for (;;) ; }
`;

/** A compiler of this host, or null: then its tests are skipped with a printed reason. */
function findCompiler(): string | null {
  for (const compiler of ["gcc", "clang"]) {
    try {
      const target = execFileSync(compiler, ["-dumpmachine"], { encoding: "utf8" });
      if (target.startsWith("x86_64")) return compiler;
    } catch {
      continue;
    }
  }
  console.log("skipped: compiled ELF files (neither gcc nor clang for x86-64 is here)");
  return null;
}

const compiler = findCompiler();
const folder = mkdtempSync(join(tmpdir(), "hallows-elf-"));
afterAll(() => rmSync(folder, { recursive: true }));

function compile(source: string, options: readonly string[]): Uint8Array {
  const input = join(folder, "program.c");
  const output = join(folder, "program.elf");
  writeFileSync(input, source);
  execFileSync(compiler ?? "", ["-O1", "-nostdlib", "-fno-stack-protector", ...options, input, "-o", output]);
  return readFileSync(output);
}

const INTEGER = ["-mgeneral-regs-only"];
const reasonOf = (bytes: Uint8Array): string => {
  try {
    planForProgram(bytes, "program.elf", { strict: true });
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
};

describe.skipIf(compiler === null)("a compiled program", () => {
  it.each([
    ["static", ["-static", "-no-pie", "-fno-pie"], false],
    ["static-pie", ["-static-pie", "-fPIE"], true],
    ["static with code and data close together", ["-static", "-no-pie", "-fno-pie", "-Wl,-z,noseparate-code"], false],
  ])("that is %s becomes a sound plan", (_, options, isPositionIndependent) => {
    const bytes = compile(SOURCE, [...INTEGER, ...options]);
    const program = readElf(bytes, "program.elf");
    expect(program.isPositionIndependent).toBe(isPositionIndependent);
    expect(program.symbols.map(({ name }) => name)).toEqual(expect.arrayContaining(["_start", "control_loop"]));
    expect(findMissingInstructions(program)).toEqual([]);
    const plan = planForProgram(bytes, "program.elf");
    verifyPlan(plan, "program.elf");
    expect(plan.partitions[0].threads[0].rip).toBe(program.entry);
  });

  it("has its pointers relocated when it is position-independent", () => {
    const program = readElf(compile(SOURCE, [...INTEGER, "-static-pie", "-fPIE"]), "program.elf");
    const words = program.segments.flatMap(({ contents }) =>
      Array.from({ length: contents.length >> 3 }, (_, index) =>
        new DataView(contents.buffer, contents.byteOffset).getBigUint64(8 * index, true),
      ),
    );
    const text = program.segments.flatMap(({ at, contents }) => {
      const offset = Buffer.from(contents).indexOf("two\0");
      return offset === -1 ? [] : [at + BigInt(offset)];
    });
    expect(text).toHaveLength(1);
    expect(words).toContain(text[0]);
  });

  it("that uses floating point is accepted", () => {
    const options = ["-static", "-no-pie", "-fno-pie", "-march=x86-64-v2", "-O3"];
    expect(reasonOf(compile(floating("double"), options))).toBe("accepted");
  });

  it("that uses x87 is refused if nothing else will do, and told how to be built", () => {
    const reason = reasonOf(compile(floating("long double"), ["-static", "-no-pie", "-fno-pie"]));
    expect(reason).toMatch(/^program\.elf: uses \w+ \(x87\) at 0x[0-9a-f]+ in \w+/);
    expect(reason).toContain("-mlong-double-64");
  });

  it("that chooses a function at run time is refused, at fixed addresses, too", () => {
    const ifunc = `
static int one(void) { return 7; }
static int (*choose(void))(void) { return one; }
int chosen(void) __attribute__((ifunc("choose")));
void _start(void) { volatile int x = chosen(); (void)x; for (;;) ; }
`;
    for (const options of [
      ["-static", "-no-pie", "-fno-pie"],
      ["-static-pie", "-fPIE"],
    ])
      expect(reasonOf(compile(ifunc, [...INTEGER, ...options]))).toMatch(/IRELATIVE|ifunc/);
  });

  const STATIC = [...INTEGER, "-static", "-no-pie", "-fno-pie"];
  it.each([
    ["dynamically linked", SOURCE, [...INTEGER, "-pie", "-fPIE", "-Wl,-dynamic-linker,/lib64/ld.so"], "PT_INTERP"],
    ["an object file", SOURCE, [...STATIC, "-Wl,-r"], "object file"],
    ["linked with code and data in one segment", SOURCE, [...STATIC, "-Wl,-N"], "writable and executable"],
    ["asking for an executable stack", SOURCE, [...STATIC, "-Wl,-z,execstack"], "executable stack"],
    ["using thread-local storage", `_Thread_local int t = 3; ${SOURCE.replace("values[a]", "t++")}`, STATIC, "PT_TLS"],
  ])("that is %s is refused", (_, source, options, expected) => {
    expect(reasonOf(compile(source, options))).toContain(expected);
  });
});
