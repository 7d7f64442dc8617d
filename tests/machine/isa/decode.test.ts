import { readFileSync } from "node:fs";
import * as iced from "iced-x86";
import { describe, expect, it } from "vitest";
import { decode, formatInstruction, type Instruction } from "../../../dist/machine/isa/index.js";
import { type Agreement, compareDecoders, hexOf } from "./iced-oracle.js";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.split(" "), (byte) => parseInt(byte, 16));

/** The kind of result for bytes given as text, all of them available. */
function kindOf(hex: string): string {
  const bytes = bytesOf(hex);
  return decode(bytes, 0, bytes.length).kind;
}

function instructionOf(hex: string): Instruction {
  const bytes = bytesOf(hex);
  const result = decode(bytes, 0, bytes.length);
  if (result.kind !== "instruction") throw new Error(`${hex}: ${result.kind}`);
  return result.instruction;
}

const prefixes = (count: number): string => Array.from({ length: count }, () => "66").join(" ");
const named = (hex: string): unknown => decode(bytesOf(hex), 0, 15);
const textOf = (hex: string): string => formatInstruction(instructionOf(hex));

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const CASES = Number(process.env["HALLOWS_CASES"] ?? 200_000);
const PREFIXES = [0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65];

/** Mulberry32. */
function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Random bytes behind a start that is likely to be an instruction of one of the maps. */
function fill(bytes: Uint8Array, random: (bound: number) => number): void {
  for (let index = 0; index < bytes.length; index++) bytes[index] = random(256);
  let position = 0;
  const kind = random(12);
  const hasPrefixes = kind < 10 || random(4) === 0;
  if (hasPrefixes) {
    for (let count = [0, 0, 0, 1, 1, 2, 3, 12][random(8)]; count > 0; count--)
      bytes[position++] = PREFIXES[random(PREFIXES.length)];
    if (random(3) === 0) bytes[position++] = 0x40 | random(16);
  }
  if (kind >= 4 && kind < 8) bytes[position++] = 0x0f;
  if (kind === 8 || kind === 9) bytes.set([0x0f, random(2) === 0 ? 0x38 : 0x3a], position);
  if (kind === 10) {
    const payload = [0xc4, (random(8) << 5) | (1 + random(3)), random(2) === 0 ? random(256) : random(256) | 0x78];
    bytes.set(payload, position);
    if (random(2) === 0) bytes[position + 3] = 0xf0 + random(8);
  }
  if (kind === 11) bytes[position] = [0xc5, 0x62, 0x8f, 0xc4][random(4)];
}

describe("random bytes", () => {
  it(`decode as iced-x86 decodes them, ${CASES} strings from seed ${SEED}`, () => {
    const random = generator(SEED);
    const bytes = new Uint8Array(32);
    const counts: { [agreement in Agreement]: number } = { instruction: 0, absent: 0, invalid: 0, coarse: 0, known: 0 };
    const differences = new Map<string, string>();
    const theirs = new iced.Instruction();
    for (let index = 0; index < CASES; index++) {
      fill(bytes, random);
      const decoder = new iced.Decoder(64, bytes, iced.DecoderOptions.None);
      decoder.decodeOut(theirs);
      decoder.free();
      const agreement = compareDecoders(theirs, decode(bytes, 0, bytes.length));
      if (typeof agreement === "string") counts[agreement]++;
      else differences.set(agreement.difference, hexOf(bytes));
    }
    console.log(`seed ${SEED}:`, counts);
    expect(Object.fromEntries(differences)).toEqual({});
    // Enough of each kind to mean something.
    expect(counts.instruction).toBeGreaterThan(CASES / 3);
    expect(counts.absent).toBeGreaterThan(CASES / 20);
    expect(counts.invalid).toBeGreaterThan(CASES / 20);
  });
});

