/**
 * Loads and stores of instructions that were seen to access synchronising pages (BlockEntry.isShared): the gate
 * (gate.ts) stands in front of the other ways, within the block.
 *
 * Invariant: it does what the routine's does, or nothing; what it leaves, be it private, too early or waited for, goes
 * on as if it weren't there.
 */
import { i32, I32, I64, type Label, type Local } from "../../assembler/index.js";
import { type GateSite, type Size, writeGatedLoad, writeGatedStore } from "../../routines/index.js";
import { REFUND_SHIFT } from "../../layout.js";
import { loadedWhole, type Lookup, type WayOut, widened, writeWholeStore } from "./access.js";
import type { FunctionBuilder } from "../function-builder.js";

/** `done` is where to go when all is done, `outside` where the gate is left with nothing done. */
function siteAt(
  builder: FunctionBuilder,
  address: Local<I64>,
  width: number,
  flags: number,
  stored: I64 | null,
  done: Label,
  outside: Label,
): GateSite {
  const { core, time, aheadBase } = builder;
  const [slot, host, left, line, entry, hash] = Array.from({ length: 6 }, () => builder.temporaryOf(I32));
  const [key, value] = Array.from({ length: 2 }, () => builder.temporaryOf(I64));
  return {
    write: builder,
    aheadBase,
    ...{ core, address, slot, host, left, line, entry, hash, key, value },
    bytes: i32(width / 8),
    knownBytes: (width / 8) as Size,
    // mutant inline-is-early: cyclesLeft: time.wrap().add((flags >>> REFUND_SHIFT) + 1)
    cyclesLeft: time.wrap().add(flags >>> REFUND_SHIFT),
    stored: stored ?? value,
    storedUpper: null,
    outside,
    finishStore() {
      builder.noteStore();
      builder.br(done);
    },
    // mutant inline-load-passes-waiting-stores: catchUp: () => {}
    catchUp: () => builder.br(outside),
  };
}

/** As `loadedWhole`. */
export function loadedShared(
  builder: FunctionBuilder,
  address: Local<I64>,
  width: number,
  lookup: Lookup,
  wayOut: WayOut,
): I32 | I64 {
  return builder.valueOf<I32 | I64>(width === 64 ? I64 : I32, (done) => {
    builder.block((outside) => {
      const site = siteAt(builder, address, width, wayOut.flags, null, done, outside);
      // mutant early-load-is-done-inline: writeGatedLoad(site, () => {});
      writeGatedLoad(site, () => builder.br(outside));
      builder.brWith(done, width === 64 ? site.value : site.value.wrap());
    });
    return loadedWhole(builder, address, width, lookup, wayOut);
  });
}

/** As `writeWholeStore`. */
export function writeSharedStore(
  builder: FunctionBuilder,
  address: Local<I64>,
  width: number,
  value: Local<I32> | Local<I64>,
  lookup: Lookup,
  wayOut: WayOut,
): void {
  builder.block((done) => {
    builder.block((outside) =>
      writeGatedStore(siteAt(builder, address, width, wayOut.flags, widened(value), done, outside), null),
    );
    writeWholeStore(builder, address, width, value, lookup, wayOut);
  });
}
