/**
 * The translations: which blocks wait, which regions live in which modules, the tables of their exits and recipes, and
 * what goes when the code that they came from is written. Regions are made in region-translation.ts and
 * region-batches.ts.
 *
 * Invariant: a live region's frames are in `byFrame`, its exits in `exits`, and its first block's translation is the
 * region.
 */
import type { PhysicalAddress } from "../../../../units.js";
import { type MachineState, RAM_BASE } from "../../../state.js";
import type { Block } from "../../code/block.js";
import type { CodeCache } from "../../code/code-cache.js";
import { createEmitter } from "../../ssa/index.js";
import type { ModuleImports } from "../assembler/index.js";
import {
  type BlockPlan,
  createRecipeBook,
  type Planner,
  type Reach,
  type RecipeBook,
  type Region,
  type StopPoint,
} from "../plan/index.js";
import { createTemplateBook, type TemplateBook } from "../template/index.js";
import type { ExitRow } from "./region-exits.js";
import type { TranslationCounts } from "./counts.js";
import type { Translation, Translations } from "./translations.js";

const MAX_SEEN_TARGETS = 16;
/** Times that a block is left because of its floats, where MXCSR is as usual; and what a time counts where it isn't. */
const FLOAT_PATIENCE = 16;
const UNREADY_WEIGHT = 1 / 4;
/** Recipes are kept by shape; that there are many is a matter of the constants in them. */
const MAX_RECIPES = 20_000;

export interface RegionStoreOptions {
  readonly state: MachineState;
  readonly code: CodeCache;
  readonly translations: Translations;
  readonly imports: ModuleImports;
  /** Runs of a block before it is translated. */
  readonly hotRuns: number;
  /** Calls of a near region before it becomes a far one; 0: all are far from the start. */
  readonly farCalls: number;
  /** When more are live, the modules that were made first are dropped until a quarter is free. */
  readonly mostRegions: number;
  /** Blocks that are translated at a time; the store decides where nobody says. */
  readonly batchBlocks?: number;
  /** Whether near regions are made of templates; of two blocks one, where it says "some". */
  readonly templates: boolean | "some";
  /** Times that a block is left before its floats are guarded one by one; the store decides where nobody says. */
  readonly floatPatience?: number;
  readonly counts: TranslationCounts;
  /** Is called when regions of addresses have changed, or where their functions are. */
  readonly forgetAddresses: () => void;
  /** Is called before recipes go that flags of a core may wait for. */
  readonly settleFlags: () => void;
}

interface Module {
  readonly reach: Reach;
  readonly regions: Set<Region>;
}

/** Plain state, for the functions of this file and its neighbours. */
export interface RegionStore {
  readonly options: RegionStoreOptions;
  readonly planner: Planner;
  readonly recipes: RecipeBook;
  readonly templates: TemplateBook;
  /** Indexed by number; null for those of regions that are gone, whose numbers are used again. */
  readonly exits: (ExitRow | null)[];
  readonly freeExits: number[];
  /** The regions that exits belong to, by number. */
  readonly regionOf: (Region | null)[];
  /** By block, what was planned for the address at which it was first met; null: it can't be translated. */
  readonly plans: Map<Block, BlockPlan | null>;
  /** Hot blocks and points that wait for a batch, and near regions that are called often. */
  readonly waiting: Map<Block, bigint>;
  readonly waitingPoints: Set<StopPoint>;
  readonly waitingFar: Set<Region>;
  readonly points: WeakMap<Block, StopPoint[]>;
  /** Where computed jumps went, and how often. */
  readonly targets: WeakMap<Block, Map<bigint, number>>;
  /** Live regions by the number of their module, in the order in which modules were made. */
  readonly modules: Map<number, Module>;
  readonly byFrame: Map<PhysicalAddress, Set<Region>>;
  /** By block with floats, how often it was left. */
  readonly failures: WeakMap<Block, number>;
  liveCount: number;
  nextModule: number;
  /** Places of regions (module.ts): the next that was never used, and those of the shared table that are free again. */
  nextPlace: number;
  readonly freePlaces: number[];
  /** Ways from region to region that came back to the engine since regions were last brought together, and whose. */
  hops: number;
  readonly hopping: Set<Region>;
}

export function createRegionStore(options: RegionStoreOptions): RegionStore {
  const emitter = createEmitter();
  const recipes = createRecipeBook(emitter);
  const planner: Planner = { emitter, forms: new Map(), recipes };
  return {
    options,
    planner,
    recipes,
    templates: createTemplateBook(planner, RAM_BASE + options.state.ramBytes),
    exits: [null],
    freeExits: [],
    regionOf: [null],
    plans: new Map(),
    waiting: new Map(),
    waitingPoints: new Set(),
    waitingFar: new Set(),
    points: new WeakMap(),
    targets: new WeakMap(),
    modules: new Map(),
    byFrame: new Map(),
    failures: new WeakMap(),
    liveCount: 0,
    nextModule: 1,
    nextPlace: 0,
    freePlaces: [],
    hops: 0,
    hopping: new Set(),
  };
}

