/**
 * Reads in the gate (gate.ts): what was read enters the hash of its partition as `mixRead` in trace/hash.ts has it.
 */
import { HASH_WORDS, HASH_WORDS_OFFSET, READ_ADDEND, READ_FACTORS, READ_TURNS } from "../../../trace/hash.js";
import { TlbKind } from "../../memory/tlb.js";
import { RAM_BASE } from "../../state.js";
import type { CodeWriter } from "./code-writer.js";
import { writeGate } from "./gate.js";
import { At, LOADS, pushClock, SIZES } from "./gate-locals.js";
import { FunctionIndex } from "./imports.js";
import {
  ASK_EACH_TIME,
  FIRST_OFFSET,
  FORWARD_OFFSET,
  HASH_OFFSET,
  LeaveReason,
  QUIET_LIMIT,
  QUIET_OFFSET,
  REASON_OFFSET,
} from "./layout.js";
import { Op, Type } from "./opcodes.js";

/** A load of `Bytes` whose turn it is: its value is in `Value`. Without a hash slot, or where polling is looked for, the engine does it. */
export function writeGatedLoad(code: CodeWriter, aheadBase: number): void {
  writeGate(code, TlbKind.Read, aheadBase, () => {
    code.get(At.Core);
    code.memory(Op.I32Load, FIRST_OFFSET);
    code.i32(ASK_EACH_TIME);
    code.op(Op.I32Eq);
    code.op1(Op.BrIf, 1);
    code.get(At.Core);
    code.memory(Op.I32Load, FORWARD_OFFSET);
    code.op(Op.If);
    code.byte(Type.Void);
    code.get(At.Core);
    code.get(At.Left);
    code.op1(Op.Call, FunctionIndex.BringForward);
    code.op1(Op.BrIf, 1);
    code.op(Op.End);
    code.get(At.Core);
    code.i32(LeaveReason.Defer);
    code.memory(Op.I32Store, REASON_OFFSET);
    code.i64(0n);
    code.i32(1);
    code.op(Op.Return);
  });
  code.get(At.Core);
  code.memory(Op.I32Load, HASH_OFFSET);
  code.tee(At.Hash);
  code.op(Op.I32Eqz);
  code.op1(Op.BrIf, 0);
  writeLoadValue(code);
  // The table's entry: address and size, and the value.
  code.get(At.Address);
  code.i64(0xffff_ffffn);
  code.op(Op.I64And);
  code.get(At.Bytes);
  code.op(Op.I64ExtendI32U);
  code.i64(32n);
  code.op(Op.I64Shl);
  code.op(Op.I64Or);
  code.set(At.Key);
  code.get(At.Address);
  code.op(Op.I32WrapI64);
  code.tee(At.Slot);
  code.i32(2);
  code.op(Op.I32ShrU);
  code.get(At.Slot);
  code.i32(6);
  code.op(Op.I32ShrU);
  code.op(Op.I32Xor);
  code.i32(HASH_WORDS - 1);
  code.op(Op.I32And);
  code.i32(4);
  code.op(Op.I32Shl);
  code.get(At.Hash);
  code.op(Op.I32Add);
  code.tee(At.Entry);
  code.memory(Op.I64Load, HASH_WORDS_OFFSET);
  code.get(At.Key);
  code.op(Op.I64Eq);
  code.get(At.Entry);
  code.memory(Op.I64Load, HASH_WORDS_OFFSET + 8);
  code.get(At.Value);
  code.op(Op.I64Eq);
  code.op(Op.I32And);
  code.op(Op.If);
  code.byte(Type.Void);
  // Known already: nothing happens, but that a polling loop becomes more likely.
  code.get(At.Core);
  code.memory(Op.I32Load, QUIET_OFFSET);
  code.tee(At.Slot);
  code.i32(QUIET_LIMIT);
  code.op(Op.I32LtS);
  code.op(Op.I32Eqz);
  code.op1(Op.BrIf, 1);
  code.get(At.Core);
  code.get(At.Slot);
  code.i32(1);
  code.op(Op.I32Add);
  code.memory(Op.I32Store, QUIET_OFFSET);
  code.op(Op.Else);
  code.get(At.Entry);
  code.get(At.Key);
  code.memory(Op.I64Store, HASH_WORDS_OFFSET);
  code.get(At.Entry);
  code.get(At.Value);
  code.memory(Op.I64Store, HASH_WORDS_OFFSET + 8);
  code.get(At.Core);
  code.i32(0);
  code.memory(Op.I32Store, QUIET_OFFSET);
  writeMix(code);
  code.op(Op.End);
}

/** The value at `Host` into `Value`. */
function writeLoadValue(code: CodeWriter): void {
  const write = ([bytes, ...smaller]: readonly (typeof SIZES)[number][]): void => {
    const load = (): void => {
      code.get(At.Host);
      code.memory(LOADS[bytes], RAM_BASE);
    };
    if (smaller.length === 0) {
      load();
      return;
    }
    code.get(At.Bytes);
    code.i32(bytes);
    code.op(Op.I32Eq);
    code.op(Op.If);
    code.byte(Type.I64);
    load();
    code.op(Op.Else);
    write(smaller);
    code.op(Op.End);
  };
  write(SIZES);
  code.set(At.Value);
}

/** Address, value and cycle into the lanes, as one number. */
function writeMix(code: CodeWriter): void {
  const multiply = (factor: bigint): void => {
    code.i64(factor);
    code.op(Op.I64Mul);
  };
  const turn = (bits: bigint): void => {
    code.i64(bits);
    code.op(Op.I64Rotl);
  };
  code.get(At.Hash);
  code.get(At.Value);
  multiply(READ_FACTORS.value);
  pushClock(code);
  multiply(READ_FACTORS.cycle);
  code.get(At.Address);
  code.i64(0xffff_ffffn);
  code.op(Op.I64And);
  multiply(READ_FACTORS.address);
  code.op(Op.I64Add);
  turn(READ_TURNS.cycle);
  code.op(Op.I64Xor);
  code.get(At.Hash);
  code.memory(Op.I64Load, 0);
  code.op(Op.I64Xor);
  turn(READ_TURNS.hash);
  multiply(READ_FACTORS.hash);
  code.i64(READ_ADDEND);
  code.op(Op.I64Add);
  code.memory(Op.I64Store, 0);
}
