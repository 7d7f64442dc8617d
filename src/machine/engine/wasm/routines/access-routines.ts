/**
 * What a load or store does when the inline comparison with the TLB fails: it goes through the gate (gate.ts), or asks `fill`,
 * for both pages where it crosses into the next, and then does the access itself, unless it can't be done here and now.
 *
 * Invariant: as in the reference engine, both pages are translated before the first byte is stored, and no table is walked for an
 * access that leaves the lower half.
 */
import { TlbKind } from "../../../memory/tlb.js";
import { RAM_BASE, TLB_FRAMES_OFFSET, TLB_TAGS_BYTES, TLB_TAGS_OFFSET } from "../../../state.js";
import { pushEntry } from "./tlb-entry.js";
import { type CodeWriter, FunctionIndex, Op, Type } from "../assembler/index.js";
import { At, declareLocals, LOADS, routineSite, SIZES, STORES } from "./gate-locals.js";
import { writeGatedLoad } from "./gate-read.js";
import { writeGatedStore } from "./gate-store.js";
import {
  ASK_EACH_TIME,
  BULK_ACCESS,
  FIRST_OFFSET,
  FORWARD_OFFSET,
  LeaveReason,
  REASON_OFFSET,
  TIME_OFFSET,
  TURN_ACCESS,
} from "../layout.js";

function openIf(code: CodeWriter): void {
  code.op(Op.If);
  code.byte(Type.Void);
}

/** Translates the address of a byte into `host`; pushes whether that must not be. */
function writeFill(code: CodeWriter, kind: TlbKind, pushAddress: () => void, host: number): void {
  code.get(0);
  pushAddress();
  code.op(Op.I32WrapI64);
  pushAddress();
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I32WrapI64);
  code.i32(kind | (1 << 1) | BULK_ACCESS);
  code.i32(0);
  code.op1(Op.Call, FunctionIndex.Fill);
  code.tee(host);
  code.i32(-1);
  code.op(Op.I32Eq);
}

/**
 * Parameters core, address, flags (gate.ts), exit, time. Gives the offset in RAM, or -1: leave by `exit`. The entry may be the
 * page's: that of a span that crosses pages (access-spans.ts) is not looked at.
 */
export function writeTranslate(code: CodeWriter): void {
  const [slot, offset] = [5, 6];
  code.append([2, 1, Type.I32, 1, Type.I64]);
  // Of the kind in the lowest bit of the flags.
  pushEntry(code, 1, slot, 0);
  code.get(2);
  code.i32(1);
  code.op(Op.I32And);
  code.i32(Math.log2(TLB_TAGS_BYTES));
  code.op(Op.I32Shl);
  code.op(Op.I32Add);
  code.tee(slot);
  code.memory(Op.I64Load, TLB_TAGS_OFFSET);
  code.get(1);
  code.op(Op.I64Xor);
  code.tee(offset);
  code.i64(4096n);
  code.get(2);
  code.i32(1);
  code.op(Op.I32ShrU);
  code.i32(31);
  code.op(Op.I32And);
  code.op(Op.I64ExtendI32U);
  code.op(Op.I64Sub);
  code.op(Op.I64GtU);
  code.op(Op.I32Eqz);
  openIf(code);
  code.get(slot);
  code.memory(Op.I32Load, TLB_FRAMES_OFFSET);
  code.get(offset);
  code.op(Op.I32WrapI64);
  code.op(Op.I32Add);
  code.op(Op.Return);
  code.op(Op.End);
  code.get(0);
  code.get(4);
  code.memory(Op.I64Store, TIME_OFFSET);
  code.get(0);
  code.get(1);
  code.op(Op.I32WrapI64);
  code.get(1);
  code.i64(32n);
  code.op(Op.I64ShrU);
  code.op(Op.I32WrapI64);
  code.get(2);
  code.get(3);
  code.op1(Op.Call, FunctionIndex.Fill);
}

/** How many bytes the access has, from the flags in local 2 into local `bytes`. */
export function writeSize(code: CodeWriter, bytes: number): void {
  code.get(2);
  code.i32(1);
  code.op(Op.I32ShrU);
  code.i32(31);
  code.op(Op.I32And);
  code.set(bytes);
}

/**
 * The access of `bytes` at the address in local 1; flags, exit and time as in `writeTranslate` in locals 2, 3 and 4. `whole` is
 * written once for each size, with the host address in local `host`; `byte` in a loop, with the host address of a byte on the stack,
 * ascending, its number in local `count`.
 */
