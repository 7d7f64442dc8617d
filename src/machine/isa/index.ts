/**
 * The instruction set: what bytes mean. Everything outside this folder comes in here, but for who writes instructions:
 * assemble.ts is the door for that, so that a machine which only reads them starts without it.
 *
 * `rows` is the table, `decode` reads bytes by it, `row.semantics` is the meaning over opaque values (operations.ts),
 * `formatInstruction` is for people.
 */
import type { Instruction, Boundary } from "./instruction.js";

export { decode, type AbsentInstruction, type DecodeResult } from "./decode.js";
export { MAXIMUM_LENGTH_BYTES } from "./encoding.js";
export { formatInstruction } from "./format.js";
export * from "./instruction.js";
export * from "./operations.js";
export * from "./vector-operations.js";
export { findRow, rows } from "./table.js";

/**
 * How this instruction ends a cost block. Lockable rows end one only with LOCK (XCHG also with a memory operand alone),
 * string rows only when they repeat.
 */
export function boundaryOf(instruction: Instruction): Boundary {
  const { row, lock, repeat, operands } = instruction;
  if (row.boundary === "lock") {
    const locksItself = row.semanticKey === "xchg" && operands[0].kind === "memory";
    return lock || locksItself ? "lock" : "none";
  }
  if (row.boundary === "repeat") return repeat === "none" ? "none" : "repeat";
  return row.boundary;
}
