/**
 * Single bits, scans, counts and the bit-field instructions of BMI1 and BMI2.
 *
 * Invariant: a register bit offset on a memory operand is signed and reaches outside the operand; on a register
 * operand, and as an immediate, it is taken modulo the width.
 * Source: Intel SDM volume 2, under each mnemonic. Undefined flags are as on AMD Zen 4.
 */
import type { Instruction, Width } from "../instruction.js";
import type { Address, Operations } from "../operations.js";
import { constantFlag, parity, resultFlags } from "./flags.js";
import { addressAt, operandWidth, readOperand, resize, writeOperand } from "./operand.js";

/** Address of the operand-sized unit that holds the bit `offset` (signed, `width` wide) bits past the operand. */
function bitStringAddress<V>(operations: Operations<V>, instruction: Instruction, width: Width): Address<V> {
  const [base, offset] = instruction.operands;
  if (base.kind !== "memory") throw new TypeError("a bit string is in memory");
  if (offset.kind !== "register") return operations.effectiveAddress(base);
  const wide = resize(operations, width, 64, readOperand(operations, offset), true);
  const unit = operations.sar(64, wide, operations.constant(64, BigInt(Math.log2(width))));
  const delta = operations.shl(64, unit, operations.constant(64, BigInt(Math.log2(width / 8))));
  return addressAt(operations, base, delta);
}

/** BT and its kin. `change` makes the new value from the old one and a mask of the bit; null only tests. */
function testBit<V>(
  operations: Operations<V>,
  instruction: Instruction,
  change: ((width: Width, old: V, mask: V) => V) | null,
): void {
  const [base, offset] = instruction.operands;
  const width = operandWidth(base);
  const modulo = operations.constant(width, BigInt(width - 1));
  const position = operations.and(width, readOperand(operations, offset, width), modulo);
  const mask = operations.shl(width, operations.constant(width, 1n), position);
  const setCarry = (old: V): void =>
    operations.setFlags({ cf: () => operations.bit(width, operations.shr(width, old, position), 0) });

  if (base.kind === "memory") {
    const address = bitStringAddress(operations, instruction, width);
    if (change === null) {
      setCarry(operations.load(width, address));
    } else {
      operations.modify(width, address, (old) => {
        setCarry(old);
        return change(width, old, mask);
      });
    }
    return;
  }
  const old = readOperand(operations, base);
  setCarry(old);
  if (change !== null) writeOperand(operations, base, change(width, old, mask));
}

export function bt<V>(operations: Operations<V>, instruction: Instruction): void {
  testBit(operations, instruction, null);
}

export function bts<V>(operations: Operations<V>, instruction: Instruction): void {
  testBit(operations, instruction, (width, old, mask) => operations.or(width, old, mask));
}

export function btr<V>(operations: Operations<V>, instruction: Instruction): void {
  testBit(operations, instruction, (width, old, mask) => operations.and(width, old, operations.not(width, mask)));
}

export function btc<V>(operations: Operations<V>, instruction: Instruction): void {
  testBit(operations, instruction, (width, old, mask) => operations.xor(width, old, mask));
}

/** BSF and BSR: of 0 the destination keeps its value, all 64 bits of it. */
function scan<V>(operations: Operations<V>, instruction: Instruction, position: (width: Width, source: V) => V): void {
  const [destination, from] = instruction.operands;
  if (destination.kind !== "register") throw new TypeError("a bit scan writes a register");
  const width = operandWidth(destination);
  const source = readOperand(operations, from);
  const isZero = operations.isZero(width, source);
  const found = position(width, source);
  if (width === 16) {
    const old = operations.getRegister(width, destination.register);
    operations.setRegister(width, destination.register, operations.select(width, isZero, old, found));
  } else {
    const old = operations.getRegister(64, destination.register);
    const wide = resize(operations, width, 64, found, false);
    operations.setRegister(64, destination.register, operations.select(64, isZero, old, wide));
  }
  const zero = constantFlag(operations, 0n);
  operations.setFlags({
    zf: () => isZero,
    pf: () => operations.or(1, isZero, parity(operations, width, found)),
    cf: zero,
    af: zero,
    sf: zero,
    of: zero,
  });
}

export function bsf<V>(operations: Operations<V>, instruction: Instruction): void {
  scan(operations, instruction, (width, source) => operations.countTrailingZeros(width, source));
}

export function bsr<V>(operations: Operations<V>, instruction: Instruction): void {
  scan(operations, instruction, (width, source) => {
    const top = operations.constant(width, BigInt(width - 1));
    return operations.sub(width, top, operations.countLeadingZeros(width, source));
  });
}

/** TZCNT and LZCNT: of 0 they give the width, and CF says so. OF stays. */
function count<V>(operations: Operations<V>, instruction: Instruction, counted: (width: Width, source: V) => V): void {
  const [destination, from] = instruction.operands;
  const width = operandWidth(destination);
  const source = readOperand(operations, from);
  const result = counted(width, source);
  const zero = constantFlag(operations, 0n);
  operations.setFlags({
    cf: () => operations.isZero(width, source),
    zf: () => operations.isZero(width, result),
    sf: zero,
    pf: zero,
    af: zero,
  });
  writeOperand(operations, destination, result);
}

export function tzcnt<V>(operations: Operations<V>, instruction: Instruction): void {
  count(operations, instruction, (width, source) => operations.countTrailingZeros(width, source));
}

