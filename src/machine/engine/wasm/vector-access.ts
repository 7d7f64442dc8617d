/**
 * Accesses of 128 bits. As in access.ts what hits the TLB is done inline; what misses, or crosses into the next page, goes
 * through a routine, which does the access or leaves the block with nothing done.
 */
import { TlbKind } from "../../memory/tlb.js";
import { RAM_BASE } from "../../state.js";
import { pushHost, writeProbe } from "./access.js";
import { pushShift, writeAccess } from "./access-routines.js";
import type { CodeWriter } from "./code-writer.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import { FunctionIndex } from "./imports.js";
import { BULK_ACCESS } from "./layout.js";
import { Op, Type } from "./opcodes.js";

const VECTOR_BYTES = 16;
const HALF_BYTES = 8;

/** Pushes the first parameters of the routines. In shared pages the reference engine does the access. */
function pushCall({ code }: FunctionBuilder, address: number, kind: TlbKind, sizeBytes: number): void {
  code.get(Local.Core);
  code.get(address);
  code.i32(kind | (sizeBytes << 1) | BULK_ACCESS);
  code.i32(0);
  code.get(Local.Time);
}

/** Pushes the 16 bytes at the address in local `address`. */
export function writeVectorLoad(builder: FunctionBuilder, address: number, exit: number): void {
  const { code } = builder;
  const probe = writeProbe(builder, address, VECTOR_BYTES, TlbKind.Read);
  builder.open(Op.If, "plain", Type.V128);
  const failed = builder.temporary(Type.I32);
  pushCall(builder, address, TlbKind.Read, HALF_BYTES);
  code.op1(Op.Call, FunctionIndex.LoadVectorSlowly);
  code.set(failed);
  code.get(failed);
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
  builder.otherwise();
  pushHost(builder, probe, TlbKind.Read);
  code.simdMemory("v128.load", RAM_BASE);
  builder.close();
}

/** Stores the vector in local `value` at the address in local `address`. */
export function writeVectorStore(builder: FunctionBuilder, address: number, value: number, exit: number): void {
  const { code } = builder;
  const probe = writeProbe(builder, address, VECTOR_BYTES, TlbKind.Write);
  builder.open(Op.If, "plain");
  pushCall(builder, address, TlbKind.Write, VECTOR_BYTES);
  for (const half of [0, 1]) {
    code.get(value);
    code.simdLane("i64x2.extract_lane", half);
  }
  code.op1(Op.Call, FunctionIndex.StoreVectorSlowly);
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
  builder.otherwise();
  pushHost(builder, probe, TlbKind.Write);
  code.get(value);
  code.simdMemory("v128.store", RAM_BASE);
  builder.close();
  // As if it changed something: a polling loop that stores vectors is not found here.
  if (builder.spoiled !== 0) {
    code.i32(1);
    code.set(builder.spoiled);
  }
}

/**
 * Parameters of the gate, flags for a half. Gives the value (v128), and whether the block has to be left. In two halves: a load
 * that fails in its second page has set the A bit of the first in the reference engine as well.
 */
export function writeLoadVectorSlowly(code: CodeWriter): void {
  const [low, failed] = [5, 6];
  code.append([2, 1, Type.I64, 1, Type.I32]);
  const fail = (): void => {
    code.op(Op.If);
    code.byte(Type.Void);
    code.vector(0n);
    code.i32(1);
    code.op(Op.Return);
    code.op(Op.End);
  };
  // #GP or #SS before any table is walked.
  code.get(1);
  code.i64(BigInt(VECTOR_BYTES - 1));
  code.op(Op.I64Add);
  code.i64(47n);
  code.op(Op.I64ShrU);
  code.op(Op.I64Eqz);
  code.op(Op.I32Eqz);
  fail();
  for (let parameter = 0; parameter < 5; parameter++) code.get(parameter);
  code.op1(Op.Call, FunctionIndex.LoadSlowly);
  code.set(failed);
  code.set(low);
  code.get(failed);
  fail();
  code.get(low);
  code.simd("i64x2.splat");
  code.get(0);
  code.get(1);
  code.i64(BigInt(HALF_BYTES));
  code.op(Op.I64Add);
  for (let parameter = 2; parameter < 5; parameter++) code.get(parameter);
  code.op1(Op.Call, FunctionIndex.LoadSlowly);
  code.set(failed);
  code.simdLane("i64x2.replace_lane", 1);
  code.get(failed);
}

/** Parameters of the gate, then the halves of the value (i64). Gives whether the block has to be left. */
export function writeStoreVectorSlowly(code: CodeWriter): void {
  const [low, high, host, second, first, count, bytes] = [5, 6, 7, 8, 9, 10, 11];
  code.append([1, 5, Type.I32]);
  writeAccess(
    code,
    TlbKind.Write,
    { host, second, first, count, bytes },
    () => {
      code.i32(1);
      code.op(Op.Return);
    },
    () => {
      [low, high].forEach((half, place) => {
        code.get(host);
        code.get(half);
        code.memory(Op.I64Store, RAM_BASE + HALF_BYTES * place);
      });
      code.i32(0);
      code.op(Op.Return);
    },
    () => {
      code.get(low);
      code.get(high);
      code.get(count);
      code.i32(HALF_BYTES);
      code.op(Op.I32LtU);
      code.op(Op.Select);
      // The count of a 64-bit shift is taken modulo 64.
      pushShift(code, count);
      code.op(Op.I64ShrU);
      code.memory(Op.I64Store8, RAM_BASE);
    },
    [VECTOR_BYTES],
  );
  code.i32(0);
}
