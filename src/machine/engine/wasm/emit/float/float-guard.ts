/**
 * The guard around a native float instruction: what it gives is taken only where it is what SSE gives, bit for bit,
 * with no flag of MXCSR changing. Everything else leaves the block before the instruction. Blocks whose numbers are of
 * middling size have one guard for many instructions in its place (float-block-guard.ts).
 *
 * IEEE 754 fixes every result that is not a NaN, rounded to nearest. So it is enough that rounding is to nearest, that
 * a denormal operand has set DE before, a tiny result UE, an inexact one PE and so on, with their exceptions masked,
 * that DAZ or FTZ wouldn't make zeros of them, and that NaNs are made of bits (float-nan-routines.ts). Ordinary
 * operands and results are recognised inline by their exponents; what isn't ordinary is judged by a routine
 * (float-guard-routines.ts).
 */
import { MXCSR_OFFSET } from "../../../../state.js";
import type { FloatFormat } from "../../../../isa/vector-operations.js";
import type { SsaNode } from "../../../ssa/index.js";
import {
  call,
  type F32,
  type F64,
  type Float,
  FUNCTIONS,
  i32,
  I32,
  indexOf,
  load32,
  type Local,
  tee,
  type V128,
  vector,
} from "../../assembler/index.js";
import { GuardAnswer, GuardClass, Mxcsr } from "../../routines/index.js";
import { FLOAT_LANES, type FloatLocal, type Guarded, INTEGER_LANES, lanesOf, spread } from "./float-lanes.js";
import type { FunctionBuilder } from "../function-builder.js";
import type { BlockValues } from "../values.js";

const READY = Mxcsr.AllMasks | Mxcsr.PrecisionFlag;

/** What the local of builder.strict has: 0 where an inexact result rounds to nearest and changes nothing in MXCSR. */
export function strictness(core: I32): I32 {
  return difference(core, Mxcsr.Rounding, Mxcsr.PrecisionMask | Mxcsr.PrecisionFlag);
}

/** Whether that is so and all exceptions are masked: what the guard of whole stretches needs (float-block-guard.ts). */
export function isReady(mxcsr: number): boolean {
  return (mxcsr & (Mxcsr.Rounding | READY)) === READY;
}

/** What the local of builder.unready has: 0 where MXCSR is ready. */
export function unreadiness(core: I32): I32 {
  return difference(core, Mxcsr.Rounding, READY);
}

/** 0 if of these bits of MXCSR all `ones` are set and all `zeros` clear. */
function difference(core: I32, zeros: number, ones: number): I32 {
  return load32(core, MXCSR_OFFSET)
    .and(zeros | ones)
    .xor(ones);
}

const EXPONENT_BITS = { 32: 8, 64: 11 } as const;

/** Whether a float is not normal with an exponent of at least `least` (1 or 2). */
export function isUnusual(format: FloatFormat, value: Float, least: 1 | 2): I32 {
  const bits = EXPONENT_BITS[format];
  const unit = 2 ** (32 - bits);
  const upper = format === 64 ? (value as F64).asI64().shrU(32).wrap() : (value as F32).asI32();
  // Without the sign, and so that the least exponent is 0.
  return upper
    .shl(1)
    .sub(least * unit)
    .ltU((2 ** bits - 1 - least) * unit)
    .eqz();
}

/** A mask of the lanes that are denormal. */
function denormalLanes(builder: FunctionBuilder, format: FloatFormat, value: V128): V128 {
  const top = 1n << BigInt(format - 1);
  const lanes = INTEGER_LANES[format];
  const least = 1n << BigInt(format - EXPONENT_BITS[format]);
  // Twice the magnitude less 1, compared as a signed number: a zero becomes the greatest.
  const limit = builder.vectorConstant(spread(format, top ^ (least - 1n)));
  const twice = value.simd(`${lanes}.add`, value);
  const less = twice.simd(`${lanes}.add`, builder.vectorConstant(spread(format, top - 1n)));
  return limit.simd(`${lanes}.gt_s`, less);
}

/** A mask of the lanes that are infinite or NaNs. */
function infiniteOrNanLanes(builder: FunctionBuilder, format: FloatFormat, value: V128): V128 {
  const infinity = (2n ** BigInt(EXPONENT_BITS[format]) - 1n) << BigInt(format - 1 - EXPONENT_BITS[format]);
  const limit = builder.vectorConstant(spread(format, infinity - 1n));
  return value.simd(`${FLOAT_LANES[format]}.abs`).simd(`${INTEGER_LANES[format]}.gt_s`, limit);
}

/** A mask of the lanes that are not normal, or have the least exponent. */
export function unusualLanes(builder: FunctionBuilder, format: FloatFormat, value: V128): V128 {
  const bits = EXPONENT_BITS[format];
  const top = 1n << BigInt(format - 1);
  const unit = 1n << BigInt(format - bits);
  const lanes = INTEGER_LANES[format];
  const twice = value.simd(`${lanes}.add`, value);
  const shifted = twice.simd(`${lanes}.add`, builder.vectorConstant(spread(format, top - 2n * unit)));
  const limit = builder.vectorConstant(spread(format, (top ^ ((2n ** BigInt(bits) - 3n) * unit)) - 1n));
  return shifted.simd(`${lanes}.gt_s`, limit);
}

