/**
 * Flags that translated code left unmade: a recipe says for each of them how to compute it from at most eight values
 * that the code stored. The recipe is a piece of the block's SSA; it is evaluated here, on bigints, when somebody
 * wants to see RFLAGS, and by a function of its own where that happens often.
 */
import type { FlagName } from "../../../isa/index.js";
import type { Act } from "../../reference/act.js";
import type { ValueWidth } from "../../../isa/operations.js";
import type { FlagFormula } from "../../../isa/semantics/flags.js";
import { constantOf, type Emitter, type Incoming, type PureOp, pureValue, type SsaNode } from "../../ssa/index.js";

export interface Recipe {
  readonly id: number;
  /** The flags that it gives; others are in RFLAGS already. */
  readonly flags: ReadonlyMap<FlagName, SsaNode>;
  /** Nodes whose values are stored, in their order. */
  readonly leaves: readonly SsaNode[];
  /** How often it was evaluated, and what does it since that was often (emit/recipe-code.ts). */
  uses: number;
  make: ((core: number) => void) | null;
}

/** A recipe where a block uses it: its number, and the nodes whose values it is for. */
export interface RecipeUse {
  readonly id: number;
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

/**
 * Recipes by number. Those of the same shape are one: what differs between most is only where their values come from.
 */
export interface RecipeBook {
  get(id: number): Recipe | undefined;
  /** The number of the recipe. */
  keep(recipe: Pick<Recipe, "flags" | "leaves">): number;
  /** The recipe of a formula. `isMade`: the block has the value anyway. */
  keepFormula(formula: FlagFormula<SsaNode>, isMade: (node: SsaNode) => boolean): RecipeUse;
  /** The recipe's flags as thunks, for who goes on where it was left. No recipe, 0, leaves none. */
  incoming(id: number): Incoming;
  /** Forgets all others. */
  retain(ids: ReadonlySet<number>): void;
  readonly size: number;
}

/**
 * How the last operand of a formula is had where the block doesn't make it: from the first two, so that a comparison
 * stores these alone.
 */
const DERIVED_OPS = ["", "add", "sub"] as const;

function derivedFrom(operands: readonly SsaNode[], isMade: (node: SsaNode) => boolean): number {
  const [a, b, result] = operands;
  if (operands.length < 3 || result.args[0] !== a || result.args[1] !== b || isMade(result)) return 0;
  return Math.max(0, (DERIVED_OPS as readonly string[]).indexOf(result.op));
}

export function createRecipeBook(emitter: Emitter): RecipeBook {
  const byId = new Map<number, Recipe>();
  const byShape = new Map<string, number>();
  /** By formula, by width and how the last operand is derived. */
  const incomingById = new Map<number, Incoming>();
  const byFormula = new Map<object, Map<number, number>>();
  let nextId = 1;

  function makeFormula(formula: FlagFormula<SsaNode>, derived: number): number {
    const { operands, width } = formula;
    const leaves: SsaNode[] = [];
    const flags = emitter.emitFormula(formula, (value, pure) => {
      for (const operand of operands) leaves.push(value(operand.width));
      const op = DERIVED_OPS[derived];
      if (op === "") return [...leaves];
      leaves.pop();
      // mutant difference-is-the-wrong-way-round: return [...leaves, pure[op](width, leaves[1], leaves[0])];
      return [...leaves, pure[op](width, leaves[0], leaves[1])];
    });
    const id = nextId++;
    byId.set(id, { id, flags, leaves, uses: 0, make: null });
    const op = DERIVED_OPS[derived];
    incomingById.set(id, (operations, leaf) => {
      const values = leaves.map((node, index) => leaf(index, node.width as ValueWidth));
      if (op !== "") values.push(operations[op](width, values[0], values[1]));
      return formula.over(operations, values);
    });
    return id;
  }

  return {
    keepFormula(formula, isMade) {
      const { operands } = formula;
      const derived = derivedFrom(operands, isMade);
      let ids = byFormula.get(formula.formula);
      if (ids === undefined) byFormula.set(formula.formula, (ids = new Map()));
      const key = formula.width * DERIVED_OPS.length + derived;
      let id = ids.get(key);
      if (id === undefined) ids.set(key, (id = makeFormula(formula, derived)));
      return { id, leaves: derived === 0 ? operands : operands.slice(0, -1) };
    },
    get: (id) => byId.get(id),
    incoming(id) {
      const known = incomingById.get(id);
      if (known !== undefined) return known;
      const recipe = byId.get(id);
      const made: Incoming = recipe === undefined ? () => ({}) : incomingOf(recipe);
      incomingById.set(id, made);
      return made;
    },
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
      // Recipes of formulas are few, and stay.
      for (const [shape, id] of byShape)
        if (!ids.has(id)) {
          byShape.delete(shape);
          byId.delete(id);
          incomingById.delete(id);
        }
    },
    get size() {
      return byId.size;
    },
  };
}

/** What the flags are made of, down to the leaves: equal for recipes that compute the same of their stored values. */
function shapeOf({ flags, leaves }: Pick<Recipe, "flags" | "leaves">): string {
  const names = new Map<SsaNode, string>();
  leaves.forEach((leaf, index) => names.set(leaf, `$${index}:${leaf.width}`));
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
function compactRecipe({ flags, leaves }: Pick<Recipe, "flags" | "leaves">, id: number): Recipe {
  const copies = new Map<SsaNode, SsaNode>();
  const copyWith = ({ id: own, op, width, detail, step, exit }: SsaNode, args: readonly SsaNode[]): SsaNode => {
    return { id: own, op, width, args, detail, step, exit };
  };
  for (const leaf of leaves) copies.set(leaf, copyWith(leaf, []));
  const copy = (node: SsaNode): SsaNode => {
    let made = copies.get(node);
    if (made === undefined) {
      made = copyWith(node, node.args.map(copy));
      copies.set(node, made);
    }
    return made;
  };
  return {
    id,
    flags: new Map([...flags].map(([flag, node]) => [flag, copy(node)])),
    leaves: leaves.map(copy),
    uses: 0,
    make: null,
  };
}

/** The flags of a recipe that was built as SSA: the same SSA again, over other leaves. */
function incomingOf({ flags, leaves }: Recipe): Incoming {
  return (_operations, leaf, make) => {
    const values = new Map(leaves.map((node, index) => [node, leaf(index, node.width as ValueWidth)]));
    const copy = (node: SsaNode): SsaNode => {
      const constant = constantOf(node);
      if (constant !== null) return make.constant(node.width as ValueWidth, constant);
      return values.get(node) ?? make.pure(node.op as PureOp, node.width, node.args.map(copy), node.detail);
    };
    const thunks: { [F in FlagName]?: () => SsaNode } = {};
    for (const [flag, node] of flags) thunks[flag] = () => copy(node);
    return thunks;
  };
}

/** RFLAGS with the flags of the recipe replaced. `leaf` gives a stored value by its index. */
export function applyRecipe(act: Act, recipe: Recipe, word: number, leaf: (index: number) => bigint): number {
  const values = new Map<SsaNode, bigint>();
  recipe.leaves.forEach((node, index) => values.set(node, BigInt.asUintN(Math.max(1, node.width), leaf(index))));
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
    // mutant set-flag-stays-set:
    result &= ~FLAG_BIT[flag];
    if (valueOf(node) !== 0n) result |= FLAG_BIT[flag];
  }
  return result;
}