/** Forgets what came from a frame. */
export function dropFrame(store: RegionStore, frame: PhysicalAddress): void {
  const { byFrame, plans, waiting, waitingPoints } = store;
  // mutant regions-outlive-their-code:
  for (const region of [...(byFrame.get(frame) ?? [])]) kill(store, region);
  for (const block of plans.keys()) if (!block.isValid) plans.delete(block);
  for (const block of waiting.keys()) if (!block.isValid) waiting.delete(block);
  for (const point of waitingPoints) if (!point.block.isValid) waitingPoints.delete(point);
}

/** A region that can't be used any more. */
function kill(store: RegionStore, region: Region): void {
  removeRegion(store, region);
  store.options.counts.dropped++;
}

export function addRegion(store: RegionStore, region: Region): void {
  const { byFrame, regionOf } = store;
  store.liveCount++;
  for (const exit of region.exits) regionOf[exit] = region;
  for (const { frame } of region.pages) {
    const there = byFrame.get(frame);
    if (there === undefined) byFrame.set(frame, new Set([region]));
    else there.add(region);
  }
}

/** Takes a region out of all tables. */
export function removeRegion(store: RegionStore, region: Region): void {
  const { options, byFrame, exits, freeExits, regionOf } = store;
  options.forgetAddresses();
  region.isDead = true;
  if (region.point !== null) region.point.region = null;
  else options.translations.of(region.entry.block).region = null;
  store.waitingFar.delete(region);
  store.hopping.delete(region);
  leaveModule(store, region);
  store.liveCount--;
  for (const { frame } of region.pages) byFrame.get(frame)?.delete(region);
  for (const exit of region.exits) {
    exits[exit] = null;
    regionOf[exit] = null;
    freeExits.push(exit);
  }
}

/**
 * Takes a region out of its module, and out of the table. Jump caches forget it before its place is another's: whoever
 * calls this has called `forgetAddresses`.
 */
export function leaveModule({ modules, freePlaces, options }: RegionStore, region: Region): void {
  const module = modules.get(region.module);
  if (module === undefined) return;
  module.regions.delete(region);
  if (module.regions.size === 0) modules.delete(region.module);
  const { table } = options.imports;
  if (table === null) return;
  // Whatever is in the table is kept by it, with the whole module.
  table.set(region.place, null);
  freePlaces.push(region.place);
}

/**
 * Its region had to make room. Each time it takes twice as long until it comes back, so that a program that runs all
 * over more code than there is room for does not translate for ever.
 */
function coolDown(translation: Translation, hotRuns: number): void {
  translation.heat = -hotRuns * (2 ** Math.min(translation.evictions, 16) - 1);
  translation.evictions++;
}

/** Drops the modules that were made first. What is hot comes back. */
export function evictOldest(store: RegionStore): void {
  const { modules, recipes, options } = store;
  const { mostRegions, counts, translations } = options;
  for (const { regions } of modules.values()) {
    if (store.liveCount <= (3 * mostRegions) / 4) break;
    for (const region of regions) {
      kill(store, region);
      counts.evicted++;
      coolDown(translations.of(region.entry.block), options.hotRuns);
    }
  }
  if (recipes.size <= MAX_RECIPES) return;
  options.settleFlags();
  // Regions that stay name theirs by number.
  const used = new Set<number>();
  for (const { regions } of modules.values())
    for (const region of regions) for (const id of region.recipes) used.add(id);
  recipes.retain(used);
  store.templates.clear();
  store.plans.clear();
}

/** Whether a block's floats are guarded together: until it was left too often. */
export function fusesFloats({ failures, options }: RegionStore, block: Block): boolean {
  return (failures.get(block) ?? 0) < (options.floatPatience ?? FLOAT_PATIENCE);
}

/**
 * A block whose floats are guarded together was left for some reason. After some times they are guarded one by one.
 * `isReady`: MXCSR was as such blocks need it.
 */
export function noteFloatsLeft(store: RegionStore, exit: number, isReady: boolean): void {
  const { failures } = store;
  const block = store.exits[exit]?.plan.block;
  if (block === undefined) return;
  failures.set(block, (failures.get(block) ?? 0) + (isReady ? 1 : UNREADY_WEIGHT));
  if (fusesFloats(store, block)) return;
  store.plans.delete(block);
  for (const { regions } of store.modules.values())
    for (const region of regions) if (region.exits.includes(exit)) kill(store, region);
}

/** Where a block that ends with a computed jump went. */
export function noteTarget({ targets }: RegionStore, block: Block, rip: bigint): void {
  const seen = targets.get(block);
  if (seen === undefined) targets.set(block, new Map([[rip, 1]]));
  else if (seen.has(rip) || seen.size < MAX_SEEN_TARGETS) seen.set(rip, (seen.get(rip) ?? 0) + 1);
}
