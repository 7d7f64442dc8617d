/**
 * Folding: what a pure node is known to be while the block is built. Constants are computed, and the few identities
 * applied that partial registers, zeroing idioms and constant conditions leave behind. No reassociation, no strength
 * reduction: a back end does those better.
 *
 * Invariant: the result equals the node for every value of its arguments.
 */
import type { Width } from "../../isa/instruction.js";
import type { ValueWidth } from "../../isa/operations.js";
import { constantOf, type Detail, positionOf, type SsaNode, type SsaWidth } from "./node.js";
import { type PureDetail, type PureOp, pureRow } from "./pure-table.js";

/** What makes nodes. */
export interface NodeMaker {
  constant(width: ValueWidth, value: bigint): SsaNode;
  pure(op: PureOp, width: SsaWidth, args: readonly SsaNode[], detail?: Detail): SsaNode;
}

function areConstant(args: readonly SsaNode[]): boolean {
  for (const { detail } of args) if (detail.kind !== "constant") return false;
  return true;
}

/** What is to be made, if it can't be simpler. */
interface Wanted {
  readonly op: PureOp;
  readonly width: SsaWidth;
  readonly args: readonly SsaNode[];
  readonly detail: Detail;
}

type Fold = (make: NodeMaker, wanted: Wanted) => SsaNode | null;

/** The identities, by operation. Most have none. */
const FOLDS: { readonly [op in PureOp]?: Fold } = {
  add: foldBinary,
  sub: foldBinary,
  and: foldBinary,
  or: foldBinary,
  xor: foldBinary,
  shl: foldBinary,
  shr: foldBinary,
  sar: foldBinary,
  equal: (make, { args: [a, b] }) => (a === b ? make.constant(1, 1n) : null),
  lessUnsigned: foldLess,
  lessSigned: foldLess,
  not: (_make, { args: [a] }) => (a.op === "not" ? a.args[0] : null),
  select: foldSelect,
  truncate: (make, { width, args: [source] }) => foldTruncate(make, width as Width, source),
  insert: foldInsert,
  insertLane: foldInsertLane,
  isCanonical: (make, { args: [a] }) => (isGivenTarget(a) ? make.constant(1, 1n) : null),
};

/** Whoever gives the target of a relative branch has seen that it is canonical. */
function isGivenTarget({ detail }: SsaNode): boolean {
  return detail.kind === "given" && detail.given.kind === "target";
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
    const { ofConstants } = pureRow(op);
    if (ofConstants !== null) {
      const values = args.map((node) => constantOf(node) as bigint);
      return make.constant(width as ValueWidth, ofConstants(values, args[0].width, detail as PureDetail));
    }
  }
  return FOLDS[op]?.(make, { op, width, args, detail }) ?? null;
}

function foldBinary(make: NodeMaker, { op, width, args: [a, b] }: Wanted): SsaNode | null {
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

function foldLess(make: NodeMaker, { args: [a, b] }: Wanted): SsaNode | null {
  return a === b ? make.constant(1, 0n) : null;
}

function foldSelect(_make: NodeMaker, { args: [condition, whenTrue, whenFalse] }: Wanted): SsaNode | null {
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
      if (positionOf(source) !== 0) return null;
      if (part.width === width) return part;
      return part.width > width ? make.pure("truncate", width, [part]) : null;
    }
    case "insertLane":
      return isLane(source.detail, width, 0) ? source.args[1] : null;
    case "shr": {
      // AH, BH, CH or DH after a write of it.
      const isInsertedByte = inner.op === "insert" && inner.args[1].width === 8 && width === 8;
      const isSamePosition = constantOf(source.args[1]) === BigInt(positionOf(inner));
      return isInsertedByte && isSamePosition ? inner.args[1] : null;
    }
    default:
      return null;
  }
}

function isLane(detail: Detail, laneWidth: number, lane: number): boolean {
  return detail.kind === "lanes" && detail.laneWidth === laneWidth && detail.lane === lane;
}

/** A lane hides what was there before. */
function foldInsertLane(make: NodeMaker, { args: [vector, value], detail }: Wanted): SsaNode | null {
  if (vector.op !== "insertLane" || detail.kind !== "lanes") return null;
  if (!isLane(vector.detail, detail.laneWidth, detail.lane)) return null;
  return make.pure("insertLane", vector.width, [vector.args[0], value], detail);
}

/** An insert hides another of the same part. */
function foldInsert(make: NodeMaker, wanted: Wanted): SsaNode | null {
  const [wide, part] = wanted.args;
  if (wide.op !== "insert" || positionOf(wide) !== positionOf(wanted)) return null;
  const [outer, hidden] = wide.args;
  return hidden.width <= part.width && outer !== wide
    ? make.pure("insert", wide.width, [outer, part], wanted.detail)
    : null;
}
