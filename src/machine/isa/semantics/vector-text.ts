/**
 * Strings in XMM registers: PCMPESTRI and its kin. And CRC32, which SSE4.2 brought with them.
 *
 * Invariant: lengths are counted here, elements compared by `compareStrings`; flags come from both.
 * Source: Intel SDM volume 1, 10.3 and 12.8.2; volume 2, under each mnemonic.
 */
import { type Instruction, Register, type Semantics } from "../instruction.js";
import type { Operations } from "../operations.js";
import { constantFlag } from "./flags.js";
import { immediateNumber, operandWidth, readOperand } from "./operand.js";
import { readVector, shuffleLanes, zeroVector } from "./vector-operand.js";

/** Number of elements in a register: the immediate's bit 0 makes them words. */
const countOf = (control: number): 8 | 16 => ((control & 1) === 0 ? 16 : 8);

/** The absolute value of a length in a general register, at most `count`; width 32. */
function explicitLength<V>(operations: Operations<V>, register: Register, width: 32 | 64, count: number): V {
  const given = operations.getRegister(width, register);
  const most = operations.constant(width, BigInt(count));
  const size = operations.select(width, operations.sign(width, given), operations.neg(width, given), given);
  const length = operations.select(width, operations.lessUnsigned(width, most, size), most, size);
  return width === 64 ? operations.truncate(64, 32, length) : length;
}

/** The number of elements before the first that is 0; width 32. */
function implicitLength<V>(operations: Operations<V>, value: V, count: 8 | 16): V {
  const laneWidth = count === 8 ? 16 : 8;
  const zeros = operations.lanes("equal", laneWidth, value, zeroVector(operations));
  const signs = operations.or(32, operations.laneSigns(8, zeros), operations.constant(32, 0x10000n));
  const bytes = operations.countTrailingZeros(32, signs);
  return count === 8 ? operations.shr(32, bytes, operations.constant(32, 1n)) : bytes;
}

/** Compares, sets the flags, and gives IntRes2 (width 16). */
function compare<V>(operations: Operations<V>, instruction: Instruction, isExplicit: boolean): V {
  const [first, second, selector] = instruction.operands;
  const control = immediateNumber(selector);
  const count = countOf(control);
  const b = readVector(operations, second, "any");
  const a = readVector(operations, first);
  const width = instruction.row.rexW === 1 ? 64 : 32;
  const lengthA = isExplicit
    ? explicitLength(operations, Register.Rax, width, count)
    : implicitLength(operations, a, count);
  const lengthB = isExplicit
    ? explicitLength(operations, Register.Rdx, width, count)
    : implicitLength(operations, b, count);
  const result = operations.compareStrings(control, a, lengthA, b, lengthB);
  const most = operations.constant(32, BigInt(count));
  operations.setFlags({
    cf: () => operations.not(1, operations.isZero(16, result)),
    zf: () => operations.lessUnsigned(32, lengthB, most),
    sf: () => operations.lessUnsigned(32, lengthA, most),
    of: () => operations.bit(16, result, 0),
    af: constantFlag(operations, 0n),
    pf: constantFlag(operations, 0n),
  });
  return result;
}

/** Bit 6 of the immediate chooses the last element instead of the first. No element gives their number. */
function writeIndex<V>(operations: Operations<V>, instruction: Instruction, result: V): void {
  const control = immediateNumber(instruction.operands[2]);
  const wide = operations.zeroExtend(16, 32, result);
  const none = operations.constant(32, BigInt(countOf(control)));
  const index =
    (control & 0x40) === 0
      ? operations.countTrailingZeros(32, wide)
      : operations.sub(32, operations.constant(32, 31n), operations.countLeadingZeros(32, wide));
  operations.setRegister(32, Register.Rcx, operations.select(32, operations.isZero(16, result), none, index));
}

/** Bit 6 of the immediate makes each bit an element of ones. */
function writeMask<V>(operations: Operations<V>, instruction: Instruction, result: V): void {
  const control = immediateNumber(instruction.operands[2]);
  const bits = operations.zeroExtend(16, 128, result);
  if ((control & 0x40) === 0) {
    operations.setVector(0, bits);
    return;
  }
  const isWord = countOf(control) === 8;
  const laneWidth = isWord ? 16 : 8;
  // In each lane the byte that holds its bit, then that bit alone.
  const bytes = isWord
    ? [0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16, 0, 16]
    : [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];
  const spread = shuffleLanes(operations, 8, bits, zeroVector(operations), bytes);
  let places = 0n;
  for (let lane = 0; lane < 128 / laneWidth; lane++) places |= 1n << BigInt(lane * laneWidth + (lane % 8));
  const mask = operations.constant(128, places);
  operations.setVector(0, operations.lanes("equal", laneWidth, operations.and(128, spread, mask), mask));
}

function comparing(isExplicit: boolean, write: typeof writeIndex): Semantics {
  return (operations, instruction) => write(operations, instruction, compare(operations, instruction, isExplicit));
}

export const pcmpestri: Semantics = comparing(true, writeIndex);
export const pcmpestrm: Semantics = comparing(true, writeMask);
export const pcmpistri: Semantics = comparing(false, writeIndex);
export const pcmpistrm: Semantics = comparing(false, writeMask);

/** One step over 8 to 64 bits; the upper half of a 64-bit destination is cleared. */
export function crc32<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source] = instruction.operands;
  if (destination.kind !== "register") throw new TypeError("CRC32 gives a register");
  const dataWidth = operandWidth(source) as 8 | 16 | 32 | 64;
  const remainder = operations.getRegister(32, destination.register);
  const result = operations.crc32(dataWidth, remainder, readOperand(operations, source));
  operations.setRegister(32, destination.register, result);
}
