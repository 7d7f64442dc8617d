/**
 * Reads in the gate (gate.ts): what was read enters the hash of its partition as `mixRead` in trace/hash.ts has it.
 */
import { HASH_WORDS_OFFSET } from "../../../trace/hash.js";
import { RAM_BASE } from "../../state.js";
import type { CodeWriter } from "./code-writer.js";
import { At, pushClock, pushSize } from "./gate-locals.js";
import { HASH_OFFSET, QUIET_LIMIT_OFFSET, QUIET_OFFSET } from "./layout.js";
import { Op, Type } from "./opcodes.js";

/** `mixRead`. Without a hash slot, or where polling is looked for, the engine does it. */
export function writeRead(code: CodeWriter): void {
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
