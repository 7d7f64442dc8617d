import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as iced from "iced-x86";
import { describe, expect, it } from "vitest";
import { boundaryOf, decode, type Row, rows } from "../../../dist/machine/isa/index.js";
import { semantics } from "../../../dist/machine/isa/semantics/index.js";
import { codeNames, compareDecoders, featureNames, hexOf } from "./iced-oracle.js";

/** VEX.mmmmm, or the escape bytes in front of the opcode. */
const ESCAPES: { readonly [M in Row["map"]]: readonly number[] } = {
  "1": [],
  "0f": [0x0f],
  "0f38": [0x0f, 0x38],
  "0f3a": [0x0f, 0x3a],
  vex1: [1],
  vex2: [2],
  vex3: [3],
};
const VEX_PREFIX = [0, 0x66, 0xf3, 0xf2];

/** One encoding of a row: REX.W, and a register or [rbx] where the row leaves the choice. */
function encodeRow(row: Row, isWide: boolean, isMemory: boolean): Uint8Array {
  const bytes: number[] = [];
  const w = row.rexW === null ? isWide : row.rexW === 1;
  const isXchg = row.name === "XCHG Zv,rAX";
  const usesMemory = row.mod === null ? isMemory : row.mod === "memory";
  // 0F 0D /3 is one of the reserved prefetches; otherwise any register number will do.
  const reg = (row.extension ?? (row.encoding === "0F 0D mem" ? 3 : 1)) << 3;
  const modrm = usesMemory ? reg | 3 : 0xc0 | reg | (row.rm ?? 2);
  if (row.map.startsWith("vex")) {
    const v = row.operands.some((operand) => operand.startsWith("B")) ? 6 : 0;
    const pp = VEX_PREFIX.indexOf(row.prefix ?? 0);
    bytes.push(0xc4, 0xe0 | ESCAPES[row.map][0], (w ? 0x80 : 0) | ((15 - v) << 3) | pp, row.opcode);
  } else {
    if (row.prefix !== null && row.prefix !== 0) bytes.push(row.prefix);
    if (w || isXchg) bytes.push(0x40 | (w ? 8 : 0) | (isXchg ? 1 : 0));
    bytes.push(...ESCAPES[row.map], row.opcode);
  }
  // A control register must be one that exists: CR2 and DR2 do.
  const isControl = row.operands.some((operand) => /^[CD]q$/.test(operand));
  const isSelector = row.name === "MOV Sw,Ew";
  const hasModrm =
    row.extension !== null ||
    row.mod !== null ||
    row.operands.some((operand) => /^(RM|[EGMRSCDVWU])[a-z]*$/.test(operand));
  if (hasModrm) bytes.push(isControl || isSelector ? (modrm & 0xc7) | (isControl ? 0x10 : 0x18) : modrm);
  // Immediates: 5, which as the count of a shift or rotation is neither 0 nor 1.
  return Uint8Array.from([...bytes, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].slice(0, 15));
}

interface Form {
  readonly row: Row;
  readonly bytes: Uint8Array;
  readonly theirs: iced.Instruction;
}

function decodeTheirs(bytes: Uint8Array): iced.Instruction {
  return new iced.Decoder(64, bytes, iced.DecoderOptions.None).decode();
}

/** Forms of every row: with and without REX.W, with a register and with memory, as far as they are of that row. */
const forms: readonly Form[] = rows.flatMap((row) =>
  [false, true].flatMap((isWide) =>
    [false, true].flatMap((isMemory) => {
      const bytes = encodeRow(row, isWide, isMemory);
      const ours = decode(bytes, 0, bytes.length);
      const isOfRow = ours.kind === "instruction" && ours.instruction.row === row;
      return isOfRow ? [{ row, bytes, theirs: decodeTheirs(bytes) }] : [];
    }),
  ),
);

