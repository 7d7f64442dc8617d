/**
 * Folding: what a pure node is known to be while the block is built. Constants are computed, and the few identities
 * applied that partial registers, zeroing idioms and constant conditions leave behind. No reassociation, no strength
 * reduction: a back end does those better.
 *
 * Invariant: the result equals the node for every value of its arguments.
 */
import type { Width } from "../../isa/instruction.js";
import type { Detail, PureOp, SsaNode, SsaWidth } from "./ssa.js";

/** The value of a constant node, or null. */
export function constantOf(node: SsaNode): bigint | null {
  return node.detail.kind === "constant" ? node.detail.value : null;
}

function positionOf(detail: Detail): number {
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
      return (a >> BigInt(positionOf(detail))) & 1n;
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

/** What folding may answer: one of the nodes at hand, a constant, or nothing. */
export type Folded =
  | { readonly kind: "node"; readonly node: SsaNode }
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "replace"; readonly op: PureOp; readonly args: readonly SsaNode[] }
  | null;

function asNode(node: SsaNode): Folded {
  return { kind: "node", node };
}

function asConstant(value: bigint): Folded {
  return { kind: "constant", value };
}

/** Simplifies `op` on `args`, or gives null. */
export function fold(op: PureOp, width: SsaWidth, args: readonly SsaNode[], detail: Detail): Folded {
  const values = args.map(constantOf);
  if (args.length > 0 && values.every((value) => value !== null)) {
    const value = computeConstant(op, args[0].width, values, detail);
    if (value !== null) return asConstant(BigInt.asUintN(width, value));
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
      return foldBinary(op, width, args, values);
    case "equal":
      return args[0] === args[1] ? asConstant(1n) : null;
    case "lessUnsigned":
    case "lessSigned":
      return args[0] === args[1] ? asConstant(0n) : null;
    case "not":
      return args[0].op === "not" ? asNode(args[0].args[0]) : null;
    case "select":
      return foldSelect(args, values);
    case "truncate":
      return foldTruncate(width as Width, args[0]);
    case "insert":
      return foldInsert(args[0], args[1], positionOf(detail));
    case "insertLane":
      return foldInsertLane(args[0], args[1], detail);
    default:
      return null;
  }
}

function foldBinary(
  op: PureOp,
  width: SsaWidth,
  [a, b]: readonly SsaNode[],
  [left, right]: readonly (bigint | null)[],
): Folded {
  const ones = BigInt.asUintN(width, -1n);
  if (right === 0n) return op === "and" ? asConstant(0n) : asNode(a);
  if (left === 0n) {
    if (op === "add" || op === "or" || op === "xor") return asNode(b);
    if (op !== "sub") return asConstant(0n);
  }
  if (op === "and" && right === ones) return asNode(a);
  if (op === "and" && left === ones) return asNode(b);
  if (a !== b) return null;
  if (op === "and" || op === "or") return asNode(a);
  if (op === "xor" || op === "sub") return asConstant(0n);
  return null;
}

function foldSelect([, whenTrue, whenFalse]: readonly SsaNode[], [condition]: readonly (bigint | null)[]): Folded {
  if (condition !== null) return asNode(condition === 1n ? whenTrue : whenFalse);
  return whenTrue === whenFalse ? asNode(whenTrue) : null;
}

/** Sees through extensions, other truncations and inserts of the part that is wanted. */
function foldTruncate(width: Width, source: SsaNode): Folded {
  const [inner] = source.args;
  switch (source.op) {
    case "truncate":
      return { kind: "replace", op: "truncate", args: [inner] };
    case "zeroExtend":
    case "signExtend":
      if (inner.width === width) return asNode(inner);
      return inner.width > width
        ? { kind: "replace", op: "truncate", args: [inner] }
        : { kind: "replace", op: source.op, args: [inner] };
    case "insert": {
      const [, part] = source.args;
      if (positionOf(source.detail) !== 0) return null;
      if (part.width === width) return asNode(part);
      return part.width > width ? { kind: "replace", op: "truncate", args: [part] } : null;
    }
    case "insertLane":
      return isLane(source.detail, width, 0) ? asNode(source.args[1]) : null;
    case "shr": {
      // AH, BH, CH or DH after a write of it.
      const isInsertedByte = inner.op === "insert" && inner.args[1].width === 8 && width === 8;
      const isSamePlace = constantOf(source.args[1]) === BigInt(positionOf(inner.detail));
      return isInsertedByte && isSamePlace ? asNode(inner.args[1]) : null;
    }
    default:
      return null;
  }
}

function isLane(detail: Detail, laneWidth: number, lane: number): boolean {
  return detail.kind === "lanes" && detail.laneWidth === laneWidth && detail.lane === lane;
}

/** A lane hides what was there before. */
function foldInsertLane(vector: SsaNode, value: SsaNode, detail: Detail): Folded {
  if (vector.op !== "insertLane" || detail.kind !== "lanes") return null;
  if (!isLane(vector.detail, detail.laneWidth, detail.lane)) return null;
  return { kind: "replace", op: "insertLane", args: [vector.args[0], value] };
}

/** An insert hides another of the same part. */
function foldInsert(wide: SsaNode, part: SsaNode, position: number): Folded {
  if (wide.op !== "insert" || positionOf(wide.detail) !== position) return null;
  const [outer, hidden] = wide.args;
  return hidden.width <= part.width && outer !== wide ? { kind: "replace", op: "insert", args: [outer, part] } : null;
}
