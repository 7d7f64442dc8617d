/**
 * Stores that a core made ahead of its turn: to synchronising pages, by a core that was not first in the order.
 *
 * Such a store waits here with its cycle and reaches RAM before any access that comes after it in the order (cycle,
 * core number). So only loads make a core wait for others. Nobody can tell the difference: a core loads from a
 * synchronising page only while it is first, and then all its stores have had their turn.
 *
 * Invariant: whoever is about to access a synchronising page at its turn has called `catchUp` for that turn, or knows
 * by `lines` that nothing waits for the cache lines that it touches. A core with stores that wait does not leave to the
 * kernel.
 *
 * All of it lies in the machine's memory behind RAM, so that it is saved and restored with the machine:
 *
 *   + 0x00000  how many stores wait, in all            u32
 *   + 0x00100  of core c at c * 8: first, behind last  2 x u32, free-running
 *   + 0x01000  lines: how many wait, by (address / 64) % 1024     1024 x u32
 *   + 0x02000  of core c at c * 0x4000: 512 times {cycle i64, address in RAM u32, bytes u32, value u128}
 */
import type { CoreId, Cycles, PhysicalAddress } from "../units.js";
import { AHEAD_BYTES, type CoreState, RAM_BASE, type MachineState } from "./state.js";
import { comesBefore, setTurn, type Turn } from "./turn.js";

export const AHEAD_TOTAL = 0;
export const AHEAD_BOUNDS = 0x100;
export const AHEAD_LINES = 0x1000;
export const AHEAD_STORES = 0x2000;
export const AHEAD_CAPACITY = 512;
export const AHEAD_STORE_BYTES = 32;
export const AHEAD_CORE_STRIDE = AHEAD_CAPACITY * AHEAD_STORE_BYTES;
export const AHEAD_LINE_COUNT = 1024;
export const LINE_BYTES = 64;
/** Within a store: where its address and its value are. */
export const AHEAD_ADDRESS = 8;
export const AHEAD_SIZE = 12;
export const AHEAD_VALUE = 16;

/** `catchUp`, with both halves of the cycle. Not 0: stores are left, since the next changes decoded code. */
export type CatchUp = (timeLow: number, timeHigh: number, core: CoreId) => number;

export interface AheadStores {
  /** How many stores of a core wait. */
  countOf(core: CoreId): number;
  /**
   * Keeps a store. The offset in RAM at which its value is to be written in place of the address itself, or -1 when it
   * can't be kept: there is no room, or it crosses cache lines.
   */
  keep(core: CoreId, at: Cycles, physical: PhysicalAddress, sizeBytes: number): number;
  /**
   * Performs the stores that come before (time, core) in the order, and those of the core itself at that time: it made
   * them.
   */
  catchUp(time: Cycles, core: CoreId): void;
  /**
   * Performs those that come before a core, wherever it is in its slice, and before the first of the others,
   * `nextCore`.
   */
  catchUpWith(core: CoreState, nextCore: Turn): void;
  /** Turn of the store that comes first, at Infinity when none waits. The next call changes it. */
  first(): Turn;
  /** Whether a store that waits touches these bytes. */
  touches(physical: PhysicalAddress, sizeBytes: number): boolean;
  /** Calls back with the bytes of each store that waits. */
  visit(callback: (physical: PhysicalAddress, sizeBytes: number) => void): void;
  /** A faster `catchUp`. */
  useCatchUp(faster: CatchUp): void;
  /** Before saving: nothing stays of what is done. */
  tidy(): void;
}

