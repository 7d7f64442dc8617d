/**
 * What an access of 128 bits does when the inline comparison with the TLB fails: as access-routines.ts has it for other widths.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE } from "../../../state.js";
import { type CodeWriter, Op } from "../assembler/index.js";
import { openGate, PLACES, pushShift, writeAccess, writeSize, writeTurnCheck, writeWait } from "./access-routines.js";
import { At, declareLocals, routineSite } from "./gate-locals.js";
import { writeGatedVectorLoad } from "./gate-read.js";
import { writeGatedStore } from "./gate-store.js";

const VECTOR_BYTES = 16;
const HALF_BYTES = 8;

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
