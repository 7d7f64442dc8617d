/**
 * Accesses of 128 bits. As in access.ts what hits the TLB is done inline; what misses, or crosses into the next page, goes
 * through a routine, which does the access or leaves the block with nothing done.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { type Reach, type WayOut, writeHit, writeLoad } from "./access.js";
import { FunctionIndex, Type } from "../assembler/index.js";
import { Local, type FunctionBuilder } from "./function-builder.js";

const VECTOR_BYTES = 16;

/** What the routine is told. */
function pushAccess({ code }: FunctionBuilder, address: number, kind: TlbKind, { flags, exit }: WayOut): void {
  code.get(Local.Core);
  code.get(address);
  code.i32(kind | (VECTOR_BYTES << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
}

/** Pushes the 16 bytes at the address in local `address`. */
export function writeVectorLoad(builder: FunctionBuilder, address: number, reach: Reach, wayOut: WayOut): void {
  const { code } = builder;
  reach.pushMiss();
  builder.openUnlikely(Type.V128);
  reach.noteMiss();
  const failed = builder.temporary(Type.I32);
  pushAccess(builder, address, TlbKind.Read, wayOut);
  code.call(FunctionIndex.LoadVectorSlowly);
  code.set(failed);
  code.get(failed);
  builder.openUnlikely();
  builder.leave(wayOut.exit);
  builder.close();
  builder.otherwise();
  reach.pushHost();
  writeLoad(builder, 128, reach.distance);
  builder.close();
}

/** Stores the vector in local `value` at the address in local `address`. */
export function writeVectorStore(
  builder: FunctionBuilder,
  address: number,
  value: number,
  reach: Reach,
  wayOut: WayOut,
): void {
  const { code } = builder;
  reach.pushMiss();
  builder.openUnlikely();
  reach.noteMiss();
  pushAccess(builder, address, TlbKind.Write, wayOut);
  for (const half of [0, 1]) {
    code.get(value);
    code.simdLane("i64x2.extract_lane", half);
  }
  code.call(FunctionIndex.StoreVectorSlowly);
  builder.openUnlikely();
  builder.leave(wayOut.exit);
  builder.close();
  if (builder.spoiled !== 0) {
    code.i32(1);
    code.set(builder.spoiled);
  }
  builder.otherwise();
  writeHit(builder, 128, value, reach);
  builder.close();
}
