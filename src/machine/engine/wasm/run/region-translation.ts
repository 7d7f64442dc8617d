/**
 * How one region is made: plans of its blocks, its shape, its WebAssembly, and what the store has to know of it.
 */
import { PAGE_SIZE_BYTES } from "../../../../units.js";
import { RAM_BASE } from "../../../state.js";
import type { Block } from "../../code/block.js";
import { BlockEmitter, emitRegion, type NumberExit, type EmitOptions } from "../emit/index.js";
import {
  type BlockPlan,
  findBlock,
  formRegion,
  pageBehind,
  type PageFinder,
  planBlock,
  type Reach,
  type Region,
  type RegionOutline,
  type SsaPlan,
  type StopPoint,
} from "../plan/index.js";
import { planByTemplates, TemplateBody, type TemplatePlan } from "../template/index.js";
import { type ExitRow, exitRowOf } from "./region-exits.js";
import { addRegion, fusesFloats, type RegionStore } from "./region-store.js";

/** Null where the block can't be translated, or was first met at another address. */
export function planOf(store: RegionStore, rip: bigint, block: Block, reach: Reach): BlockPlan | null {
  const { plans, planner } = store;
  const known = plans.get(block);
  if (known !== undefined && (known === null || known.form === "ssa" || reach === "near"))
    return known === null || known.rip === rip ? known : null;
  const quick = reach === "near" && usesTemplates(store, rip) ? planQuickly(store, rip, block) : null;
  const plan = quick ?? planBlock(planner, rip, block, 0, fusesFloats(store, block));
  plans.set(block, plan);
  return plan;
}

/** Whether a block of a near region is made of templates, if it can be. */
function usesTemplates({ options: { templates } }: RegionStore, rip: bigint): boolean {
  return templates === "some" ? (rip & 2n) === 0n : templates;
}

function planQuickly({ templates, options: { counts } }: RegionStore, rip: bigint, block: Block): TemplatePlan | null {
  return planByTemplates(templates, rip, block, ({ row: { mnemonic } }) => {
    counts.withoutTemplate.set(mnemonic, (counts.withoutTemplate.get(mnemonic) ?? 0) + 1);
  });
}

/** The plan of what a point begins with; null where the code isn't there any more, or where it can't be translated. */
export function planOfPoint(store: RegionStore, finder: PageFinder, point: StopPoint): BlockPlan | null {
  const { block, start, index } = point;
  if (findBlock(store.options.code, finder.find, start) !== block) return null;
  const fuses = fusesFloats(store, block);
  const entry = index === 0 ? planOf(store, start, block, "far") : planBlock(store.planner, start, block, index, fuses);
  if (entry === null) point.heat = -Infinity;
  return entry;
}

/** Gives numbers to exits, and notes them in `exits`. */
function createNumbering({ exits, freeExits }: RegionStore, numbers: number[]): NumberExit {
  const kept = new Map<BlockPlan, ExitRow["plan"]>();
  return (blockPlan, step) => {
    let row = kept.get(blockPlan);
    if (row === undefined) {
      const { start, first, block, prefix, count, isFused } = blockPlan;
      row = { start, first, block, prefix, count, isFused };
      kept.set(blockPlan, row);
    }
    const exit = freeExits.pop() ?? exits.length;
    exits[exit] = exitRowOf(blockPlan, row, step);
    numbers.push(exit);
    return exit;
  };
}

/** A live region that begins with `first`, without a module yet. `inside` gets its blocks. */
export function translate(
  store: RegionStore,
  finder: PageFinder,
  first: BlockPlan | null,
  reach: Reach,
  inside: Set<Block>,
  point: StopPoint | null,
): Region | null {
  const { options, targets } = store;
  const { state, code, translations, counts } = options;
  const plan = formRegion(
    code,
    finder.find,
    first,
    reach,
    // Templates don't tell whether stores change anything.
    (rip, block) => planOf(store, rip, block, point === null ? reach : "far"),
    (from) => targets.get(from),
    (block) => translations.of(block).region !== null,
  );
  if (plan === null) return null;
  for (const { block } of plan.blocks) inside.add(block);
  const exits: number[] = [];
  const emitted: EmitOptions = {
    tracksStores: point !== null,
    aheadBase: RAM_BASE + state.ramBytes,
    sharesTable: options.imports.table !== null,
    makeBody: (builder, block, numberExit, liveFlags, lateFlags) =>
      block.form === "templates"
        ? new TemplateBody(store.templates, builder, block as TemplatePlan, numberExit, liveFlags, lateFlags)
        : new BlockEmitter(builder, block as SsaPlan, numberExit, liveFlags, lateFlags),
  };
  const body = emitRegion(plan, emitted, createNumbering(store, exits), () => counts.cutEdges++);
  const [entry] = plan.blocks;
  const region: Region = {
    rip: Number(entry.rip),
    entry: { rip: entry.rip, block: entry.block, first: entry.first },
    pages: pagesOf(plan, finder),
    entryCycles: entry.prefix[entry.count],
    body,
    exits,
    recipes: [...new Set(plan.blocks.flatMap(({ recipes }) => recipes))],
    run: () => 0,
    module: 0,
    place: 0,
    point,
    reach,
    calls: 0,
    foundAt: [],
    isDead: false,
  };
  addRegion(store, region);
  counts.regions++;
  for (const block of plan.blocks) {
    counts.instructions += block.count;
    if (block.form === "templates") counts.byTemplate += block.count;
    else if ((block as SsaPlan).ssa.nodes.some(({ op }) => op === "repeat")) counts.repetitions++;
  }
  return region;
}

/** Pages that its blocks are in. */
function pagesOf({ blocks }: RegionOutline, { pages }: PageFinder): Region["pages"] {
  const used = new Set(blocks.map(({ rip }) => Number(rip) - (Number(rip) % PAGE_SIZE_BYTES)));
  // mutant region-ends-with-its-page:
  for (const { rip, block } of blocks) if (block.nextFrame !== null) used.add(Number(pageBehind(rip)));
  /* mutant region-has-its-first-page-only:
     return [...pages.values()].filter(({ address }) => used.has(address)).slice(0, 1); */
  return [...pages.values()].filter(({ address }) => used.has(address));
}
