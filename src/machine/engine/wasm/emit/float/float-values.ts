/**
 * Operations on floats, by WebAssembly's own. Each is computed first, from values that have no effect, and then the
 * guard (float-guard.ts) decides whether the result is taken or the block left before the instruction.
 *
 * Invariant: no bit of a NaN that an instruction of WebAssembly made is ever stored, compared or moved: the guard has
 * NaNs made of bits, or leaves.
 */
import type { FloatBinary, FloatFormat, FloatUnary } from "../../../../isa/vector-operations.js";
import type { SsaNode } from "../../../ssa/index.js";
import type { GuardedEffectOp } from "../../plan/index.js";
import { writeConversion } from "./float-conversions.js";
import { guardOperands, writeChosenNans, writeGuard } from "./float-guard.js";
import { differsInBits, FLOAT_LANES, type FloatLocal, lanesOf, spread } from "./float-lanes.js";
import { GuardClass } from "../../routines/index.js";
import { call, type Float, FUNCTIONS, i32, type I32, type Local, V128 } from "../../assembler/index.js";
import type { BlockValues, FloatRelation } from "../values.js";

type Arithmetic = "add" | "sub" | "mul" | "div";

const KINDS: Readonly<Record<Arithmetic, GuardClass>> = {
  add: GuardClass.Sum,
  sub: GuardClass.Sum,
  mul: GuardClass.Product,
  div: GuardClass.Quotient,
};
/** By the low bits of the immediate of ROUNDPS; 4 is nearest by MXCSR. */
const ROUNDINGS = ["nearest", "floor", "ceil", "trunc"] as const;
const USES_MXCSR = 4;
const SUPPRESSES_INEXACT = 8;

/** Computes an effect and leaves through `exit` where its result may not be taken. */
type WriteFloat = (values: BlockValues, node: SsaNode, exit: number) => void;

const FLOAT_CODE = {
  floatUnary: writeUnary,
  floatBinary: writeBinary,
  floatConvert: writeConversion,
  floatRelation: writeComparison,
} satisfies Record<GuardedEffectOp, WriteFloat>;

export function writeFloatEffect(values: BlockValues, node: SsaNode, exit: number): void {
  FLOAT_CODE[node.op as GuardedEffectOp](values, node, exit);
}

function floatDetail({ detail }: SsaNode): {
  readonly operation: FloatUnary | FloatBinary;
  readonly format: FloatFormat;
  readonly immediate: number;
} {
  if (detail.kind !== "float") throw new TypeError("an operation on floats says which");
  return detail;
}

const isPackedNode = ({ width }: SsaNode): boolean => width === 128;

/** Locals of the operands. */
function operandsOf(values: BlockValues, nodes: readonly SsaNode[], isPacked: boolean): FloatLocal[] {
  return nodes.map((operand) => (isPacked ? values.localVector(operand) : values.localFloat(operand)));
}

function writeUnary(values: BlockValues, node: SsaNode, exit: number): void {
  const { operation } = floatDetail(node);
  if (operation === "round") writeRound(values, node, exit);
  else if (operation === "sqrt") writeRoot(values, node, exit);
  else writeApproximation(values, node, operation === "reciprocal" ? FUNCTIONS.reciprocal : FUNCTIONS.reciprocalSqrt);
}

/** Puts the result into a local that the guard may look at. */
function keepResult({ builder }: BlockValues, result: Float | V128): FloatLocal {
  return builder.kept<Float | V128>(result) as FloatLocal;
}

/** The result in a local becomes the node's value. */
function take(values: BlockValues, node: SsaNode, result: FloatLocal): void {
  if (!values.isWanted(node)) return;
  if (isPackedNode(node)) values.keep(node, result as Local<V128>);
  else values.keepFloat(node, result as Local<Float>);
}

function writeBinary(values: BlockValues, node: SsaNode, exit: number): void {
  const { operation, format, immediate } = floatDetail(node);
  if (operation === "min" || operation === "max") writeChoice(values, node, operation, exit);
  else if (operation === "compare") writePredicate(values, node, immediate, exit);
  else writeArithmetic(values, node, operation as Arithmetic | "addSub", format, exit);
}

