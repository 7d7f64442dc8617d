/**
 * The translations: which blocks wait, which regions live in which modules, the tables of their exits and recipes, and what goes
 * when the code that they came from is written.
 *
 * Invariant: a live region's frames are in `byFrame`, its exits in `exits`, and its first block's `translation` is the region.
 */
import type { PhysicalAddress } from "../../../units.js";
import { RAM_BASE, type CoreState, type MachineState } from "../../state.js";
import type { Block, CodeCache } from "../reference/block.js";
import { REPEATING_STEP, type NumberExit } from "./block-emitter.js";
import { instantiate, type ModuleImports } from "./module.js";
import { planBlock, type BlockPlan } from "./plan.js";
import { createRecipeBook, type RecipeBook } from "./recipe.js";
import { createPageFinder, formRegion, type Place, type Region } from "./region.js";
import { emitRegion } from "./region-emitter.js";

/** A batch is translated when so many blocks wait, or when one of them has run so many times as often as it must. */
const BATCH_BLOCKS = 8;
const BATCH_HEAT = 2;
const MAX_SEEN_TARGETS = 16;
/** Batches grow with the number of regions: a program that makes thousands of them has no need of each at once. */
const REGIONS_A_BATCH_BLOCK = 32;
const MAX_BATCH_BLOCKS = 64;
/** Plans hold the whole SSA of their blocks: when so many are kept, all are dropped. Regions don't need them. */
const MAX_PLANS = 512;
/** Places at which cores stop are translated when so many wait, or when one was met so many times. */
const BATCH_PLACES = 4;
const PLACE_HEAT = 16;
/** So many modules of a level become one of the next; those of the last level stay. A region is compiled once a level. */
const MODULES_A_LEVEL = 8;
const LAST_LEVEL = 2;
/** A batch of so many regions begins a level higher. */
const LARGE_BATCH_REGIONS = 16;
/**
 * Regions that lead to each other through the engine are brought together after so many such ways, and so many for
 * each of them: compiling one costs about as much as a few hundred ways.
 */
const MERGE_HOPS = 2000;
const MERGE_HOPS_A_REGION = 500;
const MAX_MERGED_REGIONS = 512;
/** Few modules stay live: V8 keeps tens of kilobytes for each. */
const MAX_MODULES = 48;
/** Times that a block is left because of its floats, where MXCSR is as usual; and what a time counts where it isn't. */
const FLOAT_PATIENCE = 16;
const UNREADY_WEIGHT = 1 / 16;
/** Recipes are kept by shape; that there are many is a matter of the constants in them. */
const MAX_RECIPES = 20_000;

/**
 * Nothing of instruction `step` has happened; -1: nothing of the block has; SYSTEM_CALL_STEP: all of it has; REPEATING_STEP: the
 * repetition that ends it has begun.
 */
export interface ExitRow {
  readonly plan: Pick<BlockPlan, "start" | "first" | "block" | "prefix" | "count" | "isFused">;
  readonly step: number;
  /** Address of the instruction. */
  readonly rip: number;
  /** Where that is: made when it is first asked for. */
  place: Place | null;
}

/** What the store did, for tests and benches. Not part of any result. */
export interface TranslationCounts {
  regions: number;
  modules: number;
  merges: number;
  dropped: number;
  /** Those of the dropped that had to make room. */
  evicted: number;
  /** Repetitions that regions contain. */
  repetitions: number;
  /** Edges inside regions that became ways out, since structured control flow can't express them. */
  cutEdges: number;
}

export interface RegionStoreOptions {
  readonly state: MachineState;
  readonly code: CodeCache;
  readonly imports: ModuleImports;
  /** Runs of a block before it is translated. */
  readonly hotRuns: number;
  /** When more are live, the modules that were made first are dropped until a quarter is free. */
  readonly mostRegions: number;
  /** Blocks that are translated at a time; the store decides where nobody says. */
  readonly batchBlocks?: number;
  /** Times that a block is left before its floats are guarded one by one; the store decides where nobody says. */
  readonly floatPatience?: number;
  readonly counts: TranslationCounts;
  /** Which region belongs to an address, and where its function is, has changed. */
  readonly forgetAddresses: () => void;
  /** Recipes are about to go for which flags of a core may wait. */
  readonly settleFlags: () => void;
}

