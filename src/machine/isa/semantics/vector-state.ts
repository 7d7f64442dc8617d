/**
 * MXCSR, and saving and restoring vector state.
 *
 * The image of FXSAVE, 512 bytes (SDM volume 1, table 10-2), as this processor without x87 fills it:
 *
 *   0    control word 037Fh, everything else of x87 0      160   XMM0 … XMM15
 *   24   MXCSR        28   its mask, FFFFh                 416   reserved and free for software: not written
 *   32   ST0 … ST7, 0
 *
 * All 512 bytes must be accessible, as silicon has it.
 * Invariant: MXCSR never gets a bit that is not in its mask: #GP(0).
 */
import type { Instruction } from "../instruction.js";
import type { Address, Operations } from "../operations.js";
import { FX_IMAGE_BYTES } from "../vector-operations.js";
import { GENERAL_PROTECTION_0, memoryOperand } from "./operand.js";
import { alignedAddress, zeroVector } from "./vector-operand.js";

/** Bits of MXCSR that exist: exceptions, their masks, rounding, DAZ and FTZ. */
const MXCSR_MASK = 0xffffn;
/** What FNINIT leaves. */
const X87_CONTROL_WORD = 0x37fn;
const MXCSR_PLACE = 24;
const VECTORS_PLACE = 160;
const FIRST_VECTOR = VECTORS_PLACE / 16;

function checkMxcsr<V>(operations: Operations<V>, value: V): void {
  const reserved = operations.and(32, value, operations.constant(32, 0xffff_ffffn & ~MXCSR_MASK));
  operations.trapIf(operations.not(1, operations.isZero(32, reserved)), GENERAL_PROTECTION_0);
}

export function ldmxcsr<V>(operations: Operations<V>, instruction: Instruction): void {
  const value = operations.load(32, operations.effectiveAddress(memoryOperand(instruction.operands[0])));
  checkMxcsr(operations, value);
  operations.setMxcsr(value);
}

export function stmxcsr<V>(operations: Operations<V>, instruction: Instruction): void {
  const address = operations.effectiveAddress(memoryOperand(instruction.operands[0]));
  operations.store(32, address, operations.getMxcsr());
}

function placeAt<V>(operations: Operations<V>, { linear, isStack }: Address<V>, bytes: number): Address<V> {
  return { linear: operations.add(64, linear, operations.constant(64, BigInt(bytes))), isStack };
}

export function fxsave<V>(operations: Operations<V>, instruction: Instruction): void {
  const address = alignedAddress(operations, memoryOperand(instruction.operands[0]));
  const values: V[] = Array.from({ length: FIRST_VECTOR + 16 }, (_, i) =>
    i < FIRST_VECTOR ? zeroVector(operations) : operations.getVector(i - FIRST_VECTOR),
  );
  values[0] = operations.constant(128, X87_CONTROL_WORD);
  const mask = operations.constant(128, MXCSR_MASK << 96n);
  values[1] = operations.insertLane(32, mask, 2, operations.getMxcsr());
  operations.storeVectors(address, values);
}

/** The x87 part is read over: there is nothing to restore. */
export function fxrstor<V>(operations: Operations<V>, instruction: Instruction): void {
  const address = alignedAddress(operations, memoryOperand(instruction.operands[0]));
  // Faults of both ends come before those of MXCSR.
  for (const place of [0, FX_IMAGE_BYTES - 16]) operations.load(128, placeAt(operations, address, place));
  const mxcsr = operations.load(32, placeAt(operations, address, MXCSR_PLACE));
  const vectors = Array.from({ length: 16 }, (_, register) =>
    operations.load(128, placeAt(operations, address, VECTORS_PLACE + 16 * register)),
  );
  checkMxcsr(operations, mxcsr);
  operations.setMxcsr(mxcsr);
  vectors.forEach((value, register) => operations.setVector(register, value));
}
