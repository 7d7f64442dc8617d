/**
 * Where everything lies in the machine's one memory, and the plain data beside it.
 *
 * Invariant: all that can change in the machine is either in `memory` below RAM_BASE (registers, TLBs, frame flags,
 * contexts, hashes), in guest RAM above it, or in a `CoreState`. All of it is plain data. What an engine caches
 * (decoded blocks, bound registers) is host state, rebuilt at will and never observable.
 *
 *   0x0000000  core c at c * 0x10000
 *                +0x0000  rax … r15          16 x u64
 *                +0x0080  rip, rflags, fs base, gs base   4 x u64
 *                +0x00a0  the translating engine's words (engine/wasm/layout.ts): host state
 *                +0x00f8  mxcsr              u32
 *                +0x0100  xmm0 … xmm15       16 x u128
 *                +0x1000  read TLB tags      1024 x u64   memory/tlb.ts draws them
 *                +0x3000  write TLB tags     1024 x u64
 *                +0x5000  execute TLB tags   1024 x u64
 *                +0x7000  read, write, execute TLB frames, 3 x 1024 x u64: frame's offset in RAM
 *   0x0100000  frame flags, one byte a 4 KiB frame: FrameFlag
 *   0x0200000  contexts, 512 bytes each: registers as in a core
 *   0x0300000  hash slots, 512 bytes each (trace/hash.ts)
 *   0x0400000  jump caches of the translating engine (engine/wasm/layout.ts): host state, not saved
 *   0x0800000  state of the timing profile's memory model, of core c at c * 0x80000 (timing/memory-model.ts)
 *   0x1000000  guest RAM
 *   behind it  stores that wait for their turn (ahead.ts), AHEAD_BYTES
 */
import { PAGE_SIZE_BYTES, type CoreId, type Cycles, type PhysicalAddress } from "../units.js";
import { Bug, ConfigError } from "../errors.js";
import type { MachineExit, Message } from "./trap.js";

export const CORE_STRIDE = 0x10000;
export const RIP_OFFSET = 0x80;
export const RFLAGS_OFFSET = 0x88;
export const FS_BASE_OFFSET = 0x90;
export const GS_BASE_OFFSET = 0x98;
/** Bytes of a register file: rax … r15, rip, rflags, fs base, gs base. */
export const REGISTER_FILE_BYTES = 0xa0;
/** The vector file follows the words of the engine: mxcsr, then xmm0 … xmm15. A context holds all of it. */
export const VECTOR_FILE_OFFSET = 0xf8;
export const VECTOR_FILE_END = 0x200;
export const MXCSR_OFFSET = 0xf8;
export const VECTORS_OFFSET = 0x100;
/** MXCSR after reset: every exception masked, rounding to nearest, no flag set. */
export const INITIAL_MXCSR = 0x1f80;

export const TLB_ENTRIES = 1024;
export const TLB_TAGS_OFFSET = 0x1000;
export const TLB_TAGS_BYTES = TLB_ENTRIES * 8;
export const TLB_FRAMES_OFFSET = 0x7000;
export const TLB_FRAMES_BYTES = TLB_ENTRIES * 8;

export const FRAME_FLAGS_BASE = 0x100000;
export const CONTEXTS_BASE = 0x200000;
export const CONTEXT_STRIDE = 512;
export const MAX_CONTEXTS = 2048;
export const HASH_BASE = 0x300000;
export const HASH_STRIDE = 512;
export const MAX_HASH_SLOTS = 64;
export const MEMORY_MODEL_BASE = 0x800000;
export const MEMORY_MODEL_STRIDE = 0x80000;
export const MAX_MEMORY_MODEL_BYTES = MEMORY_MODEL_STRIDE;
export const RAM_BASE = 0x1000000;
export const MAX_RAM_BYTES = 2 ** 31;
export const MAX_CORES = 16;
/** What ahead.ts needs, in whole pages of 64 KiB. */
export const AHEAD_BYTES = 0x50000;

/** Bits of a frame's flag byte. */
export const enum FrameFlag {
  /** Accesses are synchronising: mapped into several partitions and writable by one (architectural). */
  Synchronising = 1,
  /** Decoded code was taken from here: a write drops it (host state, cleared by save). */
  Code = 2,
  /** May have been written since a moment was taken (host state, cleared by save; moments.ts). */
  Written = 4,
}

