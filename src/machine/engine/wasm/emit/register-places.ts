/**
 * Registers that a region keeps in locals, by number: 0 to 15 are the general registers, 16 to 31 are XMM0 to XMM15.
 */
import { VECTORS_OFFSET } from "../../../state.js";
import { REGISTER_NAMES, VECTOR_NAMES, type StateName } from "../../ssa/index.js";
import { Type } from "../assembler/index.js";

export const GENERAL_REGISTERS = 16;
export const REGISTER_PLACES = 32;

const NAMES: readonly StateName[] = [...REGISTER_NAMES, ...VECTOR_NAMES];
const PLACES: ReadonlyMap<StateName, number> = new Map(NAMES.map((name, place) => [name, place]));

/** -1 for state that is no such register. */
export function placeOf(name: StateName): number {
  return PLACES.get(name) ?? -1;
}

export function isVectorPlace(place: number): boolean {
  return place >= GENERAL_REGISTERS;
}

export function typeOfPlace(place: number): Type {
  return isVectorPlace(place) ? Type.V128 : Type.I64;
}

/** Where the register is in the core's area. */
export function offsetOfPlace(place: number): number {
  return isVectorPlace(place) ? VECTORS_OFFSET + 16 * (place - GENERAL_REGISTERS) : 8 * place;
}
