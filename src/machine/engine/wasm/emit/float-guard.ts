/**
 * The guard around a native float instruction: what it gives is taken only where it is what SSE gives, bit for bit,
 * with no flag of MXCSR changing. Everything else leaves the block before the instruction. Blocks whose numbers are of
 * middling size have one guard for many instructions in its place (float-block-guard.ts).
 *
 * IEEE 754 fixes every result that is not a NaN, rounded to nearest. So it is enough that no result is a NaN, that
 * rounding is to nearest, that a denormal operand has set DE before, a tiny result UE and an inexact one PE, with their
 * exceptions masked, and that DAZ or FTZ wouldn't make zeros of them. Ordinary operands and results are recognised
 * inline by their exponents; what isn't ordinary is judged by a routine (float-guard-routines.ts).
 */
import { MXCSR_OFFSET } from "../../../state.js";
import type { FloatFormat } from "../../../isa/vector-operations.js";
import type { SsaNode } from "../../ssa/index.js";
import { type CodeWriter, FunctionIndex, Op, Type } from "../assembler/index.js";
import { Local } from "./function-builder.js";
import { FLOAT_LANES, type Guarded, INTEGER_LANES, spread } from "./float-lanes.js";
import { GuardAnswer, GuardClass, Mxcsr } from "../routines/index.js";
import type { BlockValues } from "./values.js";

const READY = Mxcsr.AllMasks | Mxcsr.PrecisionFlag;

/** The local of builder.strict: 0 where an inexact result rounds to nearest and changes nothing in MXCSR. */
export function writeStrictness(code: CodeWriter, local: number): void {
  writeDifference(code, local, Mxcsr.Rounding, Mxcsr.PrecisionMask | Mxcsr.PrecisionFlag);
}

/** Whether that is so and all exceptions are masked: what the guard of whole stretches needs (float-block-guard.ts). */
export function isReady(mxcsr: number): boolean {
  return (mxcsr & (Mxcsr.Rounding | READY)) === READY;
}

/** The local of builder.unready: 0 where MXCSR is ready. */
export function writeUnreadiness(code: CodeWriter, local: number): void {
  writeDifference(code, local, Mxcsr.Rounding, READY);
}

/** Sets a local to 0 if of these bits of MXCSR all `ones` are set and all `zeros` clear. */
function writeDifference(code: CodeWriter, local: number, zeros: number, ones: number): void {
  code.get(Local.Core);
  code.memory(Op.I32Load, MXCSR_OFFSET);
  code.i32(zeros | ones);
  code.op(Op.I32And);
  code.i32(ones);
  code.op(Op.I32Xor);
  code.set(local);
}

const EXPONENT_BITS = { 32: 8, 64: 11 } as const;

/** Pushes whether the f32 or f64 in a local is not normal with an exponent of at least `least` (1 or 2). */
export function pushIsUnusual(
  { code }: Pick<BlockValues, "code">,
  format: FloatFormat,
  local: number,
  least: 1 | 2,
): void {
  const bits = EXPONENT_BITS[format];
  const unit = 2 ** (32 - bits);
  code.get(local);
  if (format === 64) {
    code.op(Op.I64ReinterpretF64);
    code.i64(32n);
    code.op(Op.I64ShrU);
    code.op(Op.I32WrapI64);
  } else {
    code.op(Op.I32ReinterpretF32);
  }
  // Without the sign, and so that the least exponent is 0.
  code.i32(1);
  code.op(Op.I32Shl);
  code.i32(least * unit);
  code.op(Op.I32Sub);
  code.i32((2 ** bits - 1 - least) * unit);
  code.op(Op.I32LtU);
  code.op(Op.I32Eqz);
}

/** Pushes a mask of the lanes that are denormal. */
export function pushDenormalLanes({ builder }: BlockValues, format: FloatFormat, local: number): void {
  const { code } = builder;
  const top = 1n << BigInt(format - 1);
  const lanes = INTEGER_LANES[format];
  // Twice the magnitude less 1, compared as a signed number: a zero becomes the greatest.
  code.get(builder.constant(spread(format, top ^ ((1n << BigInt(format - EXPONENT_BITS[format])) - 1n))));
  code.get(local);
  code.get(local);
  code.simd(`${lanes}.add`);
  code.get(builder.constant(spread(format, top - 1n)));
  code.simd(`${lanes}.add`);
  code.simd(`${lanes}.gt_s`);
}

/** Pushes a mask of the lanes that are infinite or NaNs. */
function pushInfiniteOrNanLanes({ builder, code }: BlockValues, format: FloatFormat, local: number): void {
  const infinity = (2n ** BigInt(EXPONENT_BITS[format]) - 1n) << BigInt(format - 1 - EXPONENT_BITS[format]);
  code.get(local);
  code.simd(`${FLOAT_LANES[format]}.abs`);
  code.get(builder.constant(spread(format, infinity - 1n)));
  code.simd(`${INTEGER_LANES[format]}.gt_s`);
}

