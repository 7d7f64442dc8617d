import * as iced from "iced-x86";
import { describe, expect, it } from "vitest";
import { boundaryOf, decode, type Instruction, type Row, rows } from "../../../dist/machine/isa/index.js";
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
    row.extension !== null || row.mod !== null || row.operands.some((operand) => /^(RM|[EGMRSCD])[a-z]*$/.test(operand));
  if (hasModrm) bytes.push(isControl || isSelector ? (modrm & 0xc7) | (isControl ? 0x10 : 0x18) : modrm);
  // Immediates: 5, which as the count of a shift or rotation is neither 0 nor 1.
  return Uint8Array.from([...bytes, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].slice(0, 15));
}

function decodeBoth(bytes: Uint8Array): { theirs: iced.Instruction; ours: Instruction | null } {
  const theirs = new iced.Decoder(64, bytes, iced.DecoderOptions.None).decode();
  const result = decode(bytes, 0, bytes.length);
  return { theirs, ours: result.kind === "instruction" ? result.instruction : null };
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
const lettersOf = (bits: number): string => FLAG_BITS.filter(([, bit]) => (bits & bit) !== 0).map(([letter]) => letter).join("");
const sorted = (flags: string): string => FLAG_BITS.filter(([letter]) => flags.includes(letter)).map(([letter]) => letter).join("");

/** Rows whose flags differ from iced's metadata, with the reason. Nothing else may differ. */
const FLAG_EXCEPTIONS: { readonly [name: string]: string } = {
  SYSCALL: "iced counts IA32_FMASK, which clears flags on entry to a kernel in guest memory; ours is outside",
};

/** iced features that are part of what every 64-bit processor has. */
const BASELINE = new Set(
  "INTEL8086 INTEL186 INTEL286 INTEL386 INTEL486 X64 CMOV CX8 TSC CPUID MSR SYSCALL SSE SSE2 CLFSH SEP SMM".split(" "),
);
/** Hints: they run whether or not the processor knows them. */
const HINTS = new Set("PAUSE MULTIBYTENOP PREFETCHW PREFETCHWT1 PREFETCHITI CLDEMOTE CET_IBT CET_SS".split(" "));

const runnable = rows.filter((row) => row.semantics !== null);

describe("the table", () => {
  it("has a meaning for each row that computes one, and a row for each meaning", () => {
    for (const row of rows) {
      const needsMeaning = row.ring3 === "runs" || row.ring3 === "trap";
      if (needsMeaning) expect(row.semantics, row.name).toBeTypeOf("function");
      if (row.ring3 === "#GP") expect(row.semantics, row.name).toBeNull();
    }
    const used = new Set(rows.map((row) => row.semanticKey).filter((key) => key !== ""));
    expect([...used].filter((key) => semantics[key] === undefined)).toEqual([]);
    expect(Object.keys(semantics).filter((key) => !used.has(key))).toEqual([]);
  });

  it("has unique names, flags in the order oszapcd, and no flag both defined and undefined", () => {
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    for (const row of rows) {
      for (const flags of [row.flagsRead, row.flagsWritten, row.flagsUndefined])
        expect([...flags].every((letter) => "oszapcd".includes(letter)), row.name).toBe(true);
      expect([...row.flagsWritten].some((letter) => row.flagsUndefined.includes(letter)), row.name).toBe(false);
    }
  });

  it("is reached through the decoder at every row, and agrees with iced about bytes and operands", () => {
    const unreached = new Set(rows.map((row) => row.name));
    for (const row of rows) {
      for (const isWide of [false, true]) {
        for (const isMemory of [false, true]) {
          const bytes = encodeRow(row, isWide, isMemory);
          const { theirs, ours } = decodeBoth(bytes);
          if (ours?.row === row) unreached.delete(row.name);
          expect(compareDecoders(theirs, decode(bytes, 0, bytes.length)), `${row.name}: ${hexOf(bytes)}`).toBeTypeOf("string");
        }
      }
    }
    expect([...unreached]).toEqual([]);
  });

  it("gives the flags that iced gives, row by row", () => {
    const differences: { [name: string]: string } = {};
    for (const row of runnable) {
      for (const isMemory of [false, true]) {
        const { theirs, ours } = decodeBoth(encodeRow(row, false, isMemory));
        if (ours?.row !== row) continue;
        const expected = [
          `r:${lettersOf(theirs.rflagsRead)}`,
          `w:${lettersOf(theirs.rflagsWritten | theirs.rflagsCleared | theirs.rflagsSet)}`,
          `u:${lettersOf(theirs.rflagsUndefined)}`,
        ].join(" ");
        const actual = `r:${sorted(row.flagsRead)} w:${sorted(row.flagsWritten)} u:${sorted(row.flagsUndefined)}`;
        if (actual !== expected && FLAG_EXCEPTIONS[row.name] === undefined)
          differences[row.name] = `ours ${actual}; iced ${expected}`;
      }
    }
    expect(differences).toEqual({});
  });

  it("allows LOCK where iced does", () => {
    for (const row of rows) {
      const { theirs, ours } = decodeBoth(encodeRow(row, false, true));
      if (ours?.row !== row) continue;
      expect(row.lockable, row.name).toBe(iced.CodeExt.opCode(theirs.code).canUseLockPrefix);
    }
  });

  it("asks for the features that iced names", () => {
    for (const row of rows) {
      for (const isMemory of [false, true]) {
        const { theirs, ours } = decodeBoth(encodeRow(row, false, isMemory));
        if (ours?.row !== row || row.ring3 === "#GP" || row.ring3 === "#UD") continue;
        const features = [...theirs.cpuidFeatures()].map((feature) => featureNames[feature]);
        const beyond = features.filter((feature) => !BASELINE.has(feature) && !HINTS.has(feature));
        expect(row.feature, row.name).toBe(beyond.join("+"));
      }
    }
  });

  it("lets ring 3 run nothing that is privileged", () => {
    // Control registers or an MSR may bar these; ours do not. What iced calls neither barred nor privileged and is
    // #GP all the same says in its note that we refuse it.
    const maybe = new Set(["RDTSC", "RDTSCP", "CPUID"]);
    for (const row of rows) {
      const { theirs, ours } = decodeBoth(encodeRow(row, false, true));
      if (ours?.row !== row) continue;
      const info = iced.CodeExt.opCode(theirs.code);
      const isBarred = info.isPrivileged || info.mustBeCpl0 || info.isInputOutput || (info.mayRequireCpl0 && !maybe.has(row.mnemonic));
      if (isBarred) expect(["#GP", "#UD"], row.name).toContain(row.ring3);
      else if (row.ring3 === "#GP") expect(row.note, row.name).toMatch(/refused/);
    }
  });

  it("ends a cost block where an instruction locks, repeats, branches or leaves", () => {
    const boundary = (...bytes: number[]): string => {
      const { ours } = decodeBoth(Uint8Array.from([...bytes, 0, 0, 0, 0, 0, 0]));
      return boundaryOf(ours!);
    };
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

/** Codes of iced that no bytes of this search can give, or that are no instruction. */
const UNREACHABLE: { readonly [reason: string]: RegExp } = {
  "not an instruction": /^(INVALID|Declare|Zero_bytes)/,
  "an FWAIT and the next instruction, to us": /^F(stenv|stcw|eni|disi|clex|init|setpm|save|stsw)(_|$)/,
  "needs an option of iced's decoder": /^(VEX_KNC|Via_undoc|Rdudbg|Wrudbg|Bnd|Ud0$|Pcommit|Montmul_64)/,
  "66h before near branches, as AMD decodes it": /^(J|Loop|Call).*(rel8_16|rel16|_rm16)|^Retnw/,
};

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
      if (typeof agreement !== "string" && (isNew || differences.size < 20)) differences.set(agreement.difference, hexOf(bytes));
    };
    // ModRM bytes: each reg with memory and with a register; all of them where rm selects too.
    const short = Array.from({ length: 16 }, (_, index) => (index < 8 ? (index << 3) | 3 : 0xc0 | ((index - 8) << 3) | 1));
    const long = [...short, 0x04, 0x05, ...Array.from({ length: 64 }, (_, index) => 0xc0 | index)];
    const isLong = (map: string, opcode: number): boolean =>
      (map === "0f" && [0x01, 0x0f, 0x1e, 0xa6, 0xa7, 0xae].includes(opcode)) ||
      (map === "1" && ((opcode >= 0xd8 && opcode <= 0xdf) || opcode === 0xc6 || opcode === 0xc7)) ||
      (map === "0f3a" && opcode === 0xf0);
    const mandatory = [[], [0x66], [0xf3], [0xf2]];
    const mixed = [[0x67], [0x66, 0xf2], [0x66, 0xf3], [0x66, 0x67], [0x67, 0xf2], [0x67, 0xf3]];
    const starts = [...mandatory.flatMap((prefix) => [prefix, [...prefix, 0x48], [...prefix, 0x41]]), ...mixed];
    for (const map of ["1", "0f", "0f38", "0f3a"] as const)
      for (let opcode = 0; opcode < 256; opcode++)
        for (const start of starts)
          for (const modrm of isLong(map, opcode) ? long : short) visit(...start, ...ESCAPES[map], opcode, modrm);
    for (const map of [1, 2, 3])
      for (let opcode = 0; opcode < 256; opcode++)
        for (let fields = 0; fields < 16; fields++)
          for (const v of map === 2 ? [15, 9] : [15]) {
            const last = ((fields & 8) << 4) | (v << 3) | (fields & 7);
            for (const modrm of [...short, 0x04, 0xc0]) visit(0xc4, 0xe0 | map, last, opcode, modrm, 0x08);
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
    console.log(`${wanted.length} codes of iced: ${integer} by ${rows.length} rows, ${wanted.length - integer} named as absent`);
    expect(integer).toBeGreaterThan(600);
  });
});
