/**
 * Shifts and rotates.
 *
 * Counts are masked to five bits, or six for 64-bit operands, also where the operand is 8 or 16 bits wide. A masked
 * count of 0 leaves every flag; a 32-bit destination is still written, which clears the upper half of its register.
 * A count may pass the width of an 8- or 16-bit operand: the formulas below rely on shl and shr giving 0 then.
 * Flags that are undefined (AF of shifts; OF for counts other than 1; CF past the width) are as on AMD Zen 4: AF 1, OF
 * by the formula for one bit. Invariant: an immediate count is resolved here, so that no select is made for it. Source:
 * Intel SDM volume 2, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD.
 */
import type { Instruction, Operand, Width } from "../instruction.js";
import type { FlagThunks, Operations } from "../operations.js";
import { ResultFlags } from "./flags.js";
import { immediateNumber, operandWidth, readOperand, resize, updateOperand, writeOperand } from "./operand.js";

function countMask(width: Width): number {
  return width === 64 ? 63 : 31;
}

/** A masked count, as wide as the operand that it moves. */
interface Count<V> {
  readonly value: V;
  /** The count when it is an immediate, otherwise null. */
  readonly fixed: number | null;
}

function readCount<V>(operations: Operations<V>, operand: Operand, width: Width): Count<V> {
  if (operand.kind === "immediate") {
    const fixed = immediateNumber(operand) & countMask(width);
    return { value: operations.constant(width, BigInt(fixed)), fixed };
  }
  const wide = resize(operations, operandWidth(operand), width, readOperand(operations, operand), false);
  return { value: operations.and(width, wide, operations.constant(width, BigInt(countMask(width)))), fixed: null };
}

function setFlagsByCount<V>(operations: Operations<V>, width: Width, count: Count<V>, flags: FlagThunks<V>): void {
  if (count.fixed === 0) return;
  if (count.fixed !== null) operations.setFlags(flags);
  else operations.setFlags(flags, operations.isZero(width, count.value));
}

/** count - 1: a huge number when the count is 0, by which every shift gives 0. */
function oneLess<V>(operations: Operations<V>, width: Width, count: V): V {
  return operations.sub(width, count, operations.constant(width, 1n));
}

/** The bit that a left shift moved out last; 0 past the width. */
function lastOutLeft<V>(operations: Operations<V>, width: Width, a: V, count: V): V {
  return operations.sign(width, operations.shl(width, a, oneLess(operations, width, count)));
}

/** The bit that a right shift moved out last; 0 past the width. */
function lastOutRight<V>(operations: Operations<V>, width: Width, a: V, count: V): V {
  /* mutant bit-above-goes-out:
     return operations.bit(width, operations.shr(width, a, oneLess(operations, width, count)), 1); */
  return operations.bit(width, operations.shr(width, a, oneLess(operations, width, count)), 0);
}

/** Whether the two top bits differ: OF after a right shift or rotate. */
function topBitsDiffer<V>(operations: Operations<V>, width: Width, result: V): V {
  return operations.xor(1, operations.sign(width, result), operations.bit(width, result, width - 2));
}

/** Whether the carry differs from the top bit: OF after a left shift or rotate. */
function carryDiffers<V>(operations: Operations<V>, width: Width, carry: V, result: V): V {
  return operations.xor(1, carry, operations.sign(width, result));
}

/** Flags of a shift of `a` by a count other than 0: a formula over operands, as those in flags.ts are. */
abstract class ShiftFlags<V> extends ResultFlags<V> {
  constructor(
    operations: Operations<V>,
    width: Width,
    readonly a: V,
    readonly count: V,
    result: V,
  ) {
    super(operations, width, result);
  }
  override get operands(): readonly V[] {
    return [this.a, this.count, this.result];
  }
  override over(operations: Operations<V>, [a, count, result]: readonly V[]): FlagThunks<V> {
    const Formula = this.constructor as typeof ShiftLeftFlags<V>;
    return new Formula(operations, this.width, a, count, result);
  }
  af(): V {
    return this.operations.constant(1, 1n);
  }
}

/** SHL and SHLD. */
class ShiftLeftFlags<V> extends ShiftFlags<V> {
  cf(): V {
    return lastOutLeft(this.operations, this.width, this.a, this.count);
  }
  of(): V {
    return carryDiffers(this.operations, this.width, this.cf(), this.result);
  }
}

/** SHR and SHRD. */
class ShiftRightFlags<V> extends ShiftFlags<V> {
  cf(): V {
    return lastOutRight(this.operations, this.width, this.a, this.count);
  }
  of(): V {
    return topBitsDiffer(this.operations, this.width, this.result);
  }
}

/** SAR: past the width the sign goes on coming out. */
class ShiftRightSignedFlags<V> extends ShiftFlags<V> {
  cf(): V {
    const { operations, width, a, count } = this;
    return operations.bit(width, operations.sar(width, a, oneLess(operations, width, count)), 0);
  }
  of(): V {
    return this.operations.constant(1, 0n);
  }
}

export function shl<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  updateOperand(operations, destination, (a) => {
    const result = operations.shl(width, a, count.value);
    setFlagsByCount(operations, width, count, new ShiftLeftFlags(operations, width, a, count.value, result));
    return result;
  });
}

export function shr<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  updateOperand(operations, destination, (a) => {
    const result = operations.shr(width, a, count.value);
    setFlagsByCount(operations, width, count, new ShiftRightFlags(operations, width, a, count.value, result));
    return result;
  });
}

export function sar<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  updateOperand(operations, destination, (a) => {
    const result = operations.sar(width, a, count.value);
    setFlagsByCount(operations, width, count, new ShiftRightSignedFlags(operations, width, a, count.value, result));
    return result;
  });
}

