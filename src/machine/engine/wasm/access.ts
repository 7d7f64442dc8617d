/**
 * A memory access in WebAssembly: the TLB's entry for the page is compared inline; what misses, or crosses into the next page,
 * goes through routines (access-routines.ts, gate.ts), which leave the block where the instruction can't be done here and now.
 *
 * Invariant: an entry that matches leads to private RAM without decoded code (for stores): tlb.ts marks all others.
 */
import { RAM_BASE, TLB_FRAMES_BYTES, TLB_FRAMES_OFFSET, TLB_TAGS_BYTES, TLB_TAGS_OFFSET } from "../../state.js";
import { TlbKind } from "../../memory/tlb.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import { FunctionIndex } from "./imports.js";
import { Op, Type } from "./opcodes.js";

/** What the routines are told of an access beyond kind and size (gate.ts), and the exit before its instruction. */
export interface WayOut {
  readonly flags: number;
  readonly exit: number;
}

/** What the inline part of an access leaves in locals. */
export interface Probe {
  /** Address of the TLB's entry. */
  readonly slot: number;
  /** Offset in the page, where it hits (i64). */
  readonly offset: number;
}

/** Pushes whether the access to the address in local `address` has to go the slow way. */
export function writeProbe(builder: FunctionBuilder, address: number, sizeBytes: number, kind: TlbKind): Probe {
  const { code } = builder;
  const slot = builder.temporary(Type.I32);
  const offset = builder.temporary(Type.I64);
  // slotOf of tlb.ts, times the 8 bytes of an entry.
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
  code.get(Local.Core);
  code.op(Op.I32Add);
  code.tee(slot);
  code.memory(Op.I64Load, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES);
  code.get(address);
  code.op(Op.I64Xor);
  code.tee(offset);
  code.i64(BigInt(4096 - sizeBytes));
  code.op(Op.I64GtU);
  return { slot, offset };
}

/** Pushes the offset in RAM of an access that hits. */
export function pushHost({ code }: FunctionBuilder, { slot, offset }: Probe, kind: TlbKind): void {
  code.get(slot);
  code.memory(Op.I32Load, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES);
  code.get(offset);
  code.op(Op.I32WrapI64);
  code.op(Op.I32Add);
}

/** Writes the translation of the address in local `address`, within a page; gives the local with the offset in RAM. */
export function writeTranslation(
  builder: FunctionBuilder,
  address: number,
  sizeBytes: number,
  kind: TlbKind.Read | TlbKind.Write,
  { flags, exit }: WayOut,
): number {
  const { code } = builder;
  const host = builder.temporary(Type.I32);
  const probe = writeProbe(builder, address, sizeBytes, kind);
  builder.open(Op.If, "plain", Type.I32);
  code.get(Local.Core);
  code.get(address);
  code.i32(kind | (sizeBytes << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
  code.op1(Op.Call, FunctionIndex.Translate);
  code.tee(host);
  code.i32(-1);
  code.op(Op.I32Eq);
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
  code.get(host);
  builder.otherwise();
  pushHost(builder, probe, kind);
  builder.close();
  code.set(host);
  return host;
}

/** Pushes the value of `width` at the address in local `address`. */
export function writeWholeLoad(
  builder: FunctionBuilder,
  address: number,
  width: number,
  { flags, exit }: WayOut,
): void {
  const { code } = builder;
  const probe = writeProbe(builder, address, width / 8, TlbKind.Read);
  builder.open(Op.If, "plain", width === 64 ? Type.I64 : Type.I32);
  const failed = builder.temporary(Type.I32);
  code.get(Local.Core);
  code.get(address);
  code.i32(TlbKind.Read | ((width / 8) << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
  code.op1(Op.Call, FunctionIndex.LoadSlowly);
  code.set(failed);
  if (width !== 64) code.op(Op.I32WrapI64);
  code.get(failed);
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
  builder.otherwise();
  pushHost(builder, probe, TlbKind.Read);
  writeLoad(builder, width);
  builder.close();
}

/** Stores the value in local `value` at the address in local `address`. */
export function writeWholeStore(
  builder: FunctionBuilder,
  address: number,
  width: number,
  value: number,
  { flags, exit }: WayOut,
): void {
  const { code } = builder;
  const probe = writeProbe(builder, address, width / 8, TlbKind.Write);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(address);
  code.i32(TlbKind.Write | ((width / 8) << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
  code.get(value);
  if (width !== 64) code.op(Op.I64ExtendI32U);
  code.op1(Op.Call, FunctionIndex.StoreSlowly);
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
  if (builder.spoiled !== 0) {
    code.i32(1);
    code.set(builder.spoiled);
  }
  builder.otherwise();
  if (builder.spoiled !== 0) {
    pushHost(builder, probe, TlbKind.Write);
    writeLoad(builder, width);
    noteChange(builder, value, width);
  }
  pushHost(builder, probe, TlbKind.Write);
  code.get(value);
  writeStore(builder, width);
  builder.close();
}

/** Notes whether the value on the stack, which memory has, differs from the one in a local, which is about to be stored. */
export function noteChange({ code, spoiled }: FunctionBuilder, value: number, width: number): void {
  code.get(value);
  if (width === 128) {
    code.simd("v128.xor");
    code.simd("v128.any_true");
  } else code.op(width === 64 ? Op.I64Ne : Op.I32Ne);
  code.get(spoiled);
  code.op(Op.I32Or);
  code.set(spoiled);
}

/** Loads a value of `width` from the offset in RAM on the stack. */
export function writeLoad(builder: FunctionBuilder, width: number): void {
  if (width === 128) {
    builder.code.simdMemory("v128.load", RAM_BASE);
    return;
  }
  const op = width === 64 ? Op.I64Load : width === 32 ? Op.I32Load : width === 16 ? Op.I32Load16U : Op.I32Load8U;
  builder.code.memory(op, RAM_BASE);
}

/** Stores the value on the stack at the offset under it. */
export function writeStore(builder: FunctionBuilder, width: number): void {
  if (width === 128) {
    builder.code.simdMemory("v128.store", RAM_BASE);
    return;
  }
  const op = width === 64 ? Op.I64Store : width === 32 ? Op.I32Store : width === 16 ? Op.I32Store16 : Op.I32Store8;
  builder.code.memory(op, RAM_BASE);
}
