/**
 * `AheadStores.catchUp` (ahead.ts) as a WebAssembly function, for the gate and for the order:
 *
 *   catchUp(time i64 as low and high i32, core i32) -> i32    0 when all stores up to (time, core) are done; 1 when the next one changes
 *                                         decoded code, which is the engine's affair
 */
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
} from "../../../ahead.js";
import { FRAME_FLAGS_BASE, FrameFlag, RAM_BASE } from "../../../state.js";
import { type CodeWriter, Op, Type } from "../assembler/index.js";

const enum At {
  Low = 0,
  High = 1,
  Core = 2,
  /** The core that is looked at, and offsets of its bounds and its first store. */
  Other = 3,
  Bound = 4,
  Store = 5,
  /** The core whose store comes first, that store and its number. */
  First = 6,
  FirstStore = 7,
  Number = 8,
  Physical = 9,
  Size = 10,
  /** What comes before this is done: of all stores; of the first core's, until it is another's turn. */
  End = 11,
  Limit = 12,
  Cycle = 13,
  FirstCycle = 14,
}

/** Where stores that wait for their turn lie in the machine's memory, and how many cores there are. */
export interface AheadPlace {
  readonly aheadBase: number;
  readonly coreCount: number;
}

export function writeCatchUp(code: CodeWriter, { aheadBase, coreCount }: AheadPlace): void {
  code.append([2, At.End - At.Other, Type.I32, At.FirstCycle - At.End + 1, Type.I64]);
  const add = (offset: number, by: number): void => {
    code.memory(Op.I32Load, offset);
    code.i32(by);
    code.op(Op.I32Add);
    code.memory(Op.I32Store, offset);
  };
  code.op(Op.Loop);
  code.byte(Type.Void);
  code.i32(0);
  code.memory(Op.I32Load, aheadBase + AHEAD_TOTAL);
  code.op(Op.I32Eqz);
  leaveWith(code, 0);
  writeSearch(code, aheadBase, coreCount);
  // Before (time, core), of the core itself also at that time.
  code.get(At.Low);
  code.op(Op.I64ExtendI32U);
  code.get(At.High);
  code.op(Op.I64ExtendI32U);
  code.i64(32n);
  code.op(Op.I64Shl);
  code.op(Op.I64Or);
  code.get(At.First);
  code.get(At.Core);
  code.op(Op.I32LeS);
  code.op(Op.I64ExtendI32U);
  code.op(Op.I64Add);
  code.tee(At.End);
  code.get(At.FirstCycle);
  code.op(Op.I64LeS);
  leaveWith(code, 0);
  code.get(At.End);
  code.get(At.Limit);
  code.get(At.End);
  code.get(At.Limit);
  code.op(Op.I64LtS);
  code.op(Op.Select);
  code.set(At.Limit);
  code.get(At.First);
  code.i32(3);
  code.op(Op.I32Shl);
  code.tee(At.Bound);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS);
  code.set(At.Number);
  code.op(Op.Loop);
  code.byte(Type.Void);
  code.get(At.FirstStore);
  code.memory(Op.I32Load, aheadBase + AHEAD_STORES + AHEAD_ADDRESS);
  code.tee(At.Physical);
  code.i32(12);
  code.op(Op.I32ShrU);
  code.memory(Op.I32Load8U, FRAME_FLAGS_BASE);
  code.i32(FrameFlag.Code);
  code.op(Op.I32And);
  leaveWith(code, 1);
  writePerform(code, aheadBase);
  code.get(At.Bound);
  code.get(At.Number);
  code.i32(1);
  code.op(Op.I32Add);
  code.tee(At.Number);
  code.memory(Op.I32Store, aheadBase + AHEAD_BOUNDS);
  code.i32(0);
  code.i32(0);
  add(aheadBase + AHEAD_TOTAL, -1);
  code.get(At.Physical);
  code.i32(6);
  code.op(Op.I32ShrU);
  code.i32(AHEAD_LINE_COUNT - 1);
  code.op(Op.I32And);
  code.i32(2);
  code.op(Op.I32Shl);
  code.tee(At.Physical);
  code.get(At.Physical);
  add(aheadBase + AHEAD_LINES, -1);
  // The core's next, if there is one and its turn has come.
  code.get(At.Number);
  code.get(At.Bound);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS + 4);
  code.op(Op.I32Eq);
  code.op1(Op.BrIf, 1);
  pushStore(code, At.Number, At.First);
  code.tee(At.FirstStore);
  code.memory(Op.I64Load, aheadBase + AHEAD_STORES);
  code.get(At.Limit);
  code.op(Op.I64LtS);
  code.op1(Op.BrIf, 0);
  code.op(Op.End);
  code.op1(Op.Br, 0);
  code.op(Op.End);
  code.op(Op.Unreachable);
}

