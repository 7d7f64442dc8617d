/**
 * Operations on floats, by WebAssembly's own. Each is computed first, from values that have no effect, and then the
 * guard (float-guard.ts) decides whether the result is taken or the block left before the instruction.
 *
 * Invariant: no bit of a NaN that an instruction of WebAssembly made is ever stored, compared or moved: such results
 * leave.
 */
import type { FloatBinary, FloatFormat, FloatUnary } from "../../../isa/vector-operations.js";
import type { SsaNode } from "../../ssa/index.js";
import type { GuardedEffectOp } from "../plan/index.js";
import { writeConversion } from "./float-conversions.js";
import { guardOperands, pushDiffers, writeGuard } from "./float-guard.js";
import { FLOAT_LANES, floatType, spread } from "./float-lanes.js";
import { GuardClass } from "../routines/index.js";
import { Op, type SimdName, Type } from "../assembler/index.js";
import type { BlockValues, FloatRelation } from "./values.js";

type Arithmetic = "add" | "sub" | "mul" | "div";

const SCALARS: Readonly<Record<FloatFormat, Readonly<Record<Arithmetic | "sqrt", Op>>>> = {
  32: { add: Op.F32Add, sub: Op.F32Sub, mul: Op.F32Mul, div: Op.F32Div, sqrt: Op.F32Sqrt },
  64: { add: Op.F64Add, sub: Op.F64Sub, mul: Op.F64Mul, div: Op.F64Div, sqrt: Op.F64Sqrt },
};
const KINDS: Readonly<Record<Arithmetic, GuardClass>> = {
  add: GuardClass.Sum,
  sub: GuardClass.Sum,
  mul: GuardClass.Product,
  div: GuardClass.Quotient,
};
/** By the low bits of the immediate of ROUNDPS; 4 is nearest by MXCSR. */
const ROUNDINGS = ["nearest", "floor", "ceil", "trunc"] as const;
const SCALAR_ROUNDINGS: Readonly<Record<FloatFormat, readonly Op[]>> = {
  32: [Op.F32Nearest, Op.F32Floor, Op.F32Ceil, Op.F32Trunc],
  64: [Op.F64Nearest, Op.F64Floor, Op.F64Ceil, Op.F64Trunc],
};
const USES_MXCSR = 4;
const SUPPRESSES_INEXACT = 8;

/** Computes an effect and leaves through `exit` where its result may not be taken. */
type WriteFloat = (values: BlockValues, node: SsaNode, exit: number) => void;

const FLOAT_CODE = {
  floatUnary: (values, node, exit) =>
    floatDetail(node).operation === "round" ? writeRound(values, node, exit) : writeRoot(values, node, exit),
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

/** Locals of the operands: f32 or f64, or vectors. */
function operandsOf(values: BlockValues, nodes: readonly SsaNode[], isPacked: boolean): number[] {
  return nodes.map((operand) => (isPacked ? values.local(operand) : values.localFloat(operand)));
}

/** Pops the result into a local that the guard may look at. */
function keepResult(values: BlockValues, format: FloatFormat, isPacked: boolean): number {
  const local = values.builder.temporary(isPacked ? Type.V128 : floatType(format));
  values.code.set(local);
  return local;
}

/** The result in a local becomes the node's value. */
function take(values: BlockValues, node: SsaNode, local: number): void {
  if (!values.isWanted(node)) return;
  if (isPackedNode(node)) values.keep(node, local);
  else values.keepFloat(node, local);
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
  const { code } = values;
  const isPacked = isPackedNode(node);
  const [a, b] = operandsOf(values, node.args, isPacked);
  const top = 1n << BigInt(format - 1);
  let signs = 0n;
  if (operation === "sub") signs = spread(format, top);
  else if (operation === "addSub") signs = format === 64 ? top : top | (top << 64n);
  code.get(a);
  code.get(b);
  if (operation === "addSub") {
    code.get(values.builder.constant(signs));
    code.simd("v128.xor");
    code.simd(`${FLOAT_LANES[format]}.add`);
  } else if (isPacked) code.simd(`${FLOAT_LANES[format]}.${operation}`);
  else code.op(SCALARS[format][operation]);
  const result = keepResult(values, format, isPacked);
  const kind = operation === "addSub" ? GuardClass.Sum : KINDS[operation];
  writeGuard(values, node, { format, isPacked, kind, a, b, result, signs }, exit);
  values.noteOrdinary(node);
  take(values, node, result);
}

function writeRoot(values: BlockValues, node: SsaNode, exit: number): void {
  const { code } = values;
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a] = operandsOf(values, node.args, isPacked);
  code.get(a);
  if (isPacked) code.simd(`${FLOAT_LANES[format]}.sqrt`);
  else code.op(SCALARS[format].sqrt);
  const result = keepResult(values, format, isPacked);
  writeGuard(values, node, { format, isPacked, kind: GuardClass.Root, a, b: a, result, signs: 0n }, exit);
  values.noteOrdinary(node);
  take(values, node, result);
}