describe("compiled code", () => {
  it("decodes as iced-x86 decodes it, instruction by instruction", () => {
    // gcc -O0, gcc -O2 with BMI, clang -O2 with BMI, clang -Os, all -mgeneral-regs-only: sample-code.c.
    const text = readFileSync(new URL("sample-code.hex", import.meta.url), "utf8").replaceAll("\n", "");
    const bytes = Uint8Array.from(text.match(/../g)!, (byte) => parseInt(byte, 16));
    const names = new Set<string>();
    const differences: string[] = [];
    let count = 0;
    for (let offset = 0; offset < bytes.length; count++) {
      const decoder = new iced.Decoder(64, bytes.subarray(offset), iced.DecoderOptions.None);
      const theirs = decoder.decode();
      decoder.free();
      const ours = decode(bytes, offset, bytes.length - offset);
      const agreement = compareDecoders(theirs, ours);
      if (agreement !== "instruction")
        differences.push(`${hexOf(bytes.subarray(offset))}: ${JSON.stringify(agreement)}`);
      if (ours.kind === "instruction") names.add(ours.instruction.row.name);
      offset += theirs.length;
      theirs.free();
    }
    console.log(`${count} instructions, ${names.size} rows`);
    expect(differences).toEqual([]);
    expect(count).toBeGreaterThan(1000);
    expect(names.size).toBeGreaterThan(90);
  });
});

describe("the end of the bytes", () => {
  it("is incomplete at every length short of the instruction's, and never read past", () => {
    const samples = [
      "48 81 84 8b 78 56 34 12 11 22 33 44",
      "48 b8 1 2 3 4 5 6 7 8",
      "c4 e2 60 f2 04 25 0 0 0 0",
      "66 0f 1f 84 0 0 0 0 0",
    ];
    for (const sample of samples) {
      const bytes = bytesOf(sample);
      for (let available = 0; available < bytes.length; available++) {
        expect(decode(bytes, 0, available)).toEqual({ kind: "incomplete" });
        expect(decode(bytes.slice(0, available), 0, 15)).toEqual({ kind: "incomplete" });
      }
      expect(instructionOf(sample).lengthBytes).toBe(bytes.length);
    }
  });

  it("does not matter to what is #UD already", () => {
    expect(kindOf("f0 90")).toBe("invalid");
    expect(kindOf("66 c4 e2")).toBe("invalid");
    expect(kindOf("06")).toBe("absent");
    expect(decode(bytesOf("0f fc 05 00"), 0, 4)).toMatchObject({ kind: "absent", mnemonic: "PADDB", lengthBytes: 0 });
  });

  it("is #GP after fifteen bytes", () => {
    expect(kindOf(`${prefixes(14)} 90`)).toBe("instruction");
    expect(kindOf(`${prefixes(15)} 90`)).toBe("too-long");
    expect(kindOf(`${prefixes(10)} 81 c0 00`)).toBe("incomplete");
    expect(kindOf(`${prefixes(9)} 81 84 25 00 00 00 00 00 00`)).toBe("too-long");
    expect(kindOf(prefixes(14))).toBe("incomplete");
  });

  it("never makes the decoder throw, at any offset", () => {
    const bytes = new Uint8Array(4096);
    for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 167 + (index >> 3) * 31) & 255;
    for (let offset = 0; offset <= bytes.length; offset++)
      for (const available of [0, 1, 3, 15, 4096]) decode(bytes, offset, available);
    expect(decode(bytes, 4096, 15)).toEqual({ kind: "incomplete" });
    expect(decode(bytes, 4096, 0)).toEqual({ kind: "incomplete" });
  });
});

