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
import { type I32, load32, tee } from "../assembler/index.js";
import { AHEAD_LIMIT_OFFSET, QUIET_OFFSET, WATCHED_OFFSET } from "../layout.js";
import { writeGate } from "./gate.js";
import { clockOf, type GateSite, SIZES } from "./gate-locals.js";

/**
 * A store whose turn has come, or that can be kept for that; what reads as well never comes here. `mayNotWait`: whether
 * it can't be kept whatever else is so.
 */
export function writeGatedStore(site: GateSite, mayNotWait: I32 | null): void {
  const { write, core, host, outside, bytes, knownBytes, stored, storedUpper } = site;
  writeGate(site, TlbKind.Write, () => {
    if (mayNotWait !== null) write.brIfUnlikely(outside, mayNotWait);
    writeStoreAhead(site);
    site.finishStore();
  });
  // What somebody polls is the engine's.
  write.brIfUnlikely(outside, load32(core, WATCHED_OFFSET));
  write.store32(core, QUIET_OFFSET, 0);
  if (knownBytes !== null) {
    write.storeBytes(knownBytes, host, RAM_BASE, stored);
    site.finishStore();
  } else if (storedUpper !== null) {
    write.store64(host, RAM_BASE, stored);
    // mutant upper-half-misses-its-turn:
    write.store64(host, RAM_BASE + 8, storedUpper);
    site.finishStore();
  } else {
    for (const size of SIZES)
      write.if(bytes.eq(size), () => {
        write.storeBytes(size, host, RAM_BASE, stored);
        site.finishStore();
      });
  }
}

/** Not first: what may wait is kept for its turn; the rest is the engine's. */
function writeStoreAhead(site: GateSite): void {
  const { write, aheadBase, core, slot, entry, line, host, bytes, outside, stored, storedUpper } = site;
  // Slot: the core's bounds, at its number (core >> 16) times 8.
  const [begin, end] = [aheadBase + AHEAD_BOUNDS, aheadBase + AHEAD_BOUNDS + 4];
  const waiting = tee(entry, load32(tee(slot, core.shrU(13)), end)).sub(load32(slot, begin));
  write.brIfUnlikely(outside, waiting.ltU(load32(core, AHEAD_LIMIT_OFFSET)).eqz());
  write.store32(core, QUIET_OFFSET, 0);
  write.store32(slot, end, entry.add(1));
  write.store32(0, aheadBase + AHEAD_TOTAL, load32(0, aheadBase + AHEAD_TOTAL).add(1));
  write.store32(line, aheadBase + AHEAD_LINES, load32(line, aheadBase + AHEAD_LINES).add(1));
  // Entry: the store, relative to the first of all.
  const place = entry.and(AHEAD_CAPACITY - 1).shl(Math.log2(AHEAD_STORE_BYTES));
  const ofCore = place.add(core.shrU(16 - Math.log2(AHEAD_CORE_STRIDE)));
  const store = aheadBase + AHEAD_STORES;
  write.store64(tee(entry, ofCore), store, clockOf(site));
  write.store32(entry, store + AHEAD_ADDRESS, host);
  write.store32(entry, store + AHEAD_SIZE, bytes);
  write.store64(entry, store + AHEAD_VALUE, stored);
  // mutant upper-half-does-not-wait:
  if (storedUpper !== null) write.store64(entry, store + AHEAD_VALUE + 8, storedUpper);
}
