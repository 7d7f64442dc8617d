/**
 * What is decided about a block before a byte is written: its SSA, where registers and flags are brought up to date
 * (sync points), which flags it needs made on entry, and what it costs.
 *
 * A cost block is cut before the first instruction that translated code leaves to the reference engine.
 */
import type { Cycles } from "../../../../units.js";
import type { FlagName } from "../../../isa/index.js";
import { type FlagFormula, formulaOf } from "../../../isa/semantics/flags.js";
import {
  type Emitter,
  FLAG_NAMES,
  type FlagWriters,
  type SsaBlock,
  type SsaNode,
  type SsaStep,
} from "../../ssa/index.js";
import type { Block } from "../../code/block.js";
import { MAX_LEAVES } from "../layout.js";
import type { RecipeBook, RecipeUse } from "./recipe.js";
import { isTranslated, type KnownForms } from "./translated-instructions.js";
import { isEffect, isFloatEffect } from "./translated-operations.js";

/** All of FLAG_NAMES but DF, in its order. */
export const ARITHMETIC_FLAGS: readonly FlagName[] = FLAG_NAMES.filter((name) => name !== "df");

/** State that is put in its place before an effect that may leave, or at the end. */
export interface SyncPoint {
  readonly words: readonly (readonly [register: number, value: SsaNode])[];
  /** The recipe of the arithmetic flags from here on, and the values that it is for; null where it is still the one before. */
  readonly recipe: RecipeUse | null;
  /** What DF changes to; null where it doesn't. */
  readonly direction: SsaNode | null;
}

export interface BlockPlan {
  /** Virtual address of the first instruction that it runs. */
  readonly rip: bigint;
  readonly block: Block;
  /** Place of that in the block: not 0 for the rest of a block, in which a core stopped. `start`: where the block begins. */
  readonly first: number;
  readonly start: bigint;
  /** Instructions that the translation runs: all, or those before the first that it leaves to the reference engine. */
  readonly count: number;
  /** It runs to the end of the block. */
  readonly isWhole: boolean;
  /** Cycles of its first i instructions. */
  readonly prefix: readonly Cycles[];
  readonly ssa: SsaBlock;
  /**
   * Whether its float operations are guarded together (float-block-guard.ts). Then `exitOf` has the exits of those effects
   * that leave to the first operation of their stretch, not to where they are themselves.
   */
  readonly isFused: boolean;
  readonly exitOf: ReadonlyMap<SsaNode, number>;
  /** By exit of the SSA. */
  readonly syncs: ReadonlyMap<number, SyncPoint>;
  /** Flags that must be in their locals when the block starts. */
  readonly needs: ReadonlySet<FlagName>;
  /** Flags whose value the block changes. */
  readonly endFlags: ReadonlySet<FlagName>;
  /** Numbers of its recipes. */
  readonly recipes: readonly number[];
  /** Makes nodes of those, for who needs their values. */
  readonly buildEndFlags: () => ReadonlyMap<FlagName, SsaNode>;
}

/** Stretches of float operations, and of loads between them: each effect's exit is that of the first. */
function findStretches(nodes: readonly SsaNode[]): Map<SsaNode, number> {
  const exitOf = new Map<SsaNode, number>();
  let first = -1;
  let loads: SsaNode[] = [];
  for (const node of nodes) {
    if (!isEffect(node)) continue;
    if (isFloatEffect(node)) {
      if (first < 0) first = node.exit;
      for (const member of [...loads, node]) exitOf.set(member, first);
      loads = [];
    } else if (node.op === "load" && first >= 0) loads.push(node);
    else {
      first = -1;
      loads = [];
    }
  }
  return exitOf;
}

/** A further value of an effect. */
function isPart({ op }: SsaNode): boolean {
  return op === "remainder" || op === "repeated";
}

