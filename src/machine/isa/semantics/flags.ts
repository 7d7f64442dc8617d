/**
 * The flag formulas, each written once. Every arithmetic instruction takes its thunks from here.
 *
 * Invariant: a thunk closes over values and calls pure operations only (operations.ts, rule 3). Where a formula needs
 * an old flag, it is read when the function is called, outside the thunk. `conditions` are the same predicates as the
 * flags would give, in one comparison; condition codes are numbered as in Jcc (SDM volume 1, appendix B).
 * Flags that the architecture leaves undefined have here the value that AMD Zen 4 gives them.
 * Source: Intel SDM volume 1, 3.4.3 and the "Flags Affected" sections of volume 2.
 */
import type { FlagName, FlagThunks, Operations } from "../operations.js";
import type { Width } from "../instruction.js";

/** Condition codes as the low four bits of Jcc, SETcc and CMOVcc encode them. */
export const enum Condition {
  Overflow = 0,
  NotOverflow = 1,
  Below = 2,
  AboveOrEqual = 3,
  Equal = 4,
  NotEqual = 5,
  BelowOrEqual = 6,
  Above = 7,
  Sign = 8,
  NotSign = 9,
  Parity = 10,
  NotParity = 11,
  Less = 12,
  GreaterOrEqual = 13,
  LessOrEqual = 14,
  Greater = 15,
}

/** The codes that read two flags or more: what SUB and AND give directly. */
const DIRECT_CONDITIONS =
  (1 << Condition.BelowOrEqual) |
  (1 << Condition.Above) |
  (1 << Condition.Less) |
  (1 << Condition.GreaterOrEqual) |
  (1 << Condition.LessOrEqual) |
  (1 << Condition.Greater);

const FLAG_NAMES: readonly FlagName[] = ["cf", "pf", "af", "zf", "sf", "of", "df"];

/** A flag with a fixed value. */
export function constantFlag<V>(operations: Operations<V>, value: 0n | 1n): () => V {
  return () => operations.constant(1, value);
}

/** Even parity of the low eight bits. */
export function parity<V>(operations: Operations<V>, width: Width, result: V): V {
  const low = width === 8 ? result : operations.truncate(width, 8, result);
  return operations.not(1, operations.bit(8, operations.populationCount(8, low), 0));
}

/** Carry or borrow out of bit 3: all three of a, b and the result enter it alike. */
function auxiliary<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): V {
  /* mutant carry-out-of-bit-2:
     return operations.bit(width, operations.xor(width, operations.xor(width, a, b), result), 3); */
  return operations.bit(width, operations.xor(width, operations.xor(width, a, b), result), 4);
}

/** Signed overflow of a sum: the operands agree in sign and the result does not. */
function sumOverflow<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): V {
  const changed = operations.and(width, operations.xor(width, a, result), operations.xor(width, b, result));
  return operations.sign(width, changed);
}

/** Signed overflow of a difference a - b: the operands differ in sign and the result does not have a's. */
function differenceOverflow<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): V {
  const changed = operations.and(width, operations.xor(width, a, b), operations.xor(width, a, result));
  return operations.sign(width, changed);
}

/** Carry out of the top bit of a + b + carry, from the operands and the sum alone. */
export function carryOut<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): V {
  const generated = operations.and(width, a, b);
  const passed = operations.and(width, operations.or(width, a, b), operations.not(width, result));
  return operations.sign(width, operations.or(width, generated, passed));
}

/** Borrow out of the top bit of a - b - borrow, from the operands and the difference alone. */
function borrowOut<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): V {
  const notA = operations.not(width, a);
  const generated = operations.and(width, notA, b);
  // mutant borrow-comes-in: const passed = operations.and(width, operations.or(width, notA, b), a);
  const passed = operations.and(width, operations.or(width, notA, b), result);
  return operations.sign(width, operations.or(width, generated, passed));
}

/**
 * Thunks that depend on nothing but their operands: with the same formula and width, flags of other operands are
 * computed in the same way. For who keeps operands in place of flags.
 */
export interface FlagFormula<V> extends FlagThunks<V> {
  /** The same for all that have the same formula. */
  readonly formula: object;
  readonly width: Width;
  readonly operands: readonly V[];
  /** The formula over other operands. */
  over(operations: Operations<V>, operands: readonly V[]): FlagThunks<V>;
}

