/**
 * The guard of a whole stretch of float operations (float-guard.ts has that of one). Its operands from memory and
 * registers are looked at once: 0, or a number of middling size. What follows from those by the rules of float-range.ts
 * is right as it comes; where the rules give out a result is looked at too. What was seen is gathered, and one branch
 * at the stretch's end leaves the block to its first operation, before which nothing has been done since that could not
 * be done again.
 *
 * So between the first operation and the end there are only float operations and loads from private memory, no register
 * is written (plan.ts), and whatever leaves in between leaves to the same place.
 *
 * Invariant: this is right only where MXCSR rounds to nearest, masks all exceptions and has PE set, which the stretch's
 * start looks at. DAZ and FTZ play no part, since there are no denormals.
 */
import type { FloatFormat } from "../../../../isa/vector-operations.js";
import type { SsaNode } from "../../../ssa/index.js";
import { FLOAT_LANES, type FloatLocal, type Guarded, lanesOf, spread, withFloat } from "./float-lanes.js";
import { GuardClass } from "../../routines/index.js";
import {
  type FloatRange,
  FloatRanges,
  isWithin,
  rangeBetween,
  rangeOfEither,
  rangeOfInteger,
  rangeOfProduct,
  rangeOfQuotient,
  rangeOfSum,
} from "./float-range.js";
import type { Float, I32, Local, V128 } from "../../assembler/index.js";
import type { FunctionBuilder } from "../function-builder.js";

/**
 * Numbers that have ones in all bits of `tested` when `offset` is added to them: those are upper bits of the exponent.
 */
interface Window {
  readonly format: FloatFormat;
  readonly offset: bigint;
  readonly tested: bigint;
  readonly range: FloatRange;
}

/** A quarter of the format's exponents, in their middle: products and quotients of two are normal. */
const MIDDLING: Readonly<Record<FloatFormat, Window>> = {
  // Exponent fields 96 to 159, and 768 to 1279.
  32: { format: 32, offset: 96n << 23n, tested: 0x6000_0000n, range: rangeBetween(32, -31, 33) },
  64: { format: 64, offset: 768n << 52n, tested: 0x6000_0000_0000_0000n, range: rangeBetween(64, -255, 257) },
};
/** Numbers of 64 bits that are normal in 32: exponent fields 960 to 1087. */
const NARROW: Window = {
  format: 64,
  offset: 960n << 52n,
  tested: 0x7800_0000_0000_0000n,
  range: rangeBetween(64, -63, 65),
};

export class BlockGuard {
  readonly ranges = new FloatRanges();
  /** Number of the way out before the stretch's first operation; 0 where no stretch has begun. */
  exit = 0;
  private isReady = false;
  /** Locals with the bits that all numbers so far had, by the window that they have to be in. */
  private readonly seen = new Map<Window, Local<V128>>();
  /** Scalars that wait for another, to be looked at together. */
  private readonly waiting = new Map<Window, Local<Float>>();

  constructor(private readonly builder: FunctionBuilder) {}

  begin(exit: number): void {
    this.exit = exit;
    // mutant mxcsr-is-not-looked-at: return;
    if (this.isReady) return;
    this.isReady = true;
    this.builder.leaveIf(this.builder.unreadyLocal(), exit);
  }

  /** MXCSR has changed: the next stretch looks at it again. */
  forgetMxcsr(): void {
    this.isReady = false;
  }

  /** Ends the stretch: the block is left unless all that was seen is in order. */
  settle(): void {
    const { builder } = this;
    // mutant last-scalar-is-not-looked-at: for (const [window, local] of new Map<Window, Local<Float>>())
    for (const [window, local] of this.waiting)
      this.gather(window, builder.kept(lanesOf(window.format, local, false)), true);
    const lacking = [...this.seen].map(([{ format, tested }, local]) =>
      builder.vectorConstant(spread(format, tested)).andNot(local),
    );
    if (lacking.length > 0) {
      const isOdd: I32 = lacking.reduce((all, lanes) => all.or(lanes)).anyTrue();
      builder.leaveIf(isOdd, this.exit);
    }
    this.waiting.clear();
    this.seen.clear();
    this.exit = 0;
  }

  // ---- looking at values -------------------------------------------------------------------------------------------

  /** Every lane of the vector has to be in the window, or 0 where it may be. */
  private gather(window: Window, value: Local<V128>, mayBeZero: boolean): void {
    const { builder } = this;
    const { format, offset } = window;
    let lanes = value.simd(format === 64 ? "i64x2.add" : "i32x4.add", builder.vectorConstant(spread(format, offset)));
    if (mayBeZero) lanes = lanes.or(value.simd(`${FLOAT_LANES[format]}.eq`, builder.vectorConstant(0n)));
    const before = this.seen.get(window);
    this.seen.set(window, builder.kept(before === undefined ? lanes : lanes.and(before)));
  }

