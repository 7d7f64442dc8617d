/**
 * Exchanges: XCHG, XADD and the compare-and-exchange family.
 *
 * Invariant: a memory operand is read and written in one `modify`, and is written also when a comparison fails.
 * Register writes compose in the order made, which matters where both operands name one register. Source: Intel SDM
 * volume 2, under each mnemonic; what happens to upper halves of 32-bit registers is as on AMD Zen 4.
 */
import { type Instruction, type Operand, Register, type Width } from "../instruction.js";
import { type Address, type Operations } from "../operations.js";
import { addFlags, subtractFlags } from "./flags.js";
import { GENERAL_PROTECTION_0, memoryOperand, operandWidth, readOperand, resize, writeOperand } from "./operand.js";

export function xchg<V>(operations: Operations<V>, instruction: Instruction): void {
  const [first, second] = instruction.operands;
  const [memory, register] = first.kind === "memory" ? [first, second] : [second, first];
  const value = readOperand(operations, register);
  if (memory.kind === "memory") {
    operations.modify(memory.width, operations.effectiveAddress(memory), (old) => {
      writeOperand(operations, register, old);
      return value;
    });
  } else {
    const other = readOperand(operations, memory);
    writeOperand(operations, register, other);
    writeOperand(operations, memory, value);
  }
}

/** The old destination goes to the source, the sum to the destination: last, so that it stays where both are one. */
export function xadd<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const b = readOperand(operations, source);
  const exchange = (a: V): V => {
    const result = operations.add(width, a, b);
    operations.setFlags(addFlags(operations, width, a, b, result));
    writeOperand(operations, source, a);
    return result;
  };
  if (destination.kind === "memory") {
    operations.modify(width, operations.effectiveAddress(destination), exchange);
  } else {
    writeOperand(operations, destination, exchange(readOperand(operations, destination)));
  }
}

/**
 * Writes a register if a condition holds. Otherwise all 64 bits of it stay, where an ordinary 32-bit write would clear
 * the upper half.
 */
function writeRegisterIf<V>(operations: Operations<V>, condition: V, operand: Operand, value: V): void {
  if (operand.kind !== "register") throw new TypeError("only a register is written under a condition");
  const { width, register, high } = operand;
  if (width === 32 || width === 64) {
    const wide = resize(operations, width, 64, value, false);
    const old = operations.getRegister(64, register);
    operations.setRegister(64, register, operations.select(64, condition, wide, old));
  } else {
    const old = operations.getRegister(width, register, high);
    operations.setRegister(width, register, operations.select(width, condition, value, old), high);
  }
}

function accumulator(width: Width): Operand {
  return { kind: "register", width, register: Register.Rax, high: false };
}

export function cmpxchg<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  const width = operandWidth(destination);
  const expected = operations.getRegister(width, Register.Rax);
  const replacement = readOperand(operations, source);
  const setFlags = (old: V): void => {
    const difference = operations.sub(width, expected, old);
    operations.setFlags(subtractFlags(operations, width, expected, old, difference));
  };
  if (destination.kind === "memory") {
    operations.modify(width, operations.effectiveAddress(destination), (old) => {
      const isEqual = operations.equal(width, expected, old);
      setFlags(old);
      writeRegisterIf(operations, operations.not(1, isEqual), accumulator(width), old);
      return operations.select(width, isEqual, replacement, old);
    });
    return;
  }
  const old = readOperand(operations, destination);
  const isEqual = operations.equal(width, expected, old);
  setFlags(old);
  writeCompared(operations, destination, width, isEqual, replacement, old);
}

/** The register form: exactly one of destination and accumulator changes. They may be one register, or AL and AH. */
function writeCompared<V>(
  operations: Operations<V>,
  destination: Operand,
  width: Width,
  isEqual: V,
  replacement: V,
  old: V,
): void {
  const isAccumulator = destination.kind === "register" && destination.register === Register.Rax && !destination.high;
  // The accumulator equals itself: the comparison cannot fail.
  if (!isAccumulator) writeRegisterIf(operations, operations.not(1, isEqual), accumulator(width), old);
  writeRegisterIf(operations, isEqual, destination, replacement);
}

/** CMPXCHG8B and CMPXCHG16B: rDX:rAX against memory, rCX:rBX to memory. */
function compareExchangePair<V>(operations: Operations<V>, half: 32 | 64, address: Address<V>): void {
  const register = (number: Register): Operand => ({ kind: "register", width: half, register: number, high: false });
  const expectedLow = operations.getRegister(half, Register.Rax);
  const expectedHigh = operations.getRegister(half, Register.Rdx);
  const newLow = operations.getRegister(half, Register.Rbx);
  const newHigh = operations.getRegister(half, Register.Rcx);
  operations.modifyPair(half, address, (low, high) => {
    const isEqual = operations.and(
      1,
      operations.equal(half, expectedLow, low),
      operations.equal(half, expectedHigh, high),
    );
    const isDifferent = operations.not(1, isEqual);
    operations.setFlags({ zf: () => isEqual });
    writeRegisterIf(operations, isDifferent, register(Register.Rax), low);
    writeRegisterIf(operations, isDifferent, register(Register.Rdx), high);
    return [operations.select(half, isEqual, newLow, low), operations.select(half, isEqual, newHigh, high)];
  });
}

export function cmpxchg8b<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  compareExchangePair(operations, 32, operations.effectiveAddress(memoryOperand(destination)));
}

/** The address must be a multiple of 16: #GP(0), also on the stack. */
export function cmpxchg16b<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination] = instruction.operands;
  const address = operations.effectiveAddress(memoryOperand(destination));
  const misalignment = operations.and(64, address.linear, operations.constant(64, 15n));
  operations.trapIf(operations.not(1, operations.isZero(64, misalignment)), GENERAL_PROTECTION_0);
  compareExchangePair(operations, 64, address);
}
