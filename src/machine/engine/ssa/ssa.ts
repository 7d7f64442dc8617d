/**
 * The small typed SSA that the "emit" binding builds from a block of instructions.
 *
 * A block is a list of nodes in an order in which they can be run, then a terminator. Pure nodes depend on their
 * arguments alone. `read` nodes take a part of the processor's state as it was at the last `write`s. Effects (memory,
 * traps, time, writes of state) happen in the order of the list. Invariant: a node's arguments stand before it, or
 * around it where it is in the body of a repetition; no node is listed that nothing needs.
 *
 * An effect that may leave the block names an exit: the instruction that is then as if it had not begun, and where the
 * state before it is to be found. Registers are listed with the exit; flags are thunks still, and are built only by
 * who asks (`buildExitFlags`), so that an exit costs the block itself nothing.
 */
import type { Instruction, Segment } from "../../isa/instruction.js";
import type { FlagName, FlagThunks, RepeatUntil, TrapCause, ValueWidth } from "../../isa/operations.js";
import type { WordLog } from "./state.js";
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

/** Width of a node's value in bits; 0 for effects without a value. */
export type SsaWidth = ValueWidth | 0;

export type RegisterName =
  | "rax"
  | "rcx"
  | "rdx"
  | "rbx"
  | "rsp"
  | "rbp"
  | "rsi"
  | "rdi"
  | "r8"
  | "r9"
  | "r10"
  | "r11"
  | "r12"
  | "r13"
  | "r14"
  | "r15";

/** Names in the order in which ModRM encodes the registers. */
export const REGISTER_NAMES: readonly RegisterName[] = [
  "rax",
  "rcx",
  "rdx",
  "rbx",
  "rsp",
  "rbp",
  "rsi",
  "rdi",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
];

/** XMM0 to XMM15. */
export type VectorName = `xmm${number}`;

export const VECTOR_NAMES: readonly VectorName[] = Array.from({ length: 16 }, (_, index): VectorName => `xmm${index}`);

/**
 * Parts of the state that are not flags: 64 bits wide, vectors 128. `systemflags` is RFLAGS without the flags of
 * FlagName.
 */
export type WordName = RegisterName | VectorName | "fsbase" | "gsbase" | "systemflags";

/** In the order of their places: the general registers, the vectors, the rest. */
export const WORD_NAMES: readonly WordName[] = [...REGISTER_NAMES, ...VECTOR_NAMES, "fsbase", "gsbase", "systemflags"];

export const FLAG_NAMES: readonly FlagName[] = ["cf", "pf", "af", "zf", "sf", "of", "df"];

/** Who wrote each flag of FLAG_NAMES last; null where the state has it. */
export type FlagWriters = readonly (FlagThunks<SsaNode> | null)[];

/** What `read` and `write` nodes name. Words are 64 wide, vectors 128, flags 1. */
export type StateName = WordName | FlagName;

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

/** The state before an instruction, for who leaves the block there. What is not listed is in the state itself. */
export interface SsaExit {
  readonly step: number;
  /** Address of the instruction. */
  readonly address: bigint;
  readonly words: ReadonlyMap<WordName, SsaNode>;
  /** Not evaluated: see SsaBlock.buildExitFlags. */
  readonly flags: ReadonlyMap<FlagName, () => SsaNode>;
  /** The same for who looks at one exit after the other: writes of the block's log that came before it. */
  readonly written: number;
  readonly writers: FlagWriters;
}

export type Terminator =
  | { readonly kind: "next"; readonly address: bigint }
  | { readonly kind: "jump"; readonly target: SsaNode }
  | { readonly kind: "branch"; readonly condition: SsaNode; readonly target: SsaNode; readonly next: bigint }
  | { readonly kind: "trap"; readonly cause: TrapCause; readonly exit: number; readonly next: bigint }
  | { readonly kind: "systemCall"; readonly next: bigint };

export interface SsaStep {
  readonly address: bigint;
  readonly instruction: Instruction;
}

export interface SsaBlock {
  readonly steps: readonly SsaStep[];
  readonly nodes: readonly SsaNode[];
  readonly exits: readonly SsaExit[];
  readonly terminator: Terminator;
  /** Where `end` is "exit": the exit with the state after the last instruction. Otherwise -1, and the nodes write it. */
  readonly endExit: number;
  readonly log: WordLog;
  /** Builds the flags of an exit, and the nodes that only they need, in order. May be called at any time. */
  readonly buildExitFlags: (exit: number) => {
    readonly flags: ReadonlyMap<FlagName, SsaNode>;
    readonly nodes: readonly SsaNode[];
  };
  /** Whether a node is in the list, and not only in what `buildExitFlags` made. */
  readonly isListed: (node: SsaNode) => boolean;
  /** Ids are below it. */
  readonly nextId: () => number;
}
