/**
 * Folding: what a pure node is known to be while the block is built. Constants are computed, and the few identities
 * applied that partial registers, zeroing idioms and constant conditions leave behind. No reassociation, no strength
 * reduction: a back end does those better.
 *
 * Invariant: the result equals the node for every value of its arguments.
 */
import type { Width } from "../../isa/instruction.js";
import type { ValueWidth } from "../../isa/operations.js";
import { constantOf, type Detail, type PureOp, type SsaNode, type SsaWidth } from "./node.js";

/** What makes nodes. */
export interface NodeMaker {
  constant(width: ValueWidth, value: bigint): SsaNode;
  pure(op: PureOp, width: SsaWidth, args: readonly SsaNode[], detail?: Detail): SsaNode;
}

function placeIn(detail: Detail): number {
  return detail.kind === "position" ? detail.position : 0;
}

function signed(width: SsaWidth, value: bigint): bigint {
  return BigInt.asIntN(width, value);
}

/**
 * The value of an operation on constants, not yet masked, or null where folding it isn't worth a second meaning.
 * `argumentWidth` is the width of the first argument.
 */
function computeConstant(
  op: PureOp,
  argumentWidth: SsaWidth,
  values: readonly bigint[],
  detail: Detail,
): bigint | null {
  const [a, b] = values;
  const size = BigInt(argumentWidth);
  switch (op) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "not":
      return ~a;
    case "neg":
      return -a;
    case "shl":
      return b >= size ? 0n : a << b;
    case "shr":
      return b >= size ? 0n : a >> b;
    case "sar":
      return signed(argumentWidth, a) >> (b >= size ? size : b);
    case "equal":
      return BigInt(a === b);
    case "lessUnsigned":
      return BigInt(a < b);
    case "lessSigned":
      return BigInt(signed(argumentWidth, a) < signed(argumentWidth, b));
    case "isZero":
      return BigInt(a === 0n);
    case "sign":
      return a >> (size - 1n);
    case "bit":
      return (a >> BigInt(placeIn(detail))) & 1n;
    case "zeroExtend":
    case "truncate":
      return a;
    case "signExtend":
      return signed(argumentWidth, a);
    case "populationCount":
      return BigInt(a.toString(2).replaceAll("0", "").length);
    case "isCanonical":
      return BigInt(BigInt.asUintN(64, BigInt.asIntN(48, a)) === a);
    default:
      return null;
  }
}

function areConstant(args: readonly SsaNode[]): boolean {
  for (const { detail } of args) if (detail.kind !== "constant") return false;
  return true;
}

/** A simpler node that equals `op` on `args`, or null. */
export function fold(
  make: NodeMaker,
  op: PureOp,
  width: SsaWidth,
  args: readonly SsaNode[],
  detail: Detail,
): SsaNode | null {
  if (areConstant(args)) {
    const values = args.map((node) => constantOf(node) as bigint);
    const value = computeConstant(op, args[0].width, values, detail);
    if (value !== null) return make.constant(width as ValueWidth, value);
  }
  switch (op) {
    case "add":
    case "sub":
    case "and":
    case "or":
    case "xor":
    case "shl":
    case "shr":
    case "sar":
      return foldBinary(make, op, width, args[0], args[1]);
    case "equal":
      return args[0] === args[1] ? make.constant(1, 1n) : null;
    case "lessUnsigned":
    case "lessSigned":
      return args[0] === args[1] ? make.constant(1, 0n) : null;
    case "not":
      return args[0].op === "not" ? args[0].args[0] : null;
    case "select":
      return foldSelect(args);
    case "truncate":
      return foldTruncate(make, width as Width, args[0]);
    case "insert":
      return foldInsert(make, args[0], args[1], detail);
    case "insertLane":
      return foldInsertLane(make, args[0], args[1], detail);
    default:
      return null;
  }
}

function foldBinary(make: NodeMaker, op: PureOp, width: SsaWidth, a: SsaNode, b: SsaNode): SsaNode | null {
  const left = constantOf(a);
  const right = constantOf(b);
  const zero = (): SsaNode => make.constant(width as ValueWidth, 0n);
  if (right === 0n) return op === "and" ? zero() : a;
  if (left === 0n) {
    if (op === "add" || op === "or" || op === "xor") return b;
    if (op !== "sub") return zero();
  }
  if (op === "and" && right !== null && right === BigInt.asUintN(width, -1n)) return a;
  if (op === "and" && left !== null && left === BigInt.asUintN(width, -1n)) return b;
  if (a !== b) return null;
  if (op === "and" || op === "or") return a;
  if (op === "xor" || op === "sub") return zero();
  return null;
}

function foldSelect([condition, whenTrue, whenFalse]: readonly SsaNode[]): SsaNode | null {
  const known = constantOf(condition);
  if (known !== null) return known === 1n ? whenTrue : whenFalse;
  return whenTrue === whenFalse ? whenTrue : null;
}

/** Sees through extensions, other truncations and inserts of the part that is wanted. */
function foldTruncate(make: NodeMaker, width: Width, source: SsaNode): SsaNode | null {
  const [inner] = source.args;
  switch (source.op) {
    case "truncate":
      return make.pure("truncate", width, [inner]);
    case "zeroExtend":
    case "signExtend":
      if (inner.width === width) return inner;
      return make.pure(inner.width > width ? "truncate" : source.op, width, [inner]);
    case "insert": {
      const [, part] = source.args;
      if (placeIn(source.detail) !== 0) return null;
      if (part.width === width) return part;
      return part.width > width ? make.pure("truncate", width, [part]) : null;
    }
    case "insertLane":
      return isLane(source.detail, width, 0) ? source.args[1] : null;
    case "shr": {
      // AH, BH, CH or DH after a write of it.
      const isInsertedByte = inner.op === "insert" && inner.args[1].width === 8 && width === 8;
      const isSamePlace = constantOf(source.args[1]) === BigInt(placeIn(inner.detail));
      return isInsertedByte && isSamePlace ? inner.args[1] : null;
    }
    default:
      return null;
  }
}

function isLane(detail: Detail, laneWidth: number, lane: number): boolean {
  return detail.kind === "lanes" && detail.laneWidth === laneWidth && detail.lane === lane;
}

/** A lane hides what was there before. */
function foldInsertLane(make: NodeMaker, vector: SsaNode, value: SsaNode, detail: Detail): SsaNode | null {
  if (vector.op !== "insertLane" || detail.kind !== "lanes") return null;
  if (!isLane(vector.detail, detail.laneWidth, detail.lane)) return null;
  return make.pure("insertLane", vector.width, [vector.args[0], value], detail);
}

/** An insert hides another of the same part. */
function foldInsert(make: NodeMaker, wide: SsaNode, part: SsaNode, detail: Detail): SsaNode | null {
  if (wide.op !== "insert" || placeIn(wide.detail) !== placeIn(detail)) return null;
  const [outer, hidden] = wide.args;
  return hidden.width <= part.width && outer !== wide ? make.pure("insert", wide.width, [outer, part], detail) : null;
}
