/**
 * XMM registers and their memory operands: the few steps that most vector instructions share.
 *
 * Invariant: a memory operand of 128 bits is checked for alignment unless the reader says that its instruction is one
 * of those that take any address. A narrower operand is never checked, and reads as a vector with zeros above it.
 * Source: Intel SDM volume 1, 4.1.1 and 10.4; volume 2, 2.4 (exception classes 1 to 5).
 */
import type { Instruction, MemoryOperand, Operand, Semantics } from "../instruction.js";
import type { Address, Operations } from "../operations.js";
import { GENERAL_PROTECTION_0, immediateNumber } from "./operand.js";

/** The address of an operand that must be a multiple of 16: otherwise #GP(0), also on the stack. */
export function alignedAddress<V>(operations: Operations<V>, operand: MemoryOperand): Address<V> {
  const address = operations.effectiveAddress(operand);
  const misalignment = operations.and(64, address.linear, operations.constant(64, 15n));
  operations.trapIf(operations.not(1, operations.isZero(64, misalignment)), GENERAL_PROTECTION_0);
  return address;
}

/** An operand as 128 bits. `alignment` "any" for MOVUPS and its kin. */
export function readVector<V>(operations: Operations<V>, operand: Operand, alignment: "16" | "any" = "16"): V {
  if (operand.kind === "vector") return operations.getVector(operand.register);
  if (operand.kind !== "memory") throw new TypeError(`a vector cannot be an operand of kind ${operand.kind}`);
  const { width } = operand;
  if (width === 128 && alignment === "16") return operations.load(128, alignedAddress(operations, operand));
  const value = operations.load(width, operations.effectiveAddress(operand));
  return width === 128 ? value : operations.zeroExtend(width, 128, value);
}

/** Writes all of an XMM register. */
export function writeVector<V>(operations: Operations<V>, operand: Operand, value: V): void {
  if (operand.kind !== "vector")
    throw new TypeError(`a vector cannot be written to an operand of kind ${operand.kind}`);
  operations.setVector(operand.register, value);
}

/** The lowest `width` bits of an operand: of an XMM register, or memory of that width. */
export function readLow<V>(operations: Operations<V>, operand: Operand, width: 8 | 16 | 32 | 64): V {
  if (operand.kind === "memory") return operations.load(width, operations.effectiveAddress(operand));
  return operations.truncate(128, width, readVector(operations, operand));
}

export type Combination = <V>(operations: Operations<V>, a: V, b: V, immediate: number) => V;

function immediateOf({ operands }: Instruction): number {
  const last = operands[operands.length - 1];
  return last.kind === "immediate" ? immediateNumber(last) : 0;
}

/** The destination becomes a function of itself and the source, and of the immediate where there is one. */
export function combining(combine: Combination): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    const b = readVector(operations, source);
    const a = readVector(operations, destination);
    writeVector(operations, destination, combine(operations, a, b, immediateOf(instruction)));
  };
}

/** The destination becomes a function of the source, and of the immediate where there is one. */
export function mapping(map: <V>(operations: Operations<V>, a: V, immediate: number) => V): Semantics {
  return (operations, instruction) => {
    const [destination, source] = instruction.operands;
    writeVector(operations, destination, map(operations, readVector(operations, source), immediateOf(instruction)));
  };
}

export function zeroVector<V>(operations: Operations<V>): V {
  return operations.constant(128, 0n);
}

/** A vector with the same value in every lane. */
export function repeated<V>(operations: Operations<V>, laneWidth: 8 | 16 | 32 | 64, value: bigint): V {
  let all = 0n;
  for (let at = 0; at < 128; at += laneWidth) all |= value << BigInt(at);
  return operations.constant(128, all);
}

/** Lane i of the result is lane `lanes[i]` of those of a, followed by those of b. */
export function shuffleLanes<V>(
  operations: Operations<V>,
  laneWidth: 8 | 16 | 32 | 64,
  a: V,
  b: V,
  lanes: readonly number[],
): V {
  return operations.shuffleBytes(a, b, bytesOfLanes(laneWidth, lanes));
}

/** The bytes of these lanes: what shuffles that are the same each time are made of once. */
export function bytesOfLanes(laneWidth: 8 | 16 | 32 | 64, lanes: readonly number[]): readonly number[] {
  const bytes = laneWidth / 8;
  return lanes.flatMap((lane) => lanesBy(bytes, (byte) => lane * bytes + byte));
}

/** The numbers from 0 to count - 1, each changed. */
export function lanesBy(count: number, place: (lane: number) => number): number[] {
  return Array.from({ length: count }, (_, lane) => place(lane));
}

/** All ones in the lanes whose top bit is set. */
export function negativeLanes<V>(operations: Operations<V>, laneWidth: 8 | 16 | 32 | 64, a: V): V {
  return operations.lanes("greaterSigned", laneWidth, zeroVector(operations), a);
}
