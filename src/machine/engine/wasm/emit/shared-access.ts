/**
 * Loads and stores of instructions that were seen to access synchronising pages (BlockEntry.isShared): the gate (gate.ts) stands in
 * front of the other ways, within the block.
 *
 * Invariant: it does what the routine's does, or nothing; what it leaves, be it private, too early or waited for, goes on as if it
 * weren't there.
 */
import type { Reach, WayOut } from "./access.js";
import { writeWholeLoad, writeWholeStore } from "./access.js";
import { type FunctionBuilder, Local } from "./function-builder.js";
import { writeGatedLoad } from "../routines/gate-read.js";
import { writeGatedStore } from "../routines/gate-store.js";
import type { GateSite, Size } from "../routines/gate-locals.js";
import { REFUND_SHIFT } from "../layout.js";
import { Op, Type } from "../assembler/index.js";

/** Two blocks deep: the inner one is left where the gate is given up, the outer one when all is done. */
function siteAt(
  builder: FunctionBuilder,
  address: number,
  width: number,
  flags: number,
  pushValue: () => void,
): GateSite {
  const { code } = builder;
  const [slot, host, left, line, entry, hash] = Array.from({ length: 6 }, () => builder.temporary(Type.I32));
  const [key, value] = Array.from({ length: 2 }, () => builder.temporary(Type.I64));
  return {
    code,
    aheadBase: builder.aheadBase,
    locals: { core: Local.Core, address, slot, host, left, line, entry, hash, key, value },
    bytes: (width / 8) as Size,
    pushBytes: () => code.i32(width / 8),
    pushLeft() {
      code.get(Local.Time);
      code.op(Op.I32WrapI64);
      code.i32(flags >>> REFUND_SHIFT);
      code.op(Op.I32Add);
    },
    pushValue,
    pushUpper: null,
    openUnlikely() {
      builder.unlikely.push(code.length);
      code.op(Op.If);
      code.byte(Type.Void);
    },
    giveUp: (depth) => code.op1(Op.Br, depth),
    giveUpIf(depth) {
      builder.unlikely.push(code.length);
      code.op1(Op.BrIf, depth);
    },
    finishStore(depth) {
      if (builder.spoiled !== 0) {
        code.i32(1);
        code.set(builder.spoiled);
      }
      code.op1(Op.Br, depth + 1);
    },
    catchUp: () => code.op1(Op.Br, 1),
  };
}

/** As `writeWholeLoad`. */
export function writeSharedLoad(
  builder: FunctionBuilder,
  address: number,
  width: number,
  reach: Reach,
  wayOut: WayOut,
): void {
  const { code } = builder;
  const site = siteAt(builder, address, width, wayOut.flags, () => {});
  builder.open(Op.Block, "plain", width === 64 ? Type.I64 : Type.I32);
  builder.open(Op.Block, "plain");
  writeGatedLoad(site, () => site.giveUp(1));
  code.get(site.locals.value);
  if (width !== 64) code.op(Op.I32WrapI64);
  code.op1(Op.Br, 1);
  builder.close();
  writeWholeLoad(builder, address, width, reach, wayOut);
  builder.close();
}

/** As `writeWholeStore`. */
export function writeSharedStore(
  builder: FunctionBuilder,
  address: number,
  width: number,
  value: number,
  reach: Reach,
  wayOut: WayOut,
): void {
  const { code } = builder;
  const site = siteAt(builder, address, width, wayOut.flags, () => {
    code.get(value);
    if (width !== 64) code.op(Op.I64ExtendI32U);
  });
  builder.open(Op.Block, "plain");
  builder.open(Op.Block, "plain");
  writeGatedStore(site, null);
  builder.close();
  writeWholeStore(builder, address, width, value, reach, wayOut);
  builder.close();
}
