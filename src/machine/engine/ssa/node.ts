/**
 * The nodes of the small typed SSA that the "emit" binding builds from a block of instructions (block.ts).
 *
 * Pure nodes depend on their arguments alone. `read` nodes take a part of the processor's state as it was at the last `write`s.
 * Effects (memory, traps, time, writes of state) happen in the order in which the block lists them.
 */
import type { Segment } from "../../isa/instruction.js";
import type { FlagThunks, RepeatUntil, TrapCause, ValueWidth } from "../../isa/operations.js";
import type {
  Conversion,
  FloatBinary,
  FloatFormat,
  FloatUnary,
  LaneMap,
  LaneOperation,
  LaneShift,
  LaneWidth,
} from "../../isa/vector-operations.js";
import type { StateName } from "./names.js";

/** Width of a node's value in bits; 0 for effects without a value. */
export type SsaWidth = ValueWidth | 0;

export type PureOp =
  | "constant"
  | "add"
  | "sub"
  | "mul"
  | "mulHighUnsigned"
  | "mulHighSigned"
  | "and"
  | "or"
  | "xor"
  | "not"
  | "neg"
  | "shl"
  | "shr"
  | "sar"
  | "rotateLeft"
  | "rotateRight"
  | "equal"
  | "lessUnsigned"
  | "lessSigned"
  | "isZero"
  | "sign"
  | "bit"
  | "select"
  | "zeroExtend"
  | "signExtend"
  | "truncate"
  /** Arguments: a wide value and a narrow one that replaces its bits from `position`. */
  | "insert"
  | "populationCount"
  | "countLeadingZeros"
  | "countTrailingZeros"
  | "byteSwap"
  | "depositBits"
  | "extractBits"
  | "isCanonical"
  /** The other value of a `divide`, and the upper half of a `loadPairForUpdate`. */
  | "remainder"
  | "upperHalf"
  /** Register `position` behind a whole `repeat`. */
  | "repeated"
  | "coreNumber"
  /** `position` 0 to 3: EAX, EBX, ECX, EDX. */
  | "cpuid"
  | "selectorValid"
  | "selectorValue"
  /** On vectors, as in isa/vector-operations.ts; `lanes` in the detail says which. */
  | "lanes"
  | "mapLanes"
  | "shiftLanes"
  | "shuffleBytes"
  | "selectBits"
  | "extractLane"
  | "insertLane"
  | "laneSigns"
  /** The last argument's width is that of the data. */
  | "crc32"
  /** Arguments: a, its length, b, its length. `position` is the control. */
  | "compareStrings";

export type EffectOp =
  | "load"
  | "store"
  /** The two halves of `modify` and `modifyPair`: nothing may come between them on a locked access. */
  | "loadForUpdate"
  | "storeUpdate"
  | "loadPairForUpdate"
  | "storePairUpdate"
  | "trapIf"
  /** Gives the quotient. Arguments: high, low, divisor. */
  | "divideUnsigned"
  | "divideSigned"
  | "repeat"
  | "fence"
  | "readTimestamp"
  | "getSelector"
  | "setSelector"
  | "getMxcsr"
  | "setMxcsr"
  /** Arguments: the address, then adjacent values of width 128. */
  | "storeVectors"
  /** They take MXCSR as it is, set its flags and may raise #XM. `float` in the detail says which. */
  | "floatUnary"
  | "floatBinary"
  | "floatConvert"
  | "floatRelation"
  | "write";

export type SsaOp = PureOp | EffectOp | "read";

/** What a node needs to know besides its arguments. */
export type Detail =
  | { readonly kind: "none" }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "state"; readonly state: StateName }
  | { readonly kind: "position"; readonly position: number }
  | { readonly kind: "access"; readonly isStack: boolean; readonly isLocked: boolean }
  | { readonly kind: "trap"; readonly cause: TrapCause }
  | { readonly kind: "fence"; readonly fence: "load" | "store" | "full" }
  | { readonly kind: "segment"; readonly segment: Segment }
  | { readonly kind: "selector"; readonly question: "rights" | "limit" | "readable" | "writable" }
  | {
      readonly kind: "lanes";
      readonly operation: LaneOperation | LaneMap | LaneShift | "";
      readonly laneWidth: LaneWidth;
      /** Of extractLane and insertLane; otherwise 0. */
      readonly lane: number;
    }
  | { readonly kind: "bytes"; readonly indices: readonly number[] }
  | {
      readonly kind: "float";
      readonly operation: FloatUnary | FloatBinary;
      readonly format: FloatFormat;
      readonly immediate: number;
    }
  | { readonly kind: "conversion"; readonly conversion: Conversion }
  | { readonly kind: "relation"; readonly format: FloatFormat; readonly signalsQuiet: boolean }
  | {
      readonly kind: "repeat";
      readonly addressWidth: 32 | 64;
      readonly until: RepeatUntil;
      /**
       * One iteration: state is read and written in it. Where the block ends with an exit, the repetition is one effect, the
       * last, and the body only names the operands: values of its loads are those of the last iteration.
       */
      readonly body: readonly SsaNode[];
    };

export interface SsaNode {
  /** Ascending in the order of creation. */
  readonly id: number;
  readonly op: SsaOp;
  readonly width: SsaWidth;
  readonly args: readonly SsaNode[];
  readonly detail: Detail;
  /** Position in the block of the instruction that asked for it first. */
  readonly step: number;
  /** Index of the exit that it may take, or -1. */
  readonly exit: number;
}

export const NO_DETAIL: Detail = { kind: "none" };

/** Who wrote each flag of FLAG_NAMES last; null where the state has it. */
export type FlagWriters = readonly (FlagThunks<SsaNode> | null)[];

/** The value of a constant node, or null. */
export function constantOf(node: SsaNode): bigint | null {
  return node.detail.kind === "constant" ? node.detail.value : null;
}

/** The position in the details of a node, where it has one; otherwise 0. */
export function positionOf({ detail }: SsaNode): number {
  return detail.kind === "position" ? detail.position : 0;
}
