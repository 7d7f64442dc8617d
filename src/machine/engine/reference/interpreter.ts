/**
 * The interpreter: steps through cost blocks, one instruction's meaning at a time. Plain, and the judge of everything
 * else.
 *
 * Alone it is the reference engine (reference.ts). Under the translating engine it runs what isn't hot and what is not
 * translated: there it hands over at the start of a block.
 */
import { PAGE_SIZE_BYTES, type CoreId, type PhysicalAddress } from "../../../units.js";
import { Vector } from "../../isa/operations.js";
import type { Exit, Fault } from "../../trap.js";
import {
  CORE_STRIDE,
  FS_BASE_OFFSET,
  GS_BASE_OFFSET,
  HASH_BASE,
  HASH_STRIDE,
  RFLAGS_OFFSET,
  RFlag,
  RIP_OFFSET,
  type CoreState,
} from "../../state.js";
import { comesBefore, setTurn, type Slice } from "../../turn.js";
import type { Block, BlockEntry } from "../code/block.js";
import type { CodeCache } from "../code/code-cache.js";
import type { EngineOptions, BeginObserver, RetireObserver, SliceEnd } from "../engine.js";
import { readMemory, type AccessEnvironment } from "./access.js";
import { Act, Leaving } from "./act.js";
import type { PollSnapshot } from "./poll.js";

/** Asked before each block, with RIP on its start, whether another engine takes it. */
export type HandsOver = (core: CoreId, block: Block, rip: bigint, slice: Slice) => boolean;

/** How a run ends: as a slice does, or at the start of a block that another engine takes. */
export type RunEnd = SliceEnd | { readonly kind: "hand-over" };

export interface Interpreter {
  /** Runs `core` until the slice ends or a block is handed over. */
  run(core: CoreId, slice: Slice): RunEnd;
  /** As those of Engine. */
  load(core: CoreId): void;
  store(core: CoreId): void;
  /** Stands at entry `index` of a block, which another engine began; null for none. The registers are loaded apart. */
  resume(core: CoreId, block: Block | null, rip: bigint, index: number): void;
  /** The block in which a core stands. */
  blockOf(core: CoreId): Block | null;
  /** For its pure operations. */
  readonly binding: Act;
}

const LIMIT: SliceEnd = { kind: "limit" };
const DEFER: SliceEnd = { kind: "defer" };
const HAND_OVER: RunEnd = { kind: "hand-over" };
const SYSTEM_CALL: SliceEnd = { kind: "exit", exit: { kind: "syscall" } };

/** A core's position in its current block, and its binding. */
interface CoreRun {
  readonly act: Act;
  readonly core: CoreState;
  block: Block | null;
  /** Address of its first instruction. */
  start: bigint;
}