/** The formula of thunks that have one. */
export function formulaOf<V>(flags: FlagThunks<V>): FlagFormula<V> | null {
  return flags instanceof ResultFlags ? (flags as FlagFormula<V>) : null;
}

/**
 * ZF, SF and PF of a result. Thunks are methods of one small object rather than closures: the reference engine makes
 * one for each arithmetic instruction and asks few of them.
 */
export class ResultFlags<V> implements FlagFormula<V> {
  constructor(
    readonly operations: Operations<V>,
    readonly width: Width,
    readonly result: V,
  ) {}
  get formula(): object {
    return this.constructor;
  }
  get operands(): readonly V[] {
    return [this.result];
  }
  over(operations: Operations<V>, [result]: readonly V[]): FlagThunks<V> {
    const Formula = this.constructor as typeof ResultFlags<V>;
    return new Formula(operations, this.width, result);
  }
  zf(): V {
    return this.operations.isZero(this.width, this.result);
  }
  sf(): V {
    return this.operations.sign(this.width, this.result);
  }
  pf(): V {
    return parity(this.operations, this.width, this.result);
  }
}

/** INC: result = a + 1. ADD and ADC without their CF. */
class SumFlags<V> extends ResultFlags<V> {
  constructor(
    operations: Operations<V>,
    width: Width,
    readonly a: V,
    readonly b: V,
    result: V,
  ) {
    super(operations, width, result);
  }
  override get operands(): readonly V[] {
    return [this.a, this.b, this.result];
  }
  override over(operations: Operations<V>, [a, b, result]: readonly V[]): FlagThunks<V> {
    const Formula = this.constructor as typeof SumFlags<V>;
    return new Formula(operations, this.width, a, b, result);
  }
  af(): V {
    return auxiliary(this.operations, this.width, this.a, this.b, this.result);
  }
  of(): V {
    return sumOverflow(this.operations, this.width, this.a, this.b, this.result);
  }
}

class AddFlags<V> extends SumFlags<V> {
  cf(): V {
    return this.operations.lessUnsigned(this.width, this.result, this.a);
  }
}

class AddWithCarryFlags<V> extends SumFlags<V> {
  cf(): V {
    return carryOut(this.operations, this.width, this.a, this.b, this.result);
  }
}

/** DEC: result = a - 1. SUB and SBB without their CF. */
class DifferenceFlags<V> extends ResultFlags<V> {
  constructor(
    operations: Operations<V>,
    width: Width,
    readonly a: V,
    readonly b: V,
    result: V,
  ) {
    super(operations, width, result);
  }
  override get operands(): readonly V[] {
    return [this.a, this.b, this.result];
  }
  override over(operations: Operations<V>, [a, b, result]: readonly V[]): FlagThunks<V> {
    const Formula = this.constructor as typeof DifferenceFlags<V>;
    return new Formula(operations, this.width, a, b, result);
  }
  af(): V {
    return auxiliary(this.operations, this.width, this.a, this.b, this.result);
  }
  of(): V {
    return differenceOverflow(this.operations, this.width, this.a, this.b, this.result);
  }
}

class SubtractWithBorrowFlags<V> extends DifferenceFlags<V> {
  cf(): V {
    return borrowOut(this.operations, this.width, this.a, this.b, this.result);
  }
}

class SubtractFlags<V> extends DifferenceFlags<V> {
  cf(): V {
    return this.operations.lessUnsigned(this.width, this.a, this.b);
  }
  override zf(): V {
    return this.operations.equal(this.width, this.a, this.b);
  }
  get directConditions(): number {
    return DIRECT_CONDITIONS;
  }
  condition(code: number): V {
    const { operations, width, a, b } = this;
    switch (code) {
      case Condition.BelowOrEqual:
        return operations.not(1, operations.lessUnsigned(width, b, a));
      case Condition.Above:
        return operations.lessUnsigned(width, b, a);
      case Condition.Less:
        return operations.lessSigned(width, a, b);
      case Condition.GreaterOrEqual:
        return operations.not(1, operations.lessSigned(width, a, b));
      case Condition.LessOrEqual:
        return operations.not(1, operations.lessSigned(width, b, a));
      default:
        return operations.lessSigned(width, b, a);
    }
  }
}

