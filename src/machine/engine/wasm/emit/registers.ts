/**
 * Registers that a region keeps in locals, by number: 0 to 15 are the general registers, 16 to 31 are XMM0 to XMM15.
 */
import { VECTORS_OFFSET } from "../../../state.js";
import { FIRST_VECTOR, REGISTER_NAMES, type StateName, VECTOR_NAMES, WORD_NAMES } from "../../ssa/index.js";
import { Type } from "../assembler/index.js";

export const REGISTER_COUNT = REGISTER_NAMES.length + VECTOR_NAMES.length;

/** Numbers are places in WORD_NAMES. Templates know more of them: whatever registers the operands name. */
const NUMBERS: ReadonlyMap<StateName, number> = new Map(
  WORD_NAMES.map((name, register): [StateName, number] => [name, register]).filter(
    ([name]) => name !== "fsbase" && name !== "gsbase" && name !== "systemflags",
  ),
);

/** -1 for state that is no such register. */
export function registerOf(name: StateName): number {
  return NUMBERS.get(name) ?? -1;
}

export function isVectorRegister(register: number): boolean {
  return register >= FIRST_VECTOR;
}

export function typeOfRegister(register: number): Type {
  return isVectorRegister(register) ? Type.V128 : Type.I64;
}

/** Where the register is in the core's area. */
export function offsetOfRegister(register: number): number {
  return isVectorRegister(register) ? VECTORS_OFFSET + 16 * (register - FIRST_VECTOR) : 8 * register;
}
