/**
 * Accesses of 128 bits. As in access.ts what hits the TLB is done inline; what misses, or crosses into the next page, goes
 * through a routine, which does the access or leaves the block with nothing done.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE } from "../../../state.js";
import { type Reach, type WayOut, writeHit, writeLoad } from "./access.js";
import {
  openGate,
  PLACES,
  pushShift,
  writeAccess,
  writeSize,
  writeTurnCheck,
  writeWait,
} from "../routines/access-routines.js";
import { type CodeWriter, FunctionIndex, Op, Type } from "../assembler/index.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import { At, declareLocals, routineSite } from "../routines/gate-locals.js";
import { writeGatedVectorLoad } from "../routines/gate-read.js";
import { writeGatedStore } from "../routines/gate-store.js";

const VECTOR_BYTES = 16;
const HALF_BYTES = 8;

/** What the routine is told. */
function pushAccess({ code }: FunctionBuilder, address: number, kind: TlbKind, { flags, exit }: WayOut): void {
  code.get(Local.Core);
  code.get(address);
  code.i32(kind | (VECTOR_BYTES << 1) | flags);
  code.i32(exit);
  code.get(Local.Time);
}

/** Pushes the 16 bytes at the address in local `address`. */
export function writeVectorLoad(builder: FunctionBuilder, address: number, reach: Reach, wayOut: WayOut): void {
  const { code } = builder;
  reach.pushMiss();
  builder.openUnlikely(Type.V128);
  reach.noteMiss();
  const failed = builder.temporary(Type.I32);
  pushAccess(builder, address, TlbKind.Read, wayOut);
  code.call(FunctionIndex.LoadVectorSlowly);
  code.set(failed);
  code.get(failed);
  builder.openUnlikely();
  builder.leave(wayOut.exit);
  builder.close();
  builder.otherwise();
  reach.pushHost();
  writeLoad(builder, 128, reach.distance);
  builder.close();
}

/** Stores the vector in local `value` at the address in local `address`. */
export function writeVectorStore(
  builder: FunctionBuilder,
  address: number,
  value: number,
  reach: Reach,
  wayOut: WayOut,
): void {
  const { code } = builder;
  reach.pushMiss();
  builder.openUnlikely();
  reach.noteMiss();
  pushAccess(builder, address, TlbKind.Write, wayOut);
  for (const half of [0, 1]) {
    code.get(value);
    code.simdLane("i64x2.extract_lane", half);
  }
  code.call(FunctionIndex.StoreVectorSlowly);
  builder.openUnlikely();
  builder.leave(wayOut.exit);
  builder.close();
  if (builder.spoiled !== 0) {
    code.i32(1);
    code.set(builder.spoiled);
  }
  builder.otherwise();
  writeHit(builder, 128, value, reach);
  builder.close();
}

/** Pushes `inside` where byte `count` is in half `half`, otherwise 0. */
function pushInHalf(code: CodeWriter, half: 0 | 1, count: number, inside: number): void {
  code.get(inside);
  code.i64(0n);
  code.get(count);
  code.i32(HALF_BYTES);
  code.op(Op.I32LtU);
  if (half === 1) code.op(Op.I32Eqz);
  code.op(Op.Select);
}

/** Parameters of `writeTranslate`. Gives the value (v128), and whether the block has to be left (i32). */
export function writeLoadVectorSlowly(code: CodeWriter, aheadBase: number): void {
  const [low, high] = [At.Key + 1, At.Key + 2];
  const fail = (): void => {
    code.vector(0n);
    code.i32(1);
    code.op(Op.Return);
  };
  const pushValue = (): void => {
    code.get(low);
    code.simd("i64x2.splat");
    code.get(high);
    code.simdLane("i64x2.replace_lane", 1);
    code.i32(0);
  };
  declareLocals(code, false, 2);
  writeSize(code, At.Bytes);
  openGate(code);
  writeGatedVectorLoad(
    routineSite(code, aheadBase),
    () => {
      writeWait(code, fail);
    },
    (half) => {
      code.get(At.Value);
      code.set(half === 0 ? low : high);
    },
  );
  pushValue();
  code.op(Op.Return);
  code.op(Op.End);
  writeAccess(
    code,
    TlbKind.Read,
    PLACES,
    fail,
    () => {
      code.get(At.Host);
      code.simdMemory("v128.load", RAM_BASE);
      code.i32(0);
      code.op(Op.Return);
    },
    () => {
      code.memory(Op.I64Load8U, RAM_BASE);
      // The count of a 64-bit shift is taken modulo 64.
      pushShift(code, At.Count);
      code.op(Op.I64Shl);
      code.set(At.Value);
      for (const [half, value] of [
        [0, low],
        [1, high],
      ] as const) {
        pushInHalf(code, half, At.Count, At.Value);
        code.get(value);
        code.op(Op.I64Or);
        code.set(value);
      }
    },
    [VECTOR_BYTES],
  );
  pushValue();
}

/** Parameters of `writeTranslate`, and 5 and 6 the halves of the value (i64). Gives whether the block has to be left. */
export function writeStoreVectorSlowly(code: CodeWriter, aheadBase: number): void {
  const [low, high] = [At.Value, At.Value + 1];
  const [host, second, first, count, bytes] = [At.Host, At.Second, At.First, At.Count, At.Bytes].map((at) => at + 1);
  declareLocals(code, true);
  writeSize(code, bytes);
  openGate(code);
  writeGatedStore(routineSite(code, aheadBase, true), () => writeTurnCheck(code));
  code.op(Op.End);
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
      pushInHalf(code, 0, count, low);
      pushInHalf(code, 1, count, high);
      code.op(Op.I64Or);
      pushShift(code, count);
      code.op(Op.I64ShrU);
      code.memory(Op.I64Store8, RAM_BASE);
    },
    [VECTOR_BYTES],
  );
  code.i32(0);
}
