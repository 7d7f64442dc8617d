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
} from "../../ahead.js";
import { TlbKind } from "../../memory/tlb.js";
import { RAM_BASE } from "../../state.js";
import type { CodeWriter } from "./code-writer.js";
import { writeGate } from "./gate.js";
import { At, pushClock, SIZES, STORES } from "./gate-locals.js";
import { AHEAD_LIMIT_OFFSET, QUIET_OFFSET, TURN_ACCESS, WATCHED_OFFSET } from "./layout.js";
import { Op, Type } from "./opcodes.js";

/** The store of `Value`, of `Bytes`, if its turn has come or it can be kept for that; what reads as well never comes here. */
export function writeGatedStore(code: CodeWriter, aheadBase: number): void {
  writeGate(code, TlbKind.Write, aheadBase, () => {
    writeStoreAhead(code, aheadBase);
  });
  // What somebody polls is the engine's.
  code.get(At.Core);
  code.memory(Op.I32Load, WATCHED_OFFSET);
  code.op1(Op.BrIf, 0);
  code.get(At.Core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
  for (const bytes of SIZES) {
    code.get(At.Bytes);
    code.i32(bytes);
    code.op(Op.I32Eq);
    code.op(Op.If);
    code.byte(Type.Void);
    code.get(At.Host);
    code.get(At.Value);
    code.memory(STORES[bytes], RAM_BASE);
    code.i32(0);
    code.op(Op.Return);
    code.op(Op.End);
  }
}

/** Not first: what may wait is kept for its turn; the rest is the engine's. */
function writeStoreAhead(code: CodeWriter, aheadBase: number): void {
  code.get(At.Flags);
  code.i32(TURN_ACCESS);
  code.op(Op.I32And);
  code.op1(Op.BrIf, 1);
  // Slot: the core's bounds, at its number (core >> 16) times 8.
  code.get(At.Core);
  code.i32(13);
  code.op(Op.I32ShrU);
  code.tee(At.Slot);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS + 4);
  code.tee(At.Entry);
  code.get(At.Slot);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS);
  code.op(Op.I32Sub);
  code.get(At.Core);
  code.memory(Op.I32Load, AHEAD_LIMIT_OFFSET);
  code.op(Op.I32LtU);
  code.op(Op.I32Eqz);
  code.op1(Op.BrIf, 1);
  code.get(At.Core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
  code.get(At.Slot);
  code.get(At.Entry);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, aheadBase + AHEAD_BOUNDS + 4);
  code.i32(0);
  code.i32(0);
  code.memory(Op.I32Load, aheadBase + AHEAD_TOTAL);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, aheadBase + AHEAD_TOTAL);
  code.get(At.Line);
  code.get(At.Line);
  code.memory(Op.I32Load, aheadBase + AHEAD_LINES);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, aheadBase + AHEAD_LINES);
  // Entry: the store, relative to the first of all.
  code.get(At.Entry);
  code.i32(AHEAD_CAPACITY - 1);
  code.op(Op.I32And);
  code.i32(Math.log2(AHEAD_STORE_BYTES));
  code.op(Op.I32Shl);
  code.get(At.Core);
  code.i32(16 - Math.log2(AHEAD_CORE_STRIDE));
  code.op(Op.I32ShrU);
  code.op(Op.I32Add);
  code.tee(At.Entry);
  pushClock(code);
  code.memory(Op.I64Store, aheadBase + AHEAD_STORES);
  code.get(At.Entry);
  code.get(At.Host);
  code.memory(Op.I32Store, aheadBase + AHEAD_STORES + AHEAD_ADDRESS);
  code.get(At.Entry);
  code.get(At.Bytes);
  code.memory(Op.I32Store, aheadBase + AHEAD_STORES + AHEAD_SIZE);
  code.get(At.Entry);
  code.get(At.Value);
  code.memory(Op.I64Store, aheadBase + AHEAD_STORES + AHEAD_VALUE);
  code.i32(0);
  code.op(Op.Return);
}