  /** The node, a scalar or vector in `local`, has to be in the window. */
  private hold(node: SsaNode, window: Window, local: FloatLocal, isPacked: boolean): FloatRange {
    const { format, range } = window;
    this.ranges.note(node, format, range);
    if (isPacked) {
      this.gather(window, local as Local<V128>, true);
      return range;
    }
    const scalar = local as Local<Float>;
    const other = this.waiting.get(window);
    if (other === undefined) {
      this.waiting.set(window, scalar);
      return range;
    }
    this.waiting.delete(window);
    const both = withFloat(format, lanesOf(format, other, false), 1, scalar);
    this.gather(window, this.builder.kept(both), true);
    return range;
  }

  /** The range of an operand, which is looked at if nothing is known of it. */
  rangeOf(node: SsaNode, format: FloatFormat, local: FloatLocal, isPacked: boolean): FloatRange {
    return this.ranges.find(node, format) ?? this.hold(node, MIDDLING[format], local, isPacked);
  }

  /** An operand that would lead out of the format if it weren't of middling size. */
  private narrow(node: SsaNode, { format, isPacked }: Guarded, local: FloatLocal, range: FloatRange): FloatRange {
    const { least, most } = MIDDLING[format].range;
    if (range.least >= least && range.most <= most) return range;
    return this.hold(node, MIDDLING[format], local, isPacked);
  }

  /** A divisor must not be 0. */
  private holdDivisor(node: SsaNode, { format, isPacked, b }: Guarded): FloatRange {
    const lanes = isPacked ? (b as Local<V128>) : this.builder.kept(lanesOf(format, b, false));
    this.gather(MIDDLING[format], lanes, false);
    const range = { ...MIDDLING[format].range, hasZero: false };
    this.ranges.note(node, format, range);
    return range;
  }

  // ---- operations --------------------------------------------------------------------------------------------------

  /** What `node` computes of its arguments, as far as the guard has to know, is right. */
  admit(node: SsaNode, guarded: Guarded): void {
    const { format, isPacked, kind } = guarded;
    const [first] = node.args;
    const second = node.args[node.args.length - 1];
    if (kind === GuardClass.Root) {
      // The root of a negative number is a NaN, that of a denormal one lies far below the window.
      // mutant root-is-a-number:
      this.hold(node, MIDDLING[format], guarded.result, isPacked);
      return;
    }
    const a = this.rangeOf(first, format, guarded.a, isPacked);
    let b = this.rangeOf(second, format, guarded.b, isPacked);
    if (kind >= GuardClass.Operands) return;
    // mutant divisor-may-be-0:
    if (kind === GuardClass.Quotient && b.hasZero) b = this.holdDivisor(second, guarded);
    const follow = (left: FloatRange, right: FloatRange): FloatRange => {
      if (kind === GuardClass.Sum) return rangeOfSum(left, right);
      return (kind === GuardClass.Product ? rangeOfProduct : rangeOfQuotient)(format, left, right);
    };
    let range = follow(a, b);
    if (!isWithin(format, range)) {
      const narrowed = this.narrow(first, guarded, guarded.a, a);
      range = follow(narrowed, second === first ? narrowed : this.narrow(second, guarded, guarded.b, b));
    }
    this.ranges.note(node, format, range);
  }

  /** A number of 64 bits, or a vector of them, becomes one of 32. */
  admitNarrowing(node: SsaNode, local: FloatLocal, isPacked: boolean): void {
    const [operand] = node.args;
    let range = this.rangeOf(operand, 64, local, isPacked);
    // mutant all-fits-the-narrower-format:
    if (!isWithin(32, range)) range = this.hold(operand, NARROW, local, isPacked);
    const { least, most, hasZero } = range;
    this.ranges.note(node, 32, rangeBetween(32, least, most, hasZero));
  }

  /** The operands, which were looked at, are chosen from. */
  noteChoice(node: SsaNode, format: FloatFormat): void {
    const [a, b] = node.args.map((operand) => this.ranges.find(operand, format));
    if (a !== null && b !== null) this.ranges.note(node, format, rangeOfEither(a, b));
  }

  /** The operand, which was looked at, is rounded to a whole number. */
  noteWhole(node: SsaNode, format: FloatFormat): void {
    const range = this.ranges.find(node.args[0], format);
    if (range !== null) this.ranges.note(node, format, rangeOfInteger(Math.max(range.most, 0)));
  }
}
