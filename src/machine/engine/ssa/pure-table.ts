/**
 * Pure operations, one row a word: what they are for constants, and what they mean. Where the instruction set's
 * operations (isa/operations.ts) have one of the same name, it does the same.
 */
import type { Width } from "../../isa/instruction.js";
import type { Operations, ValueWidth } from "../../isa/operations.js";
import type { LaneMap, LaneOperation, LaneShift, LaneWidth } from "../../isa/vector-operations.js";

/** What a pure node needs to know besides its arguments. */
export type PureDetail =
  | { readonly kind: "none" }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "position"; readonly position: number }
  | { readonly kind: "selector"; readonly question: "rights" | "limit" | "readable" | "writable" }
  | {
      readonly kind: "lanes";
      readonly operation: LaneOperation | LaneMap | LaneShift | "";
      readonly laneWidth: LaneWidth;
      /** The lane that extractLane and insertLane are for; otherwise 0. */
      readonly lane: number;
    }
  | { readonly kind: "bytes"; readonly indices: readonly number[] };

/** A pure node, as far as its value depends on it besides its arguments' values. */
export interface PureShape {
  readonly width: ValueWidth | 0;
  readonly args: readonly { readonly width: ValueWidth | 0 }[];
  readonly detail: PureDetail;
}

/** `size`: width of the first argument. */
type FoldConstants = (values: readonly bigint[], size: number, detail: PureDetail) => bigint;
type Evaluate = (operations: Operations<bigint>, shape: PureShape, values: readonly bigint[]) => bigint;

interface PureRow {
  /** The value for constants, not yet masked; null where folding it isn't worth a second meaning. */
  readonly ofConstants: FoldConstants | null;
  /**
   * The value, by what a binding has the operations mean; null for a further value of an effect, which only who runs
   * the effect knows.
   */
  readonly evaluate: Evaluate | null;
}

type SameWidth = "add" | "sub" | "mul" | "and" | "or" | "xor" | "shl" | "shr" | "sar" | "rotateLeft" | "rotateRight";
type Comparison = "equal" | "lessUnsigned" | "lessSigned";
type Unary = "not" | "neg" | "populationCount" | "countLeadingZeros" | "countTrailingZeros";
type Resizing = "zeroExtend" | "signExtend" | "truncate";

const sameWidth = (word: SameWidth, ofConstants: FoldConstants | null): PureRow => ({
  ofConstants,
  evaluate: (operations, { width }, [a, b]) => operations[word](width as Width, a, b),
});
const comparison = (word: Comparison, ofConstants: FoldConstants): PureRow => ({
  ofConstants,
  evaluate: (operations, { args }, [a, b]) => operations[word](args[0].width as Width, a, b),
});
const unary = (word: Unary, ofConstants: FoldConstants | null): PureRow => ({
  ofConstants,
  evaluate: (operations, { width }, [a]) => operations[word](width as Width, a),
});
const question = (word: "isZero" | "sign", ofConstants: FoldConstants): PureRow => ({
  ofConstants,
  evaluate: (operations, { args }, [a]) => operations[word](args[0].width as Width, a),
});
const resizing = (word: Resizing, ofConstants: FoldConstants): PureRow => ({
  ofConstants,
  evaluate: (operations, { width, args }, [a]) => operations[word](args[0].width as Width, width as Width, a),
});
const meaning = (evaluate: Evaluate): PureRow => ({ ofConstants: null, evaluate });

const FURTHER_VALUE: PureRow = { ofConstants: null, evaluate: null };

function signed(size: number, value: bigint): bigint {
  return BigInt.asIntN(size, value);
}

function positionIn(detail: PureDetail): number {
  return detail.kind === "position" ? detail.position : 0;
}

function lanesIn({ detail }: PureShape): Extract<PureDetail, { kind: "lanes" }> {
  if (detail.kind !== "lanes") throw new TypeError("an operation on lanes says which");
  return detail;
}

function selectorIn({ detail }: PureShape): Extract<PureDetail, { kind: "selector" }> {
  if (detail.kind !== "selector") throw new TypeError("a selector is asked something");
  return detail;
}