function writeArithmetic(
  values: BlockValues,
  node: SsaNode,
  operation: Arithmetic | "addSub",
  format: FloatFormat,
  exit: number,
): void {
  const { builder } = values;
  const isPacked = isPackedNode(node);
  const lanes = FLOAT_LANES[format];
  const [a, b] = operandsOf(values, node.args, isPacked);
  const top = 1n << BigInt(format - 1);
  let signs = 0n;
  if (operation === "sub") signs = spread(format, top);
  else if (operation === "addSub") signs = format === 64 ? top : top | (top << 64n);
  const compute = (): Float | V128 => {
    if (operation === "addSub") return (a as V128).simd(`${lanes}.add`, (b as V128).xor(builder.vectorConstant(signs)));
    return isPacked ? (a as V128).simd(`${lanes}.${operation}`, b as V128) : (a as Float)[operation](b as Float);
  };
  const result = keepResult(values, compute());
  const kind = operation === "addSub" ? GuardClass.Sum : KINDS[operation];
  const repair = (): void => writeChosenNans(builder, { format, isPacked, a, b, result });
  writeGuard(values, node, { format, isPacked, kind, a, b, result, signs, repair }, exit);
  values.noteOrdinary(node);
  take(values, node, result);
}

/** An operation on one float, or on each lane. */
function mapped(
  format: FloatFormat,
  operation: "sqrt" | (typeof ROUNDINGS)[number],
  value: Float | V128,
  isPacked: boolean,
): Float | V128 {
  return isPacked ? (value as V128).simd(`${FLOAT_LANES[format]}.${operation}`) : (value as Float)[operation]();
}

function writeRoot(values: BlockValues, node: SsaNode, exit: number): void {
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a] = operandsOf(values, node.args, isPacked);
  const result = keepResult(values, mapped(format, "sqrt", a, isPacked));
  const repair = (): void => writeChosenNans(values.builder, { format, isPacked, a, b: a, result });
  writeGuard(values, node, { format, isPacked, kind: GuardClass.Root, a, b: a, result, signs: 0n, repair }, exit);
  values.noteOrdinary(node);
  take(values, node, result);
}

/** RCPPS and RSQRTPS: no flag of MXCSR has a say, and none is set. */
function writeApproximation(
  values: BlockValues,
  node: SsaNode,
  routine: typeof FUNCTIONS.reciprocal | typeof FUNCTIONS.reciprocalSqrt,
): void {
  const { builder } = values;
  const [a] = node.args;
  if (!isPackedNode(node)) {
    values.keep(node, builder.kept(call(routine, values.i32(a))));
    return;
  }
  const lanes = values.localVector(a);
  const result = [0, 1, 2, 3].reduce<V128>(
    (others, lane) => others.withLane("i32x4", lane, call(routine, lanes.lane("i32x4", lane))),
    lanes,
  );
  values.keep(node, builder.kept(result));
}

function writeRound(values: BlockValues, node: SsaNode, exit: number): void {
  const { builder } = values;
  const { format, immediate } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a] = operandsOf(values, node.args, isPacked);
  const usesMxcsr = (immediate & USES_MXCSR) !== 0;
  const rounding = ROUNDINGS[usesMxcsr ? 0 : immediate & 3];
  const result = keepResult(values, mapped(format, rounding, a, isPacked));
  const repair = (): void => writeChosenNans(builder, { format, isPacked, a, b: a, result });
  guardOperands(values, node, { operands: [a], format, isPacked, repair }, exit);
  values.guard?.noteWhole(node, format);
  if (values.guard === null && (usesMxcsr || (immediate & SUPPRESSES_INEXACT) === 0)) {
    // What is integral already is so in every rounding.
    builder.if(builder.strictLocal(), () => builder.leaveIf(differsInBits(format, a, result, isPacked), exit));
  }
  values.noteOrdinary(node);
  take(values, node, result);
}

/** An operation on lanes, also of scalars. */
function byLanes(node: SsaNode, a: FloatLocal, b: FloatLocal, operation: "pmin" | "pmax"): Float | V128 {
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const lanes = FLOAT_LANES[format];
  const result = lanesOf(format, a, isPacked).simd(`${lanes}.${operation}`, lanesOf(format, b, isPacked));
  return isPacked ? result : result.lane(lanes, 0);
}

