/**
 * The gate: what the routines for loads and stores that the TLB's entry doesn't match (access-routines.ts) try first. Accesses to
 * synchronising pages that come next in the order are done here; all else is asked of `fill`.
 *
 *   flags   31..9                                          8, 6                        5..1   0
 *           cycles of the block from the instruction on    TURN_, UPDATE_ACCESS        bytes  TlbKind
 *
 * Invariant: it does to hash and order what CoreAccess of the reference engine does: a read enters the hash of its
 * partition (trace/hash.ts: `mixRead`) with the cycle of its instruction, a store needs nobody's word but the observer's.
 */
import { AHEAD_LINE_COUNT, AHEAD_LINES, LINE_BYTES } from "../../ahead.js";
import { TlbKind } from "../../memory/tlb.js";
import {
  CORE_STRIDE,
  FRAME_FLAGS_BASE,
  FrameFlag,
  TLB_FRAMES_BYTES,
  TLB_FRAMES_OFFSET,
  TLB_TAGS_BYTES,
  TLB_TAGS_OFFSET,
} from "../../state.js";
import { pushEntry } from "./access.js";
import type { CodeWriter } from "./code-writer.js";
import { At, pushClock } from "./gate-locals.js";
import { FunctionIndex } from "./imports.js";
import { FIRST_OFFSET, REFUND_SHIFT } from "./layout.js";
import { Op, Type } from "./opcodes.js";

/** What a guarded entry has beside its page, and the bit that may come to it (tlb.ts). */
const GUARDED_TAG = (1n << 62n) | 0x1000n;
const GLOBAL_TAG = 1n << 61n;

/** Goes on with `Host` at an access whose turn it is; `early` is written for one that comes too early. Else leaves the block. */
export function writeGate(
  code: CodeWriter,
  kind: TlbKind.Read | TlbKind.Write,
  aheadBase: number,
  early: () => void,
): void {
  writeLookUp(code, kind);
  code.get(At.Host);
  code.i32(6);
  code.op(Op.I32ShrU);
  code.i32(AHEAD_LINE_COUNT - 1);
  code.op(Op.I32And);
  code.i32(2);
  code.op(Op.I32Shl);
  code.set(At.Line);
  code.get(At.Time);
  code.op(Op.I32WrapI64);
  code.get(At.Flags);
  code.i32(REFUND_SHIFT);
  code.op(Op.I32ShrU);
  code.op(Op.I32Add);
  code.tee(At.Left);
  code.get(At.Core);
  code.memory(Op.I32Load, FIRST_OFFSET);
  code.op(Op.I32LeS);
  code.op(Op.If);
  code.byte(Type.Void);
  early();
  code.op(Op.End);
  // Something waits for this line, perhaps.
  code.get(At.Line);
  code.memory(Op.I32Load, aheadBase + AHEAD_LINES);
  code.op(Op.If);
  code.byte(Type.Void);
  pushClock(code);
  code.tee(At.Cycle);
  code.op(Op.I32WrapI64);
  code.get(At.Cycle);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I32WrapI64);
  code.get(At.Core);
  code.i32(Math.log2(CORE_STRIDE));
  code.op(Op.I32ShrU);
  code.op1(Op.Call, FunctionIndex.CatchUp);
  code.op1(Op.BrIf, 1);
  code.op(Op.End);
}

/** Goes on if the entry is guarded and leads to a synchronising page without code, and the access lies in a cache line. */
function writeLookUp(code: CodeWriter, kind: TlbKind.Read | TlbKind.Write): void {
  pushEntry(code, At.Address, At.Slot, At.Core);
  code.tee(At.Slot);
  code.memory(Op.I64Load, TLB_TAGS_OFFSET + kind * TLB_TAGS_BYTES);
  code.i64(~GLOBAL_TAG);
  code.op(Op.I64And);
  code.get(At.Address);
  code.op(Op.I64Xor);
  code.i64(GUARDED_TAG);
  code.op(Op.I64Sub);
  code.tee(At.Key);
  code.i64(4095n);
  code.op(Op.I64GtU);
  code.op1(Op.BrIf, 0);
  code.get(At.Slot);
  code.memory(Op.I32Load, TLB_FRAMES_OFFSET + kind * TLB_FRAMES_BYTES);
  code.get(At.Key);
  code.op(Op.I32WrapI64);
  code.op(Op.I32Add);
  code.tee(At.Host);
  code.i32(LINE_BYTES - 1);
  code.op(Op.I32And);
  code.get(At.Bytes);
  code.op(Op.I32Add);
  code.i32(LINE_BYTES);
  code.op(Op.I32GtU);
  code.op1(Op.BrIf, 0);
  // What guards an entry for reading is that its page is synchronising.
  if (kind === TlbKind.Read) return;
  code.get(At.Host);
  code.i32(12);
  code.op(Op.I32ShrU);
  code.memory(Op.I32Load8U, FRAME_FLAGS_BASE);
  code.i32(FrameFlag.Synchronising);
  code.op(Op.I32Ne);
  code.op1(Op.BrIf, 0);
}
