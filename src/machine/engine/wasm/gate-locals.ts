/**
 * What both halves of the gate (gate.ts) use: parameters and locals, and what follows from them.
 */
import type { CodeWriter } from "./code-writer.js";
import { END_OFFSET } from "./layout.js";
import { Op, Type } from "./opcodes.js";

/** Parameters of loads and stores that go the slow way, and locals. */
export const enum At {
  Core = 0,
  Address = 1,
  Flags = 2,
  Exit = 3,
  Time = 4,
  /** A parameter of stores, the result of loads. */
  Value = 5,
  Slot = 6,
  /** Offset in RAM. */
  Host = 7,
  /** Cycles left at the access. */
  Left = 8,
  Line = 9,
  Entry = 10,
  Hash = 11,
  /** Of an access that crosses into the next page. */
  Second = 12,
  First = 13,
  Count = 14,
  Bytes = 15,
  Cycle = 16,
  Key = 17,
}

export const SIZES = [8, 4, 2, 1] as const;
export const LOADS = { 8: Op.I64Load, 4: Op.I64Load32U, 2: Op.I64Load16U, 1: Op.I64Load8U };
export const STORES = { 8: Op.I64Store, 4: Op.I64Store32, 2: Op.I64Store16, 1: Op.I64Store8 };

/** Declares the locals. */
export function declareLocals(code: CodeWriter, isStore: boolean): void {
  const shared = [At.Cycle - At.Slot, Type.I32, At.Key - At.Cycle + 1, Type.I64];
  code.append(isStore ? [2, ...shared] : [3, 1, Type.I64, ...shared]);
}

/** The cycle of the access, when `Left` is known. */
export function pushClock(code: CodeWriter): void {
  code.get(At.Core);
  code.memory(Op.I64Load, END_OFFSET);
  code.get(At.Left);
  code.op(Op.I64ExtendI32S);
  code.op(Op.I64Sub);
}
