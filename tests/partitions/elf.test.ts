import { describe, expect, it } from "vitest";
import type { ConfigError } from "../../dist/errors.js";
import { readElf, programRegions } from "../../dist/partitions/index.js";
import { createSession, planForProgram } from "../../dist/system/index.js";
import {
  buildElf,
  buildRelocated,
  CODE,
  R,
  RW,
  RWX,
  RX,
  SIMPLE,
  type ElfSpec,
  type SegmentSpec,
} from "./elf-builder.js";

const read = (spec: ElfSpec) => readElf(buildElf(spec), "p.elf");
const refusal = (bytes: Uint8Array): { readonly problem: string; readonly hint: string } => {
  try {
    readElf(bytes, "p.elf");
  } catch (error) {
    expect(error).toMatchObject({ name: "ConfigError", place: { file: "p.elf", line: 0 } });
    return error as { problem: string; hint: string };
  }
  throw new Error("it was not refused");
};
const problem = (spec: ElfSpec): string => refusal(buildElf(spec)).problem;
const withSegment = (segment: SegmentSpec): ElfSpec => ({ ...SIMPLE, segments: [...SIMPLE.segments, segment] });

/** A simple program with some header bytes replaced. */
function patched(offset: number, values: readonly number[], spec = SIMPLE): Uint8Array {
  const bytes = buildElf(spec);
  bytes.set(values, offset);
  return bytes;
}

describe("a static program", () => {
  it("has its segments, entry and functions where the file says", () => {
    const program = read(SIMPLE);
    expect(program.entry).toBe(0x401000n);
    expect(program.isPositionIndependent).toBe(false);
    expect(program.segments).toEqual([
      { at: 0x401000n, sizeBytes: 8, write: false, execute: true, contents: CODE },
      { at: 0x402000n, sizeBytes: 0x1800, write: true, execute: false, contents: Uint8Array.of(1, 2, 3, 4) },
    ]);
    expect(program.symbols).toEqual([
      { name: "_start", at: 0x401000n, sizeBytes: 4, isGlobal: true },
      { name: "control_loop", at: 0x401004n, sizeBytes: 1, isGlobal: true },
    ]);
  });

  it("becomes regions of whole pages with the rights of their segments", () => {
    expect(programRegions(read(SIMPLE))).toEqual([
      { name: "code", at: 0x401000n, sizeBytes: 4096, rights: { write: false, execute: true }, contents: CODE },
      {
        name: "data",
        at: 0x402000n,
        sizeBytes: 8192,
        rights: { write: true, execute: false },
        contents: Uint8Array.of(1, 2, 3, 4),
      },
    ]);
  });

  it("has a region of its own for a page in which two segments meet", () => {
    const regions = programRegions(
      read({
        entry: 0x401000n,
        segments: [
          { flags: RX, at: 0x401000n, contents: CODE },
          { flags: R, at: 0x402000n, contents: Uint8Array.of(7), memoryBytes: 0x1010n },
          { flags: RW, at: 0x403020n, contents: Uint8Array.of(9, 8), memoryBytes: 0x2000n },
        ],
      }),
    );
    expect(
      regions.map(({ at, sizeBytes, rights, contents }) => [at, sizeBytes, rights.write, contents.length]),
    ).toEqual([
      [0x401000n, 4096, false, 8],
      [0x402000n, 4096, false, 1],
      [0x403000n, 8192 + 4096, true, 0x22],
    ]);
    expect([...regions[2].contents.subarray(0x20)]).toEqual([9, 8]);
  });

  it("does not store the zeros between two segments that meet", () => {
    const regions = programRegions(
      read({
        entry: 0x401000n,
        segments: [
          { flags: RX, at: 0x401000n, contents: CODE },
          { flags: RW, at: 0x1000_0000n, contents: Uint8Array.of(1), memoryBytes: 0x2000_0010n },
          { flags: RW, at: 0x3000_0020n, contents: Uint8Array.of(2) },
        ],
      }),
    );
    expect(regions.reduce((total, { contents }) => total + contents.length, 0)).toBeLessThan(5000);
    expect(regions.reduce((total, { sizeBytes }) => total + sizeBytes, 0)).toBe(0x2000_0000 + 8192);
  });
});

