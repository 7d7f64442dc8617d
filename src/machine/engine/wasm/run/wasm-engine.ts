/**
 * The translating engine: hot blocks run as WebAssembly, everything else in the reference engine, which it wraps.
 *
 * Translated code leaves, with nothing of the instruction done, before: what it doesn't translate
 * (translated-instructions.ts), a fault, an access that crosses pages, one to a synchronising page, a store to a page
 * with decoded code, and a block that does not fit into the slice.
 */
import { Bug } from "../../../../errors.js";
import type { CoreId } from "../../../../units.js";
import type { CatchUp } from "../../../ahead.js";
import { cpuidLeaf } from "../../../cpuid.js";
import { guardFrame, tlbOf } from "../../../memory/tlb.js";
import { CORE_STRIDE, RAM_BASE, RFLAGS_OFFSET, RFlag } from "../../../state.js";
import type { Slice } from "../../../turn.js";
import { createCodeCache } from "../../code/code-cache.js";
import type { Engine, EngineOptions, SliceEnd } from "../../engine.js";
import { createInterpreter } from "../../reference/interpreter.js";
import { createSharedTable, type ModuleImports, sharesTables } from "../assembler/index.js";
import { ENGINE_AREA_END, TIME_OFFSET } from "../layout.js";
import type { Region } from "../plan/index.js";
import { linkRoutines } from "../routines/index.js";
import { createCounts, type EngineCounts } from "./counts.js";
import { type EngineCore, createEngineCore, forgetAddresses } from "./engine-core.js";
import { describeRegion } from "./describe.js";
import { fillEntry } from "./fill.js";
import { materialise, moveToMemory, moveToReference, ripOf, standsAt, takesOver } from "./hand-over.js";
import { createRegionFinder } from "./region-finder.js";
import { createRegionStore, dropFrame, type RegionStore } from "./region-store.js";
import { DEFER, LIMIT, runTranslated } from "./run-translated.js";
import { bringOthersForward } from "./shared-page-access.js";
import { createSynchroniser, createSharing, endSearch } from "./synchroniser.js";
import { createTranslations } from "./translations.js";
import type { Translator } from "./translator.js";

/** Runs of a block in the reference engine before it waits for translation, where nobody says. */
const HOT_RUNS = 16;
/**
 * Instructions that the reference engine runs, about, before anything is translated, where nobody says when a block is
 * hot: the translator's own code is cold at first, and the shortest programs are over by then.
 */
const FIRST_INSTRUCTIONS = 5_000;
/**
 * Calls of a near region before it becomes a far one, where nobody says; and for each run before a block is translated,
 * where these are said.
 */
const FAR_CALLS = 512;
const FAR_CALLS_A_RUN = 16;
/** Regions that are kept: at a few kilobytes of machine code and tables each they stay well under 300 MB. */
const MOST_REGIONS = 8192;
/** Entries that a shared table has at first. */
const FIRST_PLACES = 1024;

export interface WasmEngine extends Engine {
  readonly counts: EngineCounts;
  /** The region that the core entered last: its first block, the SSA of that, and its WebAssembly, for people. */
  describe(core: CoreId): string;
}

export interface WasmOptions extends EngineOptions {
  /** Runs of a block before it is translated. Changes no result. */
  readonly hotRuns?: number;
  /** Calls of a near region before it becomes a far one (region.ts); 0: all are far. Changes no result. */
  readonly farCalls?: number;
  /** Regions that may be live before those of the oldest modules are dropped. Changes no result. */
  readonly mostRegions?: number;
  /** Whether near regions are made of templates; "some": of half of the blocks. Changes no result. */
  readonly templates?: boolean | "some";
  /** Blocks that are translated at a time. Changes no result. */
  readonly batchBlocks?: number;
  /** Times that a block is left because of its floats before those are guarded one by one. Changes no result. */
  readonly floatPatience?: number;
  /** Modules share a table; where nobody says, if V8 does that well (shared-table.ts). Changes no result. */
  readonly sharesTable?: boolean;
}

export function createWasmEngine(options: WasmOptions): WasmEngine {
  const translator = createTranslator(options);
  const { reference, engineCores, regions } = translator;
  const { code } = regions.options;
  return {
    counts: translator.counts,
    describe: (id) => describeRegion(engineCores[id].last),
    run: (id, slice) => runSlice(translator, options, engineCores[id], slice),
    load: (id) => loadRegisters(translator, engineCores[id]),
    store(id) {
      const engineCore = engineCores[id];
      if (engineCore.inMemory) materialise(translator, engineCore);
      else reference.store(id);
      clearArea(translator, engineCore);
    },
    invalidate: code.invalidate,
    codeBytes: code.heldBytes,
    mappingChanged: (id) => forgetAddresses(engineCores[id]),
  };
}

