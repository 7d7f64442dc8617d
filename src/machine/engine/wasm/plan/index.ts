/**
 * What is decided before a byte is written: which instructions are translated, the SSA of blocks and their sync points,
 * which blocks make a region. It writes no WebAssembly.
 */
export type { BlockEnd } from "./block-end.js";
export { isCall, isDynamic, isReturn, targetsOf } from "./block-targets.js";
export { ALL_FLAGS, ARITHMETIC_FLAGS, bitsOf, FLAG_SETS } from "./flag-sets.js";
export { addressInBlock, type BlockPlan, planBlock, type Planner, prefixOf, type SsaPlan } from "./plan.js";
export { applyRecipe, createRecipeBook, FLAG_BIT, type Recipe, type RecipeBook } from "./recipe.js";
export {
  createPageFinder,
  findBlock,
  formRegion,
  pageBehind,
  type PageFinder,
  type Reach,
  type Region,
  type RegionOutline,
  type StopPoint,
} from "./region.js";
export { matchReturns } from "./returns.js";
export { planSyncs, type SyncPoint, type Syncs } from "./sync-points.js";
export { isTranslated, REPEAT_ROUTINES } from "./translated-instructions.js";
export {
  type GuardedEffectOp,
  isEffect,
  isFloatEffect,
  type TranslatedEffectOp,
  type TranslatedPureOp,
} from "./translated-operations.js";
