/**
 * Flags one at a time, fences, identification, time, segment bases and segment registers: what ring 3 may do of the
 * processor's own affairs.
 *
 * Invariant: nothing here reaches memory but CLFLUSH, which checks its address, and MOV of a selector.
 * Source: Intel SDM volume 2, under each mnemonic.
 */
import { type Instruction, Register, Segment } from "../instruction.js";
import type { FlagName, Operations } from "../operations.js";
import { constantFlag } from "./flags.js";
import {
  GENERAL_PROTECTION_0,
  INVALID_OPCODE,
  memoryOperand,
  operandWidth,
  readOperand,
  resize,
  writeOperand,
} from "./operand.js";

function setFlag<V>(operations: Operations<V>, flag: FlagName, value: 0n | 1n): void {
  operations.setFlags({ [flag]: constantFlag(operations, value) });
}

export function clc<V>(operations: Operations<V>): void {
  setFlag(operations, "cf", 0n);
}

export function stc<V>(operations: Operations<V>): void {
  setFlag(operations, "cf", 1n);
}

export function cmc<V>(operations: Operations<V>): void {
  const carry = operations.getFlag("cf");
  operations.setFlags({ cf: () => operations.not(1, carry) });
}

export function cld<V>(operations: Operations<V>): void {
  setFlag(operations, "df", 0n);
}

export function std<V>(operations: Operations<V>): void {
  setFlag(operations, "df", 1n);
}

/** Bit positions of the flags that LAHF and SAHF move; bit 1 reads as 1, bits 3 and 5 as 0. */
const LOW_FLAGS: readonly (readonly [FlagName, number])[] = [
  ["cf", 0],
  ["pf", 2],
  ["af", 4],
  ["zf", 6],
  ["sf", 7],
];

export function lahf<V>(operations: Operations<V>): void {
  let word = operations.constant(8, 2n);
  for (const [flag, position] of LOW_FLAGS) {
    const bit = operations.zeroExtend(1, 8, operations.getFlag(flag));
    word = operations.or(8, word, operations.shl(8, bit, operations.constant(8, BigInt(position))));
  }
  operations.setRegister(8, Register.Rax, word, true);
}

export function sahf<V>(operations: Operations<V>): void {
  const word = operations.getRegister(8, Register.Rax, true);
  const flags: { [F in FlagName]?: () => V } = {};
  for (const [flag, position] of LOW_FLAGS) flags[flag] = () => operations.bit(8, word, position);
  operations.setFlags(flags);
}

/** NOP, PAUSE, prefetches, ENDBR64: nothing is accessed, nothing changes. */
export function nop<V>(_operations: Operations<V>): void {}

/** CLFLUSH and its kin: the address is checked as by a load of one byte. */
export function clflush<V>(operations: Operations<V>, instruction: Instruction): void {
  operations.load(8, operations.effectiveAddress(memoryOperand(instruction.operands[0])));
}

const FENCES: { readonly [mnemonic: string]: "load" | "store" | "full" } = {
  LFENCE: "load",
  SFENCE: "store",
  MFENCE: "full",
};

/** LFENCE, SFENCE and MFENCE: the row's mnemonic says which. */
export function fence<V>(operations: Operations<V>, instruction: Instruction): void {
  const { mnemonic } = instruction.row;
  if (!Object.hasOwn(FENCES, mnemonic)) throw new TypeError(`${mnemonic} is not a fence`);
  operations.fence(FENCES[mnemonic]);
}

export function cpuid<V>(operations: Operations<V>): void {
  const leaf = operations.getRegister(32, Register.Rax);
  const subleaf = operations.getRegister(32, Register.Rcx);
  const [a, b, c, d] = operations.cpuid(leaf, subleaf);
  operations.setRegister(32, Register.Rax, a);
  operations.setRegister(32, Register.Rbx, b);
  operations.setRegister(32, Register.Rcx, c);
  operations.setRegister(32, Register.Rdx, d);
}

function writeTimestamp<V>(operations: Operations<V>): void {
  const timestamp = operations.readTimestamp();
  const high = operations.shr(64, timestamp, operations.constant(64, 32n));
  operations.setRegister(32, Register.Rax, operations.truncate(64, 32, timestamp));
  operations.setRegister(32, Register.Rdx, operations.truncate(64, 32, high));
}

export function rdtsc<V>(operations: Operations<V>): void {
  writeTimestamp(operations);
}

