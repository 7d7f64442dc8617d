/**
 * Reading and writing operands, and the stack: the few steps that most instructions share.
 *
 * Invariant: nothing here computes an address by itself except `addressAt` (an operand's address moved by a value that
 * is known only at run time) and the stack, whose segment has no base. Merging of partial registers is the binding's.
 * Source: Intel SDM volume 1, 3.7 (operand addressing) and 6.2 (stack).
 */
import { type Instruction, type MemoryOperand, type Operand, Register, Segment, type Width } from "../instruction.js";
import { type Address, type Operations, type TrapCause, Vector } from "../operations.js";

export const GENERAL_PROTECTION_0: TrapCause = { vector: Vector.GeneralProtection, errorCode: 0 };
export const INVALID_OPCODE: TrapCause = { vector: Vector.InvalidOpcode, errorCode: null };

/** Width of an operand in bits; relative targets are 64 wide, selectors 16. */
export function operandWidth(operand: Operand): Width {
  if (operand.kind === "relative") return 64;
  if (operand.kind === "segment") return 16;
  if (operand.kind === "control") return 64;
  return operand.width;
}

/** The value of an operand, in its own width; an immediate in `immediateWidth` where that is given. */
export function readOperand<V>(operations: Operations<V>, operand: Operand, immediateWidth?: Width): V {
  switch (operand.kind) {
    case "register":
      return operations.getRegister(operand.width, operand.register, operand.high);
    case "vector":
      return operations.getVector(operand.register);
    case "memory":
      return operations.load(operand.width, operations.effectiveAddress(operand));
    case "immediate":
      return operations.immediate(immediateWidth ?? operand.width, operand);
    case "segment":
      return operations.getSelector(operand.segment);
    case "relative":
      return operations.branchTarget(operand);
    case "control":
      throw new TypeError("control registers are not readable in ring 3");
  }
}

/** Writes an operand, in its own width. A memory operand's store must be the last thing that can fault. */
export function writeOperand<V>(operations: Operations<V>, operand: Operand, value: V): void {
  if (operand.kind === "register") operations.setRegister(operand.width, operand.register, value, operand.high);
  else if (operand.kind === "memory") operations.store(operand.width, operations.effectiveAddress(operand), value);
  else throw new TypeError(`an operand of kind ${operand.kind} cannot be written`);
}

/** Replaces a register or memory operand by a function of its old value, in one access where it is memory. */
export function updateOperand<V>(operations: Operations<V>, operand: Operand, change: (old: V) => V): void {
  if (operand.kind === "memory") {
    operations.modify(operand.width, operations.effectiveAddress(operand), change);
  } else {
    writeOperand(operations, operand, change(readOperand(operations, operand)));
  }
}

/** Narrows it down for instructions whose encoding allows nothing else. */
export function memoryOperand(operand: Operand): MemoryOperand {
  if (operand.kind !== "memory") throw new TypeError(`expected a memory operand, not ${operand.kind}`);
  return operand;
}

/** An immediate operand as a number known when the bytes are read. */
export function immediateNumber(operand: Operand): number {
  if (operand.kind !== "immediate") throw new TypeError(`expected an immediate operand, not ${operand.kind}`);
  return Number(operand.value);
}

/** Changes the width of a value: cuts it, or extends it by zeros or by its sign. */
export function resize<V>(operations: Operations<V>, from: Width, to: Width, value: V, signed: boolean): V {
  if (to < from) return operations.truncate(from, to, value);
  if (to === from) return value;
  return signed ? operations.signExtend(from, to, value) : operations.zeroExtend(from, to, value);
}

/** Address of an operand, `delta` (width 64) bytes further: BT with a register offset, XLAT. */
export function addressAt<V>(operations: Operations<V>, operand: MemoryOperand, delta: V): Address<V> {
  const sum = operations.add(64, operations.offset(operand), delta);
  const offset = operand.addressWidth === 32 ? operations.zeroExtend(32, 64, operations.truncate(64, 32, sum)) : sum;
  const { segment } = operand;
  const linear =
    segment === Segment.Fs || segment === Segment.Gs
      ? operations.add(64, operations.getSegmentBase(segment), offset)
      : offset;
  return { linear, isStack: segment === Segment.Ss };
}

/** The memory operand that a register points to, for instructions whose operands are implicit. */
export function pointedBy(instruction: Instruction, register: Register, segment: Segment, width: Width): MemoryOperand {
  return {
    kind: "memory",
    width,
    base: register,
    index: -1,
    scale: 1,
    displacement: 0n,
    segment,
    addressWidth: instruction.addressWidth,
  };
}

/** RSP moved by a number of bytes, which may be negative. */
export function stackPointerAt<V>(operations: Operations<V>, offsetBytes: number): V {
  const stackPointer = operations.getRegister(64, Register.Rsp);
  return operations.add(64, stackPointer, operations.constant(64, BigInt.asUintN(64, BigInt(offsetBytes))));
}

/** A linear address on the stack: a bad one is #SS. */
export function stackAddress<V>(linear: V): Address<V> {
  return { linear, isStack: true };
}

/** Stores `value` below the stack pointer and moves it: the last thing that can fault. */
export function push<V>(operations: Operations<V>, width: Width, value: V): void {
  const top = stackPointerAt(operations, -width / 8);
  operations.store(width, stackAddress(top), value);
  operations.setRegister(64, Register.Rsp, top);
}

/** Loads from the top of the stack and moves the stack pointer behind it. */
export function pop<V>(operations: Operations<V>, width: Width): V {
  const value = operations.load(width, stackAddress(operations.getRegister(64, Register.Rsp)));
  operations.setRegister(64, Register.Rsp, stackPointerAt(operations, width / 8));
  return value;
}
