/**
 * Text of a decoded instruction in plain Intel syntax, for traces and reports. It is made from the row and the operands
 * alone, so it shows what the machine understood and not what a disassembler would have.
 */
import { hex } from "../../hex.js";
import { RIP_BASE, Segment } from "./instruction.js";
import type { Instruction, MemoryOperand, Operand } from "./instruction.js";

const NAMES_64 = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"];
const NAMES_32 = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];
const NAMES_16 = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const NAMES_8 = ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"];
const NAMES_HIGH = ["ah", "ch", "dh", "bh"];
export const SEGMENT_NAMES = ["es", "cs", "ss", "ds", "fs", "gs"];
const POINTERS: { readonly [width: number]: string } = {
  8: "byte",
  16: "word",
  32: "dword",
  64: "qword",
  128: "xmmword",
};

/** Mnemonics whose last letters depend on the width of the operation. */
export const WIDTH_MNEMONICS: { readonly [mnemonic: string]: { readonly [width: number]: string } } = {
  CBW: { 16: "cbw", 32: "cwde", 64: "cdqe" },
  CWD: { 16: "cwd", 32: "cdq", 64: "cqo" },
  MOVS: { 16: "movsw", 32: "movsd", 64: "movsq" },
  CMPS: { 16: "cmpsw", 32: "cmpsd", 64: "cmpsq" },
  STOS: { 16: "stosw", 32: "stosd", 64: "stosq" },
  LODS: { 16: "lodsw", 32: "lodsd", 64: "lodsq" },
  SCAS: { 16: "scasw", 32: "scasd", 64: "scasq" },
  INS: { 16: "insw", 32: "insd", 64: "insd" },
  OUTS: { 16: "outsw", 32: "outsd", 64: "outsd" },
  PUSHF: { 16: "pushf", 64: "pushfq" },
  POPF: { 16: "popf", 64: "popfq" },
  IRET: { 16: "iret", 32: "iretd", 64: "iretq" },
  SYSRET: { 16: "sysret", 32: "sysret", 64: "sysretq" },
  SYSEXIT: { 16: "sysexit", 32: "sysexit", 64: "sysexitq" },
  RDSSP: { 32: "rdsspd", 64: "rdsspq" },
};

export function registerName(width: number, register: number, high: boolean): string {
  if (high) return NAMES_HIGH[register];
  if (register >= 8) return `r${register}${width === 8 ? "b" : width === 16 ? "w" : width === 32 ? "d" : ""}`;
  const names = width === 8 ? NAMES_8 : width === 16 ? NAMES_16 : width === 32 ? NAMES_32 : NAMES_64;
  return names[register];
}

function memoryText(operand: MemoryOperand, isSized: boolean): string {
  const terms: string[] = [];
  if (operand.base === RIP_BASE) terms.push(operand.addressWidth === 32 ? "eip" : "rip");
  else if (operand.base >= 0) terms.push(registerName(operand.addressWidth, operand.base, false));
  if (operand.index >= 0) terms.push(`${registerName(operand.addressWidth, operand.index, false)}*${operand.scale}`);
  const { displacement } = operand;
  let inside = terms.join("+");
  if (inside === "") inside = hex(BigInt.asUintN(operand.addressWidth, displacement));
  else if (displacement !== 0n) inside += displacement < 0n ? hex(displacement) : `+${hex(displacement)}`;
  const override = operand.segment === Segment.Fs ? "fs:" : operand.segment === Segment.Gs ? "gs:" : "";
  const size = isSized ? `${POINTERS[operand.width]} ptr ` : "";
  return `${size}${override}[${inside}]`;
}

function operandText(operand: Operand, isSized: boolean, next: bigint | null): string {
  switch (operand.kind) {
    case "register":
      return registerName(operand.width, operand.register, operand.high);
    case "vector":
      return `xmm${operand.register}`;
    case "memory":
      return memoryText(operand, isSized);
    case "immediate":
      return hex(operand.value);
    case "relative":
      if (next !== null) return hex(BigInt.asUintN(64, next + operand.displacement));
      return operand.displacement < 0n ? `$${hex(operand.displacement)}` : `$+${hex(operand.displacement)}`;
    case "segment":
      return SEGMENT_NAMES[operand.segment];
    case "control":
      return operand.name;
  }
}

/** Such as "dword ptr [rbx+0x10]"; a branch as what is added to the address of the next instruction. */
export function formatOperand(operand: Operand): string {
  return operandText(operand, true, null);
}

/**
 * Such as "lock add qword ptr [rbx+rcx*8-0x10], rax". With the instruction's `address`, branch targets are absolute;
 * without, they are relative to the next instruction ("$+0x10").
 */
export function formatInstruction(instruction: Instruction, address: bigint | null = null): string {
  const { row, operands, width, repeat } = instruction;
  const next = address === null ? null : address + BigInt(instruction.lengthBytes);
  let prefix = instruction.lock ? "lock " : "";
  if (repeat === "repne") prefix += "repne ";
  else if (repeat === "rep") prefix += row.semanticKey === "cmps" || row.semanticKey === "scas" ? "repe " : "rep ";
  const isEcx = row.mnemonic === "JRCXZ" && instruction.addressWidth === 32;
  const mnemonic = isEcx ? "jecxz" : (WIDTH_MNEMONICS[row.mnemonic]?.[width] ?? row.mnemonic.toLowerCase());
  // An address alone (LEA, prefetches) has no datum whose size could be told.
  const isSized = !row.operands.includes("M");
  const text = operands.map((operand) => operandText(operand, isSized, next)).join(", ");
  return text === "" ? prefix + mnemonic : `${prefix}${mnemonic} ${text}`;
}
