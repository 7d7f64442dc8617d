/**
 * A memory access in WebAssembly: the TLB's entry for the page is compared inline; what misses, or crosses into the next page,
 * goes through routines (access-routines.ts, gate.ts), which leave the block where the instruction can't be done here and now.
 *
 * Invariant: an entry that matches leads to private RAM without decoded code (for stores): tlb.ts marks all others.
 */
import { RAM_BASE, TLB_FRAMES_BYTES, TLB_FRAMES_OFFSET, TLB_TAGS_BYTES, TLB_TAGS_OFFSET } from "../../../state.js";
import { TlbKind } from "../../../memory/tlb.js";
import type { SsaNode } from "../../ssa/index.js";
import type { SpanPlace } from "./access-spans.js";
import { FunctionIndex, Op, Type } from "../assembler/index.js";
import { pushEntry } from "../routines/tlb-entry.js";
import { Local, type FunctionBuilder } from "./function-builder.js";

/** What the routines are told of an access beyond kind and size (gate.ts), and the exit before its instruction. */
export interface WayOut {
  readonly flags: number;
  readonly exit: number;
}

/** How an access finds its bytes: by a look at the TLB, or by one that another access of its span has had. */
export interface Reach {
  /** Pushes whether it has to go the slow way. */
  readonly pushMiss: () => void;
  /** First thing on the slow way. */
  readonly noteMiss: () => void;
  /** Otherwise: pushes the offset in RAM from which the bytes are `distance` away. */
  readonly pushHost: () => void;
  readonly distance: number;
}

/** The access to `sizeBytes` at the address in local `address`. `place`: in its span, if it has one. */
export function reachOf(
  builder: FunctionBuilder,
  node: SsaNode,
  address: number,
  sizeBytes: number,
  kind: TlbKind.Read | TlbKind.Write,
  place: SpanPlace | undefined,
): Reach {
  if (place === undefined) return lookUp(builder, address, sizeBytes, kind);
  const { code } = builder;
  const { span, at } = place;
  const distance = Number(at - span.low);
  if (span.first !== node) {
    return {
      distance,
      pushMiss() {
        code.get(span.host);
        code.i32(0);
        code.op(Op.I32LtS);
      },
      noteMiss() {},
      pushHost: () => code.get(span.host),
    };
  }
  span.host = builder.temporary(Type.I32);
  let lowest = address;
  if (distance > 0) {
    lowest = builder.temporary(Type.I64);
    code.get(address);
    code.i64(BigInt(distance));
    code.op(Op.I64Sub);
    code.set(lowest);
  }
  const own = lookUp(builder, lowest, Number(span.high - span.low), span.kind);
  return {
    distance,
    pushMiss: own.pushMiss,
    noteMiss() {
      code.i32(-1);
      code.set(span.host);
    },
    pushHost() {
      own.pushHost();
      code.tee(span.host);
    },
  };
}

function lookUp(builder: FunctionBuilder, address: number, sizeBytes: number, kind: TlbKind): Reach {
  const { code } = builder;
  const slot = builder.temporary(Type.I32);
  /** In the page, where it hits. */
  const offset = builder.temporary(Type.I64);
  return {
    distance: 0,
    pushMiss() {
      pushEntry(code, address, slot, Local.Core);
      code.tee(slot);
      code.memory(Op.I64Load, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES);
      code.get(address);
      code.op(Op.I64Xor);
      code.tee(offset);
      code.i64(BigInt(4096 - sizeBytes));
      code.op(Op.I64GtU);
    },
    noteMiss() {},
    pushHost() {
      code.get(slot);
      code.memory(Op.I32Load, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES);
      code.get(offset);
      code.op(Op.I32WrapI64);
      code.op(Op.I32Add);
    },
  };
}

