/**
 * Multiplication and division.
 *
 * MUL, DIV, IDIV and IMUL with one operand use rDX:rAX, or AX for bytes, implicitly. Invariant: #DE comes from
 * `divide`, before anything is written. Source: Intel SDM volume 2, under each mnemonic. SF, ZF, AF and PF are
 * undefined: multiplications leave them, division sets them to what AMD Zen 4 gives (AF 1, the others 0).
 */
import { type Instruction, Register, type Width } from "../instruction.js";
import type { Operations } from "../operations.js";
import { constantFlag } from "./flags.js";
import { operandWidth, readOperand, writeOperand } from "./operand.js";

/** Writes a product to rDX:rAX, or to AX for bytes. */
function writeProduct<V>(operations: Operations<V>, width: Width, low: V, high: V): void {
  if (width === 8) {
    operations.setRegister(8, Register.Rax, low);
    operations.setRegister(8, Register.Rax, high, true);
  } else {
    operations.setRegister(width, Register.Rax, low);
    operations.setRegister(width, Register.Rdx, high);
  }
}

/** CF and OF both say whether the product needs its upper half. */
function setOverflow<V>(operations: Operations<V>, overflow: () => V): void {
  operations.setFlags({ cf: overflow, of: overflow });
}

/** Whether a signed product is more than the sign extension of its low half. */
function isSignedOverflow<V>(operations: Operations<V>, width: Width, low: V, high: V): V {
  const extension = operations.sar(width, low, operations.constant(width, BigInt(width - 1)));
  return operations.not(1, operations.equal(width, high, extension));
}

export function mul<V>(operations: Operations<V>, instruction: Instruction): void {
  const [source] = instruction.operands;
  const width = operandWidth(source);
  const a = operations.getRegister(width, Register.Rax);
  const b = readOperand(operations, source);
  const high = operations.mulHigh(width, false, a, b);
  setOverflow(operations, () => operations.not(1, operations.isZero(width, high)));
  writeProduct(operations, width, operations.mul(width, a, b), high);
}

/** One operand: rDX:rAX. Two: destination and source. Three: destination, source and immediate. */
export function imul<V>(operations: Operations<V>, instruction: Instruction): void {
  const { operands } = instruction;
  const width = operandWidth(operands[0]);
  const isImplicit = operands.length === 1;
  const a = isImplicit
    ? operations.getRegister(width, Register.Rax)
    : readOperand(operations, operands[operands.length - 2]);
  const b = readOperand(operations, operands[operands.length - 1], width);
  const low = operations.mul(width, a, b);
  const high = operations.mulHigh(width, true, a, b);
  setOverflow(operations, () => isSignedOverflow(operations, width, low, high));
  if (isImplicit) writeProduct(operations, width, low, high);
  else writeOperand(operations, operands[0], low);
}

/** MULX: the high half goes to the first operand, and wins where both are the same register. No flag changes. */
export function mulx<V>(operations: Operations<V>, instruction: Instruction): void {
  const [highDestination, lowDestination, source] = instruction.operands;
  const width = operandWidth(source);
  const a = operations.getRegister(width, Register.Rdx);
  const b = readOperand(operations, source);
  writeOperand(operations, lowDestination, operations.mul(width, a, b));
  writeOperand(operations, highDestination, operations.mulHigh(width, false, a, b));
}

function divideAccumulator<V>(operations: Operations<V>, instruction: Instruction, signed: boolean): void {
  const [source] = instruction.operands;
  const width = operandWidth(source);
  const low = operations.getRegister(width, Register.Rax);
  const high =
    width === 8 ? operations.getRegister(8, Register.Rax, true) : operations.getRegister(width, Register.Rdx);
  const divisor = readOperand(operations, source);
  const { quotient, remainder } = operations.divide(width, signed, high, low, divisor);
  const zero = constantFlag(operations, 0n);
  operations.setFlags({ sf: zero, zf: zero, pf: zero, af: constantFlag(operations, 1n) });
  writeProduct(operations, width, quotient, remainder);
}

export function div<V>(operations: Operations<V>, instruction: Instruction): void {
  divideAccumulator(operations, instruction, false);
}

export function idiv<V>(operations: Operations<V>, instruction: Instruction): void {
  divideAccumulator(operations, instruction, true);
}
