/**
 * The pure operations of the "emit" binding: each becomes one node, or what folding makes of it.
 */
import type { Operations } from "../../isa/operations.js";
import type { LaneMap, LaneOperation, LaneShift, LaneWidth } from "../../isa/vector-operations.js";
import type { NodeMaker } from "./fold.js";
import type { Detail, SsaNode } from "./node.js";
import type { PureOp } from "./pure-table.js";

type SameWidth = "add" | "sub" | "mul" | "and" | "or" | "xor" | "shl" | "shr" | "sar";
type Comparison = "equal" | "lessUnsigned" | "lessSigned";

/** The part of Operations that neither reads nor writes state. */
export type PureOperations = Pick<
  Operations<SsaNode>,
  | SameWidth
  | Comparison
  | "constant"
  | "mulHigh"
  | "not"
  | "neg"
  | "rotateLeft"
  | "rotateRight"
  | "isZero"
  | "sign"
  | "bit"
  | "select"
  | "zeroExtend"
  | "signExtend"
  | "truncate"
  | "populationCount"
  | "countLeadingZeros"
  | "countTrailingZeros"
  | "byteSwap"
  | "depositBits"
  | "extractBits"
  | "isCanonical"
  | "coreNumber"
  | "cpuid"
  | "describeSelector"
  | "lanes"
  | "mapLanes"
  | "shiftLanes"
  | "shuffleBytes"
  | "selectBits"
  | "extractLane"
  | "insertLane"
  | "laneSigns"
  | "crc32"
  | "compareStrings"
>;

function lanesOf(operation: LaneOperation | LaneMap | LaneShift | "", laneWidth: LaneWidth, lane = 0): Detail {
  return { kind: "lanes", operation, laneWidth, lane };
}

export function createPureOperations(builder: NodeMaker): PureOperations {
  const sameWidth =
    (op: SameWidth) =>
    (width: SsaNode["width"], a: SsaNode, b: SsaNode): SsaNode =>
      builder.pure(op, width, [a, b]);
  const comparison =
    (op: Comparison) =>
    (_width: SsaNode["width"], a: SsaNode, b: SsaNode): SsaNode =>
      builder.pure(op, 1, [a, b]);
  const unary =
    (op: PureOp) =>
    (width: SsaNode["width"], a: SsaNode): SsaNode =>
      builder.pure(op, width, [a]);
  const resized =
    (op: "zeroExtend" | "signExtend" | "truncate") =>
    (_from: SsaNode["width"], to: SsaNode["width"], a: SsaNode): SsaNode =>
      a.width === to ? a : builder.pure(op, to, [a]);

  return {
    constant: (width, value) => builder.constant(width, value),
    add: sameWidth("add"),
    sub: sameWidth("sub"),
    mul: sameWidth("mul"),
    mulHigh: (width, signed, a, b) => builder.pure(signed ? "mulHighSigned" : "mulHighUnsigned", width, [a, b]),
    and: sameWidth("and"),
    or: sameWidth("or"),
    xor: sameWidth("xor"),
    not: unary("not"),
    neg: unary("neg"),
    shl: sameWidth("shl"),
    shr: sameWidth("shr"),
    sar: sameWidth("sar"),
    rotateLeft: (width, a, count) => builder.pure("rotateLeft", width, [a, count]),
    rotateRight: (width, a, count) => builder.pure("rotateRight", width, [a, count]),
    equal: comparison("equal"),
    lessUnsigned: comparison("lessUnsigned"),
    lessSigned: comparison("lessSigned"),
    isZero: (_width, a) => builder.pure("isZero", 1, [a]),
    sign: (_width, a) => builder.pure("sign", 1, [a]),
    bit: (_width, a, position) => builder.pure("bit", 1, [a], { kind: "position", position }),
    select: (width, condition, whenTrue, whenFalse) => builder.pure("select", width, [condition, whenTrue, whenFalse]),
    zeroExtend: resized("zeroExtend"),
    signExtend: resized("signExtend"),
    truncate: resized("truncate"),
    populationCount: unary("populationCount"),
    countLeadingZeros: unary("countLeadingZeros"),
    countTrailingZeros: unary("countTrailingZeros"),
    byteSwap: unary("byteSwap"),
    depositBits: (width, source, mask) => builder.pure("depositBits", width, [source, mask]),
    extractBits: (width, source, mask) => builder.pure("extractBits", width, [source, mask]),
    isCanonical: (address) => builder.pure("isCanonical", 1, [address]),
    coreNumber: () => builder.pure("coreNumber", 64, []),
    cpuid: (leaf, subleaf) => {
      const answer = (position: number): SsaNode =>
        builder.pure("cpuid", 32, [leaf, subleaf], { kind: "position", position });
      return [answer(0), answer(1), answer(2), answer(3)];
    },
    describeSelector: (question, selector) => ({
      valid: builder.pure("selectorValid", 1, [selector], { kind: "selector", question }),
      value: builder.pure("selectorValue", 32, [selector], { kind: "selector", question }),
    }),
    lanes: (operation, laneWidth, a, b) => builder.pure("lanes", 128, [a, b], lanesOf(operation, laneWidth)),
    mapLanes: (operation, laneWidth, a) => builder.pure("mapLanes", 128, [a], lanesOf(operation, laneWidth)),
    shiftLanes: (operation, laneWidth, a, count) =>
      builder.pure("shiftLanes", 128, [a, count], lanesOf(operation, laneWidth)),
    shuffleBytes: (a, b, indices) => builder.pure("shuffleBytes", 128, [a, b], { kind: "bytes", indices }),
    selectBits: (mask, whenOne, whenZero) => builder.pure("selectBits", 128, [mask, whenOne, whenZero]),
    extractLane: (laneWidth, a, lane) => builder.pure("extractLane", laneWidth, [a], lanesOf("", laneWidth, lane)),
    insertLane: (laneWidth, a, lane, value) =>
      builder.pure("insertLane", 128, [a, value], lanesOf("", laneWidth, lane)),
    laneSigns: (laneWidth, a) => builder.pure("laneSigns", 32, [a], lanesOf("", laneWidth)),
    crc32: (_dataWidth, remainder, data) => builder.pure("crc32", 32, [remainder, data]),
    compareStrings: (control, a, lengthA, b, lengthB) =>
      builder.pure("compareStrings", 16, [a, lengthA, b, lengthB], { kind: "position", position: control }),
  };
}
