/**
 * Where the TLB has the entry for an address: looked at inline by every access of translated code, and by routines.
 */
import { type CodeWriter, Op } from "../assembler/index.js";

/**
 * Pushes where a core's TLB has the entry for the address in a local, but for the offset of its kind: slotOf of tlb.ts, times the 8
 * bytes of an entry, behind the core's base. `slot` is a local to work with.
 */
export function pushEntry(code: CodeWriter, address: number, slot: number, core: number): void {
  code.get(address);
  code.op(Op.I32WrapI64);
  code.tee(slot);
  code.get(slot);
  code.i32(11);
  code.op(Op.I32ShrU);
  code.op(Op.I32Xor);
  code.i32(9);
  code.op(Op.I32ShrU);
  code.i32(0x1ff8);
  code.op(Op.I32And);
  code.get(core);
  code.op(Op.I32Add);
}
