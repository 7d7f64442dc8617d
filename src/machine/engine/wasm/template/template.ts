/**
 * A template: the WebAssembly of one instruction, with holes where instructions of the same form differ. It is made
 * once, by what makes all code (derive.ts), and then copied for each such instruction, with the holes filled.
 *
 *   add r/m32, imm     local.get [register 0]  i32.wrap_i64  local.tee [temporary i32 1]  i32.const [immediate 1] …
 *
 * Invariant: behind a template registers, flags and memory are as behind its instruction: registers in their locals,
 * flags as a recipe and its values in theirs. So templates follow each other in any order.
 */

/** What goes into a hole. `index` says which. */
export const enum Hole {
  /** Nothing: the branch that comes next is hardly ever taken. */
  Hint = 0,
  /** The local of a register: index in WORD_NAMES, of a register by itself or of the one that an operand names. */
  Register = 1,
  /** A temporary: TEMPORARIES_A_TYPE for each type, from V128 on. */
  Temporary = 2,
  /** The local of a flag, by its place in ARITHMETIC_FLAGS; the local of a stored value. */
  Flag = 3,
  Leaf = 4,
  /** Locals about floats (function-builder.ts), and the local of a vector among the template's constants. */
  Strict = 5,
  Odd = 6,
  Unready = 7,
  Constant = 8,
  /** Number of the exit before the instruction; how many blocks within the template the branch to the end leaves. */
  Exit = 9,
  ExitLabel = 10,
  /** Cycles that the block gives back where it is left here, alone and with the flags of an access. */
  Refund = 11,
  AccessFlags = 12,
  /** An immediate: number of the operand, times IMMEDIATE_WIDTHS, and which of WIDTHS it is extended to. */
  Immediate = 13,
  Displacement = 14,
  /** The address of the next instruction. */
  Next = 15,
}

export const TEMPORARIES_A_TYPE = 256;
export const WIDTHS = [8, 16, 32, 64] as const;

/** Numbers of a hole in `Template.holes`: where in the bytes it is, what goes into it, and which. */
export const HOLE_NUMBERS = 3;

export interface Template {
  /** What is between the holes. */
  readonly bytes: Uint8Array;
  readonly holes: Int32Array;
  /** Places of registers, in WORD_NAMES, that it writes. */
  readonly written: Uint8Array;
  /** Vectors that it keeps in locals. */
  readonly constants: readonly bigint[];
  /** Functions that it calls: bit i for function i. */
  readonly calls: number;
  /** Flags that it reads in their locals: bit i for ARITHMETIC_FLAGS[i]. */
  readonly needs: number;
  /** Number of the recipe that it leaves; 0 where it leaves the one before. */
  readonly recipe: number;
}
