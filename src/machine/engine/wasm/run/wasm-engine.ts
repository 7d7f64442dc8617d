/**
 * The translating engine: hot blocks run as WebAssembly, everything else in the reference engine, which it wraps.
 *
 * A core's registers are either in the reference engine's binding or in the core's register file in memory, where
 * translated code works; `inMemory` says where. Invariant: whenever translated code has returned, registers in memory
 * (with the flag recipe applied), clock, count of instructions and place in the block are what the reference engine
 * would have at that instruction boundary.
 *
 * Translated code leaves, with nothing of the instruction done, before: what it doesn't translate (plan.ts), a fault, an
 * access that crosses pages, one to a synchronising page, a store to a page with decoded code, and a block that does not
 * fit into the slice.
 */
import { Bug } from "../../../../errors.js";
import type { CoreId } from "../../../../units.js";
import type { CatchUp } from "../../../ahead.js";
import { walk } from "../../../memory/paging.js";
import { fill, guardFrame, isGuarded, lookUp, tlbOf, TlbKind } from "../../../memory/tlb.js";
import { CORE_STRIDE, FrameFlag, MXCSR_OFFSET, RAM_BASE, RFLAGS_OFFSET, RFlag, RIP_OFFSET } from "../../../state.js";
import { formatInstruction } from "../../../isa/index.js";
import { createEmitter, printBlock, type SsaStep } from "../../ssa/index.js";
import type { Slice } from "../../../turn.js";
import type { Engine, EngineOptions, SliceEnd } from "../../engine.js";
import type { Block } from "../../code/block.js";
import { createCodeCache } from "../../code/code-cache.js";
import { createInterpreter } from "../../reference/interpreter.js";
import {
  ENGINE_AREA_END,
  EXCESS_OFFSET,
  FLOOR_OFFSET,
  LEAVES_OFFSET,
  LeaveReason,
  REASON_OFFSET,
  RECIPE_OFFSET,
  TIME_OFFSET,
} from "../layout.js";
import { type CoreHost, createCoreHost, createCounts, type EngineCounts, forgetAddresses } from "./core-host.js";
import { isReady } from "../emit/float-guard.js";
import { REPEATING_STEP } from "../emit/block-emitter.js";
import { applyRecipe } from "../plan/recipe.js";
import type { Place, Region } from "../plan/region.js";
import { createRegionFinder } from "./region-finder.js";
import { createRegionStore } from "./region-store.js";
import { linkRoutines } from "../routines/routines.js";
import { createSynchroniser } from "./synchronise.js";
import { createTranslations } from "./translations.js";
import { printBody } from "../emit/text.js";
import { RETURN_EXIT, SYSTEM_CALL_STEP } from "../emit/region-emitter.js";

/** Runs of a block in the reference engine before it waits for translation, where nobody says. */
const HOT_RUNS = 32;
/**
 * Instructions that the reference engine runs, about, before anything is translated, where nobody says when a block is hot: the
 * first translations cost some tenths of a second, since the translator's own code is cold, and short programs are over by then.
 */
const FIRST_INSTRUCTIONS = 400_000;
/** Calls of a near region before it becomes a far one, for each run before a block is translated. */
const FAR_CALLS_A_RUN = 16;
/** Regions that are kept: at a few kilobytes of machine code and tables each they stay well under 300 MB. */
const MOST_REGIONS = 8192;
/** Most cycles in one call: V8 replaces code by optimised code only when a function is called anew. */
const QUANTUM_CYCLES = 400_000;
const MOST_CYCLES = 2 ** 30;
/** Blocks that the reference engine runs to find a polling loop that translated code didn't find. */
const BLOCKS_TO_FIND_POLLING = 256;

const LIMIT: SliceEnd = { kind: "limit" };
const DEFER: SliceEnd = { kind: "defer" };
const SYSTEM_CALL: SliceEnd = { kind: "exit", exit: { kind: "syscall" } };