export function lzcnt<V>(operations: Operations<V>, instruction: Instruction): void {
  count(operations, instruction, (width, source) => operations.countLeadingZeros(width, source));
}

export function popcnt<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, from] = instruction.operands;
  const width = operandWidth(destination);
  const source = readOperand(operations, from);
  const zero = constantFlag(operations, 0n);
  operations.setFlags({
    zf: () => operations.isZero(width, source),
    cf: zero,
    of: zero,
    sf: zero,
    af: zero,
    pf: zero,
  });
  writeOperand(operations, destination, operations.populationCount(width, source));
}

/** BSWAP of a 16-bit register is undefined by the architecture; processors write 0. */
export function bswap<V>(operations: Operations<V>, instruction: Instruction): void {
  const [operand] = instruction.operands;
  const width = operandWidth(operand);
  const result =
    width === 32 || width === 64
      ? operations.byteSwap(width, readOperand(operations, operand))
      : operations.constant(width, 0n);
  writeOperand(operations, operand, result);
}

/** BEXTR: `length` bits of the source from bit `start`; both come as bytes of the control operand. */
export function bextr<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, from, controlFrom] = instruction.operands;
  const width = operandWidth(destination);
  const source = readOperand(operations, from);
  const control = readOperand(operations, controlFrom);
  const byte = operations.constant(width, 0xffn);
  const one = operations.constant(width, 1n);
  const start = operations.and(width, control, byte);
  const length = operations.and(width, operations.shr(width, control, operations.constant(width, 8n)), byte);
  // A length of `width` or more shifts the 1 out: 0 - 1 is a mask of all ones.
  const mask = operations.sub(width, operations.shl(width, one, length), one);
  const result = operations.and(width, operations.shr(width, source, start), mask);
  const zero = constantFlag(operations, 0n);
  operations.setFlags({
    zf: () => operations.isZero(width, result),
    pf: () => parity(operations, width, result),
    cf: zero,
    of: zero,
    sf: zero,
    af: constantFlag(operations, 1n),
  });
  writeOperand(operations, destination, result);
}

/** BZHI: clears from the bit that the low byte of the index names; CF says that the index was past the top. */
export function bzhi<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, from, indexFrom] = instruction.operands;
  const width = operandWidth(destination);
  const source = readOperand(operations, from);
  const index = operations.and(width, readOperand(operations, indexFrom), operations.constant(width, 0xffn));
  const one = operations.constant(width, 1n);
  const mask = operations.sub(width, operations.shl(width, one, index), one);
  const result = operations.and(width, source, mask);
  const top = operations.constant(width, BigInt(width - 1));
  const zero = constantFlag(operations, 0n);
  const { zf, sf, pf } = resultFlags(operations, width, result);
  operations.setFlags({
    zf,
    sf,
    pf,
    cf: () => operations.lessUnsigned(width, top, index),
    of: zero,
    af: zero,
  });
  writeOperand(operations, destination, result);
}

/** BLSI, BLSR and BLSMSK work on the lowest set bit; they differ in the operation and in what CF says of the source. */
function lowestBit<V>(
  operations: Operations<V>,
  instruction: Instruction,
  operation: (width: Width, source: V) => V,
  carryWhenZero: boolean,
): void {
  const [destination, from] = instruction.operands;
  const width = operandWidth(destination);
  const source = readOperand(operations, from);
  const result = operation(width, source);
  const zero = constantFlag(operations, 0n);
  const { zf, sf, pf } = resultFlags(operations, width, result);
  operations.setFlags({
    zf,
    sf,
    pf,
    cf: () => {
      const isZero = operations.isZero(width, source);
      return carryWhenZero ? isZero : operations.not(1, isZero);
    },
    of: zero,
    af: zero,
  });
  writeOperand(operations, destination, result);
}

export function blsi<V>(operations: Operations<V>, instruction: Instruction): void {
  lowestBit(operations, instruction, (width, a) => operations.and(width, a, operations.neg(width, a)), false);
}

export function blsr<V>(operations: Operations<V>, instruction: Instruction): void {
  const less = (width: Width, a: V): V => operations.sub(width, a, operations.constant(width, 1n));
  lowestBit(operations, instruction, (width, a) => operations.and(width, a, less(width, a)), true);
}

export function blsmsk<V>(operations: Operations<V>, instruction: Instruction): void {
  const less = (width: Width, a: V): V => operations.sub(width, a, operations.constant(width, 1n));
  lowestBit(operations, instruction, (width, a) => operations.xor(width, a, less(width, a)), true);
}

function widthOfBitDeposit(width: Width): 32 | 64 {
  if (width !== 32 && width !== 64) throw new RangeError(`PDEP and PEXT have no ${width}-bit form`);
  return width;
}

export function pdep<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source, mask] = instruction.operands;
  const width = widthOfBitDeposit(operandWidth(destination));
  const result = operations.depositBits(width, readOperand(operations, source), readOperand(operations, mask));
  writeOperand(operations, destination, result);
}

export function pext<V>(operations: Operations<V>, instruction: Instruction): void {
  const [destination, source, mask] = instruction.operands;
  const width = widthOfBitDeposit(operandWidth(destination));
  const result = operations.extractBits(width, readOperand(operations, source), readOperand(operations, mask));
  writeOperand(operations, destination, result);
}
