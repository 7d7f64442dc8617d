/**
 * What all parts of the gate (gate.ts) use: its parameters and locals, and what follows from them.
 */
import type { CodeWriter } from "./code-writer.js";
import { END_OFFSET } from "./layout.js";
import { Op } from "./opcodes.js";

/** Parameters and locals of the gate. */
export const enum At {
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

/** The cycle of the access, when `Left` is known. */
export function pushClock(code: CodeWriter): void {
  code.get(At.Core);
  code.memory(Op.I64Load, END_OFFSET);
  code.get(At.Left);
  code.op(Op.I64ExtendI32S);
  code.op(Op.I64Sub);
}

/** Bytes of the access. */
export function pushSize(code: CodeWriter): void {
  code.get(At.Flags);
  code.i32(1);
  code.op(Op.I32ShrU);
  code.i32(31);
  code.op(Op.I32And);
}
