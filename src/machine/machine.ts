/**
 * The machine as a whole: memory, cores, one engine, one order. What the HAL and the tests of the bare machine use.
 */
import { PAGE_SIZE_BYTES, type Cycles, type PhysicalAddress } from "../units.js";
import { Bug } from "../errors.js";
import type { BeginObserver, Engine, RetireObserver } from "./engine/engine.js";
import { createReferenceEngine } from "./engine/reference/reference.js";
import { HOST_STATE_END, JUMP_CACHE_BASE } from "./engine/wasm/layout.js";
import { createBothEngine } from "./engine/wasm/run/both-engine.js";
import { createWasmEngine, type WasmOptions } from "./engine/wasm/run/wasm-engine.js";
import { clear, flush, flushPage, guardFrame, tlbOf } from "./memory/tlb.js";
import { createAheadStores } from "./ahead.js";
import { addMessage, nextTurnOf } from "./events.js";
import { createMoments, type MachineMoment } from "./moments.js";
import { createOrder, type MachineRunEnd, type MachineSupervisor, type RunLimits } from "./order.js";
import {
  CONTEXTS_BASE,
  CONTEXT_STRIDE,
  CORE_STRIDE,
  FRAME_FLAGS_BASE,
  FrameFlag,
  MAX_MEMORY_MODEL_BYTES,
  RAM_BASE,
  REGISTER_FILE_BYTES,
  VECTOR_FILE_END,
  VECTOR_FILE_OFFSET,
  createMachineState,
  type CoreState,
  type MachineState,
} from "./state.js";
import { flatProfile } from "./timing/flat.js";
import type { TimingProfile } from "./timing/profile.js";
import type { Message } from "./trap.js";

/** Which engine runs instructions. Changes no result. */
export type EngineName = "reference" | "wasm" | "both";

export interface MachineOptions {
  readonly cores: number;
  /** A multiple of 64 KiB, at most 2 GiB. */
  readonly ramBytes: number;
  readonly profile?: TimingProfile;
  /**
   * How far a core may run before the next is looked at: 1 to the profile's least latency (the default). Changes no
   * result.
   */
  readonly runAheadCycles?: Cycles;
  /** Charge polling loops without running them (the default). Changes no result. */
  readonly skipPolling?: boolean;
  /**
   * Delay stores to synchronising pages as x86 may, by a generator with this seed; null (the default) for sequential
   * consistency.
   */
  readonly tsoSeed?: number | null;
  /**
   * Whether a core enters the kernel only while it comes first in the order, so that what kernels of different cores
   * share is as exact as what guests share. Without it they must share nothing but messages. Changes no result then.
   */
  readonly ordersExits?: boolean;
  readonly engine?: EngineName;
  /** Runs of a block before the translating engine takes it. Changes no result. */
  readonly hotRuns?: number;
  /** Calls of a translated region before it is made larger; 0: at once. Changes no result. */
  readonly farCalls?: number;
  /** Regions of translated code that may be live before old ones are dropped. Changes no result. */
  readonly mostRegions?: number;
  /** Whether what is translated first is made of templates; "some": half of it. Changes no result. */
  readonly templates?: boolean | "some";
  /** Blocks that the translating engine takes at a time. Changes no result. */
  readonly batchBlocks?: number;
  /**
   * Times that translated code is left because of a block's floats before they are guarded one by one. Changes no
   * result.
   */
  readonly floatPatience?: number;
  /** Modules of translated code share a table; the engine decides where nobody says. Changes no result. */
  readonly sharesTable?: boolean;
  /** Bytes of the host's memory that decoded code may take, about. Changes no result. */
  readonly mostCodeBytes?: number;
  /**
   * Told of each instruction that retires. All are run for it, one by one: by the reference engine, whatever `engine`
   * says, and without skipping polls. Changes no result.
   */
  readonly onRetire?: RetireObserver;
  /** Told of each before it is run. Costs and changes what `onRetire` does. */
  readonly onBegin?: BeginObserver;
}

/**
 * Longest stay of a store in the buffer under `--tso`, in cycles: a few dozen stores' worth, well under the least
 * latency.
 */