describe("a position-independent program", () => {
  it("is loaded at 0x400000 with its relative relocations applied", () => {
    const program = readElf(
      buildRelocated([
        [0x2008n, 8, 0, 0x1004n],
        [0x2010n, 8, 0, 0x2000n],
      ]),
      "p.elf",
    );
    expect(program.entry).toBe(0x401000n);
    expect(program.isPositionIndependent).toBe(true);
    const data = new DataView(program.segments[1].contents.buffer);
    expect(data.getBigUint64(8, true)).toBe(0x401004n);
    expect(data.getBigUint64(16, true)).toBe(0x402000n);
    expect(data.getBigUint64(0, true)).toBe(0n);
  });

  it.each([
    ["another kind", buildRelocated([[0x2000n, 6, 1, 0n]]), "it has a R_X86_64_GLOB_DAT relocation at 0x402000"],
    ["ifunc", buildRelocated([[0x2000n, 37, 0, 0n]]), "it has a R_X86_64_IRELATIVE relocation at 0x402000"],
    ["a kind that does not exist", buildRelocated([[0x2000n, 200, 0, 0n]]), "it has a relocation type 200 relocation"],
    ["one outside of the file's part", buildRelocated([[0x203cn, 8, 0, 0n]]), "which is not in the file's part"],
    ["one outside of all segments", buildRelocated([[0x9000n, 8, 0, 0n]]), "which is not in the file's part"],
    ["one in read-only data", buildRelocated([[0x2000n, 8, 0, 0n]], [], R), "which is read-only"],
    ["text relocations", buildRelocated([], [[22n, 0n]]), "text relocations"],
    ["the flag of text relocations", buildRelocated([], [[30n, 4n]]), "text relocations"],
    ["a shared library", buildRelocated([], [[1n, 1n]]), "it needs a shared library (DT_NEEDED)"],
    ["packed relocations", buildRelocated([], [[35n, 8n]]), "it has packed relocations (DT_RELR)"],
    ["a linkage table", buildRelocated([], [[2n, 24n]]), "DT_JMPREL"],
    ["relocations without addends", buildRelocated([], [[18n, 8n]]), "DT_REL"],
  ])("is refused with %s", (_, bytes, expected) => {
    expect(refusal(bytes).problem).toContain(expected);
  });

  it("is refused when its relocation table is not in the file", () => {
    const bytes = buildRelocated([[0x2000n, 8, 0, 0n]]);
    const at = bytes.length - 24 - 4 * 16;
    new DataView(bytes.buffer).setBigUint64(at + 8, 0xffff_ffff_ffff_0000n, true);
    expect(refusal(bytes).problem).toBe("its relocation table is not in the file");
  });
});

describe("a file is refused, with the reason,", () => {
  it.each([
    ["that is empty", new Uint8Array(0), "it is not an ELF file"],
    ["that is text", new TextEncoder().encode("#!/bin/sh\n"), "it is not an ELF file"],
    ["that is cut off in its header", buildElf(SIMPLE).slice(0, 40), "it is cut off: 40 bytes"],
    [
      "that is cut off in its program headers",
      buildElf(SIMPLE).slice(0, 100),
      "its program headers lie behind its end",
    ],
    ["that is cut off in a segment", buildElf(SIMPLE).slice(0, 242), "segment 1 ends behind its end"],
    ["for 32 bits", patched(4, [1]), "it is a 32-bit program"],
    ["that is big-endian", patched(5, [2]), "it is big-endian"],
    ["for Arm", patched(18, [183, 0]), "it is a program for 64-bit Arm"],
    ["for RISC-V", patched(18, [243, 0]), "it is a program for RISC-V"],
    ["that is an object file", patched(16, [1, 0]), "it is an object file"],
    ["that is a core dump", patched(16, [4, 0]), "it is a core dump"],
    ["without program headers", patched(56, [0, 0]), "it has no program headers"],
    ["with 65535 program headers", patched(56, [0xff, 0xff]), "it has 65535 program headers"],
    ["with program headers of another size", patched(54, [32, 0]), "its program headers have 32 bytes each"],
    ["with program headers far away", patched(32, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "it is cut off"],
  ])("%s", (_, bytes, expected) => {
    const error = refusal(bytes);
    expect(error.problem).toContain(expected);
  });

  it.each<[string, ElfSpec, string]>([
    [
      "that asks for an interpreter",
      withSegment({ type: 3, flags: R, at: 0n }),
      "it is dynamically linked (PT_INTERP)",
    ],
    [
      "with thread-local storage",
      withSegment({ type: 7, flags: R, at: 0n, memoryBytes: 8n }),
      "8 bytes of thread-local storage",
    ],
    [
      "with an executable stack",
      withSegment({ type: 0x6474e551, flags: RWX, at: 0n }),
      "it asks for an executable stack",
    ],
    [
      "with a writable and executable segment",
      withSegment({ flags: RWX, at: 0x500000n, contents: CODE }),
      "both writable and executable",
    ],
    [
      "larger in the file than in memory",
      withSegment({ flags: R, at: 0x500000n, contents: CODE, memoryBytes: 4n }),
      "larger in the file than in memory",
    ],
    [
      "with overlapping segments",
      withSegment({ flags: R, at: 0x403000n, contents: CODE }),
      "its segments at 0x402000 and 0x403000 overlap",
    ],
    [
      "with code and data in one page",
      withSegment({ flags: RW, at: 0x401800n, contents: CODE }),
      "share a page, one writable and the other executable",
    ],
    ["with a segment at 0", withSegment({ flags: R, at: 0n, contents: CODE }), "outside of where programs may be"],
    [
      "with a segment in the kernel's half",
      withSegment({ flags: R, at: 0xffff_8000_0000_0000n, contents: CODE }),
      "outside of where programs may be",
    ],
    [
      "with a segment that wraps round",
      withSegment({ flags: R, at: 0xffff_ffff_ffff_fff8n, memoryBytes: 0x10n }),
      "outside of where programs may be",
    ],
    [
      "with a segment in the heap",
      withSegment({ flags: R, at: 0x6000_0000_0000n, contents: CODE }),
      "outside of where programs may be",
    ],
    [
      "with a huge segment",
      withSegment({ flags: RW, at: 0x500000n, memoryBytes: 1n << 62n }),
      "takes 4611686018427387904 bytes",
    ],
    [
      "with too much in all",
      withSegment({ flags: RW, at: 0x500000n, memoryBytes: (1n << 31n) - 8n }),
      "more than 2 GiB",
    ],
    [
      "whose segments share file bytes",
      withSegment({ flags: R, at: 0x500000n, fileOffset: 64n, fileBytes: 260n, memoryBytes: 260n }),
      "use the same bytes of the file",
    ],
    ["without entry", { ...SIMPLE, entry: 0n }, "it has no entry point"],
    [
      "with its entry in data",
      { ...SIMPLE, entry: 0x402000n },
      "its entry point 0x402000 is not in an executable segment",
    ],
    ["with its entry nowhere", { ...SIMPLE, entry: 0x7fff_ffff_ffffn }, "is not in an executable segment"],
    ["with nothing to load", { ...SIMPLE, segments: [{ type: 4, flags: R, at: 0n }] }, "it has no segment to load"],
  ])("%s", (_, spec, expected) => {
    expect(problem(spec)).toContain(expected);
  });

  it("with a way out", () => {
    expect(refusal(buildElf(withSegment({ flags: RW, at: 0x401800n, contents: CODE }))).hint).toContain(
      "-z,separate-code",
    );
    expect(refusal(buildElf(withSegment({ type: 3, flags: R, at: 0n }))).hint).toContain("-static");
  });
});

/** A note as glibc's start-up code has it: the oldest kernel that it runs on; the first word is the system. */
function abiTag(system: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(4, 16, 1, 0x00554e47, system, 3, 2, 0).buffer);
}

