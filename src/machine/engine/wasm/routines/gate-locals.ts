/**
 * Where a gate (gate.ts) stands: in the routines that all accesses may call, or inline at an access of translated code. What is
 * the same for both halves of it, and what differs from place to place.
 */
import { type CodeWriter, FunctionIndex, Op, Type } from "../assembler/index.js";
import { CORE_STRIDE } from "../../../state.js";
import { END_OFFSET, REFUND_SHIFT } from "../layout.js";

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
export type Size = (typeof SIZES)[number];
export const LOADS = { 8: Op.I64Load, 4: Op.I64Load32U, 2: Op.I64Load16U, 1: Op.I64Load8U };
export const STORES = { 8: Op.I64Store, 4: Op.I64Store32, 2: Op.I64Store16, 1: Op.I64Store8 };

export interface GateSite {
  readonly code: CodeWriter;
  /** Where stores that wait for their turn lie in the machine's memory (ahead.ts). */
  readonly aheadBase: number;
  /** Numbers of locals, as At has them: i64 are address, key and value, which loads set. */
  readonly locals: Readonly<
    Record<"core" | "address" | "slot" | "host" | "left" | "line" | "entry" | "hash" | "key" | "value", number>
  >;
  /** How many bytes the access has, where that is known when it is written. */
  readonly bytes: Size | null;
  readonly pushBytes: () => void;
  readonly pushLeft: () => void;
  /** Pushes what is to be stored (i64). */
  readonly pushValue: () => void;
  /** The same for the upper half of a vector. */
  readonly pushUpper: (() => void) | null;
  /** Opens an `if` whose inside hardly ever runs. */
  readonly openUnlikely: () => void;
  /** Leaves the gate with nothing done, `depth` blocks deep in it; or does so if the value on the stack is not 0. */
  readonly giveUp: (depth: number) => void;
  readonly giveUpIf: (depth: number) => void;
  /** The store is done. */
  readonly finishStore: (depth: number) => void;
  /** One block deep: stores that come first, and wait for this line perhaps, are made, or the gate is left. */
  readonly catchUp: () => void;
}

/** Declares the locals of a routine, and `more` i64 behind them. */
export function declareLocals(code: CodeWriter, isStore: boolean, more = 0): void {
  const shared = [At.Cycle - At.Slot, Type.I32, At.Key - At.Cycle + 1 + more, Type.I64];
  code.append(isStore ? [2, ...shared] : [3, 1, Type.I64, ...shared]);
}

/**
 * In a routine, within a block behind which the other ways begin. Of a vector, whose upper half is one more parameter, the locals are
 * one further.
 */
export function routineSite(code: CodeWriter, aheadBase: number, isVectorStore = false): GateSite {
  const further = isVectorStore ? 1 : 0;
  const cycle = At.Cycle + further;
  const site: GateSite = {
    code,
    aheadBase,
    locals: {
      core: At.Core,
      address: At.Address,
      slot: At.Slot + further,
      host: At.Host + further,
      left: At.Left + further,
      line: At.Line + further,
      entry: At.Entry + further,
      hash: At.Hash + further,
      key: At.Key + further,
      value: At.Value,
    },
    bytes: null,
    pushBytes: () => code.get(At.Bytes + further),
    pushLeft() {
      code.get(At.Time);
      code.op(Op.I32WrapI64);
      code.get(At.Flags);
      code.i32(REFUND_SHIFT);
      code.op(Op.I32ShrU);
      code.op(Op.I32Add);
    },
    pushValue: () => code.get(At.Value),
    pushUpper: isVectorStore ? () => code.get(At.Value + 1) : null,
    openUnlikely() {
      code.op(Op.If);
      code.byte(Type.Void);
    },
    giveUp: (depth) => code.op1(Op.Br, depth),
    giveUpIf: (depth) => code.op1(Op.BrIf, depth),
    finishStore() {
      code.i32(0);
      code.op(Op.Return);
    },
    catchUp() {
      pushClock(site);
      code.tee(cycle);
      code.op(Op.I32WrapI64);
      code.get(cycle);
      code.i64(32n);
      code.op(Op.I64ShrU);
      code.op(Op.I32WrapI64);
      code.get(At.Core);
      code.i32(Math.log2(CORE_STRIDE));
      code.op(Op.I32ShrU);
      code.op1(Op.Call, FunctionIndex.CatchUp);
      code.op1(Op.BrIf, 1);
    },
  };
  return site;
}

/** The cycle of the access, when `left` is known. */
export function pushClock({ code, locals }: GateSite): void {
  code.get(locals.core);
  code.memory(Op.I64Load, END_OFFSET);
  code.get(locals.left);
  code.op(Op.I64ExtendI32S);
  code.op(Op.I64Sub);
}