export function rol<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  updateOperand(operations, destination, (a) => {
    const result = operations.rotateLeft(width, a, count.value);
    const carry = (): V => operations.bit(width, result, 0);
    setFlagsByCount(operations, width, count, {
      cf: carry,
      of: () => carryDiffers(operations, width, carry(), result),
    });
    return result;
  });
}

export function ror<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  updateOperand(operations, destination, (a) => {
    const result = operations.rotateRight(width, a, count.value);
    setFlagsByCount(operations, width, count, {
      cf: () => operations.sign(width, result),
      of: () => topBitsDiffer(operations, width, result),
    });
    return result;
  });
}

/** A masked count modulo width + 1: a rotate through carry of 8 or 16 bits may go round more than once. */
function countThroughCarry<V>(operations: Operations<V>, width: Width, count: Count<V>): V {
  const period = width + 1;
  if (count.fixed !== null) return operations.constant(width, BigInt(count.fixed % period));
  let result = count.value;
  for (let whole = period; whole <= countMask(width); whole += period) {
    const turns = operations.constant(width, BigInt(whole));
    const rest = operations.sub(width, count.value, turns);
    result = operations.select(width, operations.lessUnsigned(width, count.value, turns), result, rest);
  }
  return result;
}

export function rcl<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  const oldCarry = operations.getFlag("cf");
  const turn = countThroughCarry(operations, width, count);
  const less = oneLess(operations, width, turn);
  const rest = operations.sub(width, operations.constant(width, BigInt(width + 1)), turn);
  const enteringCarry = operations.shl(width, operations.zeroExtend(1, width, oldCarry), less);
  updateOperand(operations, destination, (a) => {
    const moved = operations.or(width, operations.shl(width, a, turn), enteringCarry);
    const result = operations.or(width, moved, operations.shr(width, a, rest));
    const carry = (): V =>
      operations.select(1, operations.isZero(width, turn), oldCarry, lastOutLeft(operations, width, a, turn));
    setFlagsByCount(operations, width, count, {
      cf: carry,
      of: () => carryDiffers(operations, width, carry(), result),
    });
    return result;
  });
}

export function rcr<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  const oldCarry = operations.getFlag("cf");
  const turn = countThroughCarry(operations, width, count);
  const rest = operations.sub(width, operations.constant(width, BigInt(width + 1)), turn);
  const place = operations.sub(width, operations.constant(width, BigInt(width)), turn);
  const enteringCarry = operations.shl(width, operations.zeroExtend(1, width, oldCarry), place);
  updateOperand(operations, destination, (a) => {
    const moved = operations.or(width, operations.shr(width, a, turn), enteringCarry);
    const result = operations.or(width, moved, operations.shl(width, a, rest));
    setFlagsByCount(operations, width, count, {
      cf: () =>
        operations.select(1, operations.isZero(width, turn), oldCarry, lastOutRight(operations, width, a, turn)),
      of: () => topBitsDiffer(operations, width, result),
    });
    return result;
  });
}

/**
 * Picks the result of a 16-bit double shift: with a count of 16 to 31, which the architecture leaves undefined, the
 * source goes on rotating.
 */
function doubleShiftResult<V>(operations: Operations<V>, width: Width, count: V, within: V, past: () => V): V {
  if (width !== 16) return within;
  const isWithin = operations.lessUnsigned(width, count, operations.constant(width, 16n));
  return operations.select(width, isWithin, within, past());
}

export function shld<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  const b = readOperand(operations, source);
  const rest = operations.sub(width, operations.constant(width, BigInt(width)), count.value);
  const entering = operations.shr(width, b, rest);
  updateOperand(operations, destination, (a) => {
    const within = operations.or(width, operations.shl(width, a, count.value), entering);
    const result = doubleShiftResult(operations, width, count.value, within, () =>
      operations.rotateLeft(width, b, count.value),
    );
    setFlagsByCount(operations, width, count, new ShiftLeftFlags(operations, width, a, count.value, result));
    return result;
  });
}

export function shrd<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  const b = readOperand(operations, source);
  const rest = operations.sub(width, operations.constant(width, BigInt(width)), count.value);
  const entering = operations.shl(width, b, rest);
  updateOperand(operations, destination, (a) => {
    const within = operations.or(width, operations.shr(width, a, count.value), entering);
    const result = doubleShiftResult(operations, width, count.value, within, () =>
      operations.rotateRight(width, b, count.value),
    );
    setFlagsByCount(operations, width, count, new ShiftRightFlags(operations, width, a, count.value, result));
    return result;
  });
}

/** SARX, SHLX, SHRX and RORX: no flag changes; the count is masked to the width. */
function shiftWithoutFlags<V>(
  operations: Operations<V>,
  instruction: Instruction,
  operation: (width: Width, a: V, count: V) => V,
): void {
  const [destination, source, by] = instruction.operands;
  const width = operandWidth(destination);
  const count = readCount(operations, by, width);
  writeOperand(operations, destination, operation(width, readOperand(operations, source), count.value));
}

export function sarx<V>(operations: Operations<V>, instruction: Instruction): void {
  shiftWithoutFlags(operations, instruction, (width, a, count) => operations.sar(width, a, count));
}

export function shlx<V>(operations: Operations<V>, instruction: Instruction): void {
  shiftWithoutFlags(operations, instruction, (width, a, count) => operations.shl(width, a, count));
}

export function shrx<V>(operations: Operations<V>, instruction: Instruction): void {
  shiftWithoutFlags(operations, instruction, (width, a, count) => operations.shr(width, a, count));
}

export function rorx<V>(operations: Operations<V>, instruction: Instruction): void {
  shiftWithoutFlags(operations, instruction, (width, a, count) => operations.rotateRight(width, a, count));
}