/** What `judge` says of the rows' forms, for those of which it says anything. */
function complaints(judge: (form: Form) => string | null): { readonly [name: string]: string } {
  const found: { [name: string]: string } = {};
  for (const form of forms) {
    const complaint = judge(form);
    if (complaint !== null) found[form.row.name] = complaint;
  }
  return found;
}

const FLAG_BITS: readonly (readonly [string, number])[] = [
  ["o", iced.RflagsBits.OF],
  ["s", iced.RflagsBits.SF],
  ["z", iced.RflagsBits.ZF],
  ["a", iced.RflagsBits.AF],
  ["p", iced.RflagsBits.PF],
  ["c", iced.RflagsBits.CF],
  ["d", iced.RflagsBits.DF],
];
const lettersOf = (bits: number): string =>
  FLAG_BITS.filter(([, bit]) => (bits & bit) !== 0)
    .map(([letter]) => letter)
    .join("");
const sorted = (flags: string): string =>
  FLAG_BITS.filter(([letter]) => flags.includes(letter))
    .map(([letter]) => letter)
    .join("");

/** Rows whose flags differ from iced's metadata, with the reason. Nothing else may differ. */
const FLAG_EXCEPTIONS: { readonly [name: string]: string } = {
  SYSCALL: "iced counts IA32_FMASK, which clears flags on entry to a kernel in guest memory; ours is outside",
};

/** iced features that are part of what every 64-bit processor has. */
const BASELINE = new Set(
  "INTEL8086 INTEL186 INTEL286 INTEL386 INTEL486 X64 CMOV CX8 TSC CPUID MSR SYSCALL SSE SSE2 CLFSH SEP SMM FXSR".split(
    " ",
  ),
);
/** Hints: they run whether or not the processor knows them. */
const HINTS = new Set("PAUSE MULTIBYTENOP PREFETCHW PREFETCHWT1 PREFETCHITI CLDEMOTE CET_IBT CET_SS".split(" "));

/** Where the instruction of these bytes ends a cost block. */
function boundary(...bytes: number[]): string {
  const result = decode(Uint8Array.from([...bytes, 0, 0, 0, 0, 0, 0]), 0, 15);
  return result.kind === "instruction" ? boundaryOf(result.instruction) : result.kind;
}

