/**
 * What a kernel may touch of the machine, and nothing more.
 *
 * Two implementations: `machine` (machine-hal.ts) runs real code on the virtual processor; `model` (model-hal.ts) has
 * threads that only consume cycles and make system calls from a list. The same kernel and policy objects run on both.
 *
 * The kernel never runs guest memory and never waits: the HAL calls it when a core leaves guest code, and the kernel
 * answers with what the core does next ("scheduling is a return value"). All time that the kernel takes is what it
 * charges. Kernel state is per core: while handling an exit of one core, the kernel reads and writes that core's
 * objects only, and reaches others by `send`.
 */
import type { CoreId, Cycles, PhysicalAddress, VirtualAddress } from "../units.js";
import type { KernelStep } from "../machine/timing/kernel-steps.js";
import type { Exit } from "../machine/trap.js";

/** Opaque handles, small integers from 0. */
export type ContextId = number;
export type AddressSpaceId = number;

/** Steps in a row, with their counts. `number`: its index among all paths; who adds up keeps it by that. */
export interface Path {
  readonly number: number;
  readonly steps: readonly (readonly [step: KernelStep, count: number])[];
}

/** What a core does next. */
export type Dispatch =
  /** Enter this context until it leaves by itself, a timer or a message. */
  | { readonly kind: "run"; readonly context: ContextId }
  /** Kernel work that can be interrupted (reloading a partition): consumes cycles, then `work-done`. */
  | { readonly kind: "work"; readonly cycles: Cycles }
  /** Nothing until the next timer or message. */
  | { readonly kind: "idle" };

/** Why a core comes to the kernel. `Hal.remainingWork` says what is left of work that was interrupted. */
export type CoreExit = Exit | { readonly kind: "work-done" } | { readonly kind: "start" };

/** The kernel, seen from the HAL. */
export interface Supervisor {
  /**
   * A core left guest code (or starts, or finished its work, or was idle and is interrupted). `context` is what ran,
   * or -1. Called at the core's own time; `hal.now(core)` is the cycle of the exit.
   */
  handle(core: CoreId, exit: CoreExit, context: ContextId): Dispatch;
}

export interface PageRights {
  readonly write: boolean;
  readonly execute: boolean;
}

/** What becomes of pages: they are mapped to private frames, lose or get the right to write, or are unmapped. */
export type PageChange =
  | { readonly kind: "map"; readonly frames: PhysicalAddress; readonly write: boolean }
  | { readonly kind: "protect"; readonly write: boolean }
  | { readonly kind: "unmap" };

/** Registers of a context when it starts; all others are 0. */
export interface ContextStart {
  readonly rip: VirtualAddress;
  readonly rsp: VirtualAddress;
  readonly rdi: bigint;
  readonly rsi: bigint;
  readonly rdx: bigint;
}

/**
 * An unsigned 64-bit register: a number where that is exact (below 2^53), and a bigint otherwise. Both compare with
 * numbers as they should, and no bigint has to be made for what programs usually pass.
 */
export type RegisterValue = number | bigint;

export type RunEnd =
  /** Every core reached the cycle asked for. */
  | "until"
  /** Nothing can happen any more: all cores idle without timer or message. */
  | "quiet"
  /** `maxInstructions` retired on the core that ran. */
  | "instructions"
  /** `hal.stop()` was called. */
  | "stopped";

export interface RunOptions {
  /** Run until every core's clock has reached this cycle; Infinity for no end. */
  readonly until: Cycles;
  /** Stop after this many instructions in all (for single-stepping). */
  readonly maxInstructions?: number;
}

export interface Hal {
  readonly coreCount: number;
  readonly frequencyHz: number;
  /** Least cycles between a `send` and its arrival. */
  readonly leastLatencyCycles: Cycles;