export function writeAccess<Size extends number = 8 | 4 | 2 | 1>(
  code: CodeWriter,
  kind: TlbKind,
  locals: Readonly<Record<"host" | "second" | "first" | "count" | "bytes", number>>,
  fail: () => void,
  whole: (size: Size) => void,
  byte: () => void,
  sizes: readonly Size[] = SIZES as readonly number[] as readonly Size[],
): void {
  const { host, second, first, count, bytes: sizeBytes } = locals;
  const address = (): void => code.get(1);
  const size = (): void => code.get(sizeBytes);
  code.i32(4096);
  address();
  code.op(Op.I32WrapI64);
  code.i32(4095);
  code.op(Op.I32And);
  code.op(Op.I32Sub);
  code.tee(first);
  size();
  code.op(Op.I32LtU);
  code.op(Op.I32Eqz);
  openIf(code);
  for (let parameter = 0; parameter < 5; parameter++) code.get(parameter);
  code.op1(Op.Call, FunctionIndex.Translate);
  code.tee(host);
  code.i32(-1);
  code.op(Op.I32Eq);
  openIf(code);
  fail();
  code.op(Op.End);
  for (const bytes of sizes) {
    size();
    code.i32(bytes);
    code.op(Op.I32Eq);
    openIf(code);
    whole(bytes);
    code.op(Op.End);
  }
  code.op(Op.End);

  const secondPage = (): void => {
    address();
    code.get(first);
    code.op(Op.I64ExtendI32U);
    code.op(Op.I64Add);
  };
  // #GP or #SS, and no table is walked for the first page either.
  secondPage();
  code.i64(47n);
  code.op(Op.I64ShrU);
  code.i64(0n);
  code.op(Op.I64Ne);
  openIf(code);
  fail();
  code.op(Op.End);
  writeFill(code, kind, address, host);
  openIf(code);
  fail();
  code.op(Op.End);
  writeFill(code, kind, secondPage, second);
  openIf(code);
  fail();
  code.op(Op.End);
  // So that byte i of the second part is at second + i, too.
  code.get(second);
  code.get(first);
  code.op(Op.I32Sub);
  code.set(second);
  code.op(Op.Loop);
  code.byte(Type.Void);
  code.get(host);
  code.get(second);
  code.get(count);
  code.get(first);
  code.op(Op.I32LtU);
  code.op(Op.Select);
  code.get(count);
  code.op(Op.I32Add);
  byte();
  code.get(count);
  code.i32(1);
  code.op(Op.I32Add);
  code.tee(count);
  size();
  code.op(Op.I32LtU);
  code.op1(Op.BrIf, 0);
  code.op(Op.End);
}

/** Pushes the number of bits by which byte `count` is shifted. */
export function pushShift(code: CodeWriter, count: number): void {
  code.get(count);
  code.i32(3);
  code.op(Op.I32Shl);
  code.op(Op.I64ExtendI32U);
}

/** A load that comes too early: others come forward, or the core waits; where polling is looked for, the engine is asked. */
export function writeWait(code: CodeWriter, fail: () => void): void {
  code.get(At.Core);
  code.memory(Op.I32Load, FIRST_OFFSET);
  code.i32(ASK_EACH_TIME);
  code.op(Op.I32Eq);
  code.op1(Op.BrIf, 1);
  code.get(At.Core);
  code.memory(Op.I32Load, FORWARD_OFFSET);
  openIf(code);
  code.get(At.Core);
  code.get(At.Left);
  code.op1(Op.Call, FunctionIndex.BringForward);
  code.op1(Op.BrIf, 1);
  code.op(Op.End);
  code.get(At.Core);
  code.i32(LeaveReason.Defer);
  code.memory(Op.I32Store, REASON_OFFSET);
  fail();
}

/** Pushes whether a store may not wait for its turn. */
export function writeTurnCheck(code: CodeWriter): void {
  code.get(At.Flags);
  code.i32(TURN_ACCESS);
  code.op(Op.I32And);
}

/** Locals of writeAccess. */
export const PLACES = { host: At.Host, second: At.Second, first: At.First, count: At.Count, bytes: At.Bytes };

/**
 * Opens the block in which the gate stands. Repetitions have it closed: the engine that does what they leave stands within the
 * instruction then, at the cycle of the access, and not before it.
 */
export function openGate(code: CodeWriter): void {
  code.op(Op.Block);
  code.byte(Type.Void);
  code.get(At.Flags);
  code.i32(BULK_ACCESS);
  code.op(Op.I32And);
  code.op1(Op.BrIf, 0);
}

/** Parameters of `writeTranslate`. Gives the value, and whether the block has to be left (i32). */
export function writeLoadSlowly(code: CodeWriter, aheadBase: number): void {
  const fail = (): void => {
    code.i64(0n);
    code.i32(1);
    code.op(Op.Return);
  };
  declareLocals(code, false);
  writeSize(code, At.Bytes);
  openGate(code);
  writeGatedLoad(routineSite(code, aheadBase), () => {
    writeWait(code, fail);
  });
  code.get(At.Value);
  code.i32(0);
  code.op(Op.Return);
  code.op(Op.End);
  writeAccess(
    code,
    TlbKind.Read,
    PLACES,
    fail,
    (bytes) => {
      code.get(At.Host);
      code.memory(LOADS[bytes], RAM_BASE);
      code.i32(0);
      code.op(Op.Return);
    },
    () => {
      code.memory(Op.I64Load8U, RAM_BASE);
      pushShift(code, At.Count);
      code.op(Op.I64Shl);
      code.get(At.Value);
      code.op(Op.I64Or);
      code.set(At.Value);
    },
  );
  code.get(At.Value);
  code.i32(0);
}

/** Parameters of `writeTranslate`, and 5 value (i64). Gives whether the block has to be left. */
export function writeStoreSlowly(code: CodeWriter, aheadBase: number): void {
  declareLocals(code, true);
  writeSize(code, At.Bytes);
  openGate(code);
  writeGatedStore(routineSite(code, aheadBase), () => writeTurnCheck(code));
  code.op(Op.End);
  writeAccess(
    code,
    TlbKind.Write,
    PLACES,
    () => {
      code.i32(1);
      code.op(Op.Return);
    },
    (bytes) => {
      code.get(At.Host);
      code.get(At.Value);
      code.memory(STORES[bytes], RAM_BASE);
      code.i32(0);
      code.op(Op.Return);
    },
    () => {
      code.get(At.Value);
      pushShift(code, At.Count);
      code.op(Op.I64ShrU);
      code.memory(Op.I64Store8, RAM_BASE);
    },
  );
  code.i32(0);
}