/** The parts of the engine, which know each other. */
function createTranslator(options: WasmOptions): Translator {
  const { state, ahead } = options;
  const tlbs = state.cores.map(({ id }) => tlbOf(state, id));
  const code = createCodeCache({
    state,
    profile: options.profile,
    mostCodeBytes: options.mostCodeBytes,
    decoded: (frame) => guardFrame(state, tlbs, frame),
    dropped: (frame) => dropFrame(regions, frame),
    standing: () => engineCores.map(({ core, stoppedAt }) => stoppedAt?.block ?? reference.blockOf(core.id)),
  });
  const reference = createInterpreter(options, code, (id, block, rip, slice) =>
    takesOver(translator, engineCores[id], block, rip, slice),
  );
  const synchroniser = createSynchroniser(options);
  const engineCores = state.cores.map((core) =>
    createEngineCore(state, core, tlbs[core.id], createSharing(core, core.id * CORE_STRIDE)),
  );
  const counts = createCounts();
  const translations = createTranslations();
  let imports: ModuleImports | null = null;
  const link = (): ModuleImports => {
    const linked = importsOf(options, engineCores, () => translator);
    ahead.useCatchUp(linked.functions["catchUp"] as CatchUp);
    return linked;
  };
  const hotRuns = options.hotRuns ?? HOT_RUNS;
  const regions: RegionStore = createRegionStore({
    state,
    code,
    translations,
    /** Made for the first module: a short program ends before it, and writing the routines is a fifth of its time. */
    get imports() {
      return (imports ??= link());
    },
    hotRuns,
    farCalls: options.farCalls ?? (options.hotRuns === undefined ? FAR_CALLS : FAR_CALLS_A_RUN * hotRuns),
    mostRegions: options.mostRegions ?? MOST_REGIONS,
    batchBlocks: options.batchBlocks,
    templates: options.templates ?? true,
    floatPatience: options.floatPatience,
    counts,
    forgetAddresses() {
      for (const engineCore of engineCores) forgetAddresses(engineCore);
    },
    settleFlags() {
      for (const engineCore of engineCores) if (engineCore.inMemory) materialise(translator, engineCore);
    },
  });
  const translator: Translator = {
    state,
    words: new Uint32Array(state.memory.buffer),
    counts,
    reference,
    engineCores,
    synchroniser,
    translations,
    regions,
    finder: createRegionFinder(regions),
    // Delayed stores, observed instructions and memory that costs something are the interpreter's.
    isOff:
      // mutant profiled-is-translated: options.storeDelayCycles > 0 || options.profile.memory !== null
      options.storeDelayCycles > 0 ||
      options.onRetire !== undefined ||
      options.onBegin !== undefined ||
      options.profile.memory !== null,
    coldInstructions: options.hotRuns === undefined ? FIRST_INSTRUCTIONS : 0,
  };
  return translator;
}

/** What modules of regions import: the routines, and what the engine does. */
function importsOf(
  { state, profile, sharesTable = sharesTables() }: WasmOptions,
  engineCores: readonly EngineCore[],
  translator: () => Translator,
): ModuleImports {
  const routines = linkRoutines(
    {
      memory: state.memory,
      fill: (base, low, high, flags, exit) =>
        fillEntry(translator(), engineCores[base / CORE_STRIDE], low, high, flags, exit),
      materialise: (base) => materialise(translator(), engineCores[base / CORE_STRIDE]),
      bringForward: (base, left) =>
        bringOthersForward(translator().synchroniser, engineCores[base / CORE_STRIDE].sharing, left) ? 1 : 0,
      cpuid: (base, leaf, subleaf, position) => cpuidLeaf(leaf >>> 0, subleaf >>> 0, base / CORE_STRIDE)[position],
      repeatIterationCycles: profile.repeatIterationCycles,
    },
    { aheadBase: RAM_BASE + state.ramBytes, coreCount: state.cores.length },
  );
  return { ...routines, table: sharesTable ? createSharedTable(FIRST_PLACES) : null };
}

/** Runs a core: in translated code where there is some, else in the interpreter, until the slice ends. */
function runSlice(translator: Translator, { ahead }: WasmOptions, engineCore: EngineCore, slice: Slice): SliceEnd {
  const { core } = engineCore;
  if (engineCore.inMemory) {
    const region = regionToGoOn(translator, engineCore, slice);
    const end = region === null ? null : runTranslated(translator, engineCore, region, slice);
    if (end !== null) return end;
    if (slice.isNested) return LIMIT;
    if (region === null) moveToReference(translator, engineCore, false);
  }
  if (slice.isNested) return LIMIT;
  for (;;) {
    if (core.now >= slice.until || slice.instructions <= 0) return LIMIT;
    if (engineCore.inMemory) throw new Bug("translated code stopped before the limit");
    // The interpreter must find all stores in RAM, also those of its own core.
    if (ahead.countOf(core.id) > 0) return DEFER;
    const end = translator.reference.run(core.id, slice);
    if (end.kind !== "hand-over") return end;
    const region = engineCore.taken;
    if (region === null) throw new Bug("a block is handed over that has no region");
    engineCore.taken = null;
    moveToMemory(translator, engineCore);
    const translatedEnd = runTranslated(translator, engineCore, region, slice);
    if (translatedEnd !== null) return translatedEnd;
  }
}

/** The region with which a core goes on whose registers are in memory; null where the interpreter has to. */
function regionToGoOn(translator: Translator, engineCore: EngineCore, slice: Slice): Region | null {
  const { words, finder } = translator;
  const isTracing = (words[(engineCore.base + RFLAGS_OFFSET) >>> 2] & RFlag.Trap) !== 0;
  if (isTracing || translator.isOff) return null;
  const point = standsAt(translator, engineCore);
  const region = point === null ? null : finder.regionFrom(engineCore, point, !slice.isNested);
  if (region !== null || engineCore.core.blockIndex !== 0) return region;
  return finder.regionAt(engineCore, ripOf(translator, engineCore));
}

function loadRegisters(translator: Translator, engineCore: EngineCore): void {
  const { core } = engineCore;
  engineCore.keeps = 0;
  engineCore.previous = null;
  engineCore.skipsNext = false;
  engineCore.stoppedAt = null;
  endSearch(engineCore.sharing);
  engineCore.inMemory = core.blockIndex === 0 && !core.repeatStarted && !translator.isOff;
  if (!engineCore.inMemory) translator.reference.load(core.id);
}

/** The engine's words behind the register file are zero whenever the registers are stored. */
function clearArea({ words }: Translator, { base }: EngineCore): void {
  const end = (base + ENGINE_AREA_END) >>> 2;
  for (let at = (base + TIME_OFFSET) >>> 2; at < end; at++) words[at] = 0;
}