/** The value is known when the block is built, or is stored when the recipe is made. */
function collectLeaves(flags: Iterable<SsaNode>, isMade: (node: SsaNode) => boolean): SsaNode[] {
  const leaves = new Set<SsaNode>();
  const seen = new Set<SsaNode>();
  const visit = (node: SsaNode): void => {
    if (seen.has(node) || node.op === "constant") return;
    seen.add(node);
    if (isMade(node) || isEffect(node) || node.op === "read" || isPart(node)) leaves.add(node);
    else node.args.forEach(visit);
  };
  for (const node of flags) visit(node);
  return [...leaves];
}

/** Sets of arithmetic flags by their bits, bit i for ARITHMETIC_FLAGS[i]. */
const FLAG_SETS: readonly ReadonlySet<FlagName>[] = Array.from(
  { length: 1 << ARITHMETIC_FLAGS.length },
  (_, bits) => new Set(ARITHMETIC_FLAGS.filter((_flag, place) => ((bits >> place) & 1) === 1)),
);
const ALL_FLAGS = FLAG_SETS.length - 1;
/** DF comes behind the others in FLAG_NAMES. */
const DIRECTION_PLACE = FLAG_NAMES.indexOf("df");

function bitsOf(writers: FlagWriters): number {
  let bits = 0;
  for (let place = 0; place < ARITHMETIC_FLAGS.length; place++) if (writers[place] !== null) bits |= 1 << place;
  return bits;
}

function areSameArithmetic(a: FlagWriters, b: FlagWriters): boolean {
  if (a === b) return true;
  for (let place = 0; place < ARITHMETIC_FLAGS.length; place++) if (a[place] !== b[place]) return false;
  return true;
}

/** The formula that all these flags come from, where they come from one. */
function commonFormula(writers: FlagWriters): FlagFormula<SsaNode> | null {
  let common: FlagWriters[number] = null;
  for (let place = 0; place < ARITHMETIC_FLAGS.length; place++) {
    const writer = writers[place];
    if (writer === null || writer === common) continue;
    if (common !== null) return null;
    common = writer;
  }
  return common === null ? null : formulaOf(common);
}

/** Virtual address of instruction `index` of a block at `start`. */
export function addressInBlock({ entries }: Block, start: bigint, index: number): bigint {
  let address = start;
  for (let i = 0; i < index; i++) address = BigInt.asUintN(64, address + entries[i].lengthBytes);
  return address;
}

/** Adds the flags that are read on the way to a value: bits as in FLAG_SETS. */
function flagsReadBy(node: SsaNode, isListed: (node: SsaNode) => boolean): number {
  if (node.op === "read") return bitOfRead(node);
  let bits = 0;
  // What is listed is looked at once for all.
  for (const argument of node.args) if (!isListed(argument)) bits |= flagsReadBy(argument, isListed);
  return bits;
}

function bitOfRead({ detail }: SsaNode): number {
  const place = detail.kind === "state" ? (ARITHMETIC_FLAGS as readonly string[]).indexOf(detail.state) : -1;
  return place < 0 ? 0 : 1 << place;
}

const NO_WRITERS: FlagWriters = FLAG_NAMES.map(() => null);

function prefixOf(entries: Block["entries"]): Cycles[] {
  const prefix = [0];
  entries.forEach((entry, i) => prefix.push(prefix[i] + entry.cycles));
  return prefix;
}

/** What planning keeps from one block to the next. */
export interface Planner {
  readonly emitter: Emitter;
  readonly forms: KnownForms;
  readonly recipes: Pick<RecipeBook, "keep" | "keepFormula">;
}

/**
 * A plan for a block at `start` from its instruction `first` on. Null when nothing of that can be translated.
 * `fusesFloats`: its float operations may be guarded together.
 */