describe("prefixes", () => {
  it("count in any order and number; REX only directly before the opcode", () => {
    expect(textOf("66 67 66 01 03")).toBe("add word ptr [ebx], ax");
    expect(textOf("48 01 03")).toBe("add qword ptr [rbx], rax");
    expect(textOf("48 66 01 03")).toBe("add word ptr [rbx], ax");
    expect(textOf("66 48 01 03")).toBe("add qword ptr [rbx], rax");
    expect(textOf("48 41 01 03")).toBe("add dword ptr [r11], eax");
  });

  it("choose the segment: FS and GS count, the last of them; the others change nothing", () => {
    expect(textOf("64 8b 03")).toBe("mov eax, dword ptr fs:[rbx]");
    expect(textOf("64 65 8b 03")).toBe("mov eax, dword ptr gs:[rbx]");
    expect(textOf("64 2e 8b 03")).toBe("mov eax, dword ptr fs:[rbx]");
    expect(instructionOf("36 8b 03").operands[1]).toMatchObject({ segment: 3 });
    expect(instructionOf("3e 8b 04 24").operands[1]).toMatchObject({ segment: 2 });
    expect(instructionOf("8b 45 00").operands[1]).toMatchObject({ segment: 2 });
    expect(instructionOf("41 8b 45 00").operands[1]).toMatchObject({ segment: 3 });
    expect(instructionOf("65 a4").segment).toBe(5);
  });

  it("select rows where they are mandatory, the last of F2 and F3 before 66h", () => {
    expect(textOf("f3 0f b8 c1")).toBe("popcnt eax, ecx");
    expect(textOf("66 f3 0f b8 c1")).toBe("popcnt ax, cx");
    expect(textOf("f3 0f bc c1")).toBe("tzcnt eax, ecx");
    expect(textOf("0f bc c1")).toBe("bsf eax, ecx");
    expect(textOf("f3 f2 0f bc c1")).toBe("bsf eax, ecx");
    expect(textOf("66 0f 38 f6 c1")).toBe("adcx eax, ecx");
    expect(textOf("66 f3 0f 38 f6 c1")).toBe("adox eax, ecx");
    expect(textOf("f3 90")).toBe("pause");
    expect(textOf("f3 41 90")).toBe("xchg r8d, eax");
    expect(textOf("90")).toBe("nop");
  });

  it("repeat string instructions; F2 is the same as F3 where nothing is compared", () => {
    expect(instructionOf("f3 48 a5")).toMatchObject({ repeat: "rep", width: 64 });
    expect(instructionOf("f2 a4").repeat).toBe("rep");
    expect(instructionOf("f2 ae").repeat).toBe("repne");
    expect(instructionOf("f3 a6").repeat).toBe("rep");
    expect(instructionOf("f3 c3").repeat).toBe("none");
  });

  it("lock what may be locked, in memory", () => {
    expect(instructionOf("f0 01 03").lock).toBe(true);
    expect(instructionOf("f0 48 0f c7 0b").row.name).toBe("CMPXCHG16B Mdq");
    const illegal = [
      "f0 01 c3",
      "f0 03 03",
      "f0 39 03",
      "f0 89 03",
      "f0 0f a3 03",
      "f0 0f 0b",
      "f0 f4",
      "f0 c4 e2 60 f2 c0",
    ];
    expect(illegal.filter((hex) => kindOf(hex) !== "invalid")).toEqual([]);
  });

  it("do not change the width of near branches, and make the stack's 16 bits wide", () => {
    expect(textOf("66 e8 10 00 00 00")).toBe("call $+0x10");
    expect(instructionOf("66 c3").width).toBe(64);
    expect(textOf("66 50")).toBe("push ax");
    expect(textOf("48 50")).toBe("push rax");
    expect(textOf("66 68 34 12")).toBe("push 0x1234");
    expect(textOf("6a ff")).toBe("push 0xffffffffffffffff");
  });
});