interface Module {
  readonly level: number;
  readonly regions: Set<Region>;
}

export interface RegionStore {
  /** Indexed by number; null for those of regions that are gone. */
  readonly exits: readonly (ExitRow | null)[];
  readonly recipes: Pick<RecipeBook, "get">;
  /** A block is about to run in the reference engine on `core`. True: it has a region now. */
  demand(core: CoreState, block: Block, rip: bigint): boolean;
  /** The instruction before which an exit leaves. */
  placeOf(row: ExitRow): Place;
  /** A core stopped at a place that has no region. True: it has one now. */
  demandPlace(core: CoreState, place: Place): boolean;
  /** Where a block that ends with a computed jump went. */
  noteTarget(block: Block, rip: bigint): void;
  /** A way from region to region led through the engine; `from` is where it last called translated code. */
  noteHop(from: Region, to: Region): void;
  /**
   * A block whose floats are guarded together was left for some reason. After some times they are guarded one by one.
   * `isReady`: MXCSR was as such blocks need it.
   */
  noteLeft(exit: number, isReady: boolean): void;
  /** Forgets what came from a frame. */
  drop(frame: PhysicalAddress): void;
}

/** Of an instruction of a block. */
function addressOf({ rip, block, first }: BlockPlan, step: number): number {
  let address = Number(rip);
  for (let i = 0; i < step; i++) address += Number(block.entries[first + i].lengthBytes);
  return address;
}