describe("a program for Linux", () => {
  const withTag = (system: number): ElfSpec => ({
    ...SIMPLE,
    segments: [
      ...SIMPLE.segments,
      { type: 4, flags: R, at: 0x400000n, contents: abiTag(system) },
      { type: 7, flags: R, at: 0n, memoryBytes: 96n },
    ],
  });

  it("is told what it is, and to be linked with the SDK, rather than to do without thread_local", () => {
    expect(refusal(buildElf(withTag(0)))).toMatchObject({
      problem: "it is a program for Linux: its C library (glibc) needs a Linux kernel",
      hint: "Link it with the SDK in place of the C library: see docs/guest-programs.md.",
    });
  });

  it("is told from one for another system, and from notes that make no sense", () => {
    expect(problem(withTag(2))).toContain("thread-local storage");
    const cut: SegmentSpec = { type: 4, flags: R, at: 0n, fileOffset: 1n << 60n, fileBytes: 64n, memoryBytes: 64n };
    expect(read(withSegment(cut)).segments).toHaveLength(2);
    const endless = new Uint8Array(Uint32Array.of(0xffffffff, 0xffffffff, 1, 0, 0, 0, 0, 0).buffer);
    expect(read(withSegment({ type: 4, flags: R, at: 0n, contents: endless })).segments).toHaveLength(2);
  });
});

describe("relocations that nobody would apply", () => {
  it("refuse a program at fixed addresses that chooses functions at run time", () => {
    const spec = { ...SIMPLE, leftRelocations: [[0x402000n, 37]] as const };
    expect(refusal(buildElf(spec))).toMatchObject({
      problem: "it has a R_X86_64_IRELATIVE relocation at 0x402000",
      hint: expect.stringContaining("ifunc") as string,
    });
  });

  it("of another kind, such as a linker may leave for debuggers, are left alone", () => {
    expect(read({ ...SIMPLE, leftRelocations: [[0x402000n, 0]] }).segments).toHaveLength(2);
  });
});

