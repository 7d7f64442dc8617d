import { describe, expect, it } from "vitest";
import { readElf } from "../../dist/partitions/index.js";
import type { ConfigProblem } from "../../dist/errors.js";
import {
  createSession,
  findMissingInstructions,
  MAX_FINDINGS,
  planForProgram,
  sweptProgramOf,
  wayOut,
} from "../../dist/system/index.js";
import { buildElf, RW, RX, type ElfSpec } from "../partitions/elf-builder.js";

const RET = [0xc3];
const MULSD = [0xf2, 0x0f, 0x59, 0xc1];
const VMULSD = [0xc5, 0xf3, 0x59, 0xc1];
const PADDB_MMX = [0x0f, 0xfc, 0xc1];
const FLD1 = [0xd9, 0xe8];
const VADDPS = [0xc5, 0xf4, 0x58, 0xc2];
const ENDBR64 = [0xf3, 0x0f, 0x1e, 0xfa];
/** No instruction of any processor. */
const INVALID = [0x0f, 0x04];

function missing(code: readonly number[], rest: Partial<ElfSpec>): string[] {
  const bytes = buildElf({
    entry: 0x401000n,
    segments: [
      { flags: RX, at: 0x401000n, contents: Uint8Array.from(code) },
      { flags: RW, at: 0x480000n, contents: Uint8Array.from(VMULSD) },
    ],
    ...rest,
  });
  return findMissingInstructions(readElf(bytes, "p.elf")).map(
    ({ at, name, feature, function: where }) => `${name} (${feature}) at ${at.toString(16)} in "${where}"`,
  );
}
const oneFunction = (code: readonly number[]): string[] =>
  missing(code, { symbols: [{ name: "f", at: 0x401000n, sizeBytes: code.length }] });

describe("instructions that the machine lacks", () => {
  it("are found with address, feature and function", () => {
    expect(oneFunction([...ENDBR64, ...VMULSD, ...FLD1, ...VADDPS, ...RET])).toEqual([
      'VMULSD (AVX) at 401004 in "f"',
      'FLD1 (x87) at 401008 in "f"',
      'VADDPS (AVX) at 40100a in "f"',
    ]);
  });

  it("are not found in integer code, nor in SSE", () => {
    expect(oneFunction([0x48, 0x01, 0xd8, 0x0f, 0x05, 0xf4, 0x0f, 0x0b, ...MULSD, ...RET])).toEqual([]);
    expect(oneFunction([...PADDB_MMX, ...RET])).toEqual(['PADDB (MMX) at 401000 in "f"']);
  });

  it("are not looked for outside of functions, nor behind what is no code", () => {
    const symbols = [{ name: "f", at: 0x401004n, sizeBytes: 1 }];
    expect(missing([...VMULSD, ...RET, ...VMULSD], { symbols })).toEqual([]);
    expect(oneFunction([...RET, ...INVALID, ...VMULSD])).toEqual([]);
  });

  it("are looked for in executable sections of a file without functions, and nowhere without sections", () => {
    const codeSections = [{ at: 0x401001n, sizeBytes: 5 }];
    expect(missing([...RET, ...VMULSD, ...RET, ...VMULSD], { codeSections })).toEqual(['VMULSD (AVX) at 401001 in ""']);
    expect(missing([...VMULSD, ...RET], {})).toEqual([]);
  });

  it("are counted once where functions overlap, and no more often than there are lines to read", () => {
    const code = Array.from({ length: MAX_FINDINGS + 5 }, () => FLD1).flat();
    const symbols = [
      { name: "f", at: 0x401000n, sizeBytes: 8 },
      { name: "g", at: 0x401004n, sizeBytes: 8 },
      { name: "h", at: 0x401000n, sizeBytes: 12 },
    ];
    expect(missing(code, { symbols })).toHaveLength(6);
    expect(oneFunction(code)).toHaveLength(MAX_FINDINGS);
  });

  it("come with a way out", () => {
    const way = (feature: string): string => wayOut({ at: 0n, name: "", feature, function: "" });
    expect(way("x87")).toContain("-mlong-double-64");
    expect(way("MMX")).toContain("-mno-mmx");
    expect(way("AVX-512")).toContain("-march=x86-64-v2");
    expect(way("AES")).toContain("-march=x86-64-v2");
  });
});

describe("a program with an instruction that the machine lacks", () => {
  // The first function is entered; the second has the instruction.
  const build = (first: readonly number[]): Uint8Array =>
    buildElf({
      entry: 0x401000n,
      segments: [
        {
          flags: RX,
          at: 0x401000n,
          contents: Uint8Array.from([...first, ...Array(16 - first.length).fill(0x90), ...VMULSD]),
        },
      ],
      symbols: [
        { name: "first", at: 0x401000n, sizeBytes: 16 },
        { name: "second", at: 0x401010n, sizeBytes: 4 },
      ],
    });
  const faultOf = (bytes: Uint8Array): string | undefined => {
    const session = createSession(planForProgram(bytes, "p.elf"));
    session.run({ until: 10_000 });
    return session.kernel.view().partitions[0].lastFault?.text;
  };
  const LOOP = [0xeb, 0xfe];

  it("is told of, with the place and the way out, and refused where that is asked for", () => {
    const warnings: ConfigProblem[] = [];
    planForProgram(build(LOOP), "p.elf", { onWarning: (warning) => void warnings.push(warning) });
    expect(warnings).toEqual([
      {
        place: { file: "p.elf", line: 0, column: 0 },
        problem:
          "uses VMULSD (AVX) at 0x401010 in second: the machine has no such instruction, and raises #UD where one is executed",
        hint: expect.stringContaining("-march=x86-64-v2") as string,
      },
    ]);
    expect(() => planForProgram(build(LOOP), "p.elf", { strict: true })).toThrow("the machine has no such instruction");
  });

  it("runs as long as it doesn't execute it", () => {
    expect(faultOf(build(LOOP))).toBeUndefined();
  });

  it("faults where it does, and the fault names it", () => {
    expect(faultOf(build([]))).toBe(
      "#UD instruction VMULSD is not available on this processor, at rip 0x401010 in function second",
    );
  });

  it("is found in an image, too", () => {
    const [partition] = planForProgram(build(LOOP), "p.elf").partitions;
    expect(findMissingInstructions(sweptProgramOf(partition)).map(({ name }) => name)).toEqual(["VMULSD"]);
  });
});
