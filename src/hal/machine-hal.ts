/**
 * The HAL over the virtual processor: contexts are register files in the machine's memory, address spaces are page
 * tables in guest RAM, and a partition's hash takes in what enters it.
 *
 * Invariant: a context's registers are in the register file of the core that has it loaded, and in its own slot
 * otherwise. What is kept here beside the machine (address spaces, owners) is fixed after boot.
 */
import { Bug } from "../errors.js";
import { PAGE_SIZE_BYTES, type CoreId, type PhysicalAddress } from "../units.js";
import {
  CONTEXTS_BASE,
  CONTEXT_STRIDE,
  CORE_STRIDE,
  HASH_BASE,
  HASH_STRIDE,
  MAX_CONTEXTS,
  MAX_HASH_SLOTS,
  INITIAL_MXCSR,
  MXCSR_OFFSET,
  REGISTER_FILE_BYTES,
  RFLAGS_OFFSET,
  RFlag,
  RIP_OFFSET,
  Register,
  VECTOR_FILE_END,
  VECTOR_FILE_OFFSET,
  VECTORS_OFFSET,
  createTables,
  mapPages,
  probeRead,
  protectPages,
  reserveTables,
  tableOf,
  unmapPages,
  type CoreState,
  type Machine,
  type MachineExit,
  type TableArena,
} from "../machine/index.js";
import { pricesByStep } from "../machine/timing/kernel-steps.js";
import {
  EventKind,
  hashText,
  mixAnswer,
  mixBytes,
  mixEntry,
  mixInput,
  mixNumber,
  mixWord,
  type TraceStream,
} from "../trace/index.js";
import type { ContextId, Dispatch, Hal, RegisterValue, Supervisor } from "./hal.js";

interface AddressSpace {
  readonly owner: number;
  readonly root: PhysicalAddress;
  readonly arena: TableArena;
  /** Where the arena begins. */
  readonly tablesAt: PhysicalAddress;
}

/** What the machine's HAL offers beyond `Hal`: to the session, not to the kernel. */
export interface MachineHal extends Hal {
  readonly machine: Machine;
  /**
   * Debuggers, between two runs: a copy of a context's registers, laid out as in a core (machine/state.ts), and its
   * replacement.
   */
  contextBytes(context: ContextId): Uint8Array;
  setContextBytes(context: ContextId, bytes: Uint8Array): void;
  /** Where the byte at an address below 2^47 of an owner's memory lies, or -1: nothing is there. Changes nothing. */
  physicalAddress(owner: number, address: number): PhysicalAddress;
  /** Something from outside enters a partition's hash. */
  mixInput(owner: number, bytes: Uint8Array): void;
  /** The hash of a partition so far: 16 hexadecimal digits. */
  hashOf(owner: number): string;
  /** The same with the contents of memory ranges mixed in; the running hash is left alone. */
  hashWithMemory(
    owner: number,
    ranges: readonly { readonly at: PhysicalAddress; readonly sizeBytes: number }[],
  ): string;
}

export interface MachineHalOptions {
  readonly machine: Machine;
  readonly trace: TraceStream;
  readonly frequencyHz: number;
}

const ARGUMENT_REGISTERS: readonly Register[] = [Register.Rdi, Register.Rsi, Register.Rdx, Register.R10];

/** RFLAGS of a fresh context: IF and the reserved bit. */
const INITIAL_RFLAGS = BigInt(RFlag.Interrupt | RFlag.Reserved1);

