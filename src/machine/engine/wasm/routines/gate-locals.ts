/**
 * Where a gate (gate.ts) stands: in the routines that all accesses may call, or inline at an access of translated code.
 * What is the same for both halves of it, and what differs from place to place.
 */
import {
  call,
  type FunctionWriter,
  FUNCTIONS,
  i32,
  I32,
  I64,
  type Label,
  load64,
  type Local,
  tee,
} from "../assembler/index.js";
import { CORE_STRIDE } from "../../../state.js";
import { END_OFFSET, REFUND_SHIFT } from "../layout.js";

export const SIZES = [8, 4, 2, 1] as const;
export type Size = (typeof SIZES)[number];

/** The parameters of loads and stores that go the slow way. */
export interface AccessParameters {
  /** The base of the core's area. */
  readonly core: Local<I32>;
  readonly address: Local<I64>;
  /** See gate.ts. */
  readonly flags: Local<I32>;
  readonly exit: Local<I32>;
  readonly time: Local<I64>;
}

/** Locals of a gate. */
interface GateLocals {
  readonly slot: Local<I32>;
  /** Offset in RAM. */
  readonly host: Local<I32>;
  /** Cycles left at the access. */
  readonly left: Local<I32>;
  readonly line: Local<I32>;
  readonly entry: Local<I32>;
  readonly hash: Local<I32>;
  readonly key: Local<I64>;
}

/** Locals of loads and stores that go the slow way. */
export interface AccessLocals extends AccessParameters, GateLocals {
  /** Where the next page begins in RAM, of an access that crosses into it, and after how many bytes. */
  readonly second: Local<I32>;
  readonly first: Local<I32>;
  readonly count: Local<I32>;
  readonly bytes: Local<I32>;
  readonly cycle: Local<I64>;
}

export function accessLocals(write: FunctionWriter, parameters: AccessParameters): AccessLocals {
  const [slot, host, left, line, entry, hash, second, first, count, bytes] = write.locals(I32, 10);
  const [cycle, key] = write.locals(I64, 2);
  return { ...parameters, slot, host, left, line, entry, hash, second, first, count, bytes, cycle, key };
}

export interface GateSite extends GateLocals {
  readonly write: FunctionWriter;
  /** Where stores that wait for their turn lie in the machine's memory (ahead.ts). */
  readonly aheadBase: number;
  readonly core: I32;
  readonly address: Local<I64>;
  /** Loads set it. */
  readonly value: Local<I64>;
  /** How many bytes the access has; `knownBytes` where that is known when it is written. */
  readonly bytes: I32;
  readonly knownBytes: Size | null;
  /** Gives `left`. */
  readonly cyclesLeft: I32;
  /** What is to be stored; of a vector the lower half, and the upper one. */
  readonly stored: I64;
  readonly storedUpper: I64 | null;
  /** Where the gate is left with nothing done. */
  readonly outside: Label;
  /** The store is done. */
  readonly finishStore: () => void;
  /** Stores that come first, and wait for this line perhaps, are made, or the gate is left. */
  readonly catchUp: () => void;
}

/** In a routine, within a block behind which the other ways begin. */
export function routineSite(
  write: FunctionWriter,
  locals: AccessLocals,
  outside: Label,
  aheadBase: number,
  value: Local<I64>,
  storedUpper: I64 | null = null,
): GateSite {
  const { core, flags, time, cycle } = locals;
  const site: GateSite = {
    ...locals,
    write,
    aheadBase,
    value,
    knownBytes: null,
    cyclesLeft: time.wrap().add(flags.shrU(REFUND_SHIFT)),
    stored: value,
    storedUpper,
    outside,
    finishStore: () => write.return(i32(0)),
    catchUp() {
      const low = tee(cycle, clockOf(site)).wrap();
      const coreId = core.shrU(Math.log2(CORE_STRIDE));
      write.brIf(outside, call(FUNCTIONS.catchUp, low, cycle.shrU(32).wrap(), coreId));
    },
  };
  return site;
}

/** The cycle of the access, when `left` is known. */
export function clockOf({ core, left }: GateSite): I64 {
  // mutant accesses-are-early: return load64(core, END_OFFSET).sub(left.extendS()).sub(1);
  // mutant accesses-are-late: return load64(core, END_OFFSET).sub(left.extendS()).add(1);
  return load64(core, END_OFFSET).sub(left.extendS());
}
