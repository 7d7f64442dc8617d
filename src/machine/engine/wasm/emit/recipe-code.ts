/**
 * A recipe (plan/recipe.ts) as a WebAssembly function (core: i32) -> (), which puts the flags into RFLAGS in memory:
 * for recipes that are wanted often. It calls nothing.
 */
import { RFLAGS_OFFSET } from "../../../state.js";
import type { SsaNode } from "../../ssa/index.js";
import { i32, type I32, load32, load64 } from "../assembler/index.js";
import { LEAVES_OFFSET } from "../layout.js";
import { FLAG_BIT, type Recipe } from "../plan/index.js";
import { FunctionBuilder } from "./function-builder.js";
import { writeValue } from "./pure-code.js";
import { BlockValues } from "./values.js";

/** Parts of what an effect gives, and what asks the machine. */
const NOT_ALONE: ReadonlySet<string> = new Set(["remainder", "upperHalf", "repeated", "cpuid", "coreNumber"]);

/** Null where the recipe is made of more than scalars. */
export function emitRecipe(recipe: Pick<Recipe, "flags" | "leaves">): Uint8Array | null {
  const { flags, leaves, nodes } = renumber(recipe);
  if (nodes.some(({ op, width }) => width > 64 || NOT_ALONE.has(op))) return null;
  const builder = new FunctionBuilder(0);
  const { core } = builder;
  const values = new BlockValues(builder, nodes.length, writeValue);
  for (const [, node] of flags) values.count(node);
  leaves.forEach((leaf, index) => {
    const stored = load64(core, LEAVES_OFFSET + 8 * index);
    builder.push(leaf.width === 64 ? stored : stored.wrap());
    values.define(leaf);
  });
  // mutant compiled-recipe-loses-other-flags: let mask = 0;
  let mask = ~0;
  for (const [flag] of flags) mask &= ~FLAG_BIT[flag];
  let word: I32 = load32(core, RFLAGS_OFFSET).and(i32(mask));
  for (const [flag, node] of flags) word = word.or(values.i32(node).shl(Math.log2(FLAG_BIT[flag])));
  builder.store32(core, RFLAGS_OFFSET, word);
  return builder.code.calls === 0 ? builder.take() : null;
}

/** A copy of the recipe whose nodes are numbered from 0 on. Its leaves are values that are there. */
function renumber({ flags, leaves }: Pick<Recipe, "flags" | "leaves">): Pick<Recipe, "leaves"> & {
  readonly flags: readonly (readonly [keyof typeof FLAG_BIT, SsaNode])[];
  readonly nodes: readonly SsaNode[];
} {
  const nodes: SsaNode[] = [];
  const copies = new Map<SsaNode, SsaNode>();
  const add = (of: SsaNode, copy: SsaNode): SsaNode => {
    copies.set(of, copy);
    nodes.push(copy);
    return copy;
  };
  const placed = leaves.map((leaf) =>
    add(leaf, { ...leaf, id: nodes.length, op: "read", args: [], detail: { kind: "none" } }),
  );
  const copyOf = (node: SsaNode): SsaNode => {
    const known = copies.get(node);
    if (known !== undefined) return known;
    const args = node.args.map(copyOf);
    return add(node, { ...node, id: nodes.length, args });
  };
  return { flags: [...flags].map(([flag, node]) => [flag, copyOf(node)] as const), leaves: placed, nodes };
}
