/**
 * When regions are made: what is hot waits until there is a batch of it.
 */
import type { CoreState } from "../../../state.js";
import type { Block } from "../../code/block.js";
import { createPageFinder, findBlock, type Reach, type Region, type StopPoint } from "../plan/index.js";
import { compileTogether } from "./region-modules.js";
import { evictOldest, type RegionStore, removeRegion } from "./region-store.js";
import { planOf, planOfPoint, translate } from "./region-translation.js";

/** A batch is translated when so many blocks wait, or when one of them has run so many times as often as it must. */
const BATCH_BLOCKS = 64;
const BATCH_HEAT = 4;
/** Points at which cores stop are translated when so many wait, or when one was met so many times. */
const BATCH_POINTS = 4;
const POINT_HEAT = 16;
/**
 * Near regions become far ones when so many wait that were called often, or when one was called so many times as often.
 */
const BATCH_FAR = 8;
const FAR_HEAT = 2;

/** A block is about to run in the reference engine on `core`. True: it has a region now. */
export function demandRegion(store: RegionStore, core: CoreState, block: Block, rip: bigint): boolean {
  const { waiting, options } = store;
  const { hotRuns } = options;
  const translation = options.translations.of(block);
  if (translation.heat < hotRuns) return false;
  waiting.set(block, rip);
  if (waiting.size < (options.batchBlocks ?? BATCH_BLOCKS) && translation.heat < hotRuns * BATCH_HEAT) return false;
  translateWaiting(store, core);
  return translation.region !== null;
}

/** A core stopped at a point that has no region. True: it has one now. */
export function demandRegionFrom(store: RegionStore, core: CoreState, point: StopPoint): boolean {
  const { waitingPoints, options } = store;
  point.heat++;
  if (point.heat < Math.min(POINT_HEAT, options.hotRuns) || !point.block.isValid) return false;
  waitingPoints.add(point);
  if (waitingPoints.size < BATCH_POINTS && point.heat < 2 * POINT_HEAT) return false;
  translateWaiting(store, core);
  return point.region !== null;
}

function translateWaiting(store: RegionStore, core: CoreState): void {
  const { options } = store;
  const reach: Reach = options.farCalls === 0 ? "far" : "near";
  const inside = new Set<Block>();
  const made = [...translateBlocks(store, core, reach, inside), ...translatePoints(store, core, reach, inside)];
  settle(store, made, reach);
}

/** `inside`: blocks of the regions that were made for this batch so far. */
function translateBlocks(store: RegionStore, core: CoreState, reach: Reach, inside: Set<Block>): Region[] {
  const { waiting, options } = store;
  const { state, code, translations } = options;
  const made: Region[] = [];
  // What comes first in memory probably leads to the others.
  for (const [block, rip] of [...waiting].toSorted(([, a], [, b]) => Number(a - b))) {
    // What lies inside a region of this batch is probably reached there; it becomes hot again if not.
    const translation = translations.of(block);
    if (inside.has(block) || !block.isValid || translation.region !== null) {
      translation.heat = 0;
      continue;
    }
    // Another core's, at an address that means something else here: it asks again.
    const finder = createPageFinder(state, core);
    if (findBlock(code, finder.find, rip) !== block) continue;
    const region = translate(store, finder, planOf(store, rip, block, reach), reach, inside, null);
    if (region === null) translation.heat = -Infinity;
    else made.push(region);
    translation.region = region;
  }
  waiting.clear();
  return made;
}

function translatePoints(store: RegionStore, core: CoreState, reach: Reach, inside: Set<Block>): Region[] {
  const { waitingPoints, options } = store;
  const made: Region[] = [];
  for (const point of waitingPoints) {
    if (point.region !== null || !point.block.isValid) continue;
    const finder = createPageFinder(options.state, core);
    point.region = translate(store, finder, planOfPoint(store, finder, point), reach, inside, point);
    if (point.region !== null) made.push(point.region);
  }
  waitingPoints.clear();
  return made;
}

/**
 * The engine is about to call a near region on `core`, or has found something that counts as so many calls. True: a far
 * one is there in its stead.
 */
export function noteCall(store: RegionStore, core: CoreState, region: Region, calls = 1): boolean {
  const { waitingFar, options } = store;
  region.calls += calls;
  if (region.calls < options.farCalls) return false;
  waitingFar.add(region);
  if (waitingFar.size < BATCH_FAR && region.calls < FAR_HEAT * options.farCalls) return false;
  const made: Region[] = [];
  const inside = new Set<Block>();
  for (const near of [...waitingFar].toSorted((a, b) => a.rip - b.rip)) {
    const far = translateFar(store, core, near, inside);
    if (far !== null) made.push(far);
  }
  waitingFar.clear();
  settle(store, made, "far");
  // mutant replaced-region-is-called: return false;
  return region.isDead;
}

/** A far region in place of a near one; null where there is none to be made now. */
function translateFar(store: RegionStore, core: CoreState, near: Region, inside: Set<Block>): Region | null {
  const { state, code, translations, counts } = store.options;
  const { point } = near;
  const { rip, block } = near.entry;
  const finder = createPageFinder(state, core);
  // Another core's, at an address that means something else here: it asks again.
  if (findBlock(code, finder.find, point?.start ?? rip) !== block) return null;
  near.calls = 0;
  if (point === null && inside.has(block)) return null;
  const plan = point === null ? planOf(store, rip, block, "far") : planOfPoint(store, finder, point);
  const far = translate(store, finder, plan, "far", inside, point);
  if (far === null) return null;
  removeRegion(store, near);
  counts.replaced++;
  if (point === null) translations.of(block).region = far;
  else point.region = far;
  return far;
}

/** Regions were made: they get their module. */
function settle(store: RegionStore, made: readonly Region[], reach: Reach): void {
  // Plans hold the whole SSA of their blocks; regions don't need them.
  store.plans.clear();
  if (made.length === 0) return;
  if (store.liveCount > store.options.mostRegions) evictOldest(store);
  compileTogether(store, made, reach);
}