export const PURE = {
  constant: meaning((_, { detail }) => (detail.kind === "constant" ? detail.value : 0n)),
  add: sameWidth("add", ([a, b]) => a + b),
  sub: sameWidth("sub", ([a, b]) => a - b),
  mul: sameWidth("mul", ([a, b]) => a * b),
  mulHighUnsigned: meaning((operations, { width }, [a, b]) => operations.mulHigh(width as Width, false, a, b)),
  mulHighSigned: meaning((operations, { width }, [a, b]) => operations.mulHigh(width as Width, true, a, b)),
  and: sameWidth("and", ([a, b]) => a & b),
  or: sameWidth("or", ([a, b]) => a | b),
  xor: sameWidth("xor", ([a, b]) => a ^ b),
  not: unary("not", ([a]) => ~a),
  neg: unary("neg", ([a]) => -a),
  shl: sameWidth("shl", ([a, b], size) => (b >= BigInt(size) ? 0n : a << b)),
  shr: sameWidth("shr", ([a, b], size) => (b >= BigInt(size) ? 0n : a >> b)),
  sar: sameWidth("sar", ([a, b], size) => signed(size, a) >> (b >= BigInt(size) ? BigInt(size) : b)),
  rotateLeft: sameWidth("rotateLeft", null),
  rotateRight: sameWidth("rotateRight", null),
  equal: comparison("equal", ([a, b]) => BigInt(a === b)),
  lessUnsigned: comparison("lessUnsigned", ([a, b]) => BigInt(a < b)),
  lessSigned: comparison("lessSigned", ([a, b], size) => BigInt(signed(size, a) < signed(size, b))),
  isZero: question("isZero", ([a]) => BigInt(a === 0n)),
  sign: question("sign", ([a], size) => a >> BigInt(size - 1)),
  bit: {
    ofConstants: ([a], _size, detail) => (a >> BigInt(positionIn(detail))) & 1n,
    evaluate: (operations, { args, detail }, [a]) => operations.bit(args[0].width as Width, a, positionIn(detail)),
  },
  select: meaning((operations, { width }, [a, b, c]) => operations.select(width as Width, a, b, c)),
  zeroExtend: resizing("zeroExtend", ([a]) => a),
  signExtend: resizing("signExtend", ([a], size) => signed(size, a)),
  truncate: resizing("truncate", ([a]) => a),
  /** Arguments: a wide value and a narrow one that replaces its bits from `position`. */
  insert: meaning((_, { args, detail }, [a, b]) => {
    const position = BigInt(positionIn(detail));
    const part = ((1n << BigInt(args[1].width)) - 1n) << position;
    return (a & ~part) | (b << position);
  }),
  populationCount: unary("populationCount", ([a]) => BigInt(a.toString(2).replaceAll("0", "").length)),
  countLeadingZeros: unary("countLeadingZeros", null),
  countTrailingZeros: unary("countTrailingZeros", null),
  byteSwap: meaning((operations, { width }, [a]) => operations.byteSwap(width as 16 | 32 | 64, a)),
  depositBits: meaning((operations, { width }, [a, b]) => operations.depositBits(width as 32 | 64, a, b)),
  extractBits: meaning((operations, { width }, [a, b]) => operations.extractBits(width as 32 | 64, a, b)),
  isCanonical: {
    ofConstants: ([a]) => BigInt(BigInt.asUintN(64, BigInt.asIntN(48, a)) === a),
    evaluate: (operations, _, [a]) => operations.isCanonical(a),
  },
  /** The other value of a division, and the upper half of a `loadPairForUpdate`. */
  remainder: FURTHER_VALUE,
  upperHalf: FURTHER_VALUE,
  /** Register `position` behind a whole `repeat`. */
  repeated: FURTHER_VALUE,
  coreNumber: meaning((operations) => operations.coreNumber()),
  /** `position` 0 to 3: EAX, EBX, ECX, EDX. */
  cpuid: meaning((operations, { detail }, [leaf, subleaf]) => operations.cpuid(leaf, subleaf)[positionIn(detail)]),
  selectorValid: meaning((operations, shape, [a]) => operations.describeSelector(selectorIn(shape).question, a).valid),
  selectorValue: meaning((operations, shape, [a]) => operations.describeSelector(selectorIn(shape).question, a).value),
  /** On vectors, as in isa/vector-operations.ts; the detail says which. */
  lanes: meaning((operations, shape, [a, b]) => {
    const { operation, laneWidth } = lanesIn(shape);
    return operations.lanes(operation as LaneOperation, laneWidth, a, b);
  }),
  mapLanes: meaning((operations, shape, [a]) => {
    const { operation, laneWidth } = lanesIn(shape);
    return operations.mapLanes(operation as LaneMap, laneWidth, a);
  }),
  shiftLanes: meaning((operations, shape, [a, count]) => {
    const { operation, laneWidth } = lanesIn(shape);
    return operations.shiftLanes(operation as LaneShift, laneWidth as 16 | 32 | 64, a, count);
  }),
  shuffleBytes: meaning((operations, { detail }, [a, b]) =>
    operations.shuffleBytes(a, b, detail.kind === "bytes" ? detail.indices : []),
  ),
  selectBits: meaning((operations, _, [mask, whenOne, whenZero]) => operations.selectBits(mask, whenOne, whenZero)),
  extractLane: meaning((operations, shape, [a]) => {
    const { laneWidth, lane } = lanesIn(shape);
    return operations.extractLane(laneWidth, a, lane);
  }),
  insertLane: meaning((operations, shape, [a, value]) => {
    const { laneWidth, lane } = lanesIn(shape);
    return operations.insertLane(laneWidth, a, lane, value);
  }),
  laneSigns: meaning((operations, shape, [a]) => operations.laneSigns(lanesIn(shape).laneWidth as 8 | 32 | 64, a)),
  /** The last argument's width is that of the data. */
  crc32: meaning((operations, { args }, [a, b]) => operations.crc32(args[1].width as LaneWidth, a, b)),
  /** Arguments: a, its length, b, its length. `position` is the control. */
  compareStrings: meaning((operations, { detail }, [a, lengthA, b, lengthB]) =>
    operations.compareStrings(positionIn(detail), a, lengthA, b, lengthB),
  ),
} as const satisfies Readonly<Record<string, PureRow>>;

export type PureOp = keyof typeof PURE;

export function pureRow(word: PureOp): PureRow {
  return PURE[word];
}