const STORE_DELAY_CYCLES = 200;

/** Everything that can change, as plain data: resumes to the same hash. */
export interface MachineSnapshot {
  /** The machine's memory (registers, TLBs, contexts, hashes and RAM) as its non-zero 64 KiB chunks. */
  readonly chunks: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  readonly ramBytes: number;
  readonly cores: readonly CoreState[];
}

export interface Machine {
  readonly state: MachineState;
  readonly profile: TimingProfile;
  readonly engine: Engine;
  run(supervisor: MachineSupervisor, limits: RunLimits): MachineRunEnd;
  stop(): void;
  /** Between two runs: when the next thing happens by itself on some core; Infinity for never. */
  nextTurn(): Cycles;
  /** Puts a message into a core's inbox in its place by (arrival, sender, kind, order of sending). */
  deliver(to: CoreState, message: Message): void;
  /**
   * Copies a context's registers into the core and makes the engine take them. Keeps what is loaded if it is the same.
   */
  loadContext(core: CoreState, context: number): void;
  /** Between two runs: puts the registers of every core into its register file, where they can be read. */
  storeRegisters(): void;
  /** Copies the core's registers to its context, so that the context is complete. The engine has stored them. */
  saveContext(core: CoreState): void;
  /** CR3 write. */
  switchTables(core: CoreState, root: PhysicalAddress): void;
  /** INVLPG for an address below 2^47. */
  invalidatePage(core: CoreState, address: number): void;
  /** The same for each page of a range. */
  invalidatePages(core: CoreState, address: number, sizeBytes: number): void;
  markSynchronising(frames: PhysicalAddress, sizeBytes: number): void;
  /** RAM from outside of guests: boot, restart, devices. Frames must not be synchronising while cores run. */
  writeRam(at: PhysicalAddress, bytes: Uint8Array): void;
  readRam(at: PhysicalAddress, sizeBytes: number): Uint8Array;
  /** Fills `target`. */
  readInto(at: PhysicalAddress, target: Uint8Array): void;
  /** Unsigned words of 32 bits. */
  readWord(at: PhysicalAddress): number;
  writeWord(at: PhysicalAddress, word: number): void;
  clearRam(at: PhysicalAddress, sizeBytes: number): void;
  save(): MachineSnapshot;
  restore(snapshot: MachineSnapshot): void;
  /** Like `save`, at the cost of what has changed since the last moment. Shares pages with other moments. */
  takeMoment(): MachineMoment;
  /** Of this machine, or of one of the same size that was booted from the same plan. Code that did not change stays. */
  restoreMoment(moment: MachineMoment): void;
  /** Cycles of polling that were charged without being run, in all. */
  skippedCycles(): Cycles;
}

const CHUNK_BYTES = 65536;

const ENGINES: Record<EngineName, (options: WasmOptions) => Engine> = {
  reference: createReferenceEngine,
  wasm: createWasmEngine,
  both: createBothEngine,
};

/** Engines keep caches in memory there. */
function isHostState(at: number): boolean {
  return at >= JUMP_CACHE_BASE && at < HOST_STATE_END;
}

function isZero(words: Int32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (words[i] !== 0) return false;
  return true;
}