export function createMachineHal({ machine, trace, frequencyHz }: MachineHalOptions): MachineHal {
  const { state, profile } = machine;
  const { view } = state;
  const stepCycles = pricesByStep(profile.kernelStepCycles);
  const words = new Uint32Array(state.memory.buffer);
  const spaces: AddressSpace[] = [];
  const spaceOfContext: number[] = [];
  const remaining: number[] = state.cores.map(() => 0);

  trace.useClocks(state.cores);

  function coreOf(core: CoreId): CoreState {
    const found = state.cores[core];
    if (found === undefined) throw new Bug(`no core ${core}`);
    return found;
  }

  /** Byte offset of a context's registers, wherever they are now. */
  function registersAt(context: ContextId): number {
    for (let id = 0; id < state.cores.length; id++) if (state.cores[id].context === context) return id * CORE_STRIDE;
    return CONTEXTS_BASE + context * CONTEXT_STRIDE;
  }

  function registerValue(core: CoreId, register: Register): RegisterValue {
    const at = (core * CORE_STRIDE + 8 * register) >>> 2;
    return words[at + 1] === 0 ? words[at] : wideValue(words[at], words[at + 1]);
  }

  /** A whole number, negative ones as two's complement. */
  function setNumber(at: number, value: RegisterValue): void {
    if (typeof value === "bigint") return view.setBigUint64(at, value, true);
    words[at >>> 2] = value;
    words[(at >>> 2) + 1] = Math.floor(value / 4294967296);
  }

  /** Tables are RAM, too, and engines don't see who writes them here. */
  function tablesChanged({ arena, tablesAt }: AddressSpace): void {
    machine.engine.invalidate(tablesAt, arena.end - tablesAt);
  }

  function hashAt(owner: number): number {
    return HASH_BASE + owner * HASH_STRIDE;
  }

  /**
   * Kind, cycle and registers. Vector registers are left out, for speed: what a program computes in them reaches the
   * hash through other registers or memory, or at the end (mixVectors).
   */
  function mixExit(core: CoreState, { kind }: MachineExit): void {
    const what = kind.charCodeAt(0) | (kind.charCodeAt(1) << 8);
    const registers = (core.id * CORE_STRIDE) >>> 2;
    mixEntry(words, hashAt(core.hashSlot), what, core.now, registers, registers + REGISTER_FILE_BYTES / 4);
  }

  /** MXCSR and XMM registers of an owner's contexts, where they are not as at their start. */
  function mixVectors(lanes: Uint32Array, owner: number): void {
    let ordinal = 0;
    spaceOfContext.forEach((space, context) => {
      if (spaces[space].owner !== owner) return;
      const base = registersAt(context);
      const vectors = state.bytes.subarray(base + VECTORS_OFFSET, base + VECTOR_FILE_END);
      const mxcsr = view.getUint32(base + MXCSR_OFFSET, true);
      // A context that was never started has no MXCSR yet.
      if ((mxcsr !== INITIAL_MXCSR && mxcsr !== 0) || !isZero(vectors)) {
        mixNumber(lanes, 0, ordinal);
        mixWord(lanes, 0, mxcsr);
        mixBytes(lanes, 0, vectors);
      }
      ordinal++;
    });
  }

  function enter(core: CoreState, context: ContextId): void {
    const space = spaces[spaceOfContext[context]];
    if (space === undefined) throw new Bug(`context ${context} does not exist`);
    if (core.space !== spaceOfContext[context]) {
      core.space = spaceOfContext[context];
      machine.switchTables(core, space.root);
    }
    core.hashSlot = space.owner;
    core.activity = "running";
    if (core.context === context) {
      machine.engine.load(core.id);
      return;
    }
    machine.saveContext(core);
    machine.loadContext(core, context);
  }

  function apply(core: CoreState, dispatch: Dispatch): void {
    switch (dispatch.kind) {
      case "run":
        enter(core, dispatch.context);
        return;
      case "work":
        core.activity = "work";
        core.workEnd = core.now + dispatch.cycles;
        return;
      case "idle":
        core.activity = "idle";
    }
  }

  return {
    machine,
    coreCount: state.cores.length,
    frequencyHz,
    leastLatencyCycles: profile.leastLatencyCycles,

    now: (core) => state.cores[core].now,
    charge(core, path) {
      const target = state.cores[core];
      target.now += trace.recordCharges(core, path, stepCycles);
    },
    costOf: (step) => stepCycles[step],
    padUntil(core, at) {
      const target = coreOf(core);
      if (at <= target.now) return;
      trace.record(EventKind.Pad, core, -1, -1, at - target.now, -1, -1);
      target.now = at;
    },
    armTimer(core, at) {
      coreOf(core).timerAt = at ?? Infinity;
    },
    remainingWork: (core) => remaining[core],

    send(from, to, kind, argument, argument2, notBefore = 0) {
      const at = Math.max(coreOf(from).now + profile.leastLatencyCycles, notBefore);
      machine.deliver(coreOf(to), { from, at, kind, argument, argument2 });
    },

    writePhysical: (at, bytes) => machine.writeRam(at, bytes),
    readPhysical: (at, sizeBytes) => machine.readRam(at, sizeBytes),
    readWord: machine.readWord,
    writeWord: machine.writeWord,
    readInto: machine.readInto,
    clearPhysical: (at, sizeBytes) => machine.clearRam(at, sizeBytes),
    createAddressSpace(owner, tablesAt, tablesBytes) {
      if (owner < 0 || owner >= MAX_HASH_SLOTS) throw new Bug(`owner ${owner} has no hash slot`);
      const arena: TableArena = { next: tablesAt, end: tablesAt + tablesBytes };
      const space = { owner, root: createTables(state, arena), arena, tablesAt };
      spaces.push(space);
      tablesChanged(space);
      return spaces.length - 1;
    },
    map(space, at, frames, sizeBytes, rights, shared) {
      if (rights.write && rights.execute) throw new Bug(`0x${at.toString(16)} would be writable and executable`);
      mapPages(state, spaces[space].root, spaces[space].arena, at, frames, sizeBytes, rights);
      tablesChanged(spaces[space]);
      if (shared) machine.markSynchronising(frames, sizeBytes);
    },
    reserve(space, at, sizeBytes) {
      const { root, arena } = spaces[space];
      reserveTables(state, root, arena, at, sizeBytes);
      tablesChanged(spaces[space]);
    },
    remap(core, space, at, sizeBytes, change) {
      const { root, arena } = spaces[space];
      const table = tableOf(state, root, at);
      if (table < 0) throw new Bug(`no page table was reserved for 0x${at.toString(16)}`);
      if (change.kind === "map") {
        const rights = { write: change.write, execute: false };
        mapPages(state, root, arena, at, change.frames, sizeBytes, rights);
      } else if (change.kind === "protect") protectPages(state, root, at, sizeBytes, change.write);
      else unmapPages(state, root, at, sizeBytes);
      machine.engine.invalidate(table, PAGE_SIZE_BYTES);
      machine.invalidatePages(coreOf(core), Number(at), sizeBytes);
    },

    createContext(space) {
      if (spaceOfContext.length >= MAX_CONTEXTS) throw new Bug("too many contexts");
      spaceOfContext.push(space);
      return spaceOfContext.length - 1;
    },
    startContext(context, start) {
      const base = registersAt(context);
      state.bytes.fill(0, base, base + REGISTER_FILE_BYTES);
      state.bytes.fill(0, base + VECTOR_FILE_OFFSET, base + VECTOR_FILE_END);
      view.setUint32(base + MXCSR_OFFSET, INITIAL_MXCSR, true);
      view.setBigUint64(base + 8 * Register.Rsp, start.rsp, true);
      view.setBigUint64(base + 8 * Register.Rdi, start.rdi, true);
      view.setBigUint64(base + 8 * Register.Rsi, start.rsi, true);
      view.setBigUint64(base + 8 * Register.Rdx, start.rdx, true);
      view.setBigUint64(base + RIP_OFFSET, start.rip, true);
      view.setBigUint64(base + RFLAGS_OFFSET, INITIAL_RFLAGS, true);
    },
    systemCallNumber: (core) => registerValue(core, Register.Rax),
    systemCallArgument: (core, index) => registerValue(core, ARGUMENT_REGISTERS[index]),
    returnFromSystemCall(core, context, status, value) {
      const base = registersAt(context);
      setNumber(base + 8 * Register.Rax, status);
      setNumber(base + 8 * Register.Rdx, value);
      mixAnswer(words, hashAt(spaces[spaceOfContext[context]].owner), status, value, state.cores[core].now);
    },
    registers(context) {
      const base = registersAt(context);
      return Array.from({ length: 18 }, (_, i) => view.getBigUint64(base + 8 * i, true));
    },

    run(supervisor: Supervisor, options) {
      return machine.run(
        (core, exit) => {
          const context = core.activity === "running" ? core.context : -1;
          if (context >= 0) mixExit(core, exit);
          remaining[core.id] = core.activity === "work" ? Math.max(0, core.workEnd - core.now) : 0;
          apply(core, supervisor.handle(core.id, exit, context));
        },
        { until: options.until, maxInstructions: options.maxInstructions ?? Infinity },
      );
    },
    stop: () => machine.stop(),

    contextBytes(context) {
      machine.storeRegisters();
      const at = registersAt(context);
      return state.bytes.slice(at, at + VECTOR_FILE_END);
    },
    setContextBytes(context, bytes) {
      machine.storeRegisters();
      const at = registersAt(context);
      const rip = view.getBigUint64(at + RIP_OFFSET, true);
      state.bytes.set(bytes.subarray(0, REGISTER_FILE_BYTES), at);
      state.bytes.set(bytes.subarray(VECTOR_FILE_OFFSET, VECTOR_FILE_END), at + VECTOR_FILE_OFFSET);
      const core = state.cores.find((row) => row.context === context);
      if (core === undefined || core.activity !== "running") return;
      if (view.getBigUint64(at + RIP_OFFSET, true) !== rip) {
        core.blockStart = 0n;
        core.blockIndex = 0;
        core.repeatStarted = false;
      }
      machine.engine.load(core.id);
    },
    physicalAddress(owner, address) {
      const space = spaces.find((row) => row.owner === owner);
      if (space === undefined) return -1;
      const frame = probeRead(state, space.root, address);
      return frame < 0 ? -1 : frame + (address % PAGE_SIZE_BYTES);
    },
    mixInput: (owner, bytes) => mixInput(words, hashAt(owner), bytes),
    hashOf: (owner) => hashText(words, hashAt(owner)),
    hashWithMemory(owner, ranges) {
      const scratch = new Uint32Array(2);
      scratch[0] = words[hashAt(owner) >>> 2];
      scratch[1] = words[(hashAt(owner) >>> 2) + 1];
      for (const { at, sizeBytes } of ranges)
        for (let page = 0; page < sizeBytes; page += PAGE_SIZE_BYTES) {
          const bytes = machine.readRam(at + page, Math.min(PAGE_SIZE_BYTES, sizeBytes - page));
          if (isZero(bytes)) continue;
          mixNumber(scratch, 0, page);
          mixBytes(scratch, 0, bytes);
        }
      mixVectors(scratch, owner);
      return hashText(scratch, 0);
    },
  };
}

function wideValue(low: number, high: number): RegisterValue {
  return high < 2 ** 21 ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
}

/** Whether a page, or the rest of one, is empty. Called for every page of every hash, so a word at a time. */
function isZero(bytes: Uint8Array): boolean {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  for (let i = words.length * 4; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}
