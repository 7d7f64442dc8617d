/**
 * The gate: a routine in WebAssembly (routines.ts) that translated code calls when the TLB's entry for an access does not
 * match. Accesses to synchronising pages that come next in the order are done here; all else is asked of `fill`.
 *
 *   gate(core i32, address i64, flags i32, exit i32, time i64) -> i32    offset in RAM, or -1: leave by `exit`
 *   flags   31..9                                          8, 6                        5..1   0
 *           cycles of the block from the instruction on    TURN_, UPDATE_ACCESS        bytes  TlbKind
 *
 * Invariant: it does to hash and order what CoreAccess of the reference engine does: a read enters the hash of its
 * partition (trace/hash.ts: `mixRead`) with the cycle of its instruction, a store needs nobody's word but the observer's.
 */
import { HASH_WORDS_OFFSET } from "../../../trace/hash.js";
import {
  AHEAD_ADDRESS,
  AHEAD_BOUNDS,
  AHEAD_CAPACITY,
  AHEAD_CORE_STRIDE,
  AHEAD_LINE_COUNT,
  AHEAD_LINES,
  AHEAD_SIZE,
  AHEAD_STORE_BYTES,
  AHEAD_STORES,
  AHEAD_TOTAL,
  AHEAD_VALUE,
  LINE_BYTES,
} from "../../ahead.js";
import { TlbKind } from "../../memory/tlb.js";
import {
  CORE_STRIDE,
  FRAME_FLAGS_BASE,
  FrameFlag,
  RAM_BASE,
  TLB_FRAMES_OFFSET,
  TLB_TAGS_BYTES,
  TLB_TAGS_OFFSET,
} from "../../state.js";
import type { AheadPlace } from "./catch-up.js";
import type { CodeWriter } from "./code-writer.js";
import { FunctionIndex } from "./imports.js";
import {
  AHEAD_LIMIT_OFFSET,
  BULK_ACCESS,
  END_OFFSET,
  FIRST_OFFSET,
  HASH_OFFSET,
  LeaveReason,
  QUIET_LIMIT_OFFSET,
  QUIET_OFFSET,
  REASON_OFFSET,
  REFUND_SHIFT,
  TIME_OFFSET,
  TURN_ACCESS,
  UPDATE_ACCESS,
  WATCHED_OFFSET,
} from "./layout.js";
import { Op, Type } from "./opcodes.js";

const enum At {
  Core = 0,
  Address = 1,
  Flags = 2,
  Exit = 3,
  Time = 4,
  Slot = 5,
  Host = 6,
  Left = 7,
  Low = 8,
  High = 9,
  Entry = 10,
  Lane0 = 11,
  Lane1 = 12,
  Hash = 13,
  Line = 14,
  Cycle = 15,
  Offset = 16,
}

/** What a guarded entry has beside its page, and the bit that may come to it (tlb.ts). */
const GUARDED_TAG = (1n << 62n) | 0x1000n;
const GLOBAL_TAG = 1n << 61n;