export function createRegionStore(options: RegionStoreOptions): RegionStore {
  const { state, code, imports, hotRuns, mostRegions, counts } = options;
  const exits: (ExitRow | null)[] = [null];
  const freeExits: number[] = [];
  const recipes = createRecipeBook();
  /** By block, what was planned for the address at which it was first met; null: it can't be translated. */
  const plans = new Map<Block, BlockPlan | null>();
  const waiting = new Map<Block, bigint>();
  const waitingPlaces = new Set<Place>();
  const places = new WeakMap<Block, Place[]>();
  /** Where computed jumps went, and how often. */
  const seen = new WeakMap<Block, Map<bigint, number>>();
  /** Live regions by the number of their module, in the order in which modules were made. */
  const modules = new Map<number, Module>();
  const byFrame = new Map<PhysicalAddress, Set<Region>>();
  /** By block with floats, how often it was left. */
  const failures = new WeakMap<Block, number>();
  let liveCount = 0;
  let nextModule = 1;
  /** Ways from region to region that came back to the engine since regions were last brought together, and whose. */
  let hops = 0;
  const hopping = new Set<Region>();

  function drop(frame: PhysicalAddress): void {
    for (const region of [...(byFrame.get(frame) ?? [])]) kill(region);
    for (const block of plans.keys()) if (!block.isValid) plans.delete(block);
    for (const block of waiting.keys()) if (!block.isValid) waiting.delete(block);
    for (const place of waitingPlaces) if (!place.block.isValid) waitingPlaces.delete(place);
  }

  function kill(region: Region): void {
    options.forgetAddresses();
    region.isDead = true;
    if (region.place !== null) region.place.region = null;
    else region.entry.block.translation = null;
    leaveModule(region);
    liveCount--;
    for (const { frame } of region.pages) byFrame.get(frame)?.delete(region);
    for (const exit of region.exits) {
      exits[exit] = null;
      freeExits.push(exit);
    }
    counts.dropped++;
  }

  function leaveModule(region: Region): void {
    const module = modules.get(region.module);
    module?.regions.delete(region);
    if (module?.regions.size === 0) modules.delete(region.module);
  }

  /** Drops the modules that were made first. What is hot comes back. */
  function evict(): void {
    for (const { regions } of modules.values()) {
      if (liveCount <= (3 * mostRegions) / 4) break;
      for (const region of regions) {
        kill(region);
        counts.evicted++;
        region.entry.block.heat = 0;
      }
    }
    if (recipes.size <= MAX_RECIPES) return;
    options.settleFlags();
    // Regions that stay name theirs by number.
    const used = new Set<number>();
    for (const { regions } of modules.values())
      for (const region of regions) for (const id of region.recipes) used.add(id);
    recipes.retain(used);
    plans.clear();
  }

  const floatPatience = options.floatPatience ?? FLOAT_PATIENCE;
  const fusesFloats = (block: Block): boolean => (failures.get(block) ?? 0) < floatPatience;

  function noteLeft(exit: number, isReady: boolean): void {
    const block = exits[exit]?.plan.block;
    if (block === undefined) return;
    failures.set(block, (failures.get(block) ?? 0) + (isReady ? 1 : UNREADY_WEIGHT));
    if (fusesFloats(block)) return;
    plans.delete(block);
    for (const { regions } of modules.values())
      for (const region of regions) if (region.exits.includes(exit)) kill(region);
  }

  function planOf(rip: bigint, block: Block): BlockPlan | null {
    const known = plans.get(block);
    if (known !== undefined) return known === null || known.rip === rip ? known : null;
    const plan = planBlock(rip, block, 0, recipes.keep, fusesFloats(block));
    plans.set(block, plan);
    return plan;
  }

  function placeOf(row: ExitRow): Place {
    if (row.place !== null) return row.place;
    const { block, start, first, count } = row.plan;
    const index = first + (row.step === REPEATING_STEP ? count - 1 : Math.max(row.step, 0));
    let known = places.get(block);
    if (known === undefined) places.set(block, (known = []));
    let place = known.find((one) => one.index === index && one.start === start);
    if (place === undefined) {
      place = {
        block,
        start,
        index,
        rip: row.rip,
        region: null,
        heat: 0,
        isAnchor: false,
        failures: 0,
      };
      known.push(place);
    }
    row.place = place;
    return place;
  }

  function demandPlace(core: CoreState, place: Place): boolean {
    place.heat++;
    if (place.heat < Math.min(PLACE_HEAT, hotRuns) || !place.block.isValid) return false;
    waitingPlaces.add(place);
    if (waitingPlaces.size < BATCH_PLACES && place.heat < 2 * PLACE_HEAT) return false;
    translateWaiting(core);
    return place.region !== null;
  }

  /** The region that begins at a place. */
  function translatePlace(core: CoreState, place: Place): Region | null {
    const { block, start, index } = place;
    const finder = createPageFinder(state, core);
    const physical = finder.find(start);
    if (physical < 0 || code.find(physical) !== block) return null;
    const entry = index === 0 ? planOf(start, block) : planBlock(start, block, index, recipes.keep, fusesFloats(block));
    if (entry === null) place.heat = -Infinity;
    const region = translate(finder, entry, new Set(), place);
    place.region = region;
    return region;
  }

  /** A hot block waits until there is a batch of them. True: it has a region now. */
  function demand(core: CoreState, block: Block, rip: bigint): boolean {
    if (block.heat < hotRuns) return false;
    waiting.set(block, rip);
    const usual = Math.min(BATCH_BLOCKS + liveCount / REGIONS_A_BATCH_BLOCK, MAX_BATCH_BLOCKS);
    if (waiting.size < (options.batchBlocks ?? usual) && block.heat < hotRuns * BATCH_HEAT) return false;
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
      const finder = createPageFinder(state, core);
      const physical = finder.find(rip);
      if (physical < 0 || code.find(physical) !== block) continue;
      const region = translate(finder, planOf(rip, block), inside, null);
      if (region === null) block.heat = -Infinity;
      else made.push(region);
      block.translation = region;
    }
    waiting.clear();
    for (const place of waitingPlaces) {
      const region = place.region === null && place.block.isValid ? translatePlace(core, place) : null;
      if (region !== null) made.push(region);
    }
    waitingPlaces.clear();
    if (plans.size > MAX_PLANS) plans.clear();
    if (made.length === 0) return;
    if (liveCount > mostRegions) evict();
    const level = made.length < LARGE_BATCH_REGIONS ? 0 : 1;
    place(made, level);
    join(level);
  }

  /** Brings modules of a level together when there are enough of them. */
  function join(level: number): void {
    const same = [...modules.values()].filter((module) => module.level === level);
    if (same.length < MODULES_A_LEVEL || level === LAST_LEVEL) return;
    place(
      same.flatMap(({ regions }) => [...regions]),
      level + 1,
    );
    counts.merges++;
    join(level + 1);
  }

  /** Brings regions together that lead to each other: inside a module they go on without coming back to the engine. */
  function noteHop(from: Region, to: Region): void {
    if (from.module === to.module) return;
    hops++;
    if (hopping.size < MAX_MERGED_REGIONS) hopping.add(from).add(to);
    if (hops < MERGE_HOPS + MERGE_HOPS_A_REGION * hopping.size) return;
    const regions = [...hopping].filter(({ isDead }) => !isDead);
    hops = 0;
    hopping.clear();
    place(regions, LAST_LEVEL);
    counts.merges++;
    if (modules.size > MAX_MODULES) {
      const small = [...modules.values()].filter((module) => module.regions.size < MAX_MERGED_REGIONS / 2);
      place(
        small.flatMap(({ regions: those }) => [...those]),
        LAST_LEVEL,
      );
    }
  }

  function translate(
    finder: ReturnType<typeof createPageFinder>,
    first: BlockPlan | null,
    inside: Set<Block>,
    place: Place | null,
  ): Region | null {
    const plan = formRegion(code, finder.find, first, planOf, (from) => seen.get(from));
    if (plan === null) return null;
    for (const part of plan.blocks) inside.add(part.block);
    const ownExits: number[] = [];
    const kept = new Map<BlockPlan, ExitRow["plan"]>();
    const numberExit: NumberExit = (blockPlan, step) => {
      let row = kept.get(blockPlan);
      if (row === undefined) {
        const { start, first: from, block, prefix, count, isFused } = blockPlan;
        row = { start, first: from, block, prefix, count, isFused };
        kept.set(blockPlan, row);
      }
      const at = step === REPEATING_STEP ? blockPlan.count - 1 : step;
      const exit = freeExits.pop() ?? exits.length;
      exits[exit] = { plan: row, step, rip: addressOf(blockPlan, at), place: null };
      ownExits.push(exit);
      return exit;
    };
    const emitted = { tracksStores: place !== null, aheadBase: RAM_BASE + state.ramBytes };
    const body = emitRegion(plan, emitted, numberExit, () => counts.cutEdges++);
    const [entry] = plan.blocks;
    const used = new Set(plan.blocks.map(({ rip: at }) => Number(at) - (Number(at) % 4096)));
    const region: Region = {
      rip: Number(entry.rip),
      entry: { rip: entry.rip, block: entry.block, first: entry.first },
      pages: [...finder.pages.values()].filter(({ address }) => used.has(address)),
      entryCycles: entry.prefix[entry.count],
      body,
      exits: ownExits,
      recipes: [...new Set(plan.blocks.flatMap(({ recipes: ids }) => ids))],
      run: () => 0,
      module: 0,
      index: 0,
      place,
      foundAt: [],
      isDead: false,
    };
    liveCount++;
    for (const { frame } of region.pages) {
      const there = byFrame.get(frame);
      if (there === undefined) byFrame.set(frame, new Set([region]));
      else there.add(region);
    }
    counts.regions++;
    for (const { ssa } of plan.blocks) if (ssa.nodes.some(({ op }) => op === "repeat")) counts.repetitions++;
    return region;
  }

  /** Compiles the regions as one module, and takes them out of those that they were in. */
  function place(regions: readonly Region[], level: number): void {
    const module = nextModule++;
    counts.modules++;
    const functions = instantiate(
      regions.map(({ body }) => body),
      imports,
      module,
    );
    if (regions.some((region) => region.module !== 0)) options.forgetAddresses();
    for (const region of regions) leaveModule(region);
    modules.set(module, { level, regions: new Set(regions) });
    regions.forEach((region, index) => {
      region.run = functions[index];
      region.module = module;
      region.index = index;
    });
  }

  function noteTarget(block: Block, rip: bigint): void {
    const targets = seen.get(block);
    if (targets === undefined) seen.set(block, new Map([[rip, 1]]));
    else if (targets.has(rip) || targets.size < MAX_SEEN_TARGETS) targets.set(rip, (targets.get(rip) ?? 0) + 1);
  }

  return {
    exits,
    recipes,
    demand,
    placeOf,
    demandPlace,
    noteTarget,
    drop,
    noteHop,
    noteLeft,
  };
}