  // ---- time ------------------------------------------------------------------------------------------------------
  now(core: CoreId): Cycles;
  /**
   * Spends cycles of the core's time on the steps of a path, and records each (EventKind.Charge) at the cycle at which
   * it begins.
   */
  charge(core: CoreId, path: Path): void;
  /** Cycles of one step in the timing profile, without spending them. */
  costOf(step: KernelStep): Cycles;
  /**
   * Lets the core's clock reach `at` doing nothing (padding of a switch to a constant) and records EventKind.Pad;
   * no-op when it is past.
   */
  padUntil(core: CoreId, at: Cycles): void;
  /**
   * One deadline a core: a `timer` exit at the first boundary at or after it. The exit disarms it, and so does null.
   * What is due at the same boundary is taken in the order of its cycles, messages before the timer at a tie.
   */
  armTimer(core: CoreId, at: Cycles | null): void;
  /** Cycles that interrupted `work` still needs; 0 when none. */
  remainingWork(core: CoreId): Cycles;

  // ---- other cores -----------------------------------------------------------------------------------------------
  /**
   * A message that arrives at `now + leastLatencyCycles`, or at `notBefore` when that is later (a doorbell for a window
   * that is closed), as a `message` exit (also to the own core).
   */
  send(from: CoreId, to: CoreId, kind: number, argument: number, argument2: number, notBefore?: Cycles): void;

  // ---- memory: at boot, when a partition restarts, and pools ------------------------------------------------------
  writePhysical(at: PhysicalAddress, bytes: Uint8Array): void;
  readPhysical(at: PhysicalAddress, sizeBytes: number): Uint8Array;
  readWord?(at: PhysicalAddress): number;
  writeWord?(at: PhysicalAddress, word: number): void;
  readInto?(at: PhysicalAddress, target: Uint8Array): void;
  clearPhysical(at: PhysicalAddress, sizeBytes: number): void;
  /**
   * `tablesAt` and `tablesBytes`: frames that hold this space's page tables. `owner` names the partition for traces and
   * hashes.
   */
  createAddressSpace(owner: number, tablesAt: PhysicalAddress, tablesBytes: number): AddressSpaceId;
  /**
   * Maps pages, user-accessible. Refuses (throws Bug) a page that is both writable and executable, or mapped already.
   * `shared` pages are mapped into more than one partition and writable by one: accesses to them are synchronising.
   */
  map(
    space: AddressSpaceId,
    at: VirtualAddress,
    frames: PhysicalAddress,
    sizeBytes: number,
    rights: PageRights,
    shared: boolean,
  ): void;

  /** Makes the page tables that mappings in this range will need, and maps nothing. */
  reserve(space: AddressSpaceId, at: VirtualAddress, sizeBytes: number): void;
  /**
   * Changes the mapping of pages of the space that the core has loaded, or had loaded last; all of them in one stretch
   * of 2 MiB that begins at a multiple of it. Who charges for it is the caller.
   */
  remap(core: CoreId, space: AddressSpaceId, at: VirtualAddress, sizeBytes: number, change: PageChange): void;

  // ---- contexts --------------------------------------------------------------------------------------------------
  createContext(space: AddressSpaceId): ContextId;
  /** Puts a context at its beginning: used at boot and at restart. */
  startContext(context: ContextId, start: ContextStart): void;
  /** RAX of the context that has just left the core for a system call. */
  systemCallNumber(core: CoreId): RegisterValue;
  /** Its RDI, RSI, RDX and R10: arguments 0 to 3. */
  systemCallArgument(core: CoreId, index: number): RegisterValue;
  /** RAX and RDX of the context: status and value. They enter the partition's hash with the cycle. */
  returnFromSystemCall(core: CoreId, context: ContextId, status: number, value: RegisterValue): void;
  /** Named registers for dumps, in the order rax … r15, rip, rflags. */
  registers(context: ContextId): readonly bigint[];

  // ---- running ---------------------------------------------------------------------------------------------------
  run(supervisor: Supervisor, options: RunOptions): RunEnd;
  /** Ends `run` after the current exit. */
  stop(): void;
}
