/**
 * Bitwise logic.
 *
 * Invariant: OF, CF and AF come out 0 everywhere but in NOT, which changes no flag.
 * Source: Intel SDM volume 2, under each mnemonic. AF is undefined there; Intel and AMD clear it.
 */
import type { Instruction, Width } from "../instruction.js";
import type { Operations } from "../operations.js";
import { logicFlags } from "./flags.js";
import { operandWidth, readOperand, updateOperand, writeOperand } from "./operand.js";

function combine<V>(
  operations: Operations<V>,
  instruction: Instruction,
  operation: (width: Width, a: V, b: V) => V,
): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const b = readOperand(operations, source, width);
  updateOperand(operations, destination, (a) => {
    const result = operation(width, a, b);
    operations.setFlags(logicFlags(operations, width, result));
    return result;
  });
}

export function and<V>(operations: Operations<V>, instruction: Instruction): void {
  combine(operations, instruction, (width, a, b) => operations.and(width, a, b));
}

export function or<V>(operations: Operations<V>, instruction: Instruction): void {
  combine(operations, instruction, (width, a, b) => operations.or(width, a, b));
}

export function xor<V>(operations: Operations<V>, instruction: Instruction): void {
  combine(operations, instruction, (width, a, b) => operations.xor(width, a, b));
}

export function not<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  const width = operandWidth(destination);
  updateOperand(operations, destination, (a) => operations.not(width, a));
}

export function test<V>(operations: Operations<V>, instruction: Instruction): void {
  const [first, second] = instruction.operands;
  const width = operandWidth(first);
  const result = operations.and(width, readOperand(operations, first, width), readOperand(operations, second, width));
  operations.setFlags(logicFlags(operations, width, result));
}

/** ANDN: the second operand inverted, and the third. */
export function andn<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, inverted, source] = instruction.operands;
  const width = operandWidth(destination);
  const mask = operations.not(width, readOperand(operations, inverted));
  const result = operations.and(width, mask, readOperand(operations, source));
  operations.setFlags(logicFlags(operations, width, result));
  writeOperand(operations, destination, result);
}
