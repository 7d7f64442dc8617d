/**
 * How a core goes from the interpreter to translated code and back, and where it stands in between.
 *
 * Invariant: whenever translated code has returned, registers in memory (with the flag recipe applied), clock, count of
 * instructions and place in the block are what the reference engine would have at that instruction boundary.
 */
import { Bug } from "../../../../errors.js";
import { RFLAGS_OFFSET, RIP_OFFSET } from "../../../state.js";
import type { Slice } from "../../../turn.js";
import type { Block } from "../../code/block.js";
import { LEAVES_OFFSET, RECIPE_OFFSET } from "../layout.js";
import { applyRecipe, type StopPoint } from "../plan/index.js";
import type { CoreHost } from "./core-host.js";
import { demandRegion } from "./region-batches.js";
import { noteTarget } from "./region-store.js";
import { endSearch } from "./synchroniser.js";
import type { Translator } from "./translator.js";

/** Brings RFLAGS in memory up to date. */
export function materialise({ words, state, regions, reference }: Translator, { base }: CoreHost): void {
  const id = words[(base + RECIPE_OFFSET) >>> 2];
  if (id === 0) return;
  words[(base + RECIPE_OFFSET) >>> 2] = 0;
  const recipe = regions.recipes.get(id);
  if (recipe === undefined) throw new Bug(`no recipe ${id}`);
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

/** The interpreter is about to run a block. True: it has a region, `host.taken`, which is to go on here. */
export function takesOver(translator: Translator, host: CoreHost, block: Block, rip: bigint, slice: Slice): boolean {
  if (translator.isOff) return false;
  const { regions } = translator;
  const translation = translator.translations.of(block);
  translation.heat++;
  const { previous } = host;
  host.previous = block;
  if (previous !== null && endsDynamically(previous)) noteTarget(regions, previous, rip);
  if (host.skipsNext) {
    host.skipsNext = false;
    return false;
  }
  if (host.keeps > 0) {
    host.keeps--;
    return false;
  }
  if (translator.coldInstructions > 0) {
    translator.coldInstructions -= block.entries.length;
    return false;
  }
  if (translation.region === null && !demandRegion(regions, host.core, block, rip)) return false;
  const { region } = translation;
  if (region === null || region.rip !== Number(rip) || rip >= 0x8000_0000_0000n) return false;
  const left = Math.min(slice.until - host.core.now, slice.instructions);
  if (left < region.entryCycles || !translator.finder.isUsable(host, region)) return false;
  host.taken = region;
  host.previous = null;
  return true;
}

export function moveToMemory({ reference, words }: Translator, host: CoreHost): void {
  reference.store(host.core.id);
  words[(host.base + RECIPE_OFFSET) >>> 2] = 0;
  host.inMemory = true;
}

/** The interpreter goes on where the core stands. `doesNext`: the next instruction is one that it has to do. */
export function moveToReference(translator: Translator, host: CoreHost, doesNext: boolean): void {
  const { reference } = translator;
  const { core, stoppedAt } = host;
  materialise(translator, host);
  host.inMemory = false;
  host.stoppedAt = null;
  endSearch(host.synchronising);
  const { blockIndex } = core;
  core.blockStart = 0n;
  core.blockIndex = 0;
  reference.load(core.id);
  if (blockIndex === 0 || stoppedAt === null) host.skipsNext = doesNext && !core.repeatStarted;
  else reference.resume(core.id, stoppedAt.block, stoppedAt.start, blockIndex);
}

/**
 * Nothing of the instruction at a point (below 2^47, as all translated code) has happened, everything before it has.
 */
export function standAt({ words }: Translator, host: CoreHost, point: StopPoint): void {
  const { core, base } = host;
  words[(base + RIP_OFFSET) >>> 2] = point.rip;
  words[(base + RIP_OFFSET + 4) >>> 2] = point.rip / 4294967296;
  core.blockStart = point.index > 0 ? point.start : 0n;
  core.blockIndex = point.index;
  host.stoppedAt = point;
}

/** Where the core stopped, if it still stands there. */
export function standsAt(translator: Translator, host: CoreHost): StopPoint | null {
  const { core, stoppedAt } = host;
  if (stoppedAt === null || core.blockIndex !== stoppedAt.index) return null;
  return ripOf(translator, host) === stoppedAt.rip ? stoppedAt : null;
}

/** RIP in memory. */
export function ripOf({ words }: Translator, { base }: CoreHost): number {
  return words[(base + RIP_OFFSET + 4) >>> 2] * 4294967296 + words[(base + RIP_OFFSET) >>> 2];
}
