/**
 * Every instruction's meaning, by the key that rows of the table name: the Intel mnemonic in lower case, one function
 * for all its operand forms. Families with a condition in the opcode are "jcc", "setcc" and "cmovcc".
 *
 * Invariant: each function follows the rules in operations.ts; it is generic in the type of values, so it cannot look
 * at them. Implicit operands stay implicit; explicit ones come in Intel's order.
 */
import type { Semantics } from "../instruction.js";
import * as arithmetic from "./arithmetic.js";
import * as bits from "./bits.js";
import * as branch from "./branch.js";
import * as data from "./data.js";
import * as exchange from "./exchange.js";
import * as float from "./float.js";
import * as logic from "./logic.js";
import * as multiply from "./multiply.js";
import * as shift from "./shift.js";
import * as stack from "./stack.js";
import * as string from "./string.js";
import * as system from "./system.js";
import * as vectorInteger from "./vector-integer.js";
import * as vectorMove from "./vector-move.js";
import * as vectorShuffle from "./vector-shuffle.js";
import * as vectorState from "./vector-state.js";
import * as vectorText from "./vector-text.js";

const byName = {
  ...arithmetic,
  ...bits,
  ...branch,
  ...data,
  ...exchange,
  ...float,
  ...logic,
  ...multiply,
  ...shift,
  ...stack,
  ...string,
  ...system,
  ...vectorInteger,
  ...vectorMove,
  ...vectorShuffle,
  ...vectorState,
  ...vectorText,
  movsxd: data.movsx,
} satisfies Record<string, Semantics>;

/** A key of `semantics`. */
export type SemanticName = keyof typeof byName;

export const semantics: { readonly [N in SemanticName]: Semantics } & Readonly<Record<string, Semantics>> = byName;
