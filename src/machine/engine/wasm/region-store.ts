/**
 * The translations: which blocks wait, which regions live in which modules, the tables of their exits and recipes, and what goes
 * when the code that they came from is written.
 *
 * Invariant: a live region's frames are in `byFrame`, its exits in `exits`, and its first block's `translation` is the region.
 */
import type { PhysicalAddress } from "../../../units.js";
import type { CoreState, MachineState } from "../../state.js";
import type { Block, CodeCache } from "../reference/block.js";
import { instantiate, type ModuleImports } from "./module.js";
import { planBlock, type BlockPlan } from "./plan.js";
import { compactRecipe, type Recipe } from "./recipe.js";
import { createPageFinder, formRegion, type Region } from "./region.js";
import { emitRegion } from "./region-emitter.js";

/** A batch is translated when so many blocks wait, or when one of them has run so many times as often as it must. */
const BATCH_BLOCKS = 8;
const BATCH_HEAT = 2;
const MAX_SEEN_TARGETS = 16;
/** Plans hold the whole SSA of their blocks: when so many are kept, all are dropped. Regions don't need them. */
const MAX_PLANS = 400;
/** Modules are merged after so many ways between regions that led through the engine. */
const MERGE_HOPS = 2000;

/** Nothing of instruction `step` has happened; -1: nothing of the block has; SYSTEM_CALL_STEP: all of it has. */
export interface ExitRow {
  readonly plan: Pick<BlockPlan, "rip" | "block" | "prefix" | "count">;
  readonly step: number;
}

/** What the store did, for tests and benches. Not part of any result. */
export interface TranslationCounts {
  regions: number;
  modules: number;
  merges: number;
  dropped: number;
}

export interface RegionStoreOptions {
  readonly state: MachineState;
  readonly code: CodeCache;
  readonly imports: ModuleImports;
  /** Runs of a block before it is translated. */
  readonly hotRuns: number;
  readonly counts: TranslationCounts;
  /** Which region belongs to an address, and where its function is, has changed. */
  readonly forgetAddresses: () => void;
  /** Recipes are about to go for which flags of a core may wait. */
  readonly settleFlags: () => void;
}

export interface RegionStore {
  readonly exits: ReadonlyMap<number, ExitRow>;
  readonly recipes: ReadonlyMap<number, Recipe>;
  /** A block is about to run in the reference engine on `core`. True: it has a region now. */
  demand(core: CoreState, block: Block, rip: bigint): boolean;
  /** Where a block that ends with a computed jump went. */
  noteTarget(block: Block, rip: bigint): void;
  /** A way from region to region led through the engine. */
  noteHop(): void;
  /** Whether the region's function is in the module whose regions find each other through the jump cache. */
  isMain(region: Region): boolean;
  /** Forgets what came from a frame. */
  drop(frame: PhysicalAddress): void;
}

