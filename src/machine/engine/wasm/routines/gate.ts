/**
 * The gate: accesses to synchronising pages that come next in the order are done here. It stands in the routines for
 * loads and stores that the TLB's entry doesn't match (access-routines.ts), which ask `fill` for all else; and inline,
 * in front of those, at instructions that were seen to access such pages (shared-access.ts).
 *
 *   flags   31..9                                          8, 6                        5..1   0
 *           cycles of the block from the instruction on    TURN_, UPDATE_ACCESS        bytes  TlbKind
 *
 * Invariant: it does to hash and order what CoreAccess of the reference engine does: a read enters the hash of its
 * partition (trace/hash.ts: `mixRead`) with the cycle of its instruction, a store needs nobody's word but the
 * observer's.
 */
import { AHEAD_LINE_COUNT, AHEAD_LINES, LINE_BYTES } from "../../../ahead.js";
import { TlbKind } from "../../../memory/tlb.js";
import {
  FRAME_FLAGS_BASE,
  FrameFlag,
  TLB_FRAMES_BYTES,
  TLB_FRAMES_OFFSET,
  TLB_TAGS_BYTES,
  TLB_TAGS_OFFSET,
} from "../../../state.js";
import { type Label, load32, load64, load8, tee } from "../assembler/index.js";
import type { GateSite } from "./gate-locals.js";
import { FIRST_OFFSET } from "../layout.js";
import { entryOf } from "./tlb-entry.js";

/** What a guarded entry has beside its page, and the bit that may come to it (tlb.ts). */
const GUARDED_TAG = (1n << 62n) | 0x1000n;
const GLOBAL_TAG = 1n << 61n;

/**
 * Goes on with `host` at an access whose turn it is; `early` is for one that comes too early, and gets the label that
 * leads to where its turn has come. Else leaves the gate.
 */
export function writeGate(site: GateSite, kind: TlbKind.Read | TlbKind.Write, early: (turn: Label) => void): void {
  const { write, aheadBase, core, host, line, left, cyclesLeft } = site;
  writeLookUp(site, kind);
  // Its number, times the 4 bytes of a count.
  write.set(line, host.shrU(Math.log2(LINE_BYTES / 4)).and(4 * (AHEAD_LINE_COUNT - 1)));
  // mutant equal-turn-is-first: const isEarly = tee(left, cyclesLeft).ltS(load32(core, FIRST_OFFSET));
  const isEarly = tee(left, cyclesLeft).leS(load32(core, FIRST_OFFSET));
  if (kind === TlbKind.Read) write.ifUnlikely(isEarly, early);
  else write.if(isEarly, early);
  // Something waits for this line, perhaps.
  // mutant line-conflict-is-not-noticed:
  write.ifUnlikely(load32(line, aheadBase + AHEAD_LINES), site.catchUp);
}

/**
 * Goes on if the entry is guarded and leads to a synchronising page without code, and the access lies in a cache line.
 * Where its size is known it has to be aligned, which is one comparison for all.
 */
function writeLookUp(site: GateSite, kind: TlbKind.Read | TlbKind.Write): void {
  const { write, outside, core, address, slot, host, key, bytes, knownBytes } = site;
  const tag = load64(tee(slot, entryOf(address, slot, core)), TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES);
  const page = knownBytes === null ? tag.and(~GLOBAL_TAG) : tag;
  const offset = tee(key, page.xor(address).sub(GUARDED_TAG));
  write.brIfUnlikely(outside, knownBytes === null ? offset.gtU(4095) : offset.and(~BigInt(4096 - knownBytes)).ne(0));
  write.set(host, load32(slot, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES).add(key.wrap()));
  if (knownBytes === null)
    write.brIfUnlikely(
      outside,
      host
        .and(LINE_BYTES - 1)
        .add(bytes)
        .gtU(LINE_BYTES),
    );
  // What guards an entry for reading is that its page is synchronising.
  if (kind === TlbKind.Read) return;
  const flags = load8(host.shrU(12), FRAME_FLAGS_BASE).and(FrameFlag.Synchronising | FrameFlag.Code);
  write.brIfUnlikely(outside, flags.ne(FrameFlag.Synchronising));
}