describe("the table", () => {
  it("has a meaning for each row that computes one, and a row for each meaning", () => {
    const wrong = rows.filter((row) => {
      const needsMeaning = row.ring3 === "runs" || row.ring3 === "trap";
      return needsMeaning ? row.semantics === null : row.ring3 === "#GP" && row.semantics !== null;
    });
    expect(wrong.map((row) => row.name)).toEqual([]);
    const used = new Set(rows.map((row) => row.semanticKey).filter((key) => key !== ""));
    expect([...used].filter((key) => semantics[key] === undefined)).toEqual([]);
    expect(Object.keys(semantics).filter((key) => !used.has(key))).toEqual([]);
  });

  it("has unique names, known flags, and no flag both defined and undefined", () => {
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    const wrong = rows.filter(({ flagsRead, flagsWritten, flagsUndefined }) => {
      const isKnown = [...flagsRead, ...flagsWritten, ...flagsUndefined].every((letter) => "oszapcd".includes(letter));
      return !isKnown || [...flagsWritten].some((letter) => flagsUndefined.includes(letter));
    });
    expect(wrong.map((row) => row.name)).toEqual([]);
  });

  it("is reached through the decoder at every row, and agrees with iced about bytes and operands", () => {
    const reached = new Set(forms.map((form) => form.row));
    expect(rows.filter((row) => !reached.has(row)).map((row) => row.name)).toEqual([]);
    const differences = complaints(({ bytes, theirs }) => {
      const agreement = compareDecoders(theirs, decode(bytes, 0, bytes.length));
      return typeof agreement === "string" ? null : agreement.difference;
    });
    expect(differences).toEqual({});
  });

  it("gives the flags that iced gives, row by row", () => {
    const differences = complaints(({ row, theirs }) => {
      if (row.semantics === null || FLAG_EXCEPTIONS[row.name] !== undefined) return null;
      const expected = [
        `r:${lettersOf(theirs.rflagsRead)}`,
        `w:${lettersOf(theirs.rflagsWritten | theirs.rflagsCleared | theirs.rflagsSet)}`,
        `u:${lettersOf(theirs.rflagsUndefined)}`,
      ].join(" ");
      const actual = `r:${sorted(row.flagsRead)} w:${sorted(row.flagsWritten)} u:${sorted(row.flagsUndefined)}`;
      return actual === expected ? null : `ours ${actual}; iced ${expected}`;
    });
    expect(differences).toEqual({});
  });

  it("allows LOCK where iced does", () => {
    const differences = complaints(({ row, theirs }) => {
      const isLockable = iced.CodeExt.opCode(theirs.code).canUseLockPrefix;
      return row.lockable === isLockable ? null : `iced: ${isLockable}`;
    });
    expect(differences).toEqual({});
  });

  it("asks for the features that iced names", () => {
    const differences = complaints(({ row, theirs }) => {
      if (row.ring3 === "#GP" || row.ring3 === "#UD") return null;
      const features = [...theirs.cpuidFeatures()].map((feature) => featureNames[feature]);
      const beyond = features
        .filter((feature) => !BASELINE.has(feature) && !HINTS.has(feature))
        .map((feature) => feature.replace("SSE4_", "SSE4."))
        .join("+");
      return row.feature === beyond ? null : `iced: ${beyond}`;
    });
    expect(differences).toEqual({});
  });

  it("lets ring 3 run nothing that is privileged", () => {
    // Control registers or an MSR may bar these; ours do not.
    const maybe = new Set(["RDTSC", "RDTSCP", "CPUID"]);
    const differences = complaints(({ row, theirs }) => {
      const info = iced.CodeExt.opCode(theirs.code);
      const mayBeBarred = info.mayRequireCpl0 && !maybe.has(row.mnemonic);
      const isBarred = info.isPrivileged || info.mustBeCpl0 || info.isInputOutput || mayBeBarred;
      if (isBarred) return row.ring3 === "#GP" || row.ring3 === "#UD" ? null : `runs, and iced calls it privileged`;
      // What is #GP without being privileged says in its note that we refuse it.
      return row.ring3 === "#GP" && !row.note.includes("refused") ? "#GP, and not privileged" : null;
    });
    expect(differences).toEqual({});
  });

  it("ends a cost block where an instruction locks, repeats, branches or leaves", () => {
    expect(boundary(0x01, 0x03)).toBe("none");
    expect(boundary(0xf0, 0x01, 0x03)).toBe("lock");
    expect(boundary(0x87, 0x03)).toBe("lock");
    expect(boundary(0x87, 0xc3)).toBe("none");
    expect(boundary(0xa4)).toBe("none");
    expect(boundary(0xf3, 0xa4)).toBe("repeat");
    expect(boundary(0xeb, 0x00)).toBe("branch");
    expect(boundary(0x0f, 0x31)).toBe("time");
    expect(boundary(0x0f, 0x05)).toBe("system");
    expect(boundary(0x0f, 0xae, 0xf0)).toBe("fence");
  });
});

describe("docs/instructions.md", () => {
  it("is what the table says", () => {
    const generator = fileURLToPath(new URL("../../../tools/gen-instructions.mjs", import.meta.url));
    expect(() => execFileSync(process.execPath, [generator, "--check"], { stdio: "pipe" })).not.toThrow();
  });
});

/** Codes of iced that no bytes of this search can give, or that are no instruction. */
const UNREACHABLE: { readonly [reason: string]: RegExp } = {
  "not an instruction": /^(INVALID|Declare|Zero_bytes)/,
  "an FWAIT and the next instruction, to us": /^F(stenv|stcw|eni|disi|clex|init|setpm|save|stsw)(_|$)/,
  "needs an option of iced's decoder": /^(VEX_KNC|Via_undoc|Rdudbg|Wrudbg|Bnd|Ud0$|Pcommit|Montmul_64)/,
  "66h before near branches, as AMD decodes it": /^(J|Loop|Call).*(rel8_16|rel16|_rm16)|^Retnw/,
};