/** Pushes a mask of the lanes that are not normal, or have the least exponent. */
export function pushUnusualLanes({ builder }: BlockValues, format: FloatFormat, local: number): void {
  const { code } = builder;
  const bits = EXPONENT_BITS[format];
  const top = 1n << BigInt(format - 1);
  const unit = 1n << BigInt(format - bits);
  const lanes = INTEGER_LANES[format];
  code.get(local);
  code.get(local);
  code.simd(`${lanes}.add`);
  code.get(builder.constant(spread(format, top - 2n * unit)));
  code.simd(`${lanes}.add`);
  code.get(builder.constant(spread(format, (top ^ ((2n ** BigInt(bits) - 3n) * unit)) - 1n)));
  code.simd(`${lanes}.gt_s`);
}

/** The locals of those operands that aren't known to be ordinary, each once. */
function uncheckedOf(values: BlockValues, nodes: readonly SsaNode[], locals: readonly number[]): number[] {
  const list: number[] = [];
  nodes.forEach((node, i) => {
    if (!values.isOrdinary(node) && !list.includes(locals[i])) list.push(locals[i]);
  });
  return list;
}

/**
 * The guard of what `node` computes, as far as that depends on its operands and result.
 *
 * Leaves through `exit` unless the result, if there is one, may be taken. Afterwards the operands are ordinary
 * (0 or normal) as the result is, or the local of `builder.odd` is not 0, and then no guard trusts what it knows.
 */
export function writeGuard(values: BlockValues, node: SsaNode, guarded: Guarded, exit: number): void {
  if (values.guard !== null) {
    values.guard.admit(node, guarded);
    return;
  }
  const { builder, code } = values;
  const { format, isPacked, kind } = guarded;
  const nodes = node.args;
  const hasResult = kind !== GuardClass.Operands;
  const unchecked = uncheckedOf(values, nodes, [guarded.a, guarded.b]);
  builder.open(Op.Block, "plain");
  builder.open(Op.Block, "plain");
  if (isPacked) pushOddLanes(values, guarded, unchecked);
  else {
    unchecked.forEach((local, i) => {
      if (i > 0) code.op1(Op.BrIf, 0);
      pushIsUnusual(values, format, local, 1);
    });
    if (hasResult && unchecked.length > 0) code.op1(Op.BrIf, 0);
    if (hasResult) pushIsUnusual(values, format, guarded.result, 2);
  }
  if (hasResult || unchecked.length > 0) code.op1(Op.BrIf, 0);
  if (hasResult || unchecked.length < nodes.length) {
    code.get(builder.odd());
    code.op1(Op.BrIf, 0);
  }
  code.op1(Op.Br, 1);
  builder.close();
  writeJudgement(values, guarded, exit);
  builder.close();
  nodes.forEach((operand) => values.noteOrdinary(operand));
}

/** Pushes whether any lane isn't ordinary; nothing where there is nothing to look at. */
function pushOddLanes(values: BlockValues, { format, kind, result }: Guarded, unchecked: readonly number[]): void {
  const { code } = values;
  let masks = 0;
  const add = (): void => {
    if (masks++ > 0) code.simd("v128.or");
  };
  for (const local of unchecked) {
    pushDenormalLanes(values, format, local);
    add();
    if (kind !== GuardClass.Operands) continue;
    // Where something was computed, the result shows these.
    pushInfiniteOrNanLanes(values, format, local);
    add();
  }
  if (kind !== GuardClass.Operands) {
    pushUnusualLanes(values, format, result);
    add();
  }
  if (masks > 0) code.simd("v128.any_true");
}

/** Calls the routine. */
function writeJudgement({ builder, code }: BlockValues, guarded: Guarded, exit: number): void {
  const { format, isPacked, kind } = guarded;
  const answer = builder.temporary(Type.I32);
  code.get(Local.Core);
  code.i32(kind);
  [guarded.a, guarded.b, guarded.result].forEach((local, index) => {
    code.get(local);
    if (!isPacked) code.simd(`${FLOAT_LANES[format]}.splat`);
    if (index !== 1 || guarded.signs === 0n) return;
    code.vector(guarded.signs);
    code.simd("v128.xor");
  });
  code.call(format === 64 ? FunctionIndex.FloatGuard64 : FunctionIndex.FloatGuard32);
  code.tee(answer);
  code.i32(GuardAnswer.Leave);
  code.op(Op.I32Eq);
  builder.open(Op.If, "plain");
  builder.leave(exit);
  builder.close();
  code.get(builder.odd());
  code.get(answer);
  code.op(Op.I32Or);
  code.set(builder.odd());
}

/** The operands alone: no NaN, and no denormal that DE doesn't know of. */
export function guardOperands(
  values: BlockValues,
  node: SsaNode,
  locals: readonly number[],
  format: FloatFormat,
  isPacked: boolean,
  exit: number,
): void {
  const [a] = locals;
  const b = locals[locals.length - 1];
  writeGuard(values, node, { format, isPacked, kind: GuardClass.Operands, a, b, result: a, signs: 0n }, exit);
}

/** Pushes whether two floats, or any lanes of two vectors, are not equal. */
export function pushDiffers(values: BlockValues, format: FloatFormat, isPacked: boolean, a: number, b: number): void {
  const { code } = values;
  code.get(a);
  code.get(b);
  if (isPacked) {
    code.simd(`${FLOAT_LANES[format]}.ne`);
    code.simd("v128.any_true");
  } else {
    code.op(format === 64 ? Op.F64Eq : Op.F32Eq);
    code.op(Op.I32Eqz);
  }
}
