/**
 * Which blocks make a region: those that can be reached from a hot block by jumps, branches and calls with known
 * targets and that have run before, up to a limit. Indirect jumps and calls go where they were seen to go, RET to the
 * return points of the calls in the region.
 */
import { PAGE_SIZE_BYTES, type PhysicalAddress } from "../../../../units.js";
import { probeExecute } from "../../../memory/paging.js";
import type { CoreState, MachineState } from "../../../state.js";
import type { Block } from "../../code/block.js";
import type { CodeCache } from "../../code/code-cache.js";
import type { RegionBody, RegionFunction } from "../assembler/index.js";
import type { BlockPlan } from "./plan.js";
import { isCall, isDynamic, isReturn, targetsOf } from "./block-targets.js";

const MAX_REGION_BLOCKS = 64;
const MAX_REGION_INSTRUCTIONS = 600;
const MAX_DYNAMIC_TARGETS = 24;

/** A page of code that a region was made from. */
export interface CodePage {
  readonly address: number;
  readonly frame: PhysicalAddress;
}

/** An instruction in a block before which a core may have to stop, and go on in translated code. */
export interface StopPoint {
  readonly block: Block;
  /** Where the block begins. */
  readonly start: bigint;
  /** The instruction's number in its block, and its address. */
  readonly index: number;
  readonly rip: number;
  /** The region that was made to go on from here. */
  region: Region | null;
  /** How often a core stopped here and there was none; -Infinity where there can't be one. */
  heat: number;
  /** A polling loop was found to come round here. */
  isAnchor: boolean;
  /** How often it was looked for in vain since. */
  failures: number;
}

/**
 * How far a region goes from its entry. `near`: over jumps and branches to where other regions begin; what is hot for
 * the first time, each block about once. `far`: into calls, out of them, and over other regions; what was called often.
 */
export type Reach = "near" | "far";

export interface Region {
  readonly rip: number;
  readonly entry: Pick<BlockPlan, "rip" | "block" | "first">;
  readonly pages: readonly CodePage[];
  /** Cycles that must be left for it to begin. */
  readonly entryCycles: number;
  readonly body: RegionBody;
  /** Numbers of its exits, to be forgotten with it. */
  readonly exits: readonly number[];
  /** Numbers of the recipes that it may leave behind. */
  readonly recipes: readonly number[];
  run: RegionFunction;
  /** Module that `run` belongs to, and its place among the regions of all modules (module.ts). */
  module: number;
  place: number;
  /** Where the cores stopped for which it was made; null for the start of a block that is hot. */
  readonly point: StopPoint | null;
  readonly reach: Reach;
  /** How often the engine called it, where it is near, and what counts as much (promotion.ts). */
  calls: number;
  /** By core, the age of its mappings at which the code was found to lie where it was. */
  readonly foundAt: number[];
  isDead: boolean;
}

/** Frames of code pages, as the core's tables have them now. */
export interface PageFinder {
  /** The pages that were asked for, by their address. */
  readonly pages: Map<number, CodePage>;
  readonly find: (rip: bigint) => PhysicalAddress;
}

export function createPageFinder(state: MachineState, core: CoreState): PageFinder {
  const pages = new Map<number, CodePage>();
  function find(rip: bigint): PhysicalAddress {
    if (rip >= 0x8000_0000_0000n) return -1;
    const at = Number(rip);
    const address = at - (at % PAGE_SIZE_BYTES);
    let page = pages.get(address);
    if (page === undefined) {
      const frame = probeExecute(state, core.tableRoot, address);
      if (frame < 0) return -1;
      page = { address, frame };
      pages.set(address, page);
    }
    return page.frame + (at % PAGE_SIZE_BYTES);
  }
  return { pages, find };
}

/** The block at an address, if it is known, and lies there as a whole. */
export function findBlock(code: Pick<CodeCache, "find">, find: PageFinder["find"], rip: bigint): Block | undefined {
  const physical = find(rip);
  const block = physical < 0 ? undefined : code.find(physical);
  if (block === undefined || block.nextFrame === null) return block;
  return find(pageBehind(rip)) === block.nextFrame ? block : undefined;
}

/** The page behind that of an address. */
export function pageBehind(rip: bigint): bigint {
  return (rip | BigInt(PAGE_SIZE_BYTES - 1)) + 1n;
}

/** Where blocks of the region lead inside it. Index 0 is the entry. */
export interface RegionOutline {
  readonly blocks: readonly BlockPlan[];
  /**
   * Where computed jumps of the region go, as far as was seen or can be guessed, the most frequent first. They lead
   * through one dispatching node, which keeps the control flow reducible, but for RETs whose calls are in the region
   * (returns.ts).
   */
  readonly dynamicTargets: readonly bigint[];
}

/** Null when not even the first instruction of `entry` can be translated. */
export function formRegion(
  code: Pick<CodeCache, "find">,
  find: (rip: bigint) => PhysicalAddress,
  entry: BlockPlan | null,
  reach: Reach,
  planOf: (address: bigint, block: Block) => BlockPlan | null,
  seenTargets: (block: Block) => ReadonlyMap<bigint, number> | undefined,
  isTranslated: (block: Block) => boolean,
): RegionOutline | null {
  if (entry === null) return null;
  const blocks: BlockPlan[] = [];
  const dynamicTargets = new Set<bigint>();
  const timesSeen = new Map<bigint, number>();
  // Nobody jumps to where `entry` begins within its block: another block would start there.
  const seen = new Set<bigint>(entry.first === 0 ? [entry.rip] : []);
  const queue: bigint[] = [entry.rip];
  let instructions = 0;
  const addDynamic = (targets: Iterable<bigint>, next: bigint[]): void => {
    for (const target of targets) {
      if (dynamicTargets.size >= MAX_DYNAMIC_TARGETS && !dynamicTargets.has(target)) return;
      dynamicTargets.add(target);
      next.push(target);
    }
  };
  for (let at = 0; at < queue.length && blocks.length < MAX_REGION_BLOCKS; at++) {
    const address = queue[at];
    // The first one's too: `find` notes the pages on which the region depends.
    const found = findBlock(code, find, address);
    const block = at === 0 ? entry.block : found;
    if (block === undefined || (at > 0 && instructions + block.entries.length > MAX_REGION_INSTRUCTIONS)) continue;
    const plan = at === 0 ? entry : planOf(address, block);
    if (plan === null) continue;
    // Flags that wait for who comes next are dear where that is another region.
    if (at > 0 && reach === "near" && isTranslated(block) && plan.needs.size === 0) continue;
    instructions += plan.count;
    blocks.push(plan);
    if (reach === "near" && isCall(plan)) continue;
    const next = targetsOf(plan);
    // A RET whose call is not in the region leads out of it: its callers have regions that this code is a part of.
    if (isDynamic(plan)) {
      const goes = seenTargets(block) ?? new Map<bigint, number>();
      for (const [target, times] of goes) timesSeen.set(target, (timesSeen.get(target) ?? 0) + times);
      if (!isReturn(plan)) addDynamic(goes.keys(), next);
    }
    if (isCall(plan)) addDynamic([plan.behind], next);
    for (const target of next) {
      if (seen.has(target)) continue;
      seen.add(target);
      queue.push(target);
    }
  }
  const timesOf = (target: bigint): number => timesSeen.get(target) ?? 0;
  const targets = [...dynamicTargets].toSorted((a, b) => timesOf(b) - timesOf(a));
  return { blocks, dynamicTargets: targets };
}
