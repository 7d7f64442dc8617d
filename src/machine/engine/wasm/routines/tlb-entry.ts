/**
 * Where the TLB has the entry for an address: looked at inline by every access of translated code, and by routines.
 */
import { type I32, type I64, type Local, tee } from "../assembler/index.js";

/**
 * Where a core's TLB has the entry for the address, but for the offset of its kind: slotOf of tlb.ts, times the 8 bytes
 * of an entry, behind the core's base. `slot` is a local to work with.
 */
export function entryOf(address: I64, slot: Local<I32>, core: I32): I32 {
  return tee(slot, address.wrap()).xor(slot.shrU(11)).shrU(9).and(0x1ff8).add(core);
}
