/**
 * Control transfer: jumps, calls, returns, loops, and the ways into the kernel that programs use on purpose.
 *
 * Invariant: a target that is not canonical is #GP(0) before any register or memory changes; the jump comes last.
 * With 66h (width 16) AMD processors cut the target to 16 bits and push or pop two bytes, where Intel's ignore the
 * prefix: the decoder decides by the width that it gives.
 * Source: Intel SDM volume 2, under each mnemonic; AMD APM volume 3, "Near branches in 64-bit mode".
 */
import { type Instruction, type Operand, Register, type Width } from "../instruction.js";
import { type Operations, type TrapCause, Vector } from "../operations.js";
import { Condition } from "./flags.js";
import {
  GENERAL_PROTECTION_0,
  immediateNumber,
  INVALID_OPCODE,
  operandWidth,
  push as pushValue,
  readOperand,
  resize,
  stackAddress,
  stackPointerAt,
} from "./operand.js";

function branchWidth(instruction: Instruction): Width {
  return instruction.width === 16 ? 16 : 64;
}

/** Cuts an instruction address to the branch's width and brings it back to 64 bits. */
function cutTarget<V>(operations: Operations<V>, instruction: Instruction, target: V): V {
  if (branchWidth(instruction) === 64) return target;
  return operations.zeroExtend(16, 64, operations.truncate(64, 16, target));
}

/** The target, width 64: relative to the next instruction, or from a register or memory. */
function readTarget<V>(operations: Operations<V>, instruction: Instruction, operand: Operand): V {
  const value = readOperand(operations, operand);
  const wide = resize(operations, operandWidth(operand), 64, value, false);
  return cutTarget(operations, instruction, wide);
}

function checkTarget<V>(operations: Operations<V>, target: V): void {
  operations.trapIf(operations.not(1, operations.isCanonical(target)), GENERAL_PROTECTION_0);
}

export function jmp<V>(operations: Operations<V>, instruction: Instruction): void {
  operations.jump(readTarget(operations, instruction, instruction.operands[0]));
}

export function jcc<V>(operations: Operations<V>, instruction: Instruction): void {
  const target = readTarget(operations, instruction, instruction.operands[0]);
  operations.jumpIf(operations.getCondition(instruction.condition), target);
}

export function call<V>(operations: Operations<V>, instruction: Instruction): void {
  const width = branchWidth(instruction);
  const target = readTarget(operations, instruction, instruction.operands[0]);
  checkTarget(operations, target);
  pushValue(operations, width, resize(operations, 64, width, operations.nextAddress(), false));
  operations.jump(target);
}

/** RET, with an optional number of bytes to drop behind the return address. */
export function ret<V>(operations: Operations<V>, instruction: Instruction): void {
  const width = branchWidth(instruction);
  const dropBytes = instruction.operands.length > 0 ? immediateNumber(instruction.operands[0]) : 0;
  const loaded = operations.load(width, stackAddress(operations.getRegister(64, Register.Rsp)));
  operations.setRegister(64, Register.Rsp, stackPointerAt(operations, width / 8 + dropBytes));
  operations.jump(resize(operations, width, 64, loaded, false));
}

/** rCX - 1 without flags; branches while it is not 0 and `also` holds, where that is given. */
function countedLoop<V>(operations: Operations<V>, instruction: Instruction, also: V | null): void {
  const width = instruction.addressWidth;
  const target = readTarget(operations, instruction, instruction.operands[0]);
  const count = operations.sub(width, operations.getRegister(width, Register.Rcx), operations.constant(width, 1n));
  const goesOn = operations.not(1, operations.isZero(width, count));
  operations.setRegister(width, Register.Rcx, count);
  operations.jumpIf(also === null ? goesOn : operations.and(1, goesOn, also), target);
}

export function loop<V>(operations: Operations<V>, instruction: Instruction): void {
  countedLoop(operations, instruction, null);
}

export function loope<V>(operations: Operations<V>, instruction: Instruction): void {
  countedLoop(operations, instruction, operations.getCondition(Condition.Equal));
}

export function loopne<V>(operations: Operations<V>, instruction: Instruction): void {
  countedLoop(operations, instruction, operations.getCondition(Condition.NotEqual));
}

/** JRCXZ, and JECXZ with 67h. */
export function jrcxz<V>(operations: Operations<V>, instruction: Instruction): void {
  const width = instruction.addressWidth;
  const target = readTarget(operations, instruction, instruction.operands[0]);
  operations.jumpIf(operations.isZero(width, operations.getRegister(width, Register.Rcx)), target);
}

/** INT3: a trap, so that the kernel finds RIP behind it. */
export function int3<V>(operations: Operations<V>): void {
  operations.trap({ vector: Vector.Breakpoint, errorCode: null });
}

/** INT1 (ICEBP). */
export function int1<V>(operations: Operations<V>): void {
  operations.trap({ vector: Vector.Debug, errorCode: null });
}

/** INT n: every gate belongs to ring 0, so it is #GP with the gate as error code (bit 1: in the IDT). */
export function int<V>(operations: Operations<V>, instruction: Instruction): void {
  const vector = immediateNumber(instruction.operands[0]);
  const cause: TrapCause = { vector: Vector.GeneralProtection, errorCode: vector * 8 + 2 };
  operations.trap(cause);
}

/** UD0, UD1 and UD2. */
export function ud<V>(operations: Operations<V>): void {
  operations.trap(INVALID_OPCODE);
}

/** SYSCALL: RCX and R11 take RIP and RFLAGS; the kernel does the rest. */
export function syscall<V>(operations: Operations<V>): void {
  operations.setRegister(64, Register.Rcx, operations.nextAddress());
  operations.setRegister(64, Register.R11, operations.getFlagsWord());
  operations.systemCall();
}
