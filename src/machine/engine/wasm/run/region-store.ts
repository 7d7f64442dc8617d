/**
 * The translations: which blocks wait, which regions live in which modules, the tables of their exits and recipes, and what goes
 * when the code that they came from is written.
 *
 * Invariant: a live region's frames are in `byFrame`, its exits in `exits`, and its first block's translation is the region.
 */
import type { PhysicalAddress } from "../../../../units.js";
import { RAM_BASE, type CoreState, type MachineState } from "../../../state.js";
import type { Block } from "../../code/block.js";
import type { CodeCache } from "../../code/code-cache.js";
import { REPEATING_STEP, type NumberExit } from "../emit/block-emitter.js";
import { instantiate, type ModuleImports } from "../assembler/index.js";
import { planBlock, type BlockPlan, type Planner } from "../plan/plan.js";
import { createEmitter } from "../../ssa/index.js";
import { createRecipeBook, type RecipeBook } from "../plan/recipe.js";
import { createPageFinder, formRegion, type PageFinder, type Place, type Reach, type Region } from "../plan/region.js";
import { emitRegion } from "../emit/region-emitter.js";
import type { Translations } from "./translations.js";

/** A batch is translated when so many blocks wait, or when one of them has run so many times as often as it must. */
const BATCH_BLOCKS = 64;
const BATCH_HEAT = 4;
const MAX_SEEN_TARGETS = 16;
/** Places at which cores stop are translated when so many wait, or when one was met so many times. */
const BATCH_PLACES = 4;
const PLACE_HEAT = 16;
/** Near regions become far ones when so many wait that were called often, or when one was called so many times as often. */
const BATCH_FAR = 8;
const FAR_HEAT = 2;
/**
 * Far regions that lead to each other through the engine are brought together after so many such ways, and so many for
 * each of them, for each run that makes a block hot: compiling one costs about as much as a few hundred ways.
 */
const MERGE_HOPS = 8;
const MERGE_HOPS_A_REGION = 16;
const MAX_MERGED_REGIONS = 512;
/** Few modules of far regions stay live: between modules the way leads through the engine. */
const MAX_MODULES = 48;
/** Times that a block is left because of its floats, where MXCSR is as usual; and what a time counts where it isn't. */
const FLOAT_PATIENCE = 16;
const UNREADY_WEIGHT = 1 / 4;
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
  /** Instructions of all regions, each as often as it was translated. */
  instructions: number;
  /** Near regions that far ones took the place of. */
  replaced: number;
  /** Edges inside regions that became ways out, since structured control flow can't express them. */
  cutEdges: number;
}

export interface RegionStoreOptions {
  readonly state: MachineState;
  readonly code: Pick<CodeCache, "find">;
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
  /** Times that a block is left before its floats are guarded one by one; the store decides where nobody says. */
  readonly floatPatience?: number;
  readonly counts: TranslationCounts;
  /** Which region belongs to an address, and where its function is, has changed. */
  readonly forgetAddresses: () => void;
  /** Recipes are about to go for which flags of a core may wait. */
  readonly settleFlags: () => void;
}