/** `handsOver`: null where no other engine takes blocks. */
export function createInterpreter(options: EngineOptions, code: CodeCache, handsOver: HandsOver | null): Interpreter {
  const { state, profile, ahead } = options;
  const environment: AccessEnvironment = {
    state,
    code,
    profile,
    observer: options.observer,
    storeDelayCycles: options.storeDelayCycles,
  };
  const runs: CoreRun[] = state.cores.map((core) => ({
    act: new Act(environment, core),
    core,
    block: null,
    start: 0n,
  }));
  const current = (physical: PhysicalAddress, sizeBytes: number): bigint => readMemory(state.view, physical, sizeBytes);
  const hashView = new BigUint64Array(state.memory.buffer);

  function snapshotOf(run: CoreRun): PollSnapshot {
    const { act, core } = run;
    const lanes = core.hashSlot < 0 ? 0n : hashView[(HASH_BASE + core.hashSlot * HASH_STRIDE) >>> 3];
    return {
      values: [...act.registers, act.flagsWord(), act.fsBase, act.gsBase, lanes],
      now: core.now,
      retired: core.retired,
    };
  }

  /** The block at RIP, or null with the fault noted. */
  function findBlock(run: CoreRun): Block | null {
    const { act } = run;
    const physical = act.resolveCode(act.rip);
    if (physical < 0) return null;
    const known = code.find(physical) ?? code.decodeAt(physical);
    return known === null || known.nextFrame !== null ? findCrossing(act, physical) : known;
  }

  /** An instruction whose bytes go on in the next page. */
  function findCrossing(act: Act, physical: PhysicalAddress): Block | null {
    const here = PAGE_SIZE_BYTES - (physical % PAGE_SIZE_BYTES);
    const nextPage = act.resolveCode(BigInt.asUintN(64, act.rip + BigInt(here)));
    return nextPage < 0 ? null : code.decodeCrossing(physical, nextPage);
  }

  /** Takes up the block in which the core stopped, or starts a new one at RIP. */
  function enterBlock(run: CoreRun): BlockEntry | null {
    const { act, core } = run;
    const { block } = run;
    if (block !== null && block.isValid && core.blockIndex < block.entries.length)
      return block.entries[core.blockIndex];
    act.begin(0n);
    const fresh = findBlock(run);
    if (fresh === null) return null;
    run.block = fresh;
    run.start = act.rip;
    core.blockStart = 0n;
    core.blockIndex = 0;
    return fresh.entries[0];
  }

  function leaveBlock(run: CoreRun): void {
    run.block = null;
    run.core.blockStart = 0n;
    run.core.blockIndex = 0;
  }

  /** The exit for the noted fault. A fault waits, as a fence does, until buffered stores have drained. */
  function faultEnd(run: CoreRun, entry: BlockEntry | null): SliceEnd {
    const { act } = run;
    // mutant fault-keeps-writes: const { fault } = act; act["commitWrites"]();
    const { fault } = act;
    if (fault === null) return LIMIT;
    if (!drained(run)) return DEFER;
    leaveBlock(run);
    run.core.repeatStarted = false;
    const exit: Fault = {
      kind: "fault",
      vector: fault.vector,
      errorCode: fault.errorCode,
      address: fault.vector === Vector.PageFault ? fault.address : act.rip,
      rip: act.rip,
      instruction: entry?.refusal?.name ?? "",
    };
    return { kind: "exit", exit };
  }

  function drained(run: CoreRun): boolean {
    return run.act.drainAll();
  }

  function breakpoint(run: CoreRun, vector: Vector): SliceEnd {
    leaveBlock(run);
    const exit: Exit = { kind: "breakpoint", vector };
    return { kind: "exit", exit };
  }

  function pollingAt(run: CoreRun, entry: BlockEntry, slice: Slice): SliceEnd | null {
    if (run.act.poll.anchor !== entry || slice.instructions !== Infinity || run.core.storeBuffer.length > 0)
      return null;
    const polling = run.act.poll.arrive(snapshotOf(run), current);
    return polling === null ? null : { kind: "poll", polling };
  }

  /** Runs one entry of the block. Null: it retired and the slice goes on. */
  function step(run: CoreRun, entry: BlockEntry, slice: Slice): SliceEnd | null {
    const { act, core } = run;
    const wasTracing = (act.systemFlags & BigInt(RFlag.Trap)) !== 0n;
    act.begin(entry.lengthBytes);
    const { instruction, refusal } = entry;
    if (refusal !== null) {
      act.raise(refusal.vector, refusal.errorCode);
      return faultEnd(run, entry);
    }
    if (instruction === null || instruction.row.semantics === null) return LIMIT;
    if (entry.locks && !drained(run)) return DEFER;
    if (instruction.repeat !== "none" && !core.repeatStarted) {
      // mutant repetition-starts-again:
      core.repeatStarted = true;
      core.now += entry.cycles;
    }
    instruction.row.semantics(act, instruction);
    if (act.fault !== null) return faultEnd(run, entry);
    if (act.deferred) return DEFER;
    if (act.leaving !== Leaving.No && !drained(run)) return DEFER;
    act.commit();
    if (act.unfinished) return LIMIT;
    if (instruction.repeat === "none") core.now += entry.cycles;
    core.repeatStarted = false;
    // mutant jump-does-not-retire: if (!act.jumped) core.retired++;
    core.retired++;
    slice.instructions--;
    core.blockIndex++;
    core.blockStart = run.start;
    if (act.jumped || core.blockIndex === run.block?.entries.length) leaveBlock(run);
    if (act.touchesShared) entry.isShared = true;
    if (act.readSynchronised && options.findPolling) act.poll.noteReader(entry);
    // mutant step-is-not-reported: if (act.leaving === Leaving.No) return null;
    if (act.leaving === Leaving.No) return wasTracing ? breakpoint(run, Vector.Debug) : null;
    if (act.leaving === Leaving.SystemCall) {
      leaveBlock(run);
      return SYSTEM_CALL;
    }
    return breakpoint(run, act.leaving === Leaving.Breakpoint ? Vector.Breakpoint : Vector.Debug);
  }

  const { onRetire, onBegin } = options;
  const stepOnce = onRetire === undefined && onBegin === undefined ? step : stepObserved(onRetire, onBegin);

  /** `step`, and tells who listens that an instruction begins, or retired. Repetitions do once they are over. */
  function stepObserved(retires: RetireObserver = () => {}, begins: BeginObserver = () => {}): typeof step {
    return (run, entry, slice) => {
      const { act, core } = run;
      const { rip } = act;
      const { retired } = core;
      begins(core, rip);
      const end = step(run, entry, slice);
      if (core.retired !== retired && entry.instruction !== null) retires(core, entry.instruction, rip, act.rip);
      return end;
    };
  }

  /**
   * Stores that wait are another engine's (ahead.ts): those that come before this core are made, and the next one
   * limits it.
   */
  function limitByStores(core: CoreState, slice: Slice): void {
    const { nextCore, nextAccess } = slice;
    ahead.catchUpWith(core, nextCore);
    const store = ahead.first();
    const next = comesBefore(store.at, store.core, nextCore) ? store : nextCore;
    setTurn(nextAccess, next.at, next.core);
  }

  function run(id: CoreId, slice: Slice): RunEnd {
    const current = runs[id];
    const { act, core } = current;
    limitByStores(core, slice);
    act.useSlice(slice);
    for (;;) {
      if (core.now >= slice.until || slice.instructions <= 0) return LIMIT;
      // Between instructions: a repetition is cut where the slice happens to end.
      if (core.storeBuffer.length > 0 && !core.repeatStarted && !act.drainDue()) return DEFER;
      const entry = enterBlock(current);
      if (entry === null) return faultEnd(current, null);
      if (handsOver !== null && core.blockIndex === 0 && current.block !== null && !core.repeatStarted) {
        const isTracing = (act.systemFlags & BigInt(RFlag.Trap)) !== 0n;
        if (!isTracing && handsOver(id, current.block, act.rip, slice)) {
          leaveBlock(current);
          return HAND_OVER;
        }
      }
      const end = pollingAt(current, entry, slice) ?? stepOnce(current, entry, slice);
      if (end !== null) return end;
    }
  }

  function load(id: CoreId): void {
    const { act, core } = runs[id];
    const base = id * CORE_STRIDE;
    const { view } = state;
    for (let i = 0; i < 16; i++) act.registers[i] = view.getBigUint64(base + 8 * i, true);
    act.rip = view.getBigUint64(base + RIP_OFFSET, true);
    act.loadFlagsWord(view.getBigUint64(base + RFLAGS_OFFSET, true));
    act.fsBase = view.getBigUint64(base + FS_BASE_OFFSET, true);
    act.gsBase = view.getBigUint64(base + GS_BASE_OFFSET, true);
    act.poll.reset();
    runs[id].block = null;
    if (core.blockIndex === 0 || core.blockStart === 0n) return;
    // Resumed from a saved state inside a block: find it again by its start.
    const rip = act.rip;
    act.begin(0n);
    act.rip = core.blockStart;
    runs[id].start = core.blockStart;
    runs[id].block = findBlock(runs[id]);
    act.rip = rip;
    act.begin(0n);
  }

  function store(id: CoreId): void {
    const { act } = runs[id];
    const base = id * CORE_STRIDE;
    const { view } = state;
    for (let i = 0; i < 16; i++) view.setBigUint64(base + 8 * i, act.registers[i], true);
    view.setBigUint64(base + RIP_OFFSET, act.rip, true);
    view.setBigUint64(base + RFLAGS_OFFSET, act.flagsWord(), true);
    view.setBigUint64(base + FS_BASE_OFFSET, act.fsBase, true);
    view.setBigUint64(base + GS_BASE_OFFSET, act.gsBase, true);
  }

  function resume(id: CoreId, block: Block | null, rip: bigint, index: number): void {
    const run = runs[id];
    run.block = block;
    run.start = rip;
    run.core.blockStart = block === null ? 0n : rip;
    run.core.blockIndex = index;
    run.act.poll.reset();
  }

  return { run, load, store, resume, blockOf: (id) => runs[id].block, binding: runs[0].act };
}
