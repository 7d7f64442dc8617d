/**
 * What is decided before a byte is written: which instructions are translated, the SSA of blocks and their sync points,
 * which blocks make a region. It writes no WebAssembly.
 */
export { addressBehind, isCall, isDynamic, isReturn, targetsOf } from "./block-ends.js";
export { type BlockPlan, planBlock, type Planner } from "./plan.js";
export { applyRecipe, createRecipeBook, FLAG_BIT, type RecipeBook } from "./recipe.js";
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
export type { SyncPoint } from "./sync-points.js";
export { REPEAT_ROUTINES } from "./translated-instructions.js";
export {
  type GuardedEffectOp,
  isEffect,
  isFloatEffect,
  type TranslatedEffectOp,
  type TranslatedPureOp,
} from "./translated-operations.js";
