import { describe, expect, it } from "vitest";
import { assemble, createAssembler } from "../../../dist/machine/isa/assemble.js";
import { decode, formatInstruction, rows, type Instruction } from "../../../dist/machine/isa/index.js";
import { createRandom, encodeRow } from "./row-encoder.js";

const SEED = Number(process.env["HALLOWS_SEED"] ?? 1);
const FORMS = Number(process.env["HALLOWS_FORMS"] ?? 10);
const ORIGIN = 0x400000;

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function instructionsIn(bytes: Uint8Array): Instruction[] {
  const found: Instruction[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const result = decode(bytes, offset, bytes.length - offset);
    if (result.kind !== "instruction") throw new Error(`${hexOf(bytes.subarray(offset))} is ${result.kind}`);
    found.push(result.instruction);
    offset += result.instruction.lengthBytes;
  }
  return found;
}

/** A program's text as the decoder sees it. */
function textOf(bytes: Uint8Array): string[] {
  let address = BigInt(ORIGIN);
  return instructionsIn(bytes).map((instruction) => {
    const text = formatInstruction(instruction, address);
    address += BigInt(instruction.lengthBytes);
    return text;
  });
}

/** What text doesn't tell, or tells of another encoding. */
function isOpen({ row, operands, addressWidth, segment }: Instruction): boolean {
  const hasMemory = operands.some(({ kind }) => kind === "memory");
  if (addressWidth === 32 && row.mnemonic !== "JRCXZ")
    return !operands.some((operand) => operand.kind === "memory" && (operand.base >= 0 || operand.index >= 0));
  return !hasMemory && segment > 3;
}

describe("a program", () => {
  it("has branches to labels, short where they are known to reach and near where they aren't", () => {
    const program = "again: dec ecx; jne again; jmp done; nop; done: ret";
    expect(textOf(assemble(program, ORIGIN))).toEqual(["dec ecx", "jne 0x400000", "jmp 0x40000a", "nop", "ret"]);
    expect(hexOf(assemble(program, ORIGIN))).toBe("ffc975fce90100000090c3");
    expect(hexOf(assemble("jmp short done; nop; done: ret"))).toBe("eb0190c3");
    const far = `again: ${"nop;".repeat(200)} jne again`;
    expect(hexOf(assemble(far).subarray(200))).toBe("0f8532ffffff");
  });

  it("has data at labels, relative to RIP, with an immediate behind the displacement too", () => {
    const program = "lea rax, [table]; cmp dword ptr [table+4], 0x12345678; ret; table: nop";
    const texts = textOf(assemble(program, ORIGIN));
    expect(texts.slice(0, 2)).toEqual(["lea rax, [rip+0xb]", "cmp dword ptr [rip+0x5], 0x12345678"]);
  });

  it("takes the shortest encoding, and the prefixes that are asked for", () => {
    const hex = (text: string): string => hexOf(assemble(text));
    expect(hex("mov eax, 1")).toBe("b801000000");
    expect(hex("mov rax, 1")).toBe("48c7c001000000");
    expect(hex("mov rax, 0x123456789abc")).toBe("48b8bc9a785634120000");
    expect(hex("add rax, -1")).toBe("4883c0ff");
    expect(hex("push r12; mov ah, 5; mov spl, 5")).toBe("4154b40540b405");
    expect(hex("lock add qword ptr [rbx+rcx*8-0x10], rax; rep stosq; repne scasb")).toBe("f0480144cbf0f348abf2ae");
    expect(hex("mov rax, fs:[0x10]; mov eax, [r13]; mov eax, [r12]; mov eax, [ebx]")).toBe(
      "64488b042510000000418b4500418b0424678b03",
    );
  });

  it("leaves to a linker what refers to somebody else's labels", () => {
    const assembler = createAssembler();
    const print = assembler.external("print");
    assembler.emit("call", print);
    assembler.emit("mov", "dword ptr [print+8]", 1);
    assembler.align(8);
    assembler.quad(print);
    const { bytes, relocations } = assembler.finish();
    expect(hexOf(bytes)).toBe("e800000000c7050000000001000000900000000000000000");
    expect(relocations).toEqual([
      { offset: 1, kind: "PC32", symbol: "print", addend: -4 },
      { offset: 7, kind: "PC32", symbol: "print", addend: 0 },
      { offset: 16, kind: "64", symbol: "print", addend: 0 },
    ]);
  });

  it.each([
    ["add rax, ah", 'nothing called "add" takes rax, ah'],
    ["add rax, 0x100000000", 'nothing called "add" takes rax, 0x100000000'],
    ["mov ah, r8b", 'nothing called "mov" takes ah, r8b'],
    ["lock mov [rax], eax", 'nothing called "lock mov" takes [rax], eax'],
    ["inc [rax]", '"inc [rax]" doesn\'t say how wide the memory is, as "dword ptr" does'],
    ["frobnicate eax", 'no instruction is called "frobnicate"'],
    ["mov eax, [rbx*3]", "has a register too many, or a scale that is none of 1, 2, 4 and 8"],
    ["mov eax, [rax-rbx]", '"[rax-rbx]": only a number can be taken away'],
    ["mov eax, {5}", '"{5}" is no operand'],
    ["jmp nowhere", 'the label "nowhere" is nowhere'],
    ["x: nop; x: nop", 'the label "x" is in two places'],
    [`jmp short x; ${"nop;".repeat(128)} x: ret`, 'the label "x" is 128 bytes away from a short branch'],
  ])("says what is wrong with %s", (program, message) => {
    expect(() => assemble(program)).toThrow(message);
  });
});

describe("text", () => {
  it.each(rows.map((row) => ({ row, name: row.name })))("comes back as it was: $name", ({ row }) => {
    const random = createRandom(SEED);
    for (let form = 0; form < FORMS; form++) {
      const { instruction } = encodeRow(row, random);
      if (isOpen(instruction)) continue;
      const text = formatInstruction(instruction, BigInt(ORIGIN));
      expect(textOf(assemble(text, ORIGIN))).toEqual([text]);
    }
  });
});