/** Returns if the value on the stack is not 0. */
function leaveWith(code: CodeWriter, answer: number): void {
  code.op(Op.If);
  code.byte(Type.Void);
  code.i32(answer);
  code.op(Op.Return);
  code.op(Op.End);
}

/** Pushes the offset of a core's store of a number. */
function pushStore(code: CodeWriter, number: At, core: At): void {
  code.get(number);
  code.i32(AHEAD_CAPACITY - 1);
  code.op(Op.I32And);
  code.i32(Math.log2(AHEAD_STORE_BYTES));
  code.op(Op.I32Shl);
  code.get(core);
  code.i32(Math.log2(AHEAD_CORE_STRIDE));
  code.op(Op.I32Shl);
  code.op(Op.I32Add);
}

/** The core whose store comes first, and where the first of the other cores' limits it. */
function writeSearch(code: CodeWriter, aheadBase: number, coreCount: number): void {
  for (const cycle of [At.FirstCycle, At.Limit]) {
    code.i64((1n << 63n) - 1n);
    code.set(cycle);
  }
  code.i32(0);
  code.set(At.Other);
  code.op(Op.Loop);
  code.byte(Type.Void);
  code.get(At.Other);
  code.i32(3);
  code.op(Op.I32Shl);
  code.tee(At.Bound);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS);
  code.tee(At.Store);
  code.get(At.Bound);
  code.memory(Op.I32Load, aheadBase + AHEAD_BOUNDS + 4);
  code.op(Op.I32Ne);
  code.op(Op.If);
  code.byte(Type.Void);
  pushStore(code, At.Store, At.Other);
  code.tee(At.Store);
  code.memory(Op.I64Load, aheadBase + AHEAD_STORES);
  code.tee(At.Cycle);
  code.get(At.FirstCycle);
  code.op(Op.I64LtS);
  code.op(Op.If);
  code.byte(Type.Void);
  // What was first limits this core, whose number is larger: at the same cycle it comes after it.
  code.get(At.FirstCycle);
  code.set(At.Limit);
  code.get(At.Cycle);
  code.set(At.FirstCycle);
  code.get(At.Other);
  code.set(At.First);
  code.get(At.Store);
  code.set(At.FirstStore);
  code.op(Op.Else);
  // At the same cycle the one found before comes first.
  code.get(At.Cycle);
  code.i64(1n);
  code.op(Op.I64Add);
  code.tee(At.Cycle);
  code.get(At.Limit);
  code.get(At.Cycle);
  code.get(At.Limit);
  code.op(Op.I64LtS);
  code.op(Op.Select);
  code.set(At.Limit);
  code.op(Op.End);
  code.op(Op.End);
  code.get(At.Other);
  code.i32(1);
  code.op(Op.I32Add);
  code.tee(At.Other);
  code.i32(coreCount);
  code.op(Op.I32LtS);
  code.op1(Op.BrIf, 0);
  code.op(Op.End);
}

/** The value into RAM. */
function writePerform(code: CodeWriter, aheadBase: number): void {
  code.get(At.FirstStore);
  code.memory(Op.I32Load, aheadBase + AHEAD_STORES + AHEAD_SIZE);
  code.set(At.Size);
  const copy = (load: Op, store: Op, from = 0): void => {
    code.get(At.Physical);
    code.get(At.FirstStore);
    code.memory(load, aheadBase + AHEAD_STORES + AHEAD_VALUE + from);
    code.memory(store, RAM_BASE + from);
  };
  const isSize = (sizeBytes: number): void => {
    code.get(At.Size);
    code.i32(sizeBytes);
    code.op(Op.I32Eq);
    code.op(Op.If);
    code.byte(Type.Void);
  };
  isSize(8);
  copy(Op.I64Load, Op.I64Store);
  code.op(Op.Else);
  isSize(4);
  copy(Op.I32Load, Op.I32Store);
  code.op(Op.Else);
  isSize(2);
  copy(Op.I32Load16U, Op.I32Store16);
  code.op(Op.Else);
  isSize(16);
  copy(Op.I64Load, Op.I64Store);
  copy(Op.I64Load, Op.I64Store, 8);
  code.op(Op.Else);
  copy(Op.I32Load8U, Op.I32Store8);
  code.op(Op.End);
  code.op(Op.End);
  code.op(Op.End);
  code.op(Op.End);
}