export function createMachine(options: MachineOptions): Machine {
  const profile = options.profile ?? flatProfile;
  const state = createMachineState(options.cores, options.ramBytes);
  const tlbs = state.cores.map((core) => tlbOf(state, core.id));
  tlbs.forEach(clear);
  const runAheadCycles = options.runAheadCycles ?? profile.leastLatencyCycles;
  if (!(runAheadCycles >= 1 && runAheadCycles <= profile.leastLatencyCycles))
    throw new Bug(`run-ahead of ${runAheadCycles} cycles; at most ${profile.leastLatencyCycles} is exact`);
  const modelBytes = profile.memory?.stateBytes ?? 0;
  if (modelBytes % 8 !== 0 || modelBytes > MAX_MEMORY_MODEL_BYTES)
    throw new Bug(`a memory model with a state of ${modelBytes} bytes a core`);
  const tsoSeed = options.tsoSeed ?? null;
  const createEngine = ENGINES[options.engine ?? "reference"];
  const ahead = createAheadStores(state, (at, sizeBytes) => {
    if ((state.frameFlags[at >>> 12] & FrameFlag.Code) !== 0) engine.invalidate(at, sizeBytes);
  });
  const engine: Engine = createEngine({
    state,
    profile,
    ahead,
    isPolled: (physical, sizeBytes) => order.isPolled(physical, sizeBytes),
    bringForward: (core, at) => order.bringForward(core, at),
    observer: (core, physical, sizeBytes, at) => order.observeStore(core, physical, sizeBytes, at),
    storeDelayCycles: tsoSeed === null ? 0 : STORE_DELAY_CYCLES,
    // mutant profiled-polls-are-skipped: findPolling: options.skipPolling ?? true
    findPolling: (options.skipPolling ?? true) && options.onRetire === undefined && options.onBegin === undefined,
    onRetire: options.onRetire,
    onBegin: options.onBegin,
    hotRuns: options.hotRuns,
    farCalls: options.farCalls,
    mostRegions: options.mostRegions,
    templates: options.templates,
    batchBlocks: options.batchBlocks,
    floatPatience: options.floatPatience,
    sharesTable: options.sharesTable,
    mostCodeBytes: options.mostCodeBytes,
  });
  const moments = createMoments(state, tlbs, ahead, modelBytes);
  const order = createOrder({ state, engine, ahead, runAheadCycles, ordersExits: options.ordersExits ?? false });
  if (tsoSeed !== null)
    for (const core of state.cores) core.tsoRandom = (Math.imul(tsoSeed, 2654435761) ^ core.id) >>> 0;

  /** Both register files; between them a core has host state. */
  function copyRegisters(to: number, from: number): void {
    state.bytes.copyWithin(to, from, from + REGISTER_FILE_BYTES);
    state.bytes.copyWithin(to + VECTOR_FILE_OFFSET, from + VECTOR_FILE_OFFSET, from + VECTOR_FILE_END);
  }

  function saveContext(core: CoreState): void {
    if (core.context < 0) return;
    copyRegisters(CONTEXTS_BASE + core.context * CONTEXT_STRIDE, core.id * CORE_STRIDE);
  }

  function loadContext(core: CoreState, context: number): void {
    copyRegisters(core.id * CORE_STRIDE, CONTEXTS_BASE + context * CONTEXT_STRIDE);
    core.context = context;
    engine.load(core.id);
  }

  function touch(at: PhysicalAddress, sizeBytes: number): void {
    if (sizeBytes === 0) return;
    engine.invalidate(at, sizeBytes);
    state.frameFlags.subarray(at >>> 12, ((at + sizeBytes - 1) >>> 12) + 1).forEach((flags, i, frames) => {
      frames[i] = flags | FrameFlag.Written;
    });
  }

  function storeRegisters(): void {
    for (const core of state.cores) if (core.activity === "running") engine.store(core.id);
  }

  function save(): MachineSnapshot {
    order.forgetLoops();
    ahead.tidy();
    storeRegisters();
    const words = new Int32Array(state.memory.buffer);
    const chunks: { at: number; bytes: Uint8Array }[] = [];
    for (let at = 0; at < words.length * 4; at += CHUNK_BYTES)
      if (!isHostState(at) && !isZero(words, at / 4, (at + CHUNK_BYTES) / 4))
        chunks.push({ at, bytes: state.bytes.slice(at, at + CHUNK_BYTES) });
    // What was decoded, and what a moment lacks, is host state.
    for (const { at, bytes } of chunks)
      if (at >= FRAME_FLAGS_BASE && at < FRAME_FLAGS_BASE + state.frameFlags.length)
        for (let i = 0; i < bytes.length; i++) bytes[i] &= ~(FrameFlag.Code | FrameFlag.Written);
    /* mutant saving-forgets-the-block:
       const cores = structuredClone(state.cores).map((core) => ({ ...core, blockIndex: 0 }));
       return { chunks, ramBytes: state.ramBytes, cores }; */
    return { chunks, ramBytes: state.ramBytes, cores: structuredClone(state.cores) };
  }

  function restore(snapshot: MachineSnapshot): void {
    if (snapshot.ramBytes !== state.ramBytes || snapshot.cores.length !== state.cores.length)
      throw new Bug("the saved state belongs to a machine of another size");
    engine.invalidate(0, state.ramBytes);
    order.forgetLoops();
    state.bytes.fill(0);
    for (const { at, bytes } of snapshot.chunks) state.bytes.set(bytes, at);
    for (const [i, core] of structuredClone(snapshot.cores).entries()) Object.assign(state.cores[i], core);
    moments.forget();
    loadRegisters();
  }

  function loadRegisters(): void {
    for (const core of state.cores) if (core.activity === "running") engine.load(core.id);
  }

  function takeMoment(): MachineMoment {
    order.forgetLoops();
    ahead.tidy();
    storeRegisters();
    return moments.take();
  }

  function restoreMoment(moment: MachineMoment): void {
    order.forgetLoops();
    storeRegisters();
    tlbs.forEach(clear);
    moments.restore(moment, (at) => engine.invalidate(at, PAGE_SIZE_BYTES));
    for (const core of state.cores) engine.mappingChanged(core.id);
    loadRegisters();
  }

  return {
    state,
    profile,
    engine,
    run: order.run,
    stop: order.stop,
    nextTurn: () => Math.min(...state.cores.map(nextTurnOf)),
    deliver: addMessage,
    loadContext,
    storeRegisters,
    saveContext,
    switchTables(core, root) {
      core.tableRoot = root;
      flush(tlbs[core.id]);
      engine.mappingChanged(core.id);
    },
    invalidatePage(core, address) {
      flushPage(tlbs[core.id], address);
      engine.mappingChanged(core.id);
    },
    invalidatePages(core, address, sizeBytes) {
      // mutant remapped-pages-stay-in-the-tlb:
      for (let at = address; at < address + sizeBytes; at += PAGE_SIZE_BYTES) flushPage(tlbs[core.id], at);
      engine.mappingChanged(core.id);
    },
    markSynchronising(frames, sizeBytes) {
      for (let at = frames; at < frames + sizeBytes; at += PAGE_SIZE_BYTES) {
        state.frameFlags[at >>> 12] |= FrameFlag.Synchronising;
        guardFrame(state, tlbs, at);
      }
    },
    writeRam(at, bytes) {
      if (at < 0 || at + bytes.length > state.ramBytes) throw new Bug(`write outside RAM at ${at}`);
      touch(at, bytes.length);
      state.bytes.set(bytes, RAM_BASE + at);
    },
    readRam(at, sizeBytes) {
      if (at < 0 || at + sizeBytes > state.ramBytes) throw new Bug(`read outside RAM at ${at}`);
      return state.bytes.slice(RAM_BASE + at, RAM_BASE + at + sizeBytes);
    },
    readInto(at, target) {
      if (at < 0 || at + target.length > state.ramBytes) throw new Bug(`read outside RAM at ${at}`);
      target.set(state.bytes.subarray(RAM_BASE + at, RAM_BASE + at + target.length));
    },
    readWord(at) {
      if (at < 0 || at + 4 > state.ramBytes) throw new Bug(`read outside RAM at ${at}`);
      return state.view.getUint32(RAM_BASE + at, true);
    },
    writeWord(at, word) {
      if (at < 0 || at + 4 > state.ramBytes) throw new Bug(`write outside RAM at ${at}`);
      touch(at, 4);
      state.view.setUint32(RAM_BASE + at, word, true);
    },
    clearRam(at, sizeBytes) {
      if (at < 0 || at + sizeBytes > state.ramBytes) throw new Bug(`clearing outside RAM at ${at}`);
      touch(at, sizeBytes);
      state.bytes.fill(0, RAM_BASE + at, RAM_BASE + at + sizeBytes);
    },
    save,
    restore,
    takeMoment,
    restoreMoment,
    skippedCycles: order.skippedCycles,
  };
}
