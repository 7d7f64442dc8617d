/**
 * Flags that translated code left unmade: a recipe says for each of them how to compute it from at most eight values
 * that the code stored. The recipe is a piece of the block's SSA; it is evaluated here, on bigints, when somebody
 * wants to see RFLAGS.
 */
import type { FlagName, Width } from "../../isa/index.js";
import type { Act } from "../reference/act.js";
import type { SsaNode } from "../emit/index.js";

export interface Recipe {
  readonly id: number;
  /** The flags that it gives; others are in RFLAGS already. */
  readonly flags: ReadonlyMap<FlagName, SsaNode>;
  /** Nodes whose values are stored, in the order of their places. */
  readonly leaves: readonly SsaNode[];
}

export const FLAG_BIT: Readonly<Record<FlagName, number>> = {
  cf: 0x1,
  pf: 0x4,
  af: 0x10,
  zf: 0x40,
  sf: 0x80,
  df: 0x400,
  of: 0x800,
};

/** The value of a pure node, with the reference binding as the judge of what operations mean. */
export function pureValue(act: Act, node: SsaNode, args: readonly bigint[]): bigint {
  const [a, b, c] = args;
  const width = node.width as Width;
  const from = (node.args[0]?.width ?? 64) as Width;
  const { detail } = node;
  const position = detail.kind === "position" ? detail.position : 0;
  switch (node.op) {
    case "constant":
      return detail.kind === "constant" ? detail.value : 0n;
    case "mulHighSigned":
    case "mulHighUnsigned":
      return act.mulHigh(width, node.op === "mulHighSigned", a, b);
    case "equal":
    case "lessUnsigned":
    case "lessSigned":
      return act[node.op](from, a, b);
    case "isZero":
    case "sign":
      return act[node.op](from, a);
    case "bit":
      return act.bit(from, a, position);
    case "select":
      return act.select(width, a, b, c);
    case "zeroExtend":
    case "signExtend":
    case "truncate":
      return act[node.op](from, width, a);
    case "insert": {
      const part = ((1n << BigInt(node.args[1].width)) - 1n) << BigInt(position);
      return (a & ~part) | (b << BigInt(position));
    }
    case "not":
    case "neg":
    case "populationCount":
    case "countLeadingZeros":
    case "countTrailingZeros":
      return act[node.op](width, a);
    case "byteSwap":
      return act.byteSwap(width as 16 | 32 | 64, a);
    case "depositBits":
    case "extractBits":
      return act[node.op](width as 32 | 64, a, b);
    case "isCanonical":
      return act.isCanonical(a);
    case "add":
    case "sub":
    case "mul":
    case "and":
    case "or":
    case "xor":
    case "shl":
    case "shr":
    case "sar":
    case "rotateLeft":
    case "rotateRight":
      return act[node.op](width, a, b);
    default:
      throw new TypeError(`${node.op} is not pure`);
  }
}

/** Recipes by number. Those of the same shape are one: what differs between most is only where their values come from. */
export interface RecipeBook {
  get(id: number): Recipe | undefined;
  /** The number of the recipe. */
  keep(recipe: Omit<Recipe, "id">): number;
  /** Forgets all others. */
  retain(ids: ReadonlySet<number>): void;
  readonly size: number;
}

export function createRecipeBook(): RecipeBook {
  const byId = new Map<number, Recipe>();
  const byShape = new Map<string, number>();
  let nextId = 1;
  return {
    get: (id) => byId.get(id),
    keep(recipe) {
      const shape = shapeOf(recipe);
      let id = byShape.get(shape);
      if (id === undefined) {
        id = nextId++;
        byShape.set(shape, id);
        byId.set(id, compactRecipe(recipe, id));
      }
      return id;
    },
    retain(ids) {
      for (const id of byId.keys()) if (!ids.has(id)) byId.delete(id);
      for (const [shape, id] of byShape) if (!ids.has(id)) byShape.delete(shape);
    },
    get size() {
      return byId.size;
    },
  };
}

/** What the flags are made of, down to the leaves: equal for recipes that compute the same of their stored values. */
function shapeOf({ flags, leaves }: Omit<Recipe, "id">): string {
  const names = new Map<SsaNode, string>();
  leaves.forEach((leaf, place) => names.set(leaf, `$${place}:${leaf.width}`));
  let shape = "";
  const nameOf = (node: SsaNode): string => {
    const known = names.get(node);
    if (known !== undefined) return known;
    const { op, width, args, detail } = node;
    if (detail.kind === "constant") return `${detail.value}:${width}`;
    let text = `${op}:${width}`;
    if (detail.kind === "position") text += `@${detail.position}`;
    for (const argument of args) text += ` ${nameOf(argument)}`;
    const name = `%${names.size}`;
    names.set(node, name);
    shape += `${name}=${text};`;
    return name;
  };
  for (const [flag, node] of flags) {
    const name = nameOf(node);
    shape += `${flag}=${name};`;
  }
  return shape;
}

/** A copy of the recipe that ends at its leaves, so that it does not keep the block's SSA. */
function compactRecipe({ flags, leaves }: Omit<Recipe, "id">, id: number): Recipe {
  const copies = new Map<SsaNode, SsaNode>();
  for (const leaf of leaves) copies.set(leaf, { ...leaf, args: [] });
  const copy = (node: SsaNode): SsaNode => {
    let made = copies.get(node);
    if (made === undefined) {
      made = { ...node, args: node.args.map(copy) };
      copies.set(node, made);
    }
    return made;
  };
  return {
    id,
    flags: new Map([...flags].map(([flag, node]) => [flag, copy(node)])),
    leaves: leaves.map(copy),
  };
}

/** RFLAGS with the flags of the recipe replaced. `leaf` gives the stored value of a place. */
export function applyRecipe(act: Act, recipe: Recipe, word: number, leaf: (place: number) => bigint): number {
  const values = new Map<SsaNode, bigint>();
  recipe.leaves.forEach((node, place) => values.set(node, BigInt.asUintN(Math.max(1, node.width), leaf(place))));
  const valueOf = (node: SsaNode): bigint => {
    let value = values.get(node);
    if (value === undefined) {
      value = pureValue(act, node, node.args.map(valueOf));
      values.set(node, value);
    }
    return value;
  };
  let result = word;
  for (const [flag, node] of recipe.flags) {
    result &= ~FLAG_BIT[flag];
    if (valueOf(node) !== 0n) result |= FLAG_BIT[flag];
  }
  return result;
}