export function createRegionStore(options: RegionStoreOptions): RegionStore {
  const { state, code, imports, hotRuns, counts } = options;
  const exits = new Map<number, ExitRow>();
  const recipes = new Map<number, Recipe>();
  /** By block, what was planned for the address at which it was first met; null: it can't be translated. */
  const plans = new Map<Block, BlockPlan | null>();
  const recipesOfFrame = new Map<PhysicalAddress, number[]>();
  const waiting = new Map<Block, bigint>();
  const seen = new WeakMap<Block, Set<bigint>>();
  const live = new Set<Region>();
  const byFrame = new Map<PhysicalAddress, Set<Region>>();
  let nextExit = 1;
  let nextRecipe = 1;
  let nextModule = 1;
  let mainModule = 0;
  let mainCount = 0;
  /** Ways from region to region that came back to the engine since the last merge. */
  let hops = 0;

  function drop(frame: PhysicalAddress): void {
    for (const region of [...(byFrame.get(frame) ?? [])]) kill(region);
    for (const block of plans.keys()) if (!block.isValid) plans.delete(block);
    for (const block of waiting.keys()) if (!block.isValid) waiting.delete(block);
    const ids = recipesOfFrame.get(frame);
    if (ids === undefined) return;
    options.settleFlags();
    for (const id of ids) recipes.delete(id);
    recipesOfFrame.delete(frame);
  }

  function kill(region: Region): void {
    options.forgetAddresses();
    region.isDead = true;
    region.entry.block.translation = null;
    live.delete(region);
    if (region.module === mainModule) mainCount--;
    for (const { frame } of region.pages) byFrame.get(frame)?.delete(region);
    for (const exit of region.exits) exits.delete(exit);
    counts.dropped++;
  }

  function planOf(rip: bigint, block: Block, frame: PhysicalAddress): BlockPlan | null {
    const known = plans.get(block);
    if (known !== undefined) return known === null || known.rip === rip ? known : null;
    const plan = planBlock(rip, block, (recipe) => {
      const made = compactRecipe(recipe, nextRecipe++);
      recipes.set(made.id, made);
      return made.id;
    });
    plans.set(block, plan);
    if (plan === null) return null;
    const ids = recipesOfFrame.get(frame);
    if (ids === undefined) recipesOfFrame.set(frame, [...plan.recipes]);
    else ids.push(...plan.recipes);
    return plan;
  }

  /** A hot block waits until there is a batch of them. True: it has a region now. */
  function demand(core: CoreState, block: Block, rip: bigint): boolean {
    if (block.heat < hotRuns) return false;
    waiting.set(block, rip);
    if (waiting.size < BATCH_BLOCKS && block.heat < hotRuns * BATCH_HEAT) return false;
    translateWaiting(core);
    return block.translation !== null;
  }

  function translateWaiting(core: CoreState): void {
    const made: Region[] = [];
    const inside = new Set<Block>();
    for (const [block, rip] of waiting) {
      // What lies inside a region of this batch is probably reached there; it becomes hot again if not.
      if (inside.has(block) || !block.isValid || block.translation !== null) {
        block.heat = 0;
        continue;
      }
      // Another core's, at an address that means something else here: it asks again.
      const physical = createPageFinder(state, core).find(rip);
      if (physical < 0 || code.find(physical) !== block) continue;
      const region = translate(core, block, rip, inside);
      if (region === null) block.heat = -Infinity;
      else made.push(region);
    }
    waiting.clear();
    if (plans.size > MAX_PLANS) plans.clear();
    if (made.length === 0) return;
    const young = live.size - mainCount;
    if (young < Math.max(BATCH_BLOCKS, mainCount / 2)) {
      place(made);
      return;
    }
    merge();
  }

  /** All regions into one module: inside it they go on to each other without coming back here. */
  function merge(): void {
    const regions = [...live];
    place(regions);
    mainModule = regions[0].module;
    mainCount = live.size;
    hops = 0;
    counts.merges++;
    options.forgetAddresses();
  }

  function translate(core: CoreState, block: Block, rip: bigint, inside: Set<Block>): Region | null {
    const finder = createPageFinder(state, core);
    const planAt = (address: bigint, candidate: Block): BlockPlan | null =>
      planOf(address, candidate, finder.find(address) & ~4095);
    const plan = formRegion(code, finder.find, block, rip, planAt, (from) => seen.get(from) ?? []);
    if (plan === null) return null;
    for (const part of plan.blocks) inside.add(part.block);
    const ownExits: number[] = [];
    const body = emitRegion(plan, (blockPlan, step) => {
      const { rip: at, block: from, prefix, count } = blockPlan;
      exits.set(nextExit, { plan: { rip: at, block: from, prefix, count }, step });
      ownExits.push(nextExit);
      return nextExit++;
    });
    const [entry] = plan.blocks;
    const used = new Set(plan.blocks.map(({ rip: at }) => Number(at) - (Number(at) % 4096)));
    const region: Region = {
      rip: Number(rip),
      entry: { rip: entry.rip, block: entry.block },
      pages: [...finder.pages.values()].filter(({ address }) => used.has(address)),
      entryCycles: entry.prefix[entry.count],
      body,
      exits: ownExits,
      run: () => 0,
      module: 0,
      index: 0,
      isDead: false,
    };
    block.translation = region;
    live.add(region);
    for (const { frame } of region.pages) {
      const there = byFrame.get(frame);
      if (there === undefined) byFrame.set(frame, new Set([region]));
      else there.add(region);
    }
    counts.regions++;
    return region;
  }

  /** Compiles the regions as one module. */
  function place(regions: readonly Region[]): void {
    const module = nextModule++;
    counts.modules++;
    const functions = instantiate(
      regions.map(({ body }) => body),
      imports,
      module,
    );
    regions.forEach((region, index) => {
      region.run = functions[index];
      region.module = module;
      region.index = index;
    });
  }

  function noteTarget(block: Block, rip: bigint): void {
    const targets = seen.get(block);
    if (targets === undefined) seen.set(block, new Set([rip]));
    else if (targets.size < MAX_SEEN_TARGETS) targets.add(rip);
  }

  return {
    exits,
    recipes,
    demand,
    noteTarget,
    drop,
    isMain: (region) => region.module === mainModule,
    noteHop() {
      if (++hops >= MERGE_HOPS && live.size > mainCount) merge();
    },
  };
}
