/**
 * Addition, subtraction and comparison.
 *
 * Invariant: each function handles all operand forms of its mnemonic; widths come from the first operand.
 * Source: Intel SDM volume 2, under each mnemonic.
 */
import type { Instruction } from "../instruction.js";
import type { FlagThunks, Operations } from "../operations.js";
import {
  addFlags,
  addWithCarryFlags,
  carryOut,
  decrementFlags,
  incrementFlags,
  subtractFlags,
  subtractWithBorrowFlags,
} from "./flags.js";
import { operandWidth, readOperand, updateOperand, writeOperand } from "./operand.js";

export function add<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const b = readOperand(operations, source, width);
  updateOperand(operations, destination, (a) => {
    const result = operations.add(width, a, b);
    operations.setFlags(addFlags(operations, width, a, b, result));
    return result;
  });
}

export function adc<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const b = readOperand(operations, source, width);
  const carry = operations.zeroExtend(1, width, operations.getFlag("cf"));
  updateOperand(operations, destination, (a) => {
    const result = operations.add(width, operations.add(width, a, b), carry);
    operations.setFlags(addWithCarryFlags(operations, width, a, b, result));
    return result;
  });
}

export function sub<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const b = readOperand(operations, source, width);
  updateOperand(operations, destination, (a) => {
    const result = operations.sub(width, a, b);
    operations.setFlags(subtractFlags(operations, width, a, b, result));
    return result;
  });
}

export function sbb<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const b = readOperand(operations, source, width);
  const borrow = operations.zeroExtend(1, width, operations.getFlag("cf"));
  updateOperand(operations, destination, (a) => {
    const result = operations.sub(width, operations.sub(width, a, b), borrow);
    operations.setFlags(subtractWithBorrowFlags(operations, width, a, b, result));
    return result;
  });
}

/** SUB that keeps only the flags; a memory operand is read once and never written. */
export function cmp<V>(operations: Operations<V>, instruction: Instruction): void {
  const [first, second] = instruction.operands;
  const width = operandWidth(first);
  const a = readOperand(operations, first, width);
  const b = readOperand(operations, second, width);
  operations.setFlags(subtractFlags(operations, width, a, b, operations.sub(width, a, b)));
}

export function inc<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  const width = operandWidth(destination);
  updateOperand(operations, destination, (a) => {
    const result = operations.add(width, a, operations.constant(width, 1n));
    operations.setFlags(incrementFlags(operations, width, a, result));
    return result;
  });
}

export function dec<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  const width = operandWidth(destination);
  updateOperand(operations, destination, (a) => {
    const result = operations.sub(width, a, operations.constant(width, 1n));
    operations.setFlags(decrementFlags(operations, width, a, result));
    return result;
  });
}

/** 0 - a, with the flags of that subtraction. */
export function neg<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  const width = operandWidth(destination);
  const zero = operations.constant(width, 0n);
  updateOperand(operations, destination, (a) => {
    const result = operations.neg(width, a);
    operations.setFlags(subtractFlags(operations, width, zero, a, result));
    return result;
  });
}

/** ADCX and ADOX: a carry chain through one flag that leaves all others alone. */
function addThroughFlag<V>(operations: Operations<V>, instruction: Instruction, flag: "cf" | "of"): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const a = readOperand(operations, destination, width);
  const b = readOperand(operations, source, width);
  const carry = operations.zeroExtend(1, width, operations.getFlag(flag));
  const result = operations.add(width, operations.add(width, a, b), carry);
  const flags: FlagThunks<V> = { [flag]: () => carryOut(operations, width, a, b, result) };
  operations.setFlags(flags);
  writeOperand(operations, destination, result);
}

export function adcx<V>(operations: Operations<V>, instruction: Instruction): void {
  addThroughFlag(operations, instruction, "cf");
}

export function adox<V>(operations: Operations<V>, instruction: Instruction): void {
  addThroughFlag(operations, instruction, "of");
}
