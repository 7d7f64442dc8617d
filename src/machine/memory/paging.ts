/**
 * 4-level page tables in guest RAM: the walk, and the building of tables. SDM volume 3, chapter 4.5.
 *
 * Everything runs in ring 3 with CR0.WP, CR4.PAE and EFER.NXE set, so a walk checks P, U/S, R/W and NX on all levels.
 * 4 KiB and 2 MiB pages; a 1 GiB page, a set reserved bit, or a frame outside RAM raises #PF with RSVD. A and D are set
 * when the walk succeeds.
 *
 *   63  62..52   51..12         11..9  8  7   6  5  4    3    2   1   0
 *   NX  ignored  frame address  ign.   G  PS  D  A  PCD  PWT  US  RW  P
 */
import { LARGE_PAGE_SIZE_BYTES, PAGE_SIZE_BYTES, type PhysicalAddress, type VirtualAddress } from "../../units.js";
import { Bug } from "../../errors.js";
import { RAM_BASE, type MachineState } from "../state.js";

export const enum PageBit {
  Present = 1,
  Write = 2,
  User = 4,
  Accessed = 0x20,
  Dirty = 0x40,
  Large = 0x80,
  Global = 0x100,
}
/** NX is bit 63: bit 31 of the upper word. */
const NO_EXECUTE_HIGH = 0x8000_0000;

/** #PF error code, SDM volume 3, figure 4-12. */
export const enum PageFaultBit {
  Protection = 1,
  Write = 2,
  User = 4,
  Reserved = 8,
  Fetch = 16,
}

export type AccessKind = "read" | "write" | "execute";

/** `frame`: offset in RAM of the 4 KiB frame. Or the error code of a #PF in `error`, then `frame` is -1. */
export interface Walk {
  frame: PhysicalAddress;
  error: number;
  global: boolean;
}

const walked: Walk = { frame: -1, error: 0, global: false };

function refuse(code: number, kind: AccessKind): Walk {
  walked.frame = -1;
  walked.error =
    code |
    PageFaultBit.User |
    (kind === "write" ? PageFaultBit.Write : 0) |
    (kind === "execute" ? PageFaultBit.Fetch : 0);
  return walked;
}

/**
 * Translates a canonical address from ring 3. `address` is its low 48 bits. The result is reused by the next call.
 */
export function walk(state: MachineState, root: PhysicalAddress, address: number, kind: AccessKind): Walk {
  const { view, ramBytes } = state;
  let table = root;
  let userAllowed = true;
  let writeAllowed = true;
  let executeAllowed = true;
  for (let level = 3; ; level--) {
    const shift = 12 + 9 * level;
    const index = Math.floor(address / 2 ** shift) % 512;
    const entryAt = RAM_BASE + table + index * 8;
    const low = view.getUint32(entryAt, true);
    const high = view.getUint32(entryAt + 4, true);
    if ((low & PageBit.Present) === 0) return refuse(0, kind);
    const frameAddress = (high & 0x000f_ffff) * 2 ** 32 + (low & 0xffff_f000) + ((low & 0xffff_f000) < 0 ? 2 ** 32 : 0);
    const isLarge = level === 1 && (low & PageBit.Large) !== 0;
    if (level >= 2 && (low & PageBit.Large) !== 0) return refuse(PageFaultBit.Protection | PageFaultBit.Reserved, kind);
    if (isLarge && (low & 0x001f_e000) !== 0) return refuse(PageFaultBit.Protection | PageFaultBit.Reserved, kind);
    if (frameAddress + (isLarge ? LARGE_PAGE_SIZE_BYTES : PAGE_SIZE_BYTES) > ramBytes)
      return refuse(PageFaultBit.Protection | PageFaultBit.Reserved, kind);
    if ((low & PageBit.User) === 0) userAllowed = false;
    if ((low & PageBit.Write) === 0) writeAllowed = false;
    if ((high & NO_EXECUTE_HIGH) !== 0) executeAllowed = false;
    if (level > 0 && !isLarge) {
      table = frameAddress;
      continue;
    }
    if (!userAllowed) return refuse(PageFaultBit.Protection, kind);
    if (kind === "write" && !writeAllowed) return refuse(PageFaultBit.Protection, kind);
    if (kind === "execute" && !executeAllowed) return refuse(PageFaultBit.Protection, kind);
    markAccessed(state, root, address, level, kind === "write");
    walked.frame = isLarge
      ? frameAddress + (Math.floor(address / PAGE_SIZE_BYTES) % 512) * PAGE_SIZE_BYTES
      : frameAddress;
    walked.error = 0;
    walked.global = (low & PageBit.Global) !== 0;
    return walked;
  }
}

/** Sets A on every level down to `leaf`, and D on the leaf for a write. */
function markAccessed(state: MachineState, root: PhysicalAddress, address: number, leaf: number, write: boolean): void {
  const { view } = state;
  let table = root;
  for (let level = 3; level >= leaf; level--) {
    const entryAt = RAM_BASE + table + (Math.floor(address / 2 ** (12 + 9 * level)) % 512) * 8;
    const low = view.getUint32(entryAt, true);
    const marked = low | PageBit.Accessed | (level === leaf && write ? PageBit.Dirty : 0);
    if (marked !== low) view.setUint32(entryAt, marked, true);
    table = (low & 0xffff_f000) >>> 0;
  }
}

/**
 * Frame of a page that ring 3 may execute and has executed (A is set on every level), or -1. Changes nothing: for who
 * wants to know whether code still lies where it was decoded.
 */