interface Module {
  readonly reach: Reach;
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
  /** The engine is about to call a near region on `core`. True: another took its place. */
  noteCall(core: CoreState, region: Region): boolean;
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
  const { state, code, translations, imports, hotRuns, mostRegions, counts } = options;
  const exits: (ExitRow | null)[] = [null];
  const freeExits: number[] = [];
  const emitter = createEmitter();
  const recipes = createRecipeBook(emitter);
  const planner: Planner = { emitter, forms: new Map(), recipes };
  /** By block, what was planned for the address at which it was first met; null: it can't be translated. */
  const plans = new Map<Block, BlockPlan | null>();
  const waiting = new Map<Block, bigint>();
  const waitingPlaces = new Set<Place>();
  const waitingFar = new Set<Region>();
  const places = new WeakMap<Block, Place[]>();
  /** Where computed jumps went, and how often. */
  const seen = new WeakMap<Block, Map<bigint, number>>();
  /** Live regions by the number of their module, in the order in which modules were made. */
  const modules = new Map<number, Module>();
  const byFrame = new Map<PhysicalAddress, Set<Region>>();
  /** By block with floats, how often it was left. */
  const failures = new WeakMap<Block, number>();
  const firstReach: Reach = options.farCalls === 0 ? "far" : "near";
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
    remove(region);
    counts.dropped++;
  }

  function remove(region: Region): void {
    options.forgetAddresses();
    region.isDead = true;
    if (region.place !== null) region.place.region = null;
    else translations.of(region.entry.block).region = null;
    waitingFar.delete(region);
    hopping.delete(region);
    leaveModule(region);
    liveCount--;
    for (const { frame } of region.pages) byFrame.get(frame)?.delete(region);
    for (const exit of region.exits) {
      exits[exit] = null;
      freeExits.push(exit);
    }
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
        translations.of(region.entry.block).heat = 0;
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
    const plan = planBlock(planner, rip, block, 0, fusesFloats(block));
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

  /** The plan of what a place begins with; null where the code isn't there any more, or where it can't be translated. */
  function planOfPlace(finder: PageFinder, place: Place): BlockPlan | null {
    const { block, start, index } = place;
    const physical = finder.find(start);
    if (physical < 0 || code.find(physical) !== block) return null;
    const entry = index === 0 ? planOf(start, block) : planBlock(planner, start, block, index, fusesFloats(block));
    if (entry === null) place.heat = -Infinity;
    return entry;
  }

  /** A hot block waits until there is a batch of them. True: it has a region now. */
  function demand(core: CoreState, block: Block, rip: bigint): boolean {
    const translation = translations.of(block);
    if (translation.heat < hotRuns) return false;
    waiting.set(block, rip);
    if (waiting.size < (options.batchBlocks ?? BATCH_BLOCKS) && translation.heat < hotRuns * BATCH_HEAT) return false;
    translateWaiting(core);
    return translation.region !== null;
  }

  function translateWaiting(core: CoreState): void {
    const made: Region[] = [];
    const inside = new Set<Block>();
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
      const physical = finder.find(rip);
      if (physical < 0 || code.find(physical) !== block) continue;
      const region = translate(finder, planOf(rip, block), firstReach, inside, null);
      if (region === null) translation.heat = -Infinity;
      else made.push(region);
      translation.region = region;
    }
    waiting.clear();
    for (const place of waitingPlaces) {
      if (place.region !== null || !place.block.isValid) continue;
      const finder = createPageFinder(state, core);
      place.region = translate(finder, planOfPlace(finder, place), firstReach, inside, place);
      if (place.region !== null) made.push(place.region);
    }
    waitingPlaces.clear();
    settle(made, firstReach);
  }

  function noteCall(core: CoreState, region: Region): boolean {
    if (++region.calls < options.farCalls) return false;
    waitingFar.add(region);
    if (waitingFar.size < BATCH_FAR && region.calls < FAR_HEAT * options.farCalls) return false;
    const made: Region[] = [];
    const inside = new Set<Block>();
    for (const near of [...waitingFar].toSorted((a, b) => a.rip - b.rip)) {
      const { place } = near;
      const { rip, block } = near.entry;
      const finder = createPageFinder(state, core);
      const physical = finder.find(place?.start ?? rip);
      // Another core's, at an address that means something else here: it asks again.
      if (physical < 0 || code.find(physical) !== block) continue;
      near.calls = 0;
      if (place === null && inside.has(block)) continue;
      const far = translate(
        finder,
        place === null ? planOf(rip, block) : planOfPlace(finder, place),
        "far",
        inside,
        place,
      );
      if (far === null) continue;
      remove(near);
      counts.replaced++;
      if (place === null) translations.of(block).region = far;
      else place.region = far;
      made.push(far);
    }
    waitingFar.clear();
    settle(made, "far");
    return region.isDead;
  }

  /** Regions were made: they get their module. */
  function settle(made: readonly Region[], reach: Reach): void {
    // Plans hold the whole SSA of their blocks; regions don't need them.
    plans.clear();
    if (made.length === 0) return;
    if (liveCount > mostRegions) evict();
    place(made, reach);
  }

  /** Brings regions together that lead to each other: inside a module they go on without coming back to the engine. */
  function noteHop(from: Region, to: Region): void {
    if (from.module === to.module || from.reach === "near" || to.reach === "near") return;
    hops++;
    if (hopping.size < MAX_MERGED_REGIONS) hopping.add(from).add(to);
    if (hops < hotRuns * (MERGE_HOPS + MERGE_HOPS_A_REGION * hopping.size)) return;
    const regions = [...hopping].filter(({ isDead }) => !isDead);
    hops = 0;
    hopping.clear();
    place(regions, "far");
    counts.merges++;
    const far = [...modules.values()].filter((module) => module.reach === "far");
    if (far.length > MAX_MODULES) {
      const small = far.filter((module) => module.regions.size < MAX_MERGED_REGIONS / 2);
      place(
        small.flatMap(({ regions: those }) => [...those]),
        "far",
      );
    }
  }

  function translate(
    finder: PageFinder,
    first: BlockPlan | null,
    reach: Reach,
    inside: Set<Block>,
    place: Place | null,
  ): Region | null {
    const plan = formRegion(
      code,
      finder.find,
      first,
      reach,
      planOf,
      (from) => seen.get(from),
      (block) => translations.of(block).region !== null,
    );
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
      reach,
      calls: 0,
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
    for (const { count } of plan.blocks) counts.instructions += count;
    for (const { ssa } of plan.blocks) if (ssa.nodes.some(({ op }) => op === "repeat")) counts.repetitions++;
    return region;
  }

  /** Compiles the regions as one module, and takes them out of those that they were in. */
  function place(regions: readonly Region[], reach: Reach): void {
    const module = nextModule++;
    counts.modules++;
    const functions = instantiate(
      regions.map(({ body }) => body),
      imports,
      module,
    );
    if (regions.some((region) => region.module !== 0)) options.forgetAddresses();
    for (const region of regions) leaveModule(region);
    modules.set(module, { reach, regions: new Set(regions) });
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
    noteCall,
    noteHop,
    noteLeft,
  };
}
