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

/** ZF, SF and PF of a result. */
export function resultFlags<V>(
  operations: Operations<V>,
  width: Width,
  result: V,
): { readonly zf: () => V; readonly sf: () => V; readonly pf: () => V } {
  return {
    zf: () => operations.isZero(width, result),
    sf: () => operations.sign(width, result),
    pf: () => parity(operations, width, result),
  };
}

/** Carry or borrow out of bit 3: all three of a, b and the result enter it alike. */
function auxiliary<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): V {
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
  const passed = operations.and(width, operations.or(width, notA, b), result);
  return operations.sign(width, operations.or(width, generated, passed));
}

/** INC, and ADD and ADC without their CF: result = a + b, or one more. */
function sumFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  return {
    ...resultFlags(operations, width, result),
    af: () => auxiliary(operations, width, a, b, result),
    of: () => sumOverflow(operations, width, a, b, result),
  };
}

/** DEC, and SUB and SBB without their CF: result = a - b, or one less. */
function differenceFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  return {
    ...resultFlags(operations, width, result),
    af: () => auxiliary(operations, width, a, b, result),
    of: () => differenceOverflow(operations, width, a, b, result),
  };
}

/** ADD: result = a + b. */
export function addFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  return { ...sumFlags(operations, width, a, b, result), cf: () => operations.lessUnsigned(width, result, a) };
}

/** ADC: result = a + b + carry. */
export function addWithCarryFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  return { ...sumFlags(operations, width, a, b, result), cf: () => carryOut(operations, width, a, b, result) };
}

/** SUB and CMP: result = a - b. */
export function subtractFlags<V>(operations: Operations<V>, width: Width, a: V, b: V, result: V): FlagThunks<V> {
  const above = (): V => operations.lessUnsigned(width, b, a);
  const less = (): V => operations.lessSigned(width, a, b);
  const greater = (): V => operations.lessSigned(width, b, a);
  return {
    ...differenceFlags(operations, width, a, b, result),
    cf: () => operations.lessUnsigned(width, a, b),
    zf: () => operations.equal(width, a, b),
    conditions: {
      [Condition.BelowOrEqual]: () => operations.not(1, above()),
      [Condition.Above]: above,
      [Condition.Less]: less,
      [Condition.GreaterOrEqual]: () => operations.not(1, less()),
      [Condition.LessOrEqual]: () => operations.not(1, greater()),
      [Condition.Greater]: greater,
    },
  };
}

/** SBB: result = a - b - borrow. */
export function subtractWithBorrowFlags<V>(
  operations: Operations<V>,
  width: Width,
  a: V,
  b: V,
  result: V,
): FlagThunks<V> {
  return {
    ...differenceFlags(operations, width, a, b, result),
    cf: () => borrowOut(operations, width, a, b, result),
  };
}

/** INC: everything of ADD 1 but CF. */
export function incrementFlags<V>(operations: Operations<V>, width: Width, a: V, result: V): FlagThunks<V> {
  return sumFlags(operations, width, a, operations.constant(width, 1n), result);
}

/** DEC: everything of SUB 1 but CF. */
export function decrementFlags<V>(operations: Operations<V>, width: Width, a: V, result: V): FlagThunks<V> {
  return differenceFlags(operations, width, a, operations.constant(width, 1n), result);
}

/** AND, OR, XOR and TEST: CF, OF and (undefined by the architecture) AF are 0. */
export function logicFlags<V>(operations: Operations<V>, width: Width, result: V): FlagThunks<V> {
  const zero = constantFlag(operations, 0n);
  const negative = (): V => operations.sign(width, result);
  const positive = (): V => operations.lessSigned(width, operations.constant(width, 0n), result);
  return {
    ...resultFlags(operations, width, result),
    cf: zero,
    of: zero,
    af: zero,
    conditions: {
      [Condition.BelowOrEqual]: () => operations.isZero(width, result),
      [Condition.Above]: () => operations.not(1, operations.isZero(width, result)),
      [Condition.Less]: negative,
      [Condition.GreaterOrEqual]: () => operations.not(1, negative()),
      [Condition.LessOrEqual]: () => operations.not(1, positive()),
      [Condition.Greater]: positive,
    },
  };
}

/**
 * Sets flags unless `keep` (width 1) is true: shifts by CL, whose flags stay when the count is 0. The old flags are
 * read here, before any thunk runs.
 */
export function setFlagsUnless<V>(operations: Operations<V>, keep: V, flags: FlagThunks<V>): void {
  const guarded: { [F in FlagName]?: () => V } = {};
  for (const name of FLAG_NAMES) {
    const thunk = flags[name];
    if (thunk === undefined) continue;
    const old = operations.getFlag(name);
    guarded[name] = () => operations.select(1, keep, old, thunk());
  }
  operations.setFlags(guarded);
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
