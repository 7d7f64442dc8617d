/**
 * What an access of 128 bits does when the inline comparison with the TLB fails: as access-routines.ts has it for other
 * widths.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE } from "../../../state.js";
import {
  functionOf,
  FUNCTIONS,
  i32,
  type I32,
  i64,
  I64,
  loadBytes,
  loadVector,
  select,
  splat,
  vector,
} from "../assembler/index.js";
import { hasToTakeTurn, shiftOf, writeAccess, writeWait, writeWithGate } from "./access-routines.js";
import { accessLocals, routineSite } from "./gate-locals.js";
import { writeGatedVectorLoad } from "./gate-read.js";
import { writeGatedStore } from "./gate-store.js";

const VECTOR_BYTES = 16;
const HALF_BYTES = 8;

/** `inside` where byte `count` is in the half, otherwise 0. */
function inHalf(half: 0 | 1, count: I32, inside: I64): I64 {
  const isLow = count.ltU(HALF_BYTES);
  return select(half === 1 ? isLow.eqz() : isLow, inside, i64(0));
}

/** Parameters of `translate`. Gives the value, and whether the block has to be left. */
export function loadVectorSlowly(aheadBase: number): Uint8Array {
  return functionOf(FUNCTIONS.loadVectorSlowly, (write, core, address, flags, exit, time) => {
    const value = write.local(I64);
    const locals = accessLocals(write, { core, address, flags, exit, time });
    const [low, high] = write.locals(I64, 2);
    const { host, count } = locals;
    const fail = (): void => write.return(vector(0n), i32(1));
    const both = splat("i64x2", low).withLane("i64x2", 1, high);
    writeWithGate(write, locals, (outside) => {
      const site = routineSite(write, locals, outside, aheadBase, value);
      writeGatedVectorLoad(
        site,
        (turn) => writeWait(site, turn, fail),
        (half) => write.set(half === 0 ? low : high, value),
      );
      write.return(both, i32(0));
    });
    writeAccess(
      write,
      TlbKind.Read,
      locals,
      fail,
      () => write.return(loadVector(host, RAM_BASE), i32(0)),
      (place) => {
        // The count of a 64-bit shift is taken modulo 64.
        write.set(value, loadBytes(1, place, RAM_BASE).shl(shiftOf(count)));
        write.set(low, inHalf(0, count, value).or(low));
        write.set(high, inHalf(1, count, value).or(high));
      },
      [VECTOR_BYTES],
    );
    write.push(both);
    write.push(i32(0));
  });
}

/** Parameters of `translate`, and the halves of the value. Gives whether the block has to be left. */
export function storeVectorSlowly(aheadBase: number): Uint8Array {
  return functionOf(FUNCTIONS.storeVectorSlowly, (write, core, address, flags, exit, time, low, high) => {
    const locals = accessLocals(write, { core, address, flags, exit, time });
    const { host, count } = locals;
    writeWithGate(write, locals, (outside) =>
      writeGatedStore(routineSite(write, locals, outside, aheadBase, low, high), hasToTakeTurn(locals)),
    );
    writeAccess(
      write,
      TlbKind.Write,
      locals,
      () => write.return(i32(1)),
      () => {
        write.store64(host, RAM_BASE, low);
        write.store64(host, RAM_BASE + HALF_BYTES, high);
        write.return(i32(0));
      },
      (place) => {
        const half = inHalf(0, count, low).or(inHalf(1, count, high));
        write.store8(place, RAM_BASE, half.shrU(shiftOf(count)));
      },
      [VECTOR_BYTES],
    );
    write.push(i32(0));
  });
}