export function writeGate(code: CodeWriter, { aheadBase }: AheadPlace): void {
  code.append([2, 10, Type.I32, 2, Type.I64]);
  code.get(At.Core);
  code.get(At.Time);
  code.memory(Op.I64Store, TIME_OFFSET);
  code.op(Op.Block);
  code.byte(Type.Void);
  code.get(At.Flags);
  code.i32(BULK_ACCESS);
  code.op(Op.I32And);
  code.op1(Op.BrIf, 0);
  writeLookUp(code);
  // An access that crosses cache lines is the engine's.
  code.get(At.Host);
  code.i32(LINE_BYTES - 1);
  code.op(Op.I32And);
  pushSize(code);
  code.op(Op.I32Add);
  code.i32(LINE_BYTES);
  code.op(Op.I32LtS);
  code.get(At.Host);
  code.i32(LINE_BYTES - 1);
  code.op(Op.I32And);
  pushSize(code);
  code.op(Op.I32Add);
  code.i32(LINE_BYTES);
  code.op(Op.I32Eq);
  code.op(Op.I32Or);
  code.op(Op.I32Eqz);
  code.op1(Op.BrIf, 0);
  code.get(At.Host);
  code.i32(6);
  code.op(Op.I32ShrU);
  code.i32(AHEAD_LINE_COUNT - 1);
  code.op(Op.I32And);
  code.i32(2);
  code.op(Op.I32Shl);
  code.set(At.Line);
  code.get(At.Time);
  code.i64(32n);
  code.op(Op.I64ShrU);
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
  writeStoreAhead(code, aheadBase);
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
  code.get(At.Flags);
  code.i32(TlbKind.Write);
  code.op(Op.I32And);
  code.op(Op.If);
  code.byte(Type.Void);
  writeStoreCheck(code);
  code.op(Op.Else);
  writeRead(code);
  code.op(Op.End);
  code.get(At.Host);
  code.op(Op.Return);
  code.op(Op.End);
  code.get(At.Core);
  code.get(At.Address);
  code.op(Op.I32WrapI64);
  code.get(At.Address);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I32WrapI64);
  code.get(At.Flags);
  code.get(At.Exit);
  code.op1(Op.Call, FunctionIndex.Fill);
}

/** Goes on with the offset in RAM in `Host` if the entry is guarded and leads to a synchronising page without code. */
function writeLookUp(code: CodeWriter): void {
  // The entry, as in access.ts.
  code.get(At.Address);
  code.op(Op.I32WrapI64);
  code.tee(At.Slot);
  code.get(At.Slot);
  code.i32(11);
  code.op(Op.I32ShrU);
  code.op(Op.I32Xor);
  code.i32(9);
  code.op(Op.I32ShrU);
  code.i32(0x1ff8);
  code.op(Op.I32And);
  code.get(At.Flags);
  code.i32(TlbKind.Write);
  code.op(Op.I32And);
  code.i32(Math.log2(TLB_TAGS_BYTES));
  code.op(Op.I32Shl);
  code.op(Op.I32Add);
  code.get(At.Core);
  code.op(Op.I32Add);
  code.tee(At.Slot);
  code.memory(Op.I64Load, TLB_TAGS_OFFSET);
  code.i64(~GLOBAL_TAG);
  code.op(Op.I64And);
  code.get(At.Address);
  code.op(Op.I64Xor);
  code.i64(GUARDED_TAG);
  code.op(Op.I64Sub);
  code.tee(At.Offset);
  code.i32(4096);
  pushSize(code);
  code.op(Op.I32Sub);
  code.op(Op.I64ExtendI32U);
  code.op(Op.I64GtU);
  code.op1(Op.BrIf, 0);
  code.get(At.Slot);
  code.memory(Op.I32Load, TLB_FRAMES_OFFSET);
  code.tee(At.Host);
  code.i32(12);
  code.op(Op.I32ShrU);
  code.memory(Op.I32Load8U, FRAME_FLAGS_BASE);
  code.i32(FrameFlag.Synchronising);
  code.op(Op.I32Ne);
  code.op1(Op.BrIf, 0);
  code.get(At.Host);
  code.get(At.Offset);
  code.op(Op.I32WrapI64);
  code.op(Op.I32Add);
  code.set(At.Host);
}

function pushClock(code: CodeWriter): void {
  code.get(At.Core);
  code.memory(Op.I64Load, END_OFFSET);
  code.get(At.Left);
  code.op(Op.I64ExtendI32S);
  code.op(Op.I64Sub);
}

function pushSize(code: CodeWriter): void {
  code.get(At.Flags);
  code.i32(1);
  code.op(Op.I32ShrU);
  code.i32(31);
  code.op(Op.I32And);
}

