/**
 * Registers that a region keeps in locals, by number: 0 to 15 are the general registers, 16 to 31 are XMM0 to XMM15.
 */
import { VECTORS_OFFSET } from "../../../state.js";
import { REGISTER_NAMES, type StateName, VECTOR_NAMES } from "../../ssa/index.js";
import { Type } from "../assembler/index.js";

const GENERAL_REGISTERS = REGISTER_NAMES.length;
export const REGISTER_COUNT = GENERAL_REGISTERS + VECTOR_NAMES.length;

const NAMES: readonly StateName[] = [...REGISTER_NAMES, ...VECTOR_NAMES];
const NUMBERS: ReadonlyMap<StateName, number> = new Map(NAMES.map((name, register) => [name, register]));

/** -1 for state that is no such register. */
export function registerOf(name: StateName): number {
  return NUMBERS.get(name) ?? -1;
}

export function isVectorRegister(register: number): boolean {
  return register >= GENERAL_REGISTERS;
}

export function typeOfRegister(register: number): Type {
  return isVectorRegister(register) ? Type.V128 : Type.I64;
}

/** Where the register is in the core's area. */
export function offsetOfRegister(register: number): number {
  return isVectorRegister(register) ? VECTORS_OFFSET + 16 * (register - GENERAL_REGISTERS) : 8 * register;
}