/** `changed` is told of bytes of RAM that a store has reached. */
export function createAheadStores(
  state: MachineState,
  changed: (physical: PhysicalAddress, sizeBytes: number) => void,
): AheadStores {
  const { bytes, cores } = state;
  const base = RAM_BASE + state.ramBytes;
  const words = new Uint32Array(state.memory.buffer, base, AHEAD_BYTES / 4);
  const view = new DataView(state.memory.buffer, base, AHEAD_BYTES);
  const coreCount = cores.length;

  const storeAt = (core: CoreId, number: number): number =>
    AHEAD_STORES + core * AHEAD_CORE_STRIDE + (number & (AHEAD_CAPACITY - 1)) * AHEAD_STORE_BYTES;
  const lineAt = (physical: PhysicalAddress): number =>
    (AHEAD_LINES >>> 2) + ((physical >>> 6) & (AHEAD_LINE_COUNT - 1));
  const boundAt = (core: CoreId): number => (AHEAD_BOUNDS >>> 2) + 2 * core;
  const cycleAt = (at: number): Cycles => words[(at >>> 2) + 1] * 4294967296 + words[at >>> 2];

  const found: Turn = { at: Infinity, core: 0 };
  let faster: CatchUp | null = null;

  function countOf(core: CoreId): number {
    const at = boundAt(core);
    return (words[at + 1] - words[at]) >>> 0;
  }

  function keep(core: CoreId, at: Cycles, physical: PhysicalAddress, sizeBytes: number): number {
    if (countOf(core) >= AHEAD_CAPACITY || (physical & (LINE_BYTES - 1)) + sizeBytes > LINE_BYTES) return -1;
    const bound = boundAt(core);
    const store = storeAt(core, words[bound + 1]);
    const word = store >>> 2;
    words[word] = at;
    words[word + 1] = at / 4294967296;
    words[word + 2] = physical;
    words[word + 3] = sizeBytes;
    words[bound + 1]++;
    words[AHEAD_TOTAL]++;
    words[lineAt(physical)]++;
    return state.ramBytes + store + AHEAD_VALUE;
  }

  function first(): Turn {
    setTurn(found, Infinity, 0);
    if (words[AHEAD_TOTAL] === 0) return found;
    for (let core = 0; core < coreCount; core++) {
      const bound = boundAt(core);
      if (words[bound] === words[bound + 1]) continue;
      // mutant waiting-store-has-no-turn: const at = Infinity;
      const at = cycleAt(storeAt(core, words[bound]));
      if (comesBefore(at, core, found)) setTurn(found, at, core);
    }
    return found;
  }

  function perform(core: CoreId): void {
    const bound = boundAt(core);
    const store = storeAt(core, words[bound]);
    const physical = words[(store + AHEAD_ADDRESS) >>> 2];
    const sizeBytes = words[(store + AHEAD_SIZE) >>> 2];
    const to = RAM_BASE + physical;
    if (sizeBytes >= 8) {
      for (let at = 0; at < sizeBytes; at += 4)
        state.view.setUint32(to + at, words[(store + AHEAD_VALUE + at) >>> 2], true);
    } else if (sizeBytes === 4) state.view.setUint32(to, words[(store + AHEAD_VALUE) >>> 2], true);
    else if (sizeBytes === 2) state.view.setUint16(to, view.getUint16(store + AHEAD_VALUE, true), true);
    else bytes[to] = view.getUint8(store + AHEAD_VALUE);
    words[bound]++;
    words[AHEAD_TOTAL]--;
    words[lineAt(physical)]--;
    changed(physical, sizeBytes);
  }

  function catchUp(time: Cycles, core: CoreId): void {
    if (words[AHEAD_TOTAL] === 0) return;
    const limit = Math.min(time, 2 ** 62);
    if (faster !== null && faster(limit | 0, limit / 4294967296, core) === 0) return;
    while (words[AHEAD_TOTAL] > 0) {
      const store = first();
      if (store.at > time || (store.at === time && store.core > core)) return;
      perform(store.core);
    }
  }

  return {
    countOf,
    keep,
    catchUp,
    catchUpWith({ now, id }, nextCore) {
      // mutant own-turn-catches-all-up: catchUp(now, id);
      if (comesBefore(now, id, nextCore)) catchUp(now, id);
      else catchUp(nextCore.at, nextCore.core);
    },
    first,
    touches(physical, sizeBytes) {
      // mutant waiting-store-is-no-store: return false;
      if (words[AHEAD_TOTAL] === 0) return false;
      for (let core = 0; core < coreCount; core++)
        for (let i = countOf(core); i > 0; i--) {
          const word = storeAt(core, words[boundAt(core) + 1] - i) >>> 2;
          const at = words[word + AHEAD_ADDRESS / 4];
          if (physical < at + words[word + AHEAD_SIZE / 4] && at < physical + sizeBytes) return true;
        }
      return false;
    },
    visit(callback) {
      for (let core = 0; core < coreCount; core++)
        for (let i = countOf(core); i > 0; i--) {
          const word = storeAt(core, words[boundAt(core) + 1] - i) >>> 2;
          callback(words[word + AHEAD_ADDRESS / 4], words[word + AHEAD_SIZE / 4]);
        }
    },
    useCatchUp(given) {
      faster = given;
    },
    tidy() {
      if (words[AHEAD_TOTAL] === 0) words.fill(0);
    },
  };
}