// ModRM bytes: each reg with memory and with a register; all of them where rm selects too.
const SHORT = Array.from({ length: 16 }, (_, index) => (index < 8 ? (index << 3) | 3 : 0xc0 | ((index - 8) << 3) | 1));
const LONG = [...SHORT, 0x04, 0x05, ...Array.from({ length: 64 }, (_, index) => 0xc0 | index)];

function modrmBytes(map: string, opcode: number): readonly number[] {
  if (map === "0f" && [0x01, 0x0f, 0x1e, 0xa6, 0xa7, 0xae].includes(opcode)) return LONG;
  if (map === "1" && ((opcode >= 0xd8 && opcode <= 0xdf) || opcode === 0xc6 || opcode === 0xc7)) return LONG;
  return map === "0f3a" && opcode === 0xf0 ? LONG : SHORT;
}

describe("completeness", () => {
  it("knows every instruction that iced knows in 64-bit mode, EVEX apart: as a row or by name", () => {
    const seen = new Set<number>();
    const differences = new Map<string, string>();
    const asRow = new Set<number>();
    const bytes = new Uint8Array(20);
    const theirs = new iced.Instruction();
    const visit = (...start: number[]): void => {
      bytes.fill(0);
      bytes.set(start);
      const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
      decoder.decodeOut(theirs);
      decoder.free();
      const isNew = !seen.has(theirs.code);
      seen.add(theirs.code);
      const ours = decode(bytes, 0, bytes.length);
      if (ours.kind === "instruction") asRow.add(theirs.code);
      const agreement = compareDecoders(theirs, ours);
      if (typeof agreement !== "string" && (isNew || differences.size < 20))
        differences.set(agreement.difference, hexOf(bytes));
    };
    const mandatory = [[], [0x66], [0xf3], [0xf2]];
    const mixed = [[0x67], [0x66, 0xf2], [0x66, 0xf3], [0x66, 0x67], [0x67, 0xf2], [0x67, 0xf3]];
    const starts = [...mandatory.flatMap((prefix) => [prefix, [...prefix, 0x48], [...prefix, 0x41]]), ...mixed];
    for (const map of ["1", "0f", "0f38", "0f3a"] as const)
      for (let opcode = 0; opcode < 256; opcode++)
        for (const start of starts)
          for (const modrm of modrmBytes(map, opcode)) visit(...start, ...ESCAPES[map], opcode, modrm);
    for (const map of [1, 2, 3])
      for (let opcode = 0; opcode < 256; opcode++)
        for (let fields = 0; fields < 16; fields++)
          for (const v of map === 2 ? [15, 9] : [15]) {
            const last = ((fields & 8) << 4) | (v << 3) | (fields & 7);
            for (const modrm of [...SHORT, 0x04, 0xc0]) visit(0xc4, 0xe0 | map, last, opcode, modrm, 0x08);
          }
    expect(Object.fromEntries(differences)).toEqual({});

    const wanted = codeNames.flatMap((name, code) => {
      const info = iced.CodeExt.opCode(code);
      const isHere = info.encoding === iced.EncodingKind.Legacy || info.encoding === iced.EncodingKind.VEX;
      return isHere && info.mode64 && !Object.values(UNREACHABLE).some((pattern) => pattern.test(name)) ? [code] : [];
    });
    const missing = wanted.filter((code) => !seen.has(code)).map((code) => codeNames[code]);
    expect(missing).toEqual([]);
    const integer = wanted.filter((code) => asRow.has(code)).length;
    console.log(
      `${wanted.length} codes of iced: ${integer} by ${rows.length} rows, ${wanted.length - integer} named as absent`,
    );
    expect(integer).toBeGreaterThan(600);
  });
});
