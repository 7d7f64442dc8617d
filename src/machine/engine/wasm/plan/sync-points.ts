/**
 * Sync points of a block: what is brought up to date before each effect that may leave, and at the end.
 */
import type { FlagName } from "../../../isa/index.js";
import type { FlagWriters, SsaBlock, SsaNode } from "../../ssa/index.js";
import { MAX_LEAVES } from "../layout.js";
import {
  ALL_FLAGS,
  areSameArithmetic,
  bitOfRead,
  bitsOf,
  commonFormula,
  DIRECTION,
  FLAG_SETS,
  flagsReadBy,
} from "./flag-sets.js";
import type { RecipeBook, RecipeUse } from "./recipe.js";
import { isEffect } from "./translated-operations.js";

/** State that is brought up to date before an effect that may leave, or at the end. */
export interface SyncPoint {
  readonly words: readonly (readonly [register: number, value: SsaNode])[];
  /**
   * The recipe of the arithmetic flags from here on, and the values that it is for; null where it is still the one
   * before.
   */
  readonly recipe: RecipeUse | null;
  /** What DF changes to; null where it doesn't. */
  readonly direction: SsaNode | null;
}

/** What a block has at its sync points, and takes on entry for that. */
export interface Syncs {
  /** By exit of the SSA. */
  readonly syncs: ReadonlyMap<number, SyncPoint>;
  /** Flags that must be in their locals when the block starts. */
  readonly needs: ReadonlySet<FlagName>;
  /** Numbers of its recipes. */
  readonly recipes: readonly number[];
}

type Recipes = Pick<RecipeBook, "keep" | "keepFormula">;

/** What is known of the state while sync points are made, one after the other. */
interface Progress {
  readonly syncs: Map<number, SyncPoint>;
  readonly recipes: number[];
  /** By register, the value that the last sync point left in its local. */
  readonly upToDate: (SsaNode | undefined)[];
  /** Writes of the log that the last sync point knew. */
  written: number;
  writers: FlagWriters;
  /** Flags that are needed on entry: bits as in FLAG_SETS. */
  needs: number;
  readonly keepsFlags: boolean;
}

/**
 * `keepsFlags`: somebody may want the flags that the block leaves. `exitOf`: exits of effects that leave to another
 * place than their own (SsaPlan.exitOf).
 */
export function planSyncs(
  ssa: SsaBlock,
  exitOf: ReadonlyMap<SsaNode, number>,
  recipes: Recipes,
  keepsFlags = true,
): Syncs {
  const progress: Progress = {
    syncs: new Map(),
    recipes: [],
    upToDate: [],
    written: 0,
    writers: ssa.incoming,
    needs: 0,
    keepsFlags,
  };
  for (const node of ssa.nodes) {
    if (node.op === "read") progress.needs |= bitOfRead(node);
    else if (isEffect(node)) addSync(progress, ssa, exitOf.get(node) ?? node.exit, recipes);
  }
  addSync(progress, ssa, ssa.endExit, recipes);
  return { syncs: progress.syncs, needs: FLAG_SETS[progress.needs], recipes: progress.recipes };
}

function addSync(progress: Progress, ssa: SsaBlock, exit: number, recipes: Recipes): void {
  const { syncs, upToDate } = progress;
  if (exit < 0 || syncs.has(exit)) return;
  const { written, writers } = ssa.exits[exit];
  const words: [number, SsaNode][] = [];
  ssa.log.visitLast(progress.written, written, (register, value) => {
    // mutant register-is-written-once: if (upToDate[register] !== undefined) return;
    if (upToDate[register] === value) return;
    upToDate[register] = value;
    words.push([register, value]);
  });
  progress.written = written;
  const recipe = recipeAt(progress, ssa, exit, recipes);
  const direction = directionAt(progress, ssa, exit);
  progress.writers = writers;
  syncs.set(exit, { words, recipe, direction });
}

function recipeAt(progress: Progress, ssa: SsaBlock, exit: number, recipes: Recipes): RecipeUse | null {
  const { isListed } = ssa;
  const { writers } = ssa.exits[exit];
  // SYSCALL has made all flags for R11: the region's end takes them from there.
  const isInR11 = exit === ssa.endExit && ssa.terminator.kind === "systemCall";
  /* mutant live-flags-are-dropped:
     if (isInR11 || areSameArithmetic(writers, progress.writers) || bitsOf(progress.writers) > 0) return null; */
  if (isInR11 || !progress.keepsFlags || areSameArithmetic(writers, progress.writers)) return null;
  // mutant recipe-flags-are-not-kept:
  progress.needs |= ALL_FLAGS & ~bitsOf(writers);
  const formula = commonFormula(writers);
  const recipe = formula === null ? buildRecipe(ssa, exit, recipes) : recipes.keepFormula(formula, isListed);
  for (const leaf of recipe.leaves) if (!isListed(leaf)) progress.needs |= flagsReadBy(leaf, isListed);
  progress.recipes.push(recipe.id);
  return recipe;
}

function buildRecipe(ssa: SsaBlock, exit: number, recipes: Recipes): RecipeUse {
  const flags = new Map(ssa.buildExitFlags(exit).flags);
  flags.delete("df");
  let leaves = collectLeaves(flags.values(), ssa.isListed);
  const isTooWide = leaves.length > MAX_LEAVES || leaves.some(({ width }) => width === 128);
  if (isTooWide) leaves = [...new Set(flags.values())].filter((node) => node.op !== "constant");
  return { id: recipes.keep({ flags, leaves }), leaves };
}

/** What DF has changed to since the last sync point; null where it hasn't. */
function directionAt(progress: Progress, ssa: SsaBlock, exit: number): SsaNode | null {
  if (ssa.exits[exit].writers[DIRECTION] === progress.writers[DIRECTION]) return null;
  const direction = ssa.buildExitFlags(exit).flags.get("df") ?? null;
  if (direction !== null && !ssa.isListed(direction)) progress.needs |= flagsReadBy(direction, ssa.isListed);
  return direction;
}

/** A further value of an effect. */
function isPart({ op }: SsaNode): boolean {
  return op === "remainder" || op === "upperHalf" || op === "repeated";
}

/** The value is known when the block is built, or is stored when the recipe is made. */
function collectLeaves(flags: Iterable<SsaNode>, isMade: (node: SsaNode) => boolean): SsaNode[] {
  const leaves = new Set<SsaNode>();
  const seen = new Set<SsaNode>();
  const visit = (node: SsaNode): void => {
    if (seen.has(node) || node.op === "constant") return;
    seen.add(node);
    if (isMade(node) || isEffect(node) || node.op === "read" || isPart(node)) leaves.add(node);
    else node.args.forEach(visit);
  };
  for (const node of flags) visit(node);
  return [...leaves];
}