/** The operands that aren't known to be ordinary, each local once. */
function uncheckedOf(values: BlockValues, nodes: readonly SsaNode[], operands: readonly FloatLocal[]): FloatLocal[] {
  const list: FloatLocal[] = [];
  nodes.forEach((node, i) => {
    const isKnown = values.isOrdinary(node) || list.some((listed) => indexOf(listed) === indexOf(operands[i]));
    if (!isKnown) list.push(operands[i]);
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
  const { builder } = values;
  const { format, isPacked, kind, result } = guarded;
  const nodes = node.args;
  const hasResult = kind < GuardClass.Operands;
  const unchecked = uncheckedOf(values, nodes, [guarded.a, guarded.b]);
  builder.block((done) => {
    builder.block((odd) => {
      if (!isPacked) {
        for (const operand of unchecked) builder.brIf(odd, isUnusual(format, operand as Float, 1));
        if (hasResult) builder.brIf(odd, isUnusual(format, result as Float, 2));
      } else if (hasResult || unchecked.length > 0) {
        builder.brIf(odd, hasOddLanes(builder, guarded, unchecked as readonly V128[]));
      }
      if (hasResult || unchecked.length < nodes.length) builder.brIf(odd, builder.oddLocal());
      builder.br(done);
    });
    writeJudgement(builder, guarded, exit);
  });
  nodes.forEach((operand) => values.noteOrdinary(operand));
}

/** Whether any lane isn't ordinary, of what there is to look at. */
function hasOddLanes(builder: FunctionBuilder, { format, kind, result }: Guarded, unchecked: readonly V128[]): I32 {
  const masks = unchecked.flatMap((operand) => {
    const denormal = denormalLanes(builder, format, operand);
    // Where something was computed, the result shows the others.
    return kind >= GuardClass.Operands ? [denormal, infiniteOrNanLanes(builder, format, operand)] : [denormal];
  });
  if (kind < GuardClass.Operands) masks.push(unusualLanes(builder, format, result as V128));
  return masks.reduce((all, mask) => all.or(mask)).anyTrue();
}

/** Calls the routine. */
function writeJudgement(builder: FunctionBuilder, guarded: Guarded, exit: number): void {
  const { format, isPacked, kind, signs } = guarded;
  const answer = builder.temporaryOf(I32);
  const [a, b, result] = [guarded.a, guarded.b, guarded.result].map((value) => lanesOf(format, value, isPacked));
  const added = signs === 0n ? b : b.xor(vector(signs));
  const judge = format === 64 ? FUNCTIONS.floatGuard64 : FUNCTIONS.floatGuard32;
  const judgement = call(judge, builder.core, i32(kind), a, added, result);
  builder.leaveIf(tee(answer, judgement).eq(GuardAnswer.Leave), exit);
  const odd = builder.oddLocal();
  builder.set(odd, odd.or(answer));
  if (guarded.repair !== null) builder.if(answer.and(GuardAnswer.Nan), guarded.repair);
}

/** Takes the NaNs of a result from its operands. */
export function writeChosenNans(
  builder: FunctionBuilder,
  { format, isPacked, ...guarded }: Pick<Guarded, "format" | "isPacked" | "a" | "b" | "result">,
): void {
  const [a, b, result] = [guarded.a, guarded.b, guarded.result].map((value) => lanesOf(format, value, isPacked));
  const chosen = call(format === 64 ? FUNCTIONS.chooseNans64 : FUNCTIONS.chooseNans32, a, b, result);
  writeResult(builder, format, guarded.result, chosen, isPacked);
}

/** Sets a result, a scalar or a vector, to what is in the lanes. */
export function writeResult(
  builder: FunctionBuilder,
  format: FloatFormat,
  result: FloatLocal,
  lanes: V128,
  isPacked: boolean,
): void {
  if (isPacked) builder.set(result as Local<V128>, lanes);
  else builder.set(result as Local<Float>, lanes.lane(FLOAT_LANES[format], 0));
}

/** What is looked at of operands alone: no denormal that DE doesn't know of, and no NaN that IE doesn't. */
interface GuardedOperands {
  readonly operands: readonly FloatLocal[];
  readonly format: FloatFormat;
  readonly isPacked: boolean;
  /** Whether a quiet NaN is invalid, too. */
  readonly areOrdered?: boolean;
  /** Guarded.repair of what is computed of them. */
  readonly repair?: () => void;
}

export function guardOperands(
  values: BlockValues,
  node: SsaNode,
  { operands, format, isPacked, areOrdered = false, repair }: GuardedOperands,
  exit: number,
): void {
  const [a] = operands;
  const b = operands[operands.length - 1];
  const kind = areOrdered ? GuardClass.OrderedOperands : GuardClass.Operands;
  writeGuard(values, node, { format, isPacked, kind, a, b, result: a, signs: 0n, repair: repair ?? null }, exit);
}

/** Whether an invalid operation would set IE or raise #XM, or rounding is not to nearest. */
export function isInvalidNew(core: I32): I32 {
  return difference(core, Mxcsr.Rounding, Mxcsr.InvalidFlag | Mxcsr.InvalidMask).ne(0);
}
