/**
 * Values that are not known while SSA is built, because it is to stand for all instructions that differ in them alone:
 * what an operand's bytes say, where the instruction lies, what flags were left as. Each is a `read` node, opaque to
 * folding; whoever uses the SSA puts the value in its place.
 */
export type Given =
  /** An immediate operand by its number, as wide as the node. */
  | { readonly kind: "immediate"; readonly operand: number }
  /** The displacement of the memory operand, as 64 bits. */
  | { readonly kind: "displacement" }
  /** The linear address of the memory operand; the same without the segment's base. */
  | { readonly kind: "linear" }
  | { readonly kind: "offset" }
  /** The address of the next instruction, and the one that a relative branch goes to, which is canonical. */
  | { readonly kind: "next" }
  | { readonly kind: "target" }
  /** The condition of a code. */
  | { readonly kind: "condition"; readonly code: number }
  /** A value that was stored for flags (recipe.ts). */
  | { readonly kind: "leaf"; readonly index: number };