/** AND, OR, XOR and TEST: CF, OF and (undefined by the architecture) AF are 0. */
class LogicFlags<V> extends ResultFlags<V> {
  cf(): V {
    return this.operations.constant(1, 0n);
  }
  of(): V {
    return this.operations.constant(1, 0n);
  }
  af(): V {
    return this.operations.constant(1, 0n);
  }
  get directConditions(): number {
    return DIRECT_CONDITIONS;
  }
  condition(code: number): V {
    const { operations, width, result } = this;
    const isPositive = (): V => operations.lessSigned(width, operations.constant(width, 0n), result);
    switch (code) {
      case Condition.BelowOrEqual:
        return operations.isZero(width, result);
      case Condition.Above:
        return operations.not(1, operations.isZero(width, result));
      case Condition.Less:
        return operations.sign(width, result);
      case Condition.GreaterOrEqual:
        return operations.not(1, operations.sign(width, result));
      case Condition.LessOrEqual:
        return operations.not(1, isPositive());
      default:
        return isPositive();
    }
  }
}

/** ZF, SF and PF of a result, and nothing else. */
export function resultFlags<V>(
  operations: Operations<V>,
  width: Width,
  result: V,
): { readonly zf: () => V; readonly sf: () => V; readonly pf: () => V } {
  const flags = new ResultFlags(operations, width, result);
  return { zf: () => flags.zf(), sf: () => flags.sf(), pf: () => flags.pf() };
}

/** ADD: result = a + b. */
export function addFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  return new AddFlags(operations, width, a, b, result);
}

/** ADC: result = a + b + carry. */
export function addWithCarryFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  return new AddWithCarryFlags(operations, width, a, b, result);
}

/** SUB and CMP: result = a - b. */
export function subtractFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  return new SubtractFlags(operations, width, a, b, result);
}

/** SBB: result = a - b - borrow. */
export function subtractWithBorrowFlags<V>(
  operations: Operations<V>,
  width: Width,
  a: V,
  b: V,
  result: V,
): FlagThunks<V> {
  return new SubtractWithBorrowFlags(operations, width, a, b, result);
}

/** INC: everything of ADD 1 but CF. */
export function incrementFlags<V>(operations: Operations<V>, width: Width, a: V, result: V): FlagThunks<V> {
  return new SumFlags(operations, width, a, operations.constant(width, 1n), result);
}

/** DEC: everything of SUB 1 but CF. */
export function decrementFlags<V>(operations: Operations<V>, width: Width, a: V, result: V): FlagThunks<V> {
  return new DifferenceFlags(operations, width, a, operations.constant(width, 1n), result);
}

/** AND, OR, XOR and TEST. */
export function logicFlags<V>(operations: Operations<V>, width: Width, result: V): FlagThunks<V> {
  return new LogicFlags(operations, width, result);
}

/**
 * Flags that stay as they are where `keep` (width 1) is true: setFlags for bindings that don't know it beforehand. The
 * old flags are read here, before any thunk runs.
 */
export function flagsUnless<V>(operations: Operations<V>, keep: V, flags: FlagThunks<V>): FlagThunks<V> {
  const guarded: { [F in FlagName]?: () => V } = {};
  for (const name of FLAG_NAMES) {
    const thunk = flags[name];
    if (thunk === undefined) continue;
    const old = operations.getFlag(name);
    guarded[name] = () => operations.select(1, keep, old, thunk.call(flags));
  }
  return guarded;
}

/**
 * A condition code from the flags alone, for bindings that have no direct form of it. `flag` gives a flag's value and
 * is asked for those that the condition needs.
 */
export function conditionFromFlags<V>(operations: Operations<V>, code: number, flag: (name: FlagName) => V): V {
  const value = evenCondition(operations, code & 14, flag);
  return (code & 1) === 0 ? value : operations.not(1, value);
}

function evenCondition<V>(operations: Operations<V>, code: number, flag: (name: FlagName) => V): V {
  switch (code) {
    case Condition.Overflow:
      return flag("of");
    case Condition.Below:
      return flag("cf");
    case Condition.Equal:
      return flag("zf");
    case Condition.BelowOrEqual:
      return operations.or(1, flag("cf"), flag("zf"));
    case Condition.Sign:
      return flag("sf");
    case Condition.Parity:
      return flag("pf");
    case Condition.Less:
      return operations.xor(1, flag("sf"), flag("of"));
    default:
      return operations.or(1, flag("zf"), operations.xor(1, flag("sf"), flag("of")));
  }
}
