/**
 * String instructions: one iteration each, repeated by `repeat` where a prefix asks for it.
 *
 * The source is DS:rSI, its segment may be overridden; the destination is ES:rDI, its segment never. DF decides the
 * direction. Invariant: an iteration is complete in itself, so a fault or an event leaves rSI, rDI and rCX as the last
 * whole iteration left them.
 * Source: Intel SDM volume 1, 7.3.9, and volume 2 under each mnemonic. CMPS reads rDI first, as AMD Zen 4 does.
 */
import { type Instruction, Register, Segment } from "../instruction.js";
import type { Operations, RepeatUntil } from "../operations.js";
import { subtractFlags } from "./flags.js";
import { pointedBy } from "./operand.js";

/** Runs an iteration once, or as often as the prefix says. `compares` for CMPS and SCAS, which ZF may end. */
function repeated<V>(
  operations: Operations<V>,
  instruction: Instruction,
  compares: boolean,
  iteration: () => void,
): void {
  if (instruction.repeat === "none") {
    iteration();
    return;
  }
  const whileEqual: RepeatUntil = instruction.repeat === "rep" ? "whileEqual" : "whileNotEqual";
  operations.repeat(instruction.addressWidth, compares ? whileEqual : "count", iteration);
}

function loadSource<V>(operations: Operations<V>, instruction: Instruction): V {
  const operand = pointedBy(instruction, Register.Rsi, instruction.segment, instruction.width);
  return operations.load(instruction.width, operations.effectiveAddress(operand));
}

function loadDestination<V>(operations: Operations<V>, instruction: Instruction): V {
  const operand = pointedBy(instruction, Register.Rdi, Segment.Es, instruction.width);
  return operations.load(instruction.width, operations.effectiveAddress(operand));
}

function storeDestination<V>(operations: Operations<V>, instruction: Instruction, value: V): void {
  const operand = pointedBy(instruction, Register.Rdi, Segment.Es, instruction.width);
  operations.store(instruction.width, operations.effectiveAddress(operand), value);
}

/** Moves rSI or rDI by one element, up or, with DF set, down. */
function advance<V>(operations: Operations<V>, instruction: Instruction, register: Register): void {
  const width = instruction.addressWidth;
  const sizeBytes = BigInt(instruction.width / 8);
  const up = operations.constant(width, sizeBytes);
  const down = operations.constant(width, BigInt.asUintN(width, -sizeBytes));
  const step = operations.select(width, operations.getFlag("df"), down, up);
  operations.setRegister(width, register, operations.add(width, operations.getRegister(width, register), step));
}

export function movs<V>(operations: Operations<V>, instruction: Instruction): void {
  repeated(operations, instruction, false, () => {
    const value = loadSource(operations, instruction);
    storeDestination(operations, instruction, value);
    advance(operations, instruction, Register.Rsi);
    advance(operations, instruction, Register.Rdi);
  });
}

export function cmps<V>(operations: Operations<V>, instruction: Instruction): void {
  const { width } = instruction;
  repeated(operations, instruction, true, () => {
    const b = loadDestination(operations, instruction);
    const a = loadSource(operations, instruction);
    operations.setFlags(subtractFlags(operations, width, a, b, operations.sub(width, a, b)));
    advance(operations, instruction, Register.Rsi);
    advance(operations, instruction, Register.Rdi);
  });
}

export function scas<V>(operations: Operations<V>, instruction: Instruction): void {
  const { width } = instruction;
  repeated(operations, instruction, true, () => {
    const a = operations.getRegister(width, Register.Rax);
    const b = loadDestination(operations, instruction);
    operations.setFlags(subtractFlags(operations, width, a, b, operations.sub(width, a, b)));
    advance(operations, instruction, Register.Rdi);
  });
}

export function lods<V>(operations: Operations<V>, instruction: Instruction): void {
  repeated(operations, instruction, false, () => {
    operations.setRegister(instruction.width, Register.Rax, loadSource(operations, instruction));
    advance(operations, instruction, Register.Rsi);
  });
}

export function stos<V>(operations: Operations<V>, instruction: Instruction): void {
  repeated(operations, instruction, false, () => {
    storeDestination(operations, instruction, operations.getRegister(instruction.width, Register.Rax));
    advance(operations, instruction, Register.Rdi);
  });
}
