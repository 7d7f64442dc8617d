/**
 * The gate: accesses to synchronising pages that come next in the order are done here. It stands in the routines for loads and
 * stores that the TLB's entry doesn't match (access-routines.ts), which ask `fill` for all else; and inline, in front of those, at
 * instructions that were seen to access such pages (shared-access.ts).
 *
 *   flags   31..9                                          8, 6                        5..1   0
 *           cycles of the block from the instruction on    TURN_, UPDATE_ACCESS        bytes  TlbKind
 *
 * Invariant: it does to hash and order what CoreAccess of the reference engine does: a read enters the hash of its
 * partition (trace/hash.ts: `mixRead`) with the cycle of its instruction, a store needs nobody's word but the observer's.
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
import { pushEntry } from "./tlb-entry.js";
import type { GateSite } from "./gate-locals.js";
import { FIRST_OFFSET } from "../layout.js";
import { Op, Type } from "../assembler/index.js";

/** What a guarded entry has beside its page, and the bit that may come to it (tlb.ts). */
const GUARDED_TAG = (1n << 62n) | 0x1000n;
const GLOBAL_TAG = 1n << 61n;

/**
 * Goes on with `host` at an access whose turn it is; `early` is written, one block deep, for one that comes too early. Else leaves
 * the gate.
 */
export function writeGate(site: GateSite, kind: TlbKind.Read | TlbKind.Write, early: () => void): void {
  const { code, locals, aheadBase } = site;
  writeLookUp(site, kind);
  // Its number, times the 4 bytes of a count.
  code.get(locals.host);
  code.i32(Math.log2(LINE_BYTES / 4));
  code.op(Op.I32ShrU);
  code.i32(4 * (AHEAD_LINE_COUNT - 1));
  code.op(Op.I32And);
  code.set(locals.line);
  site.pushLeft();
  code.tee(locals.left);
  code.get(locals.core);
  code.memory(Op.I32Load, FIRST_OFFSET);
  code.op(Op.I32LeS);
  if (kind === TlbKind.Read) site.openUnlikely();
  else {
    code.op(Op.If);
    code.byte(Type.Void);
  }
  early();
  code.op(Op.End);
  // Something waits for this line, perhaps.
  code.get(locals.line);
  code.memory(Op.I32Load, aheadBase + AHEAD_LINES);
  site.openUnlikely();
  site.catchUp();
  code.op(Op.End);
}

/**
 * Goes on if the entry is guarded and leads to a synchronising page without code, and the access lies in a cache line. Where its
 * size is known it has to be aligned, which is one comparison for all.
 */
function writeLookUp(site: GateSite, kind: TlbKind.Read | TlbKind.Write): void {
  const { code, locals } = site;
  pushEntry(code, locals.address, locals.slot, locals.core);
  code.tee(locals.slot);
  code.memory(Op.I64Load, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES);
  if (site.bytes === null) {
    code.i64(~GLOBAL_TAG);
    code.op(Op.I64And);
  }
  code.get(locals.address);
  code.op(Op.I64Xor);
  code.i64(GUARDED_TAG);
  code.op(Op.I64Sub);
  code.tee(locals.key);
  if (site.bytes === null) {
    code.i64(4095n);
    code.op(Op.I64GtU);
  } else {
    code.i64(~BigInt(4096 - site.bytes));
    code.op(Op.I64And);
    code.i64(0n);
    code.op(Op.I64Ne);
  }
  site.giveUpIf(0);
  code.get(locals.slot);
  code.memory(Op.I32Load, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES);
  code.get(locals.key);
  code.op(Op.I32WrapI64);
  code.op(Op.I32Add);
  code.set(locals.host);
  if (site.bytes === null) {
    code.get(locals.host);
    code.i32(LINE_BYTES - 1);
    code.op(Op.I32And);
    site.pushBytes();
    code.op(Op.I32Add);
    code.i32(LINE_BYTES);
    code.op(Op.I32GtU);
    site.giveUpIf(0);
  }
  // What guards an entry for reading is that its page is synchronising.
  if (kind === TlbKind.Read) return;
  code.get(locals.host);
  code.i32(12);
  code.op(Op.I32ShrU);
  code.memory(Op.I32Load8U, FRAME_FLAGS_BASE);
  code.i32(FrameFlag.Synchronising);
  code.op(Op.I32Ne);
  site.giveUpIf(0);
}