/** IA32_TSC_AUX holds the number of the core. */
export function rdtscp<V>(operations: Operations<V>): void {
  writeTimestamp(operations);
  operations.setRegister(32, Register.Rcx, operations.truncate(64, 32, operations.coreNumber()));
}

export function rdpid<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  writeOperand(
    operations,
    destination,
    resize(operations, 64, operandWidth(destination), operations.coreNumber(), false),
  );
}

type BaseSegment = Segment.Fs | Segment.Gs;

function readBase<V>(operations: Operations<V>, instruction: Instruction, segment: BaseSegment): void {
  const [destination] = instruction.operands;
  const base = operations.getSegmentBase(segment);
  writeOperand(operations, destination, resize(operations, 64, operandWidth(destination), base, false));
}

/** A 32-bit source is zero-extended; a base that is not canonical is #GP(0). */
function writeBase<V>(operations: Operations<V>, instruction: Instruction, segment: BaseSegment): void {
  const [source] = instruction.operands;
  const base = resize(operations, operandWidth(source), 64, readOperand(operations, source), false);
  operations.trapIf(operations.not(1, operations.isCanonical(base)), GENERAL_PROTECTION_0);
  operations.setSegmentBase(segment, base);
}

export function rdfsbase<V>(operations: Operations<V>, instruction: Instruction): void {
  readBase(operations, instruction, Segment.Fs);
}

export function rdgsbase<V>(operations: Operations<V>, instruction: Instruction): void {
  readBase(operations, instruction, Segment.Gs);
}

export function wrfsbase<V>(operations: Operations<V>, instruction: Instruction): void {
  writeBase(operations, instruction, Segment.Fs);
}

export function wrgsbase<V>(operations: Operations<V>, instruction: Instruction): void {
  writeBase(operations, instruction, Segment.Gs);
}

/**
 * MOV from and to a segment register. A selector stored to memory has 16 bits, in a register it is zero-extended to
 * the operand's width. CS cannot be loaded.
 */
export function movseg<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  if (destination.kind === "segment") {
    if (destination.segment === Segment.Cs) {
      operations.trap(INVALID_OPCODE);
      return;
    }
    const from = source.kind === "memory" ? { ...source, width: 16 as const } : source;
    const value = readOperand(operations, from);
    operations.setSelector(destination.segment, resize(operations, operandWidth(from), 16, value, false));
    return;
  }
  const selector = readOperand(operations, source);
  if (destination.kind === "memory") writeOperand(operations, { ...destination, width: 16 }, selector);
  else writeOperand(operations, destination, resize(operations, 16, operandWidth(destination), selector, false));
}

/** LAR and LSL: ZF says whether the selector is good; if not, all 64 bits of the destination stay. */
function describe<V>(operations: Operations<V>, instruction: Instruction, kind: "rights" | "limit"): void {
  const [destination, source] = instruction.operands;
  if (destination.kind !== "register") throw new TypeError("LAR and LSL write a register");
  const { valid, value } = operations.describeSelector(kind, readSelector(operations, source));
  const width = operandWidth(destination);
  operations.setFlags({ zf: () => valid });
  if (width === 16) {
    const old = operations.getRegister(16, destination.register);
    const low = operations.truncate(32, 16, value);
    operations.setRegister(16, destination.register, operations.select(16, valid, low, old));
  } else {
    const old = operations.getRegister(64, destination.register);
    const wide = operations.zeroExtend(32, 64, value);
    operations.setRegister(64, destination.register, operations.select(64, valid, wide, old));
  }
}

/** A selector operand: 16 bits, also where its register is named by a wider width. */
function readSelector<V>(operations: Operations<V>, source: Instruction["operands"][number]): V {
  const from = source.kind === "memory" ? { ...source, width: 16 as const } : source;
  return resize(operations, operandWidth(from), 16, readOperand(operations, from), false);
}

export function lar<V>(operations: Operations<V>, instruction: Instruction): void {
  describe(operations, instruction, "rights");
}

export function lsl<V>(operations: Operations<V>, instruction: Instruction): void {
  describe(operations, instruction, "limit");
}

export function verr<V>(operations: Operations<V>, instruction: Instruction): void {
  const { valid } = operations.describeSelector("readable", readSelector(operations, instruction.operands[0]));
  operations.setFlags({ zf: () => valid });
}

export function verw<V>(operations: Operations<V>, instruction: Instruction): void {
  const { valid } = operations.describeSelector("writable", readSelector(operations, instruction.operands[0]));
  operations.setFlags({ zf: () => valid });
}