/** RFLAGS bits, SDM volume 1, 3.4.3. */
export const enum RFlag {
  Carry = 0x1,
  Reserved1 = 0x2,
  Parity = 0x4,
  Adjust = 0x10,
  Zero = 0x40,
  Sign = 0x80,
  Trap = 0x100,
  Interrupt = 0x200,
  Direction = 0x400,
  Overflow = 0x800,
  NestedTask = 0x4000,
  Resume = 0x10000,
  AlignmentCheck = 0x40000,
  Identification = 0x200000,
}

/** A store that has not reached memory yet (`--tso`). */
export interface BufferedStore {
  readonly physical: PhysicalAddress;
  readonly sizeBytes: number;
  readonly value: bigint;
  readonly drainAt: Cycles;
}

export type CoreActivity =
  /** Not used by this system. */
  | "off"
  /** Has not been handed to the supervisor yet. */
  | "reset"
  /** Runs the loaded context. */
  | "running"
  /** Interruptible kernel work until `workEnd`. */
  | "work"
  | "idle";

/** The part of a core that is not in `memory`. Plain data. */
export interface CoreState {
  readonly id: CoreId;
  activity: CoreActivity;
  /** The core's clock. Cores may be ahead of each other by less than the least cross-core latency. */
  now: Cycles;
  /** TSC deadline of the local APIC timer; Infinity when disarmed. */
  timerAt: Cycles;
  workEnd: Cycles;
  /** Context whose registers are in the core's register file; -1 for none. */
  context: number;
  /** Physical address of the PML4 (CR3). */
  tableRoot: PhysicalAddress;
  /** Address space loaded, -1 for none. */
  space: number;
  /** Hash slot that this core's reads enter; -1 for none. */
  hashSlot: number;
  /** Sent messages that have not been delivered, sorted by (at, from, sequence). */
  inbox: Message[];
  /** Instructions retired since power-on. */
  retired: number;
  /** How it left guest code, while it waits for its turn to enter the kernel: see MachineOptions.ordersExits. */
  heldExit: MachineExit | null;
  /** A repeated string instruction has paid its start and goes on. */
  repeatStarted: boolean;
  /** Virtual address at which the current cost block began, and how many of its instructions have run; 0 for none. */
  blockStart: bigint;
  blockIndex: number;
  storeBuffer: BufferedStore[];
  /** State of the generator of store-buffer delays (32 bits). */
  tsoRandom: number;
}

export interface MachineState {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly ramBytes: number;
  /** Frame flags, indexed by frame number. */
  readonly frameFlags: Uint8Array;
  readonly cores: CoreState[];
}

export function createCoreState(id: CoreId): CoreState {
  return {
    id,
    activity: "reset",
    now: 0,
    timerAt: Infinity,
    workEnd: 0,
    context: -1,
    tableRoot: 0,
    space: -1,
    hashSlot: -1,
    inbox: [],
    retired: 0,
    heldExit: null,
    repeatStarted: false,
    blockStart: 0n,
    blockIndex: 0,
    storeBuffer: [],
    tsoRandom: 1,
  };
}

/** Throws ConfigError when the host has no room for it. */
function allocate(ramBytes: number): WebAssembly.Memory {
  const pages = (RAM_BASE + ramBytes + AHEAD_BYTES) / 65536;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError(
      { file: "machine", line: 0, column: 0 },
      `the host has no room for ${ramBytes / 2 ** 20} MiB of RAM`,
      "Give the machine less memory, or end other programs.",
    );
  }
}

/** `ramBytes`: a multiple of 64 KiB, at most 2 GiB. Throws ConfigError when the host has no room for it. */
export function createMachineState(coreCount: number, ramBytes: number): MachineState {
  if (coreCount < 1 || coreCount > MAX_CORES) throw new Bug(`a machine has 1 to ${MAX_CORES} cores, not ${coreCount}`);
  if (ramBytes <= 0 || ramBytes > MAX_RAM_BYTES || ramBytes % 65536 !== 0) throw new Bug(`RAM of ${ramBytes} bytes`);
  const memory = allocate(ramBytes);
  const view = new DataView(memory.buffer);
  for (let id = 0; id < coreCount; id++) view.setUint32(id * CORE_STRIDE + MXCSR_OFFSET, INITIAL_MXCSR, true);
  return {
    memory,
    bytes: new Uint8Array(memory.buffer),
    view,
    ramBytes,
    frameFlags: new Uint8Array(memory.buffer, FRAME_FLAGS_BASE, ramBytes / PAGE_SIZE_BYTES),
    cores: Array.from({ length: coreCount }, (_, id) => createCoreState(id)),
  };
}