export function planBlock(
  { emitter, forms, recipes }: Planner,
  start: bigint,
  block: Block,
  first: number,
  fusesFloats: boolean,
): BlockPlan | null {
  const steps: SsaStep[] = [];
  const entries = first === 0 ? block.entries : block.entries.slice(first);
  const rip = addressInBlock(block, start, first);
  let address = rip;
  for (const { instruction, refusal, lengthBytes } of entries) {
    if (instruction === null || refusal !== null || !isTranslated(instruction, emitter, forms)) break;
    steps.push({ address, instruction });
    address = BigInt.asUintN(64, address + lengthBytes);
  }
  let ssa: SsaBlock | null = null;
  while (steps.length > 0) {
    ssa = emitter.emitBlock(steps, "exit");
    if (ssa.terminator.kind !== "trap") break;
    steps.length = ssa.steps.length - 1;
    ssa = null;
  }
  if (ssa === null) return null;
  const prefix = prefixOf(entries);
  // Limits on instructions are kept through cycles.
  for (let i = 0; i < steps.length; i++) if (prefix[i + 1] - prefix[i] < 1) return null;
  const built = ssa;
  const { exits, endExit } = built;
  const exitOf = fusesFloats ? findStretches(built.nodes) : new Map<SsaNode, number>();
  return {
    rip,
    block,
    first,
    start,
    count: steps.length,
    isWhole: steps.length === entries.length,
    prefix,
    ssa,
    isFused: exitOf.size > 0,
    exitOf,
    ...planSyncs(ssa, exitOf, recipes),
    endFlags: FLAG_SETS[bitsOf(exits[endExit].writers)],
    buildEndFlags: () => built.buildExitFlags(endExit).flags,
  };
}

/** Where state is put in its place, and which flags that takes on entry. */
function planSyncs(
  ssa: SsaBlock,
  exitOf: ReadonlyMap<SsaNode, number>,
  recipes: Pick<RecipeBook, "keep" | "keepFormula">,
): Pick<BlockPlan, "syncs" | "needs" | "recipes"> {
  const { exits, endExit, log, isListed } = ssa;
  const syncs = new Map<number, SyncPoint>();
  const used: number[] = [];
  const inPlace: (SsaNode | undefined)[] = [];
  let written = 0;
  let writers: FlagWriters = NO_WRITERS;
  let needs = 0;

  function recipeAt(exit: number): RecipeUse | null {
    const now = exits[exit].writers;
    // SYSCALL has made all flags for R11: the region's end takes them from there.
    const isInR11 = exit === endExit && ssa.terminator.kind === "systemCall";
    if (isInR11 || areSameArithmetic(now, writers)) return null;
    needs |= ALL_FLAGS & ~bitsOf(now);
    const formula = commonFormula(now);
    const recipe = formula === null ? buildRecipe(exit) : recipes.keepFormula(formula, isListed);
    for (const leaf of recipe.leaves) if (!isListed(leaf)) needs |= flagsReadBy(leaf, isListed);
    used.push(recipe.id);
    return recipe;
  }

  function buildRecipe(exit: number): RecipeUse {
    const flags = new Map(ssa.buildExitFlags(exit).flags);
    flags.delete("df");
    let leaves = collectLeaves(flags.values(), isListed);
    const isTooWide = leaves.length > MAX_LEAVES || leaves.some(({ width }) => width === 128);
    if (isTooWide) leaves = [...new Set(flags.values())].filter((node) => node.op !== "constant");
    return { id: recipes.keep({ flags, leaves }), leaves };
  }

  function makeSync(exit: number): void {
    if (exit < 0 || syncs.has(exit)) return;
    const words: [number, SsaNode][] = [];
    log.visitLast(written, exits[exit].written, (place, value) => {
      if (inPlace[place] === value) return;
      inPlace[place] = value;
      words.push([place, value]);
    });
    written = exits[exit].written;
    const recipe = recipeAt(exit);
    const now = exits[exit].writers;
    let direction: SsaNode | null = null;
    if (now[DIRECTION_PLACE] !== writers[DIRECTION_PLACE]) {
      direction = ssa.buildExitFlags(exit).flags.get("df") ?? null;
      if (direction !== null && !isListed(direction)) needs |= flagsReadBy(direction, isListed);
    }
    writers = now;
    syncs.set(exit, { words, recipe, direction });
  }

  for (const node of ssa.nodes) {
    if (node.op === "read") needs |= bitOfRead(node);
    else if (isEffect(node)) makeSync(exitOf.get(node) ?? node.exit);
  }
  makeSync(endExit);
  return { syncs, needs: FLAG_SETS[needs], recipes: used };
}