function writeRound(values: BlockValues, node: SsaNode, exit: number): void {
  const { builder, code } = values;
  const { format, immediate } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a] = operandsOf(values, node.args, isPacked);
  guardOperands(values, node, [a], format, isPacked, exit);
  const usesMxcsr = (immediate & USES_MXCSR) !== 0;
  const rounding = usesMxcsr ? 0 : immediate & 3;
  code.get(a);
  if (isPacked) code.simd(`${FLOAT_LANES[format]}.${ROUNDINGS[rounding]}`);
  else code.op(SCALAR_ROUNDINGS[format][rounding]);
  const result = keepResult(values, format, isPacked);
  values.guard?.noteWhole(node, format);
  if (values.guard === null && (usesMxcsr || (immediate & SUPPRESSES_INEXACT) === 0)) {
    // What is integral already is so in every rounding.
    code.get(builder.strict());
    builder.open(Op.If, "plain");
    pushDiffers(values, format, isPacked, a, result);
    builder.open(Op.If, "plain");
    builder.leave(exit);
    builder.close();
    builder.close();
  }
  values.noteOrdinary(node);
  take(values, node, result);
}

/** Pushes the operands as vectors, applies, and takes the lowest lane of a scalar. */
function writeByLanes(values: BlockValues, node: SsaNode, locals: readonly number[], name: SimdName): void {
  const { code } = values;
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  for (const local of locals) {
    code.get(local);
    if (!isPacked) code.simd(`${FLOAT_LANES[format]}.splat`);
  }
  code.simd(name);
  if (!isPacked) code.simdLane(`${FLOAT_LANES[format]}.extract_lane`, 0);
}

/** MINPS takes the second operand unless the first is less: pmin of the operands the other way round. */
function writeChoice(values: BlockValues, node: SsaNode, operation: "min" | "max", exit: number): void {
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a, b] = operandsOf(values, node.args, isPacked);
  guardOperands(values, node, [a, b], format, isPacked, exit);
  values.guard?.noteChoice(node, format);
  writeByLanes(values, node, [b, a], `${FLOAT_LANES[format]}.p${operation}`);
  values.noteOrdinary(node);
  take(values, node, keepResult(values, format, isPacked));
}

/** Comparisons by the predicate's number, for operands that are ordered. */
const PREDICATES = ["eq", "lt", "le", "none", "ne", "ge", "gt", "all"] as const;

function writePredicate(values: BlockValues, node: SsaNode, immediate: number, exit: number): void {
  const { code } = values;
  const { format } = floatDetail(node);
  const isPacked = isPackedNode(node);
  const [a, b] = operandsOf(values, node.args, isPacked);
  guardOperands(values, node, [a, b], format, isPacked, exit);
  const predicate = PREDICATES[immediate];
  if (predicate === "none" || predicate === "all") {
    code.vector(predicate === "all" ? (1n << 128n) - 1n : 0n);
    if (!isPacked) code.simdLane(`${FLOAT_LANES[format]}.extract_lane`, 0);
  } else writeByLanes(values, node, [a, b], `${FLOAT_LANES[format]}.${predicate}`);
  take(values, node, keepResult(values, format, isPacked));
}

// ---- COMISS and its kin --------------------------------------------------------------------------------------------

function writeComparison(values: BlockValues, node: SsaNode, exit: number): void {
  const { detail } = node;
  if (detail.kind !== "relation") throw new TypeError("a comparison says of what");
  const { format } = detail;
  const [a, b] = operandsOf(values, node.args, false);
  guardOperands(values, node, [a, b], format, false, exit);
  values.relations.set(node, { format, a, b });
}

function relationOf(values: BlockValues, node: SsaNode): FloatRelation {
  const relation = values.relations.get(node);
  if (relation === undefined) throw new TypeError("a relation before its comparison");
  return relation;
}

const ZERO_POSITION = 6;
const CARRY_POSITION = 0;

/** Pushes one of the flags; of ordered operands PF is 0. */
export function writeRelationBit(values: BlockValues, node: SsaNode, position: number): void {
  const { code } = values;
  const { format, a, b } = relationOf(values, node);
  if (position !== ZERO_POSITION && position !== CARRY_POSITION) {
    code.i32(0);
    return;
  }
  code.get(a);
  code.get(b);
  if (position === ZERO_POSITION) code.op(format === 64 ? Op.F64Eq : Op.F32Eq);
  else code.op(format === 64 ? Op.F64Lt : Op.F32Lt);
}

/** Pushes all three flags where they stand in RFLAGS. */
export function writeRelation(values: BlockValues, node: SsaNode): void {
  const { code } = values;
  writeRelationBit(values, node, ZERO_POSITION);
  code.i32(ZERO_POSITION);
  code.op(Op.I32Shl);
  writeRelationBit(values, node, CARRY_POSITION);
  code.op(Op.I32Or);
}
