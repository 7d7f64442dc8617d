/**
 * How a core goes from the interpreter to translated code and back, and where it stands in between.
 *
 * Invariant: whenever translated code has returned, registers in memory (with the flag recipe applied), clock, count of
 * instructions and place in the block are what the reference engine would have at that instruction boundary.
 */
import { Bug } from "../../../../errors.js";
import { type MachineState, RFLAGS_OFFSET, RIP_OFFSET } from "../../../state.js";
import type { Slice } from "../../../turn.js";
import type { Block } from "../../code/block.js";
import { instantiateAlone } from "../assembler/index.js";
import { emitRecipe } from "../emit/index.js";
import { LEAVES_OFFSET, RECIPE_OFFSET } from "../layout.js";
import { applyRecipe, type Recipe, type StopPoint } from "../plan/index.js";
import type { EngineCore } from "./engine-core.js";
import { demandRegion } from "./region-batches.js";
import { noteTarget } from "./region-store.js";
import { endSearch } from "./synchroniser.js";
import type { Translator } from "./translator.js";

/** A recipe is compiled when it was evaluated so many times, for each run that makes a block hot. */
const USES_A_RUN = 2;

function compileRecipe(recipe: Recipe, { memory }: MachineState): void {
  const body = emitRecipe(recipe);
  if (body !== null) recipe.make = instantiateAlone(body, memory);
}

/** Brings RFLAGS in memory up to date. */
export function materialise({ words, state, regions, reference }: Translator, { base }: EngineCore): void {
  const id = words[(base + RECIPE_OFFSET) >>> 2];
  if (id === 0) return;
  words[(base + RECIPE_OFFSET) >>> 2] = 0;
  const recipe = regions.recipes.get(id);
  if (recipe === undefined) throw new Bug(`no recipe ${id}`);
  if (recipe.make === null && ++recipe.uses === USES_A_RUN * regions.options.hotRuns) compileRecipe(recipe, state);
  if (recipe.make !== null) {
    recipe.make(base);
    return;
  }
  const { view } = state;
  const word = view.getUint32(base + RFLAGS_OFFSET, true);
  const leaf = (index: number): bigint => view.getBigUint64(base + LEAVES_OFFSET + 8 * index, true);
  view.setUint32(base + RFLAGS_OFFSET, applyRecipe(reference.binding, recipe, word, leaf), true);
}

/** Whether the block ends with a jump, call or return to a computed address. */
function endsDynamically({ entries }: Block): boolean {
  const { instruction } = entries[entries.length - 1];
  if (instruction === null) return false;
  const { semanticKey } = instruction.row;
  if (semanticKey === "ret") return true;
  return (semanticKey === "jmp" || semanticKey === "call") && instruction.operands[0].kind !== "relative";
}

/** Where a block leads is of interest when it is on its way to be hot: most never are. */
function isWarm({ translations, regions }: Translator, block: Block): boolean {
  return translations.of(block).heat >= regions.options.hotRuns >> 2;
}

/** The interpreter is about to run a block. True: it has a region, `engineCore.taken`, which is to go on here. */
export function takesOver(
  translator: Translator,
  engineCore: EngineCore,
  block: Block,
  rip: bigint,
  slice: Slice,
): boolean {
  if (translator.isOff) return false;
  const { regions } = translator;
  const translation = translator.translations.of(block);
  translation.heat++;
  const { previous } = engineCore;
  engineCore.previous = block;
  if (previous !== null && isWarm(translator, previous) && endsDynamically(previous))
    noteTarget(regions, previous, rip);
  if (engineCore.skipsNext) {
    engineCore.skipsNext = false;
    return false;
  }
  if (engineCore.keeps > 0) {
    engineCore.keeps--;
    return false;
  }
  if (translator.coldInstructions > 0) {
    translator.coldInstructions -= block.entries.length;
    return false;
  }
  if (translation.region === null && !demandRegion(regions, engineCore.core, block, rip)) return false;
  const { region } = translation;
  if (region === null || region.rip !== Number(rip) || rip >= 0x8000_0000_0000n) return false;
  const left = Math.min(slice.until - engineCore.core.now, slice.instructions);
  if (left < region.entryCycles || !translator.finder.isUsable(engineCore, region)) return false;
  engineCore.taken = region;
  engineCore.previous = null;
  return true;
}

export function moveToMemory({ reference, words }: Translator, engineCore: EngineCore): void {
  reference.store(engineCore.core.id);
  words[(engineCore.base + RECIPE_OFFSET) >>> 2] = 0;
  engineCore.inMemory = true;
}

/** The interpreter goes on where the core stands. `doesNext`: the next instruction is one that it has to do. */
export function moveToReference(translator: Translator, engineCore: EngineCore, doesNext: boolean): void {
  const { reference } = translator;
  const { core, stoppedAt } = engineCore;
  materialise(translator, engineCore);
  engineCore.inMemory = false;
  engineCore.stoppedAt = null;
  endSearch(engineCore.sharing);
  const { blockIndex } = core;
  core.blockStart = 0n;
  core.blockIndex = 0;
  reference.load(core.id);
  // mutant place-is-lost-at-exits: engineCore.skipsNext = doesNext && !core.repeatStarted;
  if (blockIndex === 0 || stoppedAt === null) engineCore.skipsNext = doesNext && !core.repeatStarted;
  else reference.resume(core.id, stoppedAt.block, stoppedAt.start, blockIndex);
}

/**
 * Nothing of the instruction at a point (below 2^47, as all translated code) has happened, everything before it has.
 */
export function standAt({ words }: Translator, engineCore: EngineCore, point: StopPoint): void {
  const { core, base } = engineCore;
  words[(base + RIP_OFFSET) >>> 2] = point.rip;
  words[(base + RIP_OFFSET + 4) >>> 2] = point.rip / 4294967296;
  core.blockStart = point.index > 0 ? point.start : 0n;
  core.blockIndex = point.index;
  engineCore.stoppedAt = point;
}

/** Where the core stopped, if it still stands there. */
export function standsAt(translator: Translator, engineCore: EngineCore): StopPoint | null {
  const { core, stoppedAt } = engineCore;
  if (stoppedAt === null || core.blockIndex !== stoppedAt.index) return null;
  return ripOf(translator, engineCore) === stoppedAt.rip ? stoppedAt : null;
}

/** RIP in memory. */
export function ripOf({ words }: Translator, { base }: EngineCore): number {
  return words[(base + RIP_OFFSET + 4) >>> 2] * 4294967296 + words[(base + RIP_OFFSET) >>> 2];
}
