/**
 * Control transfer: jumps, calls, returns, loops, and the ways into the kernel that programs use on purpose.
 *
 * Invariant: a target that is not canonical is #GP(0) before any register or memory changes; the jump comes last.
 * Targets and return addresses are 64 bits wide also behind 66h, as on Intel's processors (AMD's cut them to 16).
 * Source: Intel SDM volume 2, under each mnemonic.
 */
import { type Instruction, Register } from "../instruction.js";
import { type Operations, type TrapCause, Vector } from "../operations.js";
import { Condition } from "./flags.js";
import {
  GENERAL_PROTECTION_0,
  immediateNumber,
  INVALID_OPCODE,
  push as pushValue,
  readOperand,
  stackAddress,
  stackPointerAt,
} from "./operand.js";

export function jmp<V>(operations: Operations<V>, instruction: Instruction): void {
  operations.jump(readOperand(operations, instruction.operands[0]));
}

export function jcc<V>(operations: Operations<V>, instruction: Instruction): void {
  const target = readOperand(operations, instruction.operands[0]);
  operations.jumpIf(operations.getCondition(instruction.condition), target);
}

export function call<V>(operations: Operations<V>, instruction: Instruction): void {
  const target = readOperand(operations, instruction.operands[0]);
  operations.trapIf(operations.not(1, operations.isCanonical(target)), GENERAL_PROTECTION_0);
  pushValue(operations, 64, operations.nextAddress());
  operations.jump(target);
}

/** RET, with an optional number of bytes to drop behind the return address. */
export function ret<V>(operations: Operations<V>, instruction: Instruction): void {
  const dropBytes = instruction.operands.length > 0 ? immediateNumber(instruction.operands[0]) : 0;
  const target = operations.load(64, stackAddress(operations.getRegister(64, Register.Rsp)));
  operations.setRegister(64, Register.Rsp, stackPointerAt(operations, 8 + dropBytes));
  operations.jump(target);
}

/** rCX - 1 without flags; branches while it is not 0 and, for LOOPE and LOOPNE, the condition holds as well. */
function countedLoop<V>(operations: Operations<V>, instruction: Instruction, condition: Condition | null): void {
  const width = instruction.addressWidth;
  const target = readOperand(operations, instruction.operands[0]);
  const count = operations.sub(width, operations.getRegister(width, Register.Rcx), operations.constant(width, 1n));
  const isLeft = operations.not(1, operations.isZero(width, count));
  const goesOn = condition === null ? isLeft : operations.and(1, isLeft, operations.getCondition(condition));
  operations.setRegister(width, Register.Rcx, count);
  operations.jumpIf(goesOn, target);
}

export function loop<V>(operations: Operations<V>, instruction: Instruction): void {
  countedLoop(operations, instruction, null);
}

export function loope<V>(operations: Operations<V>, instruction: Instruction): void {
  countedLoop(operations, instruction, Condition.Equal);
}

export function loopne<V>(operations: Operations<V>, instruction: Instruction): void {
  countedLoop(operations, instruction, Condition.NotEqual);
}

/** JRCXZ, and JECXZ with 67h. */
export function jrcxz<V>(operations: Operations<V>, instruction: Instruction): void {
  const width = instruction.addressWidth;
  const target = readOperand(operations, instruction.operands[0]);
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

/**
 * INT n: the gate of vector 3 is open to ring 3 (INT3 needs it too); every other belongs to ring 0, so it is #GP with
 * the gate as error code (bit 1: in the IDT).
 */
export function int<V>(operations: Operations<V>, instruction: Instruction): void {
  const vector = immediateNumber(instruction.operands[0]);
  const refused: TrapCause = { vector: Vector.GeneralProtection, errorCode: vector * 8 + 2 };
  operations.trap(vector === Vector.Breakpoint ? { vector: Vector.Breakpoint, errorCode: null } : refused);
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