/** Whether the block ends with a jump, call or return to a computed address. */
function endsDynamically({ entries }: Block): boolean {
  const { instruction } = entries[entries.length - 1];
  if (instruction === null) return false;
  const { semanticKey } = instruction.row;
  if (semanticKey === "ret") return true;
  return (semanticKey === "jmp" || semanticKey === "call") && instruction.operands[0].kind !== "relative";
}

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
  /** Blocks that are translated at a time. Changes no result. */
  readonly batchBlocks?: number;
  /** Times that a block is left because of its floats before those are guarded one by one. Changes no result. */
  readonly floatPatience?: number;
}

export function createWasmEngine(options: WasmOptions): WasmEngine {
  const { state, ahead } = options;
  const { view } = state;
  const words = new Uint32Array(state.memory.buffer);
  const doubleWords = new Float64Array(state.memory.buffer);
  const tlbs = state.cores.map(({ id }) => tlbOf(state, id));
  const code = createCodeCache({
    state,
    profile: options.profile,
    mostCodeBytes: options.mostCodeBytes,
    decoded: (frame) => guardFrame(state, tlbs, frame),
    dropped: (frame) => regions.drop(frame),
    standing: () => hosts.map(({ core, place }) => place?.block ?? reference.blockOf(core.id)),
  });
  const translations = createTranslations();
  const reference = createInterpreter(options, code, handsOver);
  const counts = createCounts();
  /** Instructions that are still to run before anything is translated. */
  let coldInstructions = options.hotRuns === undefined ? FIRST_INSTRUCTIONS : 0;
  // Delayed stores and observed instructions are the reference engine's.
  // mutant profiled-is-translated: const isOff = options.storeDelayCycles > 0;
  const isOff = options.storeDelayCycles > 0 || options.onRetire !== undefined;
  const synchroniser = createSynchroniser(options);
  const hosts = state.cores.map((core) =>
    createCoreHost(core, tlbs[core.id], synchroniser.create(core, core.id * CORE_STRIDE)),
  );

  const imports = linkRoutines(
    {
      memory: state.memory,
      fill: (base, low, high, flags, exit) => fillEntry(hosts[base / CORE_STRIDE], low, high, flags, exit),
      materialise: (base) => materialise(hosts[base / CORE_STRIDE]),
      bringForward: (base, left) => (synchroniser.bringForward(hosts[base / CORE_STRIDE].synchronising, left) ? 1 : 0),
      repeatIterationCycles: options.profile.repeatIterationCycles,
    },
    { aheadBase: RAM_BASE + state.ramBytes, coreCount: state.cores.length },
  );
  ahead.useCatchUp(imports.functions["catchUp"] as CatchUp);

  const regions = createRegionStore({
    state,
    code,
    translations,
    imports,
    hotRuns: options.hotRuns ?? HOT_RUNS,
    farCalls: options.farCalls ?? FAR_CALLS_A_RUN * (options.hotRuns ?? HOT_RUNS),
    mostRegions: options.mostRegions ?? MOST_REGIONS,
    batchBlocks: options.batchBlocks,
    floatPatience: options.floatPatience,
    counts,
    forgetAddresses() {
      for (const host of hosts) forgetAddresses(host);
    },
    settleFlags() {
      for (const host of hosts) if (host.inMemory) materialise(host);
    },
  });

  const { isUsable, regionFrom, regionAt, clearJumpCache, noteJump } = createRegionFinder(
    state,
    code,
    translations,
    regions,
  );

  // ---- called by translated code -----------------------------------------------------------------------------------

  function fillEntry(host: CoreHost, low: number, high: number, accessFlags: number, exit: number): number {
    counts.fills++;
    words[(host.base + REASON_OFFSET) >>> 2] = LeaveReason.None;
    const address = (high >>> 0) * 4294967296 + (low >>> 0);
    const offset = low & 4095;
    if (address >= 0x8000_0000_0000 || offset + ((accessFlags >> 1) & 31) > 4096) return -1;
    const kind: TlbKind = accessFlags & 1;
    let frame = lookUp(host.tlb, kind, address);
    if (frame < 0) {
      const walked = walk(state, host.core.tableRoot, address, kind === TlbKind.Write ? "write" : "read");
      if (walked.frame < 0) return -1;
      frame = walked.frame;
      fill(host.tlb, kind, address, frame, walked.global, state.frameFlags[frame >>> 12]);
    }
    const flags = state.frameFlags[frame >>> 12];
    if (!isGuarded(kind, flags)) return frame + offset;
    if ((flags & FrameFlag.Synchronising) === 0 || (kind === TlbKind.Write && (flags & FrameFlag.Code) !== 0))
      return -1;
    const row = regions.exits[exit];
    if (row === null) return -1;
    return synchroniser.access(host.synchronising, low, frame + offset, accessFlags, regions.placeOf(row));
  }

  function materialise({ base }: CoreHost): void {
    const id = words[(base + RECIPE_OFFSET) >>> 2];
    if (id === 0) return;
    words[(base + RECIPE_OFFSET) >>> 2] = 0;
    const recipe = regions.recipes.get(id);
    if (recipe === undefined) throw new Bug(`no recipe ${id}`);
    const word = view.getUint32(base + RFLAGS_OFFSET, true);
    const leaf = (place: number): bigint => view.getBigUint64(base + LEAVES_OFFSET + 8 * place, true);
    view.setUint32(base + RFLAGS_OFFSET, applyRecipe(reference.binding, recipe, word, leaf), true);
  }

  // ---- handing over ------------------------------------------------------------------------------------------------

  /** The reference engine is about to run a block. */
  function handsOver(id: CoreId, block: Block, rip: bigint, slice: Slice): boolean {
    if (isOff) return false;
    const host = hosts[id];
    const translation = translations.of(block);
    translation.heat++;
    const { previous } = host;
    host.previous = block;
    if (previous !== null && endsDynamically(previous)) regions.noteTarget(previous, rip);
    if (host.skipsNext) {
      host.skipsNext = false;
      return false;
    }
    if (host.keeps > 0) {
      host.keeps--;
      return false;
    }
    if (coldInstructions > 0) {
      coldInstructions -= block.entries.length;
      return false;
    }
    if (translation.region === null && !regions.demand(host.core, block, rip)) return false;
    const { region } = translation;
    if (region === null || region.rip !== Number(rip) || rip >= 0x8000_0000_0000n) return false;
    const left = Math.min(slice.until - host.core.now, slice.instructions);
    if (left < region.entryCycles || !isUsable(host, region)) return false;
    host.taken = region;
    host.previous = null;
    return true;
  }

  function moveToMemory(host: CoreHost): void {
    reference.store(host.core.id);
    words[(host.base + RECIPE_OFFSET) >>> 2] = 0;
    host.inMemory = true;
  }

  /** The reference engine goes on where the core stands. `doesNext`: the next instruction is one that it has to do. */
  function moveToReference(host: CoreHost, doesNext: boolean): void {
    const { core, place } = host;
    materialise(host);
    host.inMemory = false;
    host.place = null;
    synchroniser.reset(host.synchronising);
    const { blockIndex } = core;
    core.blockStart = 0n;
    core.blockIndex = 0;
    reference.load(core.id);
    if (blockIndex === 0 || place === null) host.skipsNext = doesNext && !core.repeatStarted;
    else reference.resume(core.id, place.block, place.start, blockIndex);
  }

  /** Nothing of the instruction at a place (below 2^47, as all translated code) has happened, everything before it has. */
  function standAt(host: CoreHost, place: Place): void {
    const { core, base } = host;
    words[(base + RIP_OFFSET) >>> 2] = place.rip;
    words[(base + RIP_OFFSET + 4) >>> 2] = place.rip / 4294967296;
    core.blockStart = place.index > 0 ? place.start : 0n;
    core.blockIndex = place.index;
    host.place = place;
  }

  /** Where the core stopped, if it still stands there. */
  function placeOf(host: CoreHost): Place | null {
    const { core, place } = host;
    return place !== null && core.blockIndex === place.index && ripOf(host) === place.rip ? place : null;
  }

  function ripOf({ base }: CoreHost): number {
    return words[(base + RIP_OFFSET + 4) >>> 2] * 4294967296 + words[(base + RIP_OFFSET) >>> 2];
  }

  /** Runs translated code from the start of a region for as long as it goes, then leaves the core to the reference engine or at a limit. */
  function runTranslated(host: CoreHost, first: Region, slice: Slice): SliceEnd | null {
    const { core, base } = host;
    const time = (base + TIME_OFFSET) >>> 2;
    const excess = (base + EXCESS_OFFSET) >>> 2;
    const timeFloor = (base + FLOOR_OFFSET) >>> 2;
    const startedAt = core.now;
    let region: Region | null = first;
    while (region !== null) {
      // Within the code of another core, regions stay as they are: that core may be in one.
      if (region.reach === "near" && !slice.isNested && regions.noteCall(core, region)) {
        region = region.place === null ? regionAt(host, ripOf(host)) : regionFrom(host, region.place, true);
        continue;
      }
      const left = Math.min(slice.until - core.now, slice.instructions, MOST_CYCLES);
      if (left < region.entryCycles) {
        if (slice.isSoft && core.now > startedAt) return LIMIT;
        if (left > 0) moveToReference(host, false);
        return null;
      }
      if (host.isJumpCacheStale) clearJumpCache(host);
      if (region !== host.noted) noteJump(host, region);
      words[time] = left;
      words[time + 1] = 0;
      words[excess] = 0;
      const floor: number = Math.max(0, left - Math.max(QUANTUM_CYCLES, region.entryCycles));
      words[timeFloor] = floor;
      words[timeFloor + 1] = 0;
      synchroniser.begin(host.synchronising, slice, left);
      counts.calls++;
      host.last = region;
      const from: Region = region;
      host.place = null;
      core.blockStart = 0n;
      core.blockIndex = 0;
      const exit: number = region.run(base);
      synchroniser.called(host.synchronising, region.place !== null);
      const row = exit === 0 || exit === RETURN_EXIT ? null : regions.exits[exit];
      if (row === null && exit > 0) throw new Bug(`no exit ${exit}`);
      let cycles = left - (words[time] | 0);
      let retired = cycles - words[excess];
      if (row !== null && row.step === REPEATING_STEP) {
        retired--;
      } else if (row !== null && row.step !== SYSTEM_CALL_STEP) {
        const { plan } = row;
        const done = Math.max(row.step, 0);
        cycles -= plan.prefix[plan.count] - plan.prefix[done];
        retired = cycles - words[excess];
        // What the rest of the block would have taken besides has been counted, but where the block has not begun.
        if (row.step >= 0) retired += plan.prefix[plan.count] - plan.prefix[done] - (plan.count - done);
      }
      core.now += cycles;
      core.retired += retired;
      slice.instructions -= retired;
      counts.translated += retired;
      if (row === null) {
        counts.leftForBlock++;
        region = regionAt(host, ripOf(host));
        if (region !== null && !slice.isNested) regions.noteHop(from, region);
      } else {
        if (row.step === SYSTEM_CALL_STEP) {
          core.blockStart = 0n;
          core.blockIndex = 0;
          counts.systemCalls++;
          return SYSTEM_CALL;
        }
        const place = regions.placeOf(row);
        standAt(host, place);
        const reason = takeReason(host);
        const isBefore = row.step === -1;
        if (isBefore && reason === LeaveReason.Defer) {
          counts.deferred++;
          return DEFER;
        }
        if (isBefore) {
          counts.leftForTime++;
          region = place.index > 0 ? regionFrom(host, place, !slice.isNested) : regionAt(host, place.rip);
        } else if (reason !== LeaveReason.None) {
          const polling = synchroniser.stop(host.synchronising, place, reason);
          if (polling !== null) {
            counts.polls++;
            return { kind: "poll", polling };
          }
          if (reason === LeaveReason.Defer) {
            counts.deferred++;
            return DEFER;
          }
          region = regionFrom(host, place, !slice.isNested);
          if (region === null && slice.isNested) return LIMIT;
          if (region === null || synchroniser.asksReference(place)) {
            host.keeps = BLOCKS_TO_FIND_POLLING;
            moveToReference(host, true);
            return null;
          }
        } else {
          counts.leftInBlock++;
          const mnemonic = place.block.entries[place.index].instruction?.row.mnemonic ?? "?";
          counts.leftBefore.set(mnemonic, (counts.leftBefore.get(mnemonic) ?? 0) + 1);
          if (row.step === REPEATING_STEP) {
            core.repeatStarted = true;
            if (core.now >= slice.until) counts.repetitionsCut++;
          }
          if (row.plan.isFused) regions.noteLeft(exit, isReady(words[(base + MXCSR_OFFSET) >>> 2]));
          moveToReference(host, true);
          return null;
        }
      }
    }
    moveToReference(host, false);
    return null;
  }

  function takeReason({ base }: CoreHost): LeaveReason {
    const at = (base + REASON_OFFSET) >>> 2;
    const reason: LeaveReason = words[at];
    words[at] = LeaveReason.None;
    return reason;
  }

  // ---- the engine --------------------------------------------------------------------------------------------------

  function run(id: CoreId, slice: Slice): SliceEnd {
    const host = hosts[id];
    const { core } = host;
    if (host.inMemory) {
      const isTracing = (words[(host.base + RFLAGS_OFFSET) >>> 2] & RFlag.Trap) !== 0;
      const place = placeOf(host);
      let region: Region | null = null;
      if (!isTracing && !isOff) {
        if (place !== null) region = regionFrom(host, place, !slice.isNested);
        if (region === null && core.blockIndex === 0) region = regionAt(host, ripOf(host));
      }
      const end = region === null ? null : runTranslated(host, region, slice);
      if (end !== null) return end;
      if (slice.isNested) return LIMIT;
      if (region === null) moveToReference(host, false);
    }
    if (slice.isNested) return LIMIT;
    for (;;) {
      if (core.now >= slice.until || slice.instructions <= 0) return LIMIT;
      if (host.inMemory) throw new Bug("translated code stopped before the limit");
      // Not even its own.
      if (ahead.countOf(id) > 0) return DEFER;
      const end = reference.run(id, slice);
      if (end.kind !== "hand-over") return end;
      const region = host.taken;
      if (region === null) throw new Bug("a block is handed over that has no region");
      host.taken = null;
      moveToMemory(host);
      const translatedEnd = runTranslated(host, region, slice);
      if (translatedEnd !== null) return translatedEnd;
    }
  }

  function describe(id: CoreId): string {
    const region = hosts[id].last;
    if (region === null) return "No translated code has run on this core.";
    const { block, rip, first } = region.entry;
    const steps: SsaStep[] = [];
    let address = rip;
    for (const { instruction, lengthBytes } of block.entries.slice(first)) {
      if (instruction === null || instruction.row.semantics === null) break;
      steps.push({ address, instruction });
      address += lengthBytes;
    }
    const ssa = printBlock(createEmitter().emitBlock(steps), formatInstruction);
    return `The region that it entered last, at 0x${rip.toString(16)}:\n${ssa}${printBody(region.body.bytes)}`;
  }

  function clearArea({ base }: CoreHost): void {
    for (let at = (base + TIME_OFFSET) >>> 3; at < (base + ENGINE_AREA_END) >>> 3; at++) doubleWords[at] = 0;
  }

  return {
    counts,
    describe,
    run,
    load(id) {
      const host = hosts[id];
      host.keeps = 0;
      host.previous = null;
      host.skipsNext = false;
      host.place = null;
      synchroniser.reset(host.synchronising);
      host.inMemory = host.core.blockIndex === 0 && !host.core.repeatStarted && !isOff;
      if (!host.inMemory) reference.load(id);
    },
    store(id) {
      const host = hosts[id];
      if (host.inMemory) materialise(host);
      else reference.store(id);
      clearArea(host);
    },
    invalidate: code.invalidate,
    codeBytes: code.heldBytes,
    mappingChanged(id) {
      forgetAddresses(hosts[id]);
    },
  };
}