/** Not first: a plain store that nobody watches is kept for its turn, a load leaves; the rest is the engine's. */
function writeStoreAhead(code: CodeWriter, aheadBase: number): void {
  code.get(At.Core);
  code.memory(Op.I32Load, QUIET_LIMIT_OFFSET);
  code.i32(0);
  code.op(Op.I32LtS);
  code.op1(Op.BrIf, 1);
  code.get(At.Flags);
  code.i32(TlbKind.Write);
  code.op(Op.I32And);
  code.op(Op.I32Eqz);
  code.op(Op.If);
  code.byte(Type.Void);
  code.get(At.Core);
  code.i32(LeaveReason.Defer);
  code.memory(Op.I32Store, REASON_OFFSET);
  code.i32(-1);
  code.op(Op.Return);
  code.op(Op.End);
  code.get(At.Flags);
  code.i32(TlbKind.Write | UPDATE_ACCESS | TURN_ACCESS);
  code.op(Op.I32And);
  code.i32(TlbKind.Write);
  code.op(Op.I32Ne);
  code.get(At.Core);
  code.memory(Op.I32Load, WATCHED_OFFSET);
  code.op(Op.I32Or);
  code.op1(Op.BrIf, 1);
  // Slot: the core's bounds, at its number (core >> 16) times 8.
  code.get(At.Core);
  code.i32(13);
  code.op(Op.I32ShrU);
  code.tee(At.Slot);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS + 4);
  code.tee(At.Low);
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
  code.get(At.Low);
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
  code.get(At.Low);
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
  pushSize(code);
  code.memory(Op.I32Store, aheadBase + AHEAD_STORES + AHEAD_SIZE);
  code.get(At.Entry);
  code.i32(aheadBase - RAM_BASE + AHEAD_STORES + AHEAD_VALUE);
  code.op(Op.I32Add);
  code.op(Op.Return);
}

