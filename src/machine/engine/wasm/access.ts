/**
 * A memory access in WebAssembly: the TLB's entry for the page is compared inline; on a miss `fill` (wasm-engine.ts)
 * walks the tables and answers with the host address, or with -1 where the reference engine has to do the instruction.
 *
 * Invariant: an entry that matches leads to private RAM without decoded code (for stores): tlb.ts marks all others.
 * An access that crosses into the next page never matches: the page of its last byte is compared.
 */
import { RAM_BASE, TLB_FRAMES_BYTES, TLB_FRAMES_OFFSET, TLB_TAGS_BYTES, TLB_TAGS_OFFSET } from "../../state.js";
import { TlbKind } from "../../memory/tlb.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import { FunctionIndex } from "./imports.js";
import { Op, Type } from "./opcodes.js";

/** Writes the translation of the address in local `address`; gives the local with the offset in RAM. */
export function writeTranslation(
  builder: FunctionBuilder,
  address: number,
  sizeBytes: number,
  kind: TlbKind.Read | TlbKind.Write,
  exit: number,
): number {
  const { code } = builder;
  const slot = builder.temporary(Type.I32);
  const host = builder.temporary(Type.I32);
  // slot = (page ^ ((page >>> 9) & 0x3fe)) & 0x3ff, as in tlb.ts
  code.get(address);
  code.i64(12n);
  code.op(Op.I64ShrU);
  code.op(Op.I32WrapI64);
  code.tee(slot);
  code.get(slot);
  code.i32(9);
  code.op(Op.I32ShrU);
  code.i32(0x3fe);
  code.op(Op.I32And);
  code.op(Op.I32Xor);
  code.i32(0x3ff);
  code.op(Op.I32And);
  code.tee(slot);
  code.i32(3);
  code.op(Op.I32Shl);
  code.get(Local.Core);
  code.op(Op.I32Add);
  code.memory(Op.I64Load, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES);
  code.get(address);
  if (sizeBytes > 1) {
    code.i64(BigInt(sizeBytes - 1));
    code.op(Op.I64Add);
  }
  code.i64(-4096n);
  code.op(Op.I64And);
  code.i64(1n);
  code.op(Op.I64Or);
  code.op(Op.I64Ne);
  builder.open(Op.If, "plain", Type.I32);
  code.get(Local.Core);
  code.get(address);
  code.op(Op.I32WrapI64);
  code.get(address);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I32WrapI64);
  code.i32(kind | (sizeBytes << 1));
  code.op1(Op.Call, FunctionIndex.Fill);
  code.tee(host);
  code.i32(0);
  code.op(Op.I32LtS);
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
  code.get(host);
  builder.otherwise();
  code.get(slot);
  code.i32(2);
  code.op(Op.I32Shl);
  code.get(Local.Core);
  code.op(Op.I32Add);
  code.memory(Op.I32Load, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES);
  code.get(address);
  code.op(Op.I32WrapI64);
  code.i32(4095);
  code.op(Op.I32And);
  code.op(Op.I32Add);
  builder.close();
  code.set(host);
  return host;
}

/** Loads a value of `width` from the offset in RAM on the stack. */
export function writeLoad(builder: FunctionBuilder, width: number): void {
  const op = width === 64 ? Op.I64Load : width === 32 ? Op.I32Load : width === 16 ? Op.I32Load16U : Op.I32Load8U;
  builder.code.memory(op, RAM_BASE);
}

/** Stores the value on the stack at the offset under it. */
export function writeStore(builder: FunctionBuilder, width: number): void {
  const op = width === 64 ? Op.I64Store : width === 32 ? Op.I32Store : width === 16 ? Op.I32Store16 : Op.I32Store8;
  builder.code.memory(op, RAM_BASE);
}