describe("operands", () => {
  it("are AH to BH without REX and SPL to DIL with it", () => {
    expect(textOf("88 e0")).toBe("mov al, ah");
    expect(textOf("40 88 e0")).toBe("mov al, spl");
    expect(textOf("b7 01")).toBe("mov bh, 0x1");
    expect(textOf("41 b7 01")).toBe("mov r15b, 0x1");
  });

  it("follow the special cases of ModRM and SIB", () => {
    expect(textOf("8b 05 10 00 00 00")).toBe("mov eax, dword ptr [rip+0x10]");
    expect(textOf("67 8b 05 10 00 00 00")).toBe("mov eax, dword ptr [eip+0x10]");
    expect(textOf("8b 04 24")).toBe("mov eax, dword ptr [rsp]");
    expect(textOf("8b 04 25 00 10 00 00")).toBe("mov eax, dword ptr [0x1000]");
    expect(textOf("42 8b 04 25 00 10 00 00")).toBe("mov eax, dword ptr [r12*1+0x1000]");
    expect(textOf("8b 04 8d 00 10 00 00")).toBe("mov eax, dword ptr [rcx*4+0x1000]");
    expect(textOf("41 8b 45 f0")).toBe("mov eax, dword ptr [r13-0x10]");
    expect(textOf("41 8b 04 24")).toBe("mov eax, dword ptr [r12]");
    expect(textOf("41 8b 05 10 00 00 00")).toBe("mov eax, dword ptr [rip+0x10]");
  });

  it("are absolute offsets of 8 bytes, or 4 with 67h", () => {
    expect(textOf("48 a1 88 77 66 55 44 33 22 11")).toBe("mov rax, qword ptr [0x1122334455667788]");
    expect(textOf("67 a0 00 00 00 80")).toBe("mov al, byte ptr [0x80000000]");
  });

  it("are extended as the encoding says", () => {
    expect(textOf("48 81 c0 ff ff ff ff")).toBe("add rax, 0xffffffffffffffff");
    expect(textOf("83 c0 80")).toBe("add eax, 0xffffff80");
    expect(textOf("66 83 c0 80")).toBe("add ax, 0xff80");
    expect(textOf("48 b8 ff ff ff ff 0 0 0 80")).toBe("mov rax, 0x80000000ffffffff");
    expect(textOf("c8 10 00 01")).toBe("enter 0x10, 0x1");
  });

  it("come from VEX.vvvv, which must be 1111b where it is none", () => {
    expect(textOf("c4 e2 60 f2 c1")).toBe("andn eax, ebx, ecx");
    expect(textOf("c4 e2 f8 f3 c9")).toBe("blsr rax, rcx");
    expect(textOf("c4 e3 7b f0 c1 05")).toBe("rorx eax, ecx, 0x5");
    expect(kindOf("c4 e3 73 f0 c1 05")).toBe("invalid");
    expect(kindOf("c4 e2 64 f2 c1")).toBe("invalid");
  });

  it("are refused where a register field names none", () => {
    expect(kindOf("8e c8")).toBe("invalid");
    expect(kindOf("8e f0")).toBe("invalid");
    expect(textOf("0f 22 d8")).toBe("mov cr3, rax");
    expect(kindOf("0f 22 c8")).toBe("invalid");
  });
});

describe("instructions of other processors", () => {
  it("are named, with their feature and length", () => {
    expect(named("0f fc 05 0 0 0 0")).toMatchObject({ mnemonic: "PADDB", feature: "MMX", lengthBytes: 7 });
    expect(named("d9 e8")).toMatchObject({ mnemonic: "FLD1", feature: "x87", lengthBytes: 2 });
    expect(named("0f 6f 03")).toMatchObject({ mnemonic: "MOVQ", feature: "MMX", lengthBytes: 3 });
    expect(named("c5 f8 58 c1")).toMatchObject({ mnemonic: "VADDPS", feature: "AVX", lengthBytes: 4 });
    expect(named("62 f1 7c 48 58 c1")).toMatchObject({ mnemonic: "EVEX.NP.0F 58", feature: "AVX-512", lengthBytes: 6 });
    expect(named("0f c7 f0")).toMatchObject({ mnemonic: "RDRAND", feature: "RDRAND", lengthBytes: 3 });
    expect(named("0f 01 d0")).toMatchObject({ mnemonic: "XGETBV", feature: "XSAVE", lengthBytes: 3 });
    expect(named("06")).toMatchObject({ mnemonic: "PUSH ES", feature: "64-bit", lengthBytes: 1 });
  });
});