export function probeExecute(state: MachineState, root: PhysicalAddress, address: number): PhysicalAddress {
  const { view, ramBytes } = state;
  let table = root;
  for (let level = 3; ; level--) {
    const entryAt = RAM_BASE + table + (Math.floor(address / 2 ** (12 + 9 * level)) % 512) * 8;
    const low = view.getUint32(entryAt, true);
    const high = view.getUint32(entryAt + 4, true);
    const wanted = PageBit.Present | PageBit.User | PageBit.Accessed;
    if ((low & wanted) !== wanted || (high & NO_EXECUTE_HIGH) !== 0 || (high & 0x000f_ffff) !== 0) return -1;
    const isLarge = level === 1 && (low & PageBit.Large) !== 0;
    if ((level >= 2 && (low & PageBit.Large) !== 0) || (isLarge && (low & 0x001f_e000) !== 0)) return -1;
    const frameAddress = (low & 0xffff_f000) >>> 0;
    if (frameAddress + (isLarge ? LARGE_PAGE_SIZE_BYTES : PAGE_SIZE_BYTES) > ramBytes) return -1;
    if (isLarge) return frameAddress + (Math.floor(address / PAGE_SIZE_BYTES) % 512) * PAGE_SIZE_BYTES;
    if (level === 0) return frameAddress;
    table = frameAddress;
  }
}

export interface MapRights {
  readonly write: boolean;
  readonly execute: boolean;
  /** False only where a test wants a supervisor page. */
  readonly user?: boolean;
  readonly global?: boolean;
}

/** Hands out zeroed frames for tables from a fixed range. Plain data. */
export interface TableArena {
  next: PhysicalAddress;
  readonly end: PhysicalAddress;
}

function takeTable(state: MachineState, arena: TableArena): PhysicalAddress {
  if (arena.next + PAGE_SIZE_BYTES > arena.end) throw new Bug("no frame left for page tables");
  const at = arena.next;
  arena.next += PAGE_SIZE_BYTES;
  state.bytes.fill(0, RAM_BASE + at, RAM_BASE + at + PAGE_SIZE_BYTES);
  return at;
}

/** An empty PML4. */
export function createTables(state: MachineState, arena: TableArena): PhysicalAddress {
  return takeTable(state, arena);
}

/** Offset in RAM of the entry for `address` on `level` (0 page table, 1 directory), making tables on the way if asked. */
function entryFor(
  state: MachineState,
  root: PhysicalAddress,
  arena: TableArena | null,
  address: number,
  leaf: number,
): number {
  const { view } = state;
  let table = root;
  for (let level = 3; level > leaf; level--) {
    const entryAt = RAM_BASE + table + (Math.floor(address / 2 ** (12 + 9 * level)) % 512) * 8;
    const low = view.getUint32(entryAt, true);
    if ((low & PageBit.Present) !== 0) {
      if ((low & PageBit.Large) !== 0) throw new Bug(`0x${address.toString(16)} lies in a 2 MiB page`);
      table = (low & 0xffff_f000) >>> 0;
      continue;
    }
    if (arena === null) return -1;
    const fresh = takeTable(state, arena);
    view.setUint32(entryAt, fresh | PageBit.Present | PageBit.Write | PageBit.User, true);
    view.setUint32(entryAt + 4, 0, true);
    table = fresh;
  }
  return RAM_BASE + table + (Math.floor(address / 2 ** (12 + 9 * leaf)) % 512) * 8;
}

/** Maps `sizeBytes` from `address` to contiguous frames; `pageBytes` 4 KiB or 2 MiB. Throws Bug on a page mapped already. */
export function mapPages(
  state: MachineState,
  root: PhysicalAddress,
  arena: TableArena,
  address: VirtualAddress,
  frames: PhysicalAddress,
  sizeBytes: number,
  rights: MapRights,
  pageBytes: number = PAGE_SIZE_BYTES,
): void {
  const leaf = pageBytes === LARGE_PAGE_SIZE_BYTES ? 1 : 0;
  const start = Number(BigInt.asUintN(48, address));
  if (start % pageBytes !== 0 || frames % pageBytes !== 0 || sizeBytes % pageBytes !== 0)
    throw new Bug("unaligned mapping");
  if (frames + sizeBytes > state.ramBytes) throw new Bug("mapping outside RAM");
  for (let done = 0; done < sizeBytes; done += pageBytes) {
    const entryAt = entryFor(state, root, arena, start + done, leaf);
    if ((state.view.getUint32(entryAt, true) & PageBit.Present) !== 0)
      throw new Bug(`0x${(start + done).toString(16)} is mapped already`);
    const bits =
      PageBit.Present |
      (rights.write ? PageBit.Write : 0) |
      (rights.user === false ? 0 : PageBit.User) |
      (rights.global === true ? PageBit.Global : 0) |
      (leaf === 1 ? PageBit.Large : 0);
    state.view.setUint32(entryAt, ((frames + done) | bits) >>> 0, true);
    state.view.setUint32(entryAt + 4, rights.execute ? 0 : NO_EXECUTE_HIGH, true);
  }
}

/** Removes 4 KiB mappings; pages that aren't mapped are passed over. The caller flushes TLBs. */
export function unmapPages(
  state: MachineState,
  root: PhysicalAddress,
  address: VirtualAddress,
  sizeBytes: number,
): void {
  const start = Number(BigInt.asUintN(48, address));
  for (let done = 0; done < sizeBytes; done += PAGE_SIZE_BYTES) {
    const entryAt = entryFor(state, root, null, start + done, 0);
    if (entryAt >= 0) {
      state.view.setUint32(entryAt, 0, true);
      state.view.setUint32(entryAt + 4, 0, true);
    }
  }
}