describe("the version of the binary interface that a program says it was built for", () => {
  const told = (abiVersion: number | null): string => {
    try {
      planForProgram(buildElf({ ...SIMPLE, abiVersion }), "p.elf");
    } catch (error) {
      return (error as ConfigError).message;
    }
    return "accepted";
  };

  it("is read from its note", () => {
    expect(read(SIMPLE).abiVersion).toBe(2);
    expect(read({ ...SIMPLE, abiVersion: null }).abiVersion).toBeNull();
  });

  it("must be this one: others are refused, and told what to do", () => {
    expect(told(2)).toBe("accepted");
    expect(told(null)).toContain("the program was built for version 1 of the binary interface, or without the SDK");
    expect(told(3)).toContain("the program was built for version 3 of the binary interface; this is version 2");
    expect(told(null)).toContain("Build it again with the SDK of this Hallows");
  });
});

describe("a segment without rights", () => {
  // mov eax, [0x403000]
  const code = Uint8Array.of(0x8b, 0x04, 0x25, 0x00, 0x30, 0x40, 0x00, 0xc3);
  const spec = (flags: number): ElfSpec => ({
    entry: 0x401000n,
    segments: [
      { flags: RX, at: 0x401000n, contents: code },
      { flags, at: 0x403000n, contents: Uint8Array.of(1, 2, 3, 4) },
    ],
  });
  const faultOf = (flags: number): string | undefined => {
    const session = createSession(planForProgram(buildElf(spec(flags)), "p.elf"), { engine: "reference" });
    session.run({ until: 10_000 });
    return session.kernel.view().partitions[0].lastFault?.text;
  };

  it("is mapped nowhere: to read it is a fault", () => {
    expect(programRegions(read(spec(0))).map(({ at }) => at)).toEqual([0x401000n]);
    expect(faultOf(0)).toMatch(/#PF read of 0x403000 not present/);
    expect(faultOf(R)).not.toContain("0x403000");
  });

  it("keeps its addresses from others", () => {
    const overlapping = { flags: R, at: 0x403002n, contents: Uint8Array.of(1) };
    expect(problem({ ...spec(0), segments: [...spec(0).segments, overlapping] })).toContain("overlap");
  });
});

describe("what is harmless is accepted:", () => {
  it("a segment without bytes in the file, wherever in it it is said to be", () => {
    const zeros: SegmentSpec = { flags: RW, at: 0x500000n, fileOffset: 1n << 40n, fileBytes: 0n, memoryBytes: 4096n };
    const [, , segment] = read(withSegment(zeros)).segments;
    expect(segment).toMatchObject({ at: 0x500000n, sizeBytes: 4096, write: true });
    expect(segment.contents).toHaveLength(0);
  });

  it("empty thread-local storage and a stack that is not executable", () => {
    const segments = [...SIMPLE.segments, { type: 7, flags: R, at: 0n }, { type: 0x6474e551, flags: RW, at: 0n }];
    expect(read({ ...SIMPLE, segments }).segments).toHaveLength(2);
  });

  it("a file without symbols", () => {
    expect(read({ ...SIMPLE, symbols: [] }).symbols).toEqual([]);
  });
});

describe("symbols that make no sense are left out:", () => {
  const names = (symbols: ElfSpec["symbols"]): string[] => read({ ...SIMPLE, symbols }).symbols.map(({ name }) => name);

  it("data, files, local labels, and what is undefined or outside of code", () => {
    expect(
      names([
        { name: "object", at: 0x401000n, information: 0x11 },
        { name: "label", at: 0x401000n, information: 0x00 },
        { name: "undefined", at: 0x401000n, section: 0 },
        { name: "in_data", at: 0x402000n },
        { name: "nowhere", at: 0xffff_ffff_ffff_ffffn },
        { name: "assembly", at: 0x401002n, information: 0x10 },
        { name: "static_function", at: 0x401001n, information: 0x02 },
      ]),
    ).toEqual(["static_function", "assembly"]);
  });

  it("names that a terminal would obey, and names without end", () => {
    expect(
      names([
        { name: "\u001b[2J", at: 0x401000n },
        { name: "x".repeat(300), at: 0x401000n },
        { name: "ok", at: 0x401000n },
      ]),
    ).toEqual(["ok"]);
  });

  it("all of them, when the section table is behind the end of the file or of a wrong size", () => {
    const far = buildElf(SIMPLE);
    new DataView(far.buffer).setBigUint64(40, 1n << 63n, true);
    expect(readElf(far, "p.elf").symbols).toEqual([]);
    const odd = buildElf(SIMPLE);
    new DataView(odd.buffer).setUint16(58, 40, true);
    expect(readElf(odd, "p.elf").symbols).toEqual([]);
    const link = buildElf(SIMPLE);
    new DataView(link.buffer).setUint32(link.length - 64 * 2 + 40, 0xffffffff, true);
    expect(readElf(link, "p.elf").symbols).toEqual([]);
  });
});
