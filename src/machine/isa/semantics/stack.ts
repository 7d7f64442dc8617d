/**
 * The stack: PUSH, POP, the flags on the stack, ENTER and LEAVE.
 *
 * The stack pointer is always 64 bits wide; operands are 64, or 16 with 66h. Every access is to the stack segment, so a
 * non-canonical address is #SS(0). Invariant: loads come before stores, and RSP moves only when nothing faulted.
 * Source: Intel SDM volume 2, under each mnemonic; AMD APM volume 3 for ENTER's order of accesses.
 */
import { type Instruction, Register, type Width } from "../instruction.js";
import type { Operations } from "../operations.js";
import {
  immediateNumber,
  pop as popValue,
  push as pushValue,
  readOperand,
  resize,
  stackAddress,
  stackPointerAt,
} from "./operand.js";

/** Bits of RFLAGS that POPF may change in ring 3: CF PF AF ZF SF TF DF OF NT AC ID. */
const POPF_MASK = 0x1n | 0x4n | 0x10n | 0x40n | 0x80n | 0x100n | 0x400n | 0x800n | 0x4000n | 0x40000n | 0x200000n;

/** Width of a stack operand: 16 with 66h, otherwise 64. */
function stackWidth(instruction: Instruction): Width {
  return instruction.width === 16 ? 16 : 64;
}

/** PUSH RSP pushes the value before the push; a memory operand is read before the stack is written. */
export function push<V>(operations: Operations<V>, instruction: Instruction): void {
  const [source] = instruction.operands;
  const width = stackWidth(instruction);
  const value = readOperand(operations, source, width);
  if (source.kind === "segment") pushValue(operations, width, resize(operations, 16, width, value, false));
  else pushValue(operations, width, value);
}

export function pop<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  const width = stackWidth(instruction);
  const sizeBytes = width / 8;
  const value = popValue(operations, width);
  if (destination.kind === "segment") {
    operations.setSelector(destination.segment, resize(operations, width, 16, value, false));
  } else if (destination.kind === "memory") {
    // An address based on RSP uses its value after the pop.
    const isMoved = destination.base === Register.Rsp;
    const moved = isMoved
      ? { ...destination, displacement: destination.displacement + BigInt(sizeBytes) }
      : destination;
    operations.store(width, operations.effectiveAddress(moved), value);
  } else if (destination.kind === "register" && width === 16 && destination.register === Register.Rsp) {
    const upper = operations.constant(64, 0xffff_ffff_ffff_0000n);
    const kept = operations.and(64, stackPointerAt(operations, sizeBytes), upper);
    operations.setRegister(64, Register.Rsp, operations.or(64, kept, operations.zeroExtend(16, 64, value)));
  } else if (destination.kind === "register") {
    operations.setRegister(width, destination.register, value);
  } else {
    throw new TypeError(`an operand of kind ${destination.kind} cannot be popped`);
  }
}

export function pushf<V>(operations: Operations<V>, instruction: Instruction): void {
  const width = stackWidth(instruction);
  pushValue(operations, width, resize(operations, 64, width, operations.getFlagsWord(), false));
}

export function popf<V>(operations: Operations<V>, instruction: Instruction): void {
  const width = stackWidth(instruction);
  const value = resize(operations, width, 64, popValue(operations, width), false);
  operations.setFlagsWord(value, width === 16 ? POPF_MASK & 0xffffn : POPF_MASK);
}

/** RSP = RBP, then POP RBP. */
export function leave<V>(operations: Operations<V>, instruction: Instruction): void {
  const width = stackWidth(instruction);
  const frame = operations.getRegister(64, Register.Rbp);
  const saved = operations.load(width, stackAddress(frame));
  operations.setRegister(64, Register.Rsp, operations.add(64, frame, operations.constant(64, BigInt(width / 8))));
  operations.setRegister(width, Register.Rbp, saved);
}

/**
 * ENTER: pushes RBP, copies `level - 1` frame pointers from the old frame, pushes the new one, and makes room.
 *
 * Two passes. The first touches everything in the processor's order and writes back what it read, so that any fault
 * comes before a change; the last of it is the write check at the final stack pointer. The second pass stores, and its
 * loads see its stores where the frames overlap.
 */
export function enter<V>(operations: Operations<V>, instruction: Instruction): void {
  const [allocation, nesting] = instruction.operands;
  const width = stackWidth(instruction);
  const sizeBytes = width / 8;
  const level = immediateNumber(nesting) & 31;
  const allocationBytes = immediateNumber(allocation);
  const pushCount = level === 0 ? 1 : level + 1;
  const oldFrame = operations.getRegister(64, Register.Rbp);
  const slot = (index: number): V => stackPointerAt(operations, -sizeBytes * index);
  const display = (index: number): V =>
    operations.add(64, oldFrame, operations.constant(64, BigInt.asUintN(64, BigInt(-sizeBytes * index))));
  const probe = (linear: V): void => operations.modify(width, stackAddress(linear), (old) => old);
  const newFrame = slot(1);
  const finalTop = stackPointerAt(operations, -sizeBytes * pushCount - allocationBytes);

  probe(slot(1));
  for (let index = 1; index < level; index++) {
    operations.load(width, stackAddress(display(index)));
    probe(slot(index + 1));
  }
  if (level > 0) probe(slot(level + 1));
  if (allocationBytes > 0) probe(finalTop);

  operations.store(width, stackAddress(slot(1)), resize(operations, 64, width, oldFrame, false));
  for (let index = 1; index < level; index++) {
    const pointer = operations.load(width, stackAddress(display(index)));
    operations.store(width, stackAddress(slot(index + 1)), pointer);
  }
  const frame = resize(operations, 64, width, newFrame, false);
  if (level > 0) operations.store(width, stackAddress(slot(level + 1)), frame);
  operations.setRegister(width, Register.Rbp, frame);
  operations.setRegister(64, Register.Rsp, finalTop);
}
