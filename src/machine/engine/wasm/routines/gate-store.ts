/**
 * Stores in the gate (gate.ts): one that comes too early waits for its turn (ahead.ts), others go on if nobody watches.
 */
import {
  AHEAD_ADDRESS,
  AHEAD_BOUNDS,
  AHEAD_CAPACITY,
  AHEAD_CORE_STRIDE,
  AHEAD_LINES,
  AHEAD_SIZE,
  AHEAD_STORE_BYTES,
  AHEAD_STORES,
  AHEAD_TOTAL,
  AHEAD_VALUE,
} from "../../../ahead.js";
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE } from "../../../state.js";
import { writeGate } from "./gate.js";
import { type GateSite, pushClock, SIZES, type Size, STORES } from "./gate-locals.js";
import { AHEAD_LIMIT_OFFSET, QUIET_OFFSET, WATCHED_OFFSET } from "../layout.js";
import { Op, Type } from "../assembler/index.js";

/**
 * A store whose turn has come, or that can be kept for that; what reads as well never comes here. `mayNotWait` pushes whether it
 * can't be kept whatever else is so.
 */
export function writeGatedStore(site: GateSite, mayNotWait: (() => void) | null): void {
  const { code, locals } = site;
  writeGate(site, TlbKind.Write, () => {
    if (mayNotWait !== null) {
      mayNotWait();
      site.giveUpIf(1);
    }
    writeStoreAhead(site);
    site.finishStore(1);
  });
  // What somebody polls is the engine's.
  code.get(locals.core);
  code.memory(Op.I32Load, WATCHED_OFFSET);
  site.giveUpIf(0);
  code.get(locals.core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
  const store = (bytes: Size): void => {
    code.get(locals.host);
    site.pushValue();
    code.memory(STORES[bytes], RAM_BASE);
  };
  const { bytes: known, pushUpper } = site;
  if (pushUpper !== null || known !== null) {
    store(known ?? 8);
    if (pushUpper !== null) {
      code.get(locals.host);
      pushUpper();
      code.memory(Op.I64Store, RAM_BASE + 8);
    }
    site.finishStore(0);
    return;
  }
  for (const bytes of SIZES) {
    site.pushBytes();
    code.i32(bytes);
    code.op(Op.I32Eq);
    code.op(Op.If);
    code.byte(Type.Void);
    store(bytes);
    site.finishStore(1);
    code.op(Op.End);
  }
}

/** Not first, one block deep: what may wait is kept for its turn; the rest is the engine's. */
function writeStoreAhead(site: GateSite): void {
  const { code, locals, aheadBase } = site;
  // Slot: the core's bounds, at its number (core >> 16) times 8.
  code.get(locals.core);
  code.i32(13);
  code.op(Op.I32ShrU);
  code.tee(locals.slot);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS + 4);
  code.tee(locals.entry);
  code.get(locals.slot);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS);
  code.op(Op.I32Sub);
  code.get(locals.core);
  code.memory(Op.I32Load, AHEAD_LIMIT_OFFSET);
  code.op(Op.I32LtU);
  code.op(Op.I32Eqz);
  site.giveUpIf(1);
  code.get(locals.core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
  code.get(locals.slot);
  code.get(locals.entry);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, aheadBase + AHEAD_BOUNDS + 4);
  code.i32(0);
  code.i32(0);
  code.memory(Op.I32Load, aheadBase + AHEAD_TOTAL);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, aheadBase + AHEAD_TOTAL);
  code.get(locals.line);
  code.get(locals.line);
  code.memory(Op.I32Load, aheadBase + AHEAD_LINES);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, aheadBase + AHEAD_LINES);
  // Entry: the store, relative to the first of all.
  code.get(locals.entry);
  code.i32(AHEAD_CAPACITY - 1);
  code.op(Op.I32And);
  code.i32(Math.log2(AHEAD_STORE_BYTES));
  code.op(Op.I32Shl);
  code.get(locals.core);
  code.i32(16 - Math.log2(AHEAD_CORE_STRIDE));
  code.op(Op.I32ShrU);
  code.op(Op.I32Add);
  code.tee(locals.entry);
  pushClock(site);
  code.memory(Op.I64Store, aheadBase + AHEAD_STORES);
  code.get(locals.entry);
  code.get(locals.host);
  code.memory(Op.I32Store, aheadBase + AHEAD_STORES + AHEAD_ADDRESS);
  code.get(locals.entry);
  site.pushBytes();
  code.memory(Op.I32Store, aheadBase + AHEAD_STORES + AHEAD_SIZE);
  code.get(locals.entry);
  site.pushValue();
  code.memory(Op.I64Store, aheadBase + AHEAD_STORES + AHEAD_VALUE);
  if (site.pushUpper === null) return;
  code.get(locals.entry);
  site.pushUpper();
  code.memory(Op.I64Store, aheadBase + AHEAD_STORES + AHEAD_VALUE + 8);
}