/** Writes the translation of the address in local `address`, within a page; gives the local with the offset in RAM. */
export function writeTranslation(
  builder: FunctionBuilder,
  address: number,
  sizeBytes: number,
  kind: TlbKind.Read | TlbKind.Write,
  reach: Reach,
  { flags, exit }: WayOut,
): number {
  const { code } = builder;
  const host = builder.temporary(Type.I32);
  reach.pushMiss();
  builder.openUnlikely(Type.I32);
  reach.noteMiss();
  code.get(Local.Core);
  code.get(address);
  code.i32(kind | (sizeBytes << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
  code.call(FunctionIndex.Translate);
  code.tee(host);
  code.i32(-1);
  code.op(Op.I32Eq);
  builder.openUnlikely();
  builder.leave(exit);
  builder.close();
  code.get(host);
  builder.otherwise();
  reach.pushHost();
  if (reach.distance > 0) {
    code.i32(reach.distance);
    code.op(Op.I32Add);
  }
  builder.close();
  code.set(host);
  return host;
}

/** Pushes the value of `width` at the address in local `address`. */
export function writeWholeLoad(
  builder: FunctionBuilder,
  address: number,
  width: number,
  reach: Reach,
  { flags, exit }: WayOut,
): void {
  const { code } = builder;
  reach.pushMiss();
  builder.openUnlikely(width === 64 ? Type.I64 : Type.I32);
  reach.noteMiss();
  const failed = builder.temporary(Type.I32);
  code.get(Local.Core);
  code.get(address);
  code.i32(TlbKind.Read | ((width / 8) << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
  code.call(FunctionIndex.LoadSlowly);
  code.set(failed);
  if (width !== 64) code.op(Op.I32WrapI64);
  code.get(failed);
  builder.openUnlikely();
  builder.leave(exit);
  builder.close();
  builder.otherwise();
  reach.pushHost();
  writeLoad(builder, width, reach.distance);
  builder.close();
}

/** Stores the value in local `value` at the address in local `address`. */
export function writeWholeStore(
  builder: FunctionBuilder,
  address: number,
  width: number,
  value: number,
  reach: Reach,
  { flags, exit }: WayOut,
): void {
  const { code } = builder;
  reach.pushMiss();
  builder.openUnlikely();
  reach.noteMiss();
  code.get(Local.Core);
  code.get(address);
  code.i32(TlbKind.Write | ((width / 8) << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
  code.get(value);
  if (width !== 64) code.op(Op.I64ExtendI32U);
  code.call(FunctionIndex.StoreSlowly);
  builder.openUnlikely();
  builder.leave(exit);
  builder.close();
  if (builder.spoiled !== 0) {
    code.i32(1);
    code.set(builder.spoiled);
  }
  builder.otherwise();
  writeHit(builder, width, value, reach);
  builder.close();
}

/** Stores the value in local `value` where the TLB says, and notes whether that changed anything where somebody asks. */
export function writeHit(builder: FunctionBuilder, width: number, value: number, reach: Reach): void {
  if (builder.spoiled !== 0) {
    reach.pushHost();
    writeLoad(builder, width, reach.distance);
    noteChange(builder, value, width);
  }
  reach.pushHost();
  builder.code.get(value);
  writeStore(builder, width, reach.distance);
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

/** Loads a value of `width` from `distance` bytes behind the offset in RAM on the stack. */
export function writeLoad(builder: FunctionBuilder, width: number, distance: number): void {
  const at = RAM_BASE + distance;
  if (width === 128) {
    builder.code.simdMemory("v128.load", at);
    return;
  }
  const op = width === 64 ? Op.I64Load : width === 32 ? Op.I32Load : width === 16 ? Op.I32Load16U : Op.I32Load8U;
  builder.code.memory(op, at);
}

/** Stores the value on the stack at `distance` bytes behind the offset under it. */
export function writeStore(builder: FunctionBuilder, width: number, distance: number): void {
  const at = RAM_BASE + distance;
  if (width === 128) {
    builder.code.simdMemory("v128.store", at);
    return;
  }
  const op = width === 64 ? Op.I64Store : width === 32 ? Op.I32Store : width === 16 ? Op.I32Store16 : Op.I32Store8;
  builder.code.memory(op, at);
}
