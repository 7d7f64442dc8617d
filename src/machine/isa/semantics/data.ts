/**
 * Moving data: MOV and its extensions, LEA, conditional moves, conversions of the accumulator, XLAT.
 *
 * Invariant: no flag changes here.
 * Source: Intel SDM volume 2, under each mnemonic.
 */
import { type Instruction, Register, type Width } from "../instruction.js";
import type { Operations } from "../operations.js";
import { addressAt, memoryOperand, operandWidth, pointedBy, readOperand, resize, writeOperand } from "./operand.js";

/** Also MOVNTI: the hint not to cache has no meaning here. */
export function mov<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  writeOperand(operations, destination, readOperand(operations, source, operandWidth(destination)));
}

function moveResized<V>(operations: Operations<V>, instruction: Instruction, signed: boolean): void {
  const [destination, source] = instruction.operands;
  const value = readOperand(operations, source);
  const resized = resize(operations, operandWidth(source), operandWidth(destination), value, signed);
  writeOperand(operations, destination, resized);
}

export function movzx<V>(operations: Operations<V>, instruction: Instruction): void {
  moveResized(operations, instruction, false);
}

/** Also MOVSXD, which with a 32- or 16-bit destination is a plain move. */
export function movsx<V>(operations: Operations<V>, instruction: Instruction): void {
  moveResized(operations, instruction, true);
}

export function movbe<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  if (width !== 16 && width !== 32 && width !== 64) throw new RangeError(`MOVBE has no ${width}-bit form`);
  writeOperand(operations, destination, operations.byteSwap(width, readOperand(operations, source)));
}

/** The address as a number: no segment base, cut to the destination's width. Nothing is accessed. */
export function lea<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const offset = operations.offset(memoryOperand(source));
  writeOperand(operations, destination, resize(operations, 64, operandWidth(destination), offset, false));
}

/** CMOVcc: the source is read, and a 32-bit destination written, whatever the condition says. */
export function cmovcc<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const value = readOperand(operations, source);
  const old = readOperand(operations, destination);
  const condition = operations.getCondition(instruction.condition);
  writeOperand(operations, destination, operations.select(width, condition, value, old));
}

export function setcc<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  writeOperand(operations, destination, operations.zeroExtend(1, 8, operations.getCondition(instruction.condition)));
}

/** Half of a width that CBW and CWD convert from. */
function halfOf(width: Width): Width {
  return width === 64 ? 32 : width === 32 ? 16 : 8;
}

/** CBW, CWDE and CDQE: the accumulator's lower half, sign-extended. */
export function cbw<V>(operations: Operations<V>, instruction: Instruction): void {
  const { width } = instruction;
  const half = halfOf(width);
  const low = operations.getRegister(half, Register.Rax);
  operations.setRegister(width, Register.Rax, operations.signExtend(half, width, low));
}

/** CWD, CDQ and CQO: rDX becomes the sign of rAX. */
export function cwd<V>(operations: Operations<V>, instruction: Instruction): void {
  const { width } = instruction;
  const value = operations.getRegister(width, Register.Rax);
  const sign = operations.sar(width, value, operations.constant(width, BigInt(width - 1)));
  operations.setRegister(width, Register.Rdx, sign);
}

/** AL = byte at rBX + AL. */
export function xlat<V>(operations: Operations<V>, instruction: Instruction): void {
  const table = pointedBy(instruction, Register.Rbx, instruction.segment, 8);
  const index = operations.zeroExtend(8, 64, operations.getRegister(8, Register.Rax));
  operations.setRegister(8, Register.Rax, operations.load(8, addressAt(operations, table, index)));
}