/** MINPS takes the second operand unless the first is less: pmin of the operands the other way round. */
function writeChoice(values: BlockValues, node: SsaNode, operation: "min" | "max", exit: number): void {
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a, b] = operandsOf(values, node.args, isPacked);
  guardOperands(values, node, { operands: [a, b], format, isPacked, areOrdered: true }, exit);
  values.guard?.noteChoice(node, format);
  const result = keepResult(values, byLanes(node, b, a, `p${operation}`));
  values.noteOrdinary(node);
  take(values, node, result);
}

/** Comparisons by the lowest bits of the predicate's number. Bit 2 is for their negations. */
const PREDICATES = ["eq", "lt", "le", "unordered"] as const;
const IS_NEGATED = 4;

function comparedBy(
  predicate: (typeof PREDICATES)[number],
  lanes: (typeof FLOAT_LANES)[FloatFormat],
  a: V128,
  b: V128,
): V128 {
  if (predicate === "unordered") return a.simd(`${lanes}.ne`, a).or(b.simd(`${lanes}.ne`, b));
  return a.simd(`${lanes}.${predicate}`, b);
}

function writePredicate(values: BlockValues, node: SsaNode, immediate: number, exit: number): void {
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a, b] = operandsOf(values, node.args, isPacked);
  const predicate = PREDICATES[immediate & 3];
  const areOrdered = predicate === "lt" || predicate === "le";
  guardOperands(values, node, { operands: [a, b], format, isPacked, areOrdered }, exit);
  const lanes = FLOAT_LANES[format];
  const holds = comparedBy(predicate, lanes, lanesOf(format, a, isPacked), lanesOf(format, b, isPacked));
  const mask = (immediate & IS_NEGATED) === 0 ? holds : holds.not();
  take(values, node, keepResult(values, isPacked ? mask : mask.lane(lanes, 0)));
}

// ---- COMISS and its kin --------------------------------------------------------------------------------------------

function writeComparison(values: BlockValues, node: SsaNode, exit: number): void {
  const { detail } = node;
  if (detail.kind !== "relation") throw new TypeError("a comparison says of what");
  const { format, signalsQuiet } = detail;
  const [a, b] = node.args.map((operand) => values.localFloat(operand));
  guardOperands(values, node, { operands: [a, b], format, isPacked: false, areOrdered: signalsQuiet }, exit);
  values.relations.set(node, { a, b, mayBeUnordered: values.guard === null });
}

function relationOf(values: BlockValues, node: SsaNode): FloatRelation {
  const relation = values.relations.get(node);
  if (relation === undefined) throw new TypeError("a relation before its comparison");
  return relation;
}

const ZERO_POSITION = 6;
const PARITY_POSITION = 2;
const CARRY_POSITION = 0;

/** One of the flags, all of which are 1 where a NaN is compared. */
function relationBit(values: BlockValues, node: SsaNode, position: number): I32 {
  const { a, b, mayBeUnordered } = relationOf(values, node);
  switch (position) {
    case ZERO_POSITION:
      return mayBeUnordered ? a.lt(b).or(b.lt(a)).eqz() : a.eq(b);
    case PARITY_POSITION:
      return mayBeUnordered ? a.eq(a).and(b.eq(b)).eqz() : i32(0);
    default:
      // mutant unordered-is-not-below: return a.lt(b);
      return mayBeUnordered ? b.le(a).eqz() : a.lt(b);
  }
}

export function writeRelationBit(values: BlockValues, node: SsaNode, position: number): void {
  values.builder.push(relationBit(values, node, position));
}

/** Pushes all three flags at their places in RFLAGS. */
export function writeRelation(values: BlockValues, node: SsaNode): void {
  const bits = [ZERO_POSITION, PARITY_POSITION, CARRY_POSITION].map((position) =>
    relationBit(values, node, position).shl(position),
  );
  values.builder.push(bits.reduce((all, bit) => all.or(bit)));
}
