/**
 * Accesses of 128 bits. As in access.ts what hits the TLB is done inline; what misses, or crosses into the next page,
 * goes through a routine, which does the access or leaves the block with nothing done.
 */
import { TlbKind } from "../../../../memory/tlb.js";
import { call, FUNCTIONS, i32, I32, type I64, loadVector, type Local, stacked, V128 } from "../../assembler/index.js";
import { RAM_BASE } from "../../../../state.js";
import { accessFlags, type Lookup, type WayOut, writeHit } from "./access.js";
import type { FunctionBuilder } from "../function-builder.js";

/** The 16 bytes at an address. */
export function loadedVector(
  builder: FunctionBuilder,
  address: Local<I64>,
  { isMiss, noteMiss, host, distance }: Lookup,
  wayOut: WayOut,
): V128 {
  const { core, time } = builder;
  return builder.chooseUnlikely(
    V128,
    isMiss,
    () => {
      noteMiss();
      const failed = builder.temporaryOf(I32);
      const flags = accessFlags(TlbKind.Read, 128, wayOut);
      builder.call(FUNCTIONS.loadVectorSlowly, core, address, flags, i32(wayOut.exit), time);
      builder.set(failed, stacked(I32));
      builder.leaveIfUnlikely(failed, wayOut.exit);
      return stacked(V128);
    },
    () => loadVector(host, RAM_BASE + distance),
  );
}

/** Stores a vector at an address. */
export function writeVectorStore(
  builder: FunctionBuilder,
  address: Local<I64>,
  value: Local<V128>,
  lookup: Lookup,
  wayOut: WayOut,
): void {
  const { core, time } = builder;
  builder.ifUnlikely(
    lookup.isMiss,
    () => {
      lookup.noteMiss();
      const flags = accessFlags(TlbKind.Write, 128, wayOut);
      const [low, high] = ([0, 1] as const).map((half) => value.lane("i64x2", half));
      const exit = i32(wayOut.exit);
      const failed = call(FUNCTIONS.storeVectorSlowly, core, address, flags, exit, time, low, high);
      builder.leaveIfUnlikely(failed, wayOut.exit);
      builder.noteStore();
    },
    () => writeHit(builder, 128, value, lookup),
  );
}