/** A store that nobody watches goes on; others, and what reads as well, are the engine's. */
function writeStoreCheck(code: CodeWriter): void {
  code.get(At.Flags);
  code.i32(UPDATE_ACCESS);
  code.op(Op.I32And);
  code.get(At.Core);
  code.memory(Op.I32Load, WATCHED_OFFSET);
  code.op(Op.I32Or);
  code.get(At.Core);
  code.memory(Op.I32Load, QUIET_LIMIT_OFFSET);
  code.i32(0);
  code.op(Op.I32LtS);
  code.op(Op.I32Or);
  code.op1(Op.BrIf, 1);
  code.get(At.Core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
}

/** `mixRead`. Without a hash slot, or where polling is looked for, the engine does it. */
function writeRead(code: CodeWriter): void {
  code.get(At.Core);
  code.memory(Op.I32Load, QUIET_LIMIT_OFFSET);
  code.i32(0);
  code.op(Op.I32LtS);
  code.get(At.Core);
  code.memory(Op.I32Load, HASH_OFFSET);
  code.tee(At.Hash);
  code.op(Op.I32Eqz);
  code.op(Op.I32Or);
  code.op1(Op.BrIf, 1);
  writeLoadValue(code);
  code.get(At.Address);
  code.op(Op.I32WrapI64);
  code.tee(At.Slot);
  code.i32(2);
  code.op(Op.I32ShrU);
  code.get(At.Slot);
  code.i32(6);
  code.op(Op.I32ShrU);
  code.op(Op.I32Xor);
  code.i32(15);
  code.op(Op.I32And);
  code.i32(4);
  code.op(Op.I32Shl);
  code.get(At.Hash);
  code.op(Op.I32Add);
  code.set(At.Entry);
  const words: readonly (() => void)[] = [
    () => code.get(At.Slot),
    () => pushSize(code),
    () => code.get(At.Low),
    () => code.get(At.High),
  ];
  words.forEach((push, i) => {
    code.get(At.Entry);
    code.memory(Op.I32Load, HASH_WORDS_OFFSET + 4 * i);
    push();
    code.op(Op.I32Eq);
    if (i > 0) code.op(Op.I32And);
  });
  code.op(Op.If);
  code.byte(Type.Void);
  // Known already: nothing happens, but that a polling loop becomes more likely.
  code.get(At.Core);
  code.memory(Op.I32Load, QUIET_OFFSET);
  code.get(At.Core);
  code.memory(Op.I32Load, QUIET_LIMIT_OFFSET);
  code.op(Op.I32LtS);
  code.op(Op.I32Eqz);
  code.op1(Op.BrIf, 2);
  code.get(At.Core);
  code.get(At.Core);
  code.memory(Op.I32Load, QUIET_OFFSET);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, QUIET_OFFSET);
  code.op(Op.Else);
  words.forEach((push, i) => {
    code.get(At.Entry);
    push();
    code.memory(Op.I32Store, HASH_WORDS_OFFSET + 4 * i);
  });
  code.get(At.Core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
  writeMix(code);
  code.op(Op.End);
}

/** The value at `Host` into `Low` and `High`. */
function writeLoadValue(code: CodeWriter): void {
  code.i32(0);
  code.set(At.High);
  const isSize = (sizeBytes: number): void => {
    pushSize(code);
    code.i32(sizeBytes);
    code.op(Op.I32Eq);
    code.op(Op.If);
    code.byte(Type.Void);
  };
  const load = (op: Op): void => {
    code.get(At.Host);
    code.memory(op, RAM_BASE);
    code.set(At.Low);
  };
  isSize(8);
  load(Op.I32Load);
  code.get(At.Host);
  code.memory(Op.I32Load, RAM_BASE + 4);
  code.set(At.High);
  code.op(Op.Else);
  isSize(4);
  load(Op.I32Load);
  code.op(Op.Else);
  isSize(2);
  load(Op.I32Load16U);
  code.op(Op.Else);
  load(Op.I32Load8U);
  code.op(Op.End);
  code.op(Op.End);
  code.op(Op.End);
}

/** Address, value and cycle into the lanes. */
function writeMix(code: CodeWriter): void {
  pushClock(code);
  code.set(At.Cycle);
  code.get(At.Hash);
  code.memory(Op.I32Load, 0);
  code.set(At.Lane0);
  code.get(At.Hash);
  code.memory(Op.I32Load, 4);
  code.set(At.Lane1);
  const mix = (push: () => void): void => {
    writeMixLane(code, At.Lane0, push, { first: 0xcc9e2d51, turn: 15, second: 0x1b873593 }, 13, 5, 0xe6546b64);
    writeMixLane(code, At.Lane1, push, { first: 0x239b961b, turn: 16, second: 0xab0e9789 }, 17, 9, 0x561ccd1b);
  };
  mix(() => code.get(At.Slot));
  mix(() => code.get(At.Low));
  mix(() => code.get(At.High));
  mix(() => {
    code.get(At.Cycle);
    code.op(Op.I32WrapI64);
  });
  mix(() => {
    code.get(At.Cycle);
    code.i64(32n);
    code.op(Op.I64ShrU);
    code.op(Op.I32WrapI64);
  });
  code.get(At.Hash);
  code.get(At.Lane0);
  code.memory(Op.I32Store, 0);
  code.get(At.Hash);
  code.get(At.Lane1);
  code.memory(Op.I32Store, 4);
}

/** One lane of `mixWord`. */
function writeMixLane(
  code: CodeWriter,
  lane: number,
  push: () => void,
  { first, turn, second }: { readonly first: number; readonly turn: number; readonly second: number },
  laneTurn: number,
  factor: number,
  addend: number,
): void {
  push();
  code.i32(first);
  code.op(Op.I32Mul);
  code.i32(turn);
  code.op(Op.I32Rotl);
  code.i32(second);
  code.op(Op.I32Mul);
  code.get(lane);
  code.op(Op.I32Xor);
  code.i32(laneTurn);
  code.op(Op.I32Rotl);
  code.i32(factor);
  code.op(Op.I32Mul);
  code.i32(addend);
  code.op(Op.I32Add);
  code.set(lane);
}
