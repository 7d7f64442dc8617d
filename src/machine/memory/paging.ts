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
import { FrameFlag, RAM_BASE, type MachineState } from "../state.js";

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
/** Bits 51 to 32 of the address. */
const ADDRESS_HIGH = 0x000f_ffff;
/** Bits 20 to 13 of an entry that maps 2 MiB. */
const LARGE_RESERVED = 0x001f_e000;
const ENTRIES_PER_TABLE = 512;

/** #PF error code, SDM volume 3, figure 4-12. */
export const enum PageFaultBit {
  Protection = 1,
  Write = 2,
  User = 4,
  Reserved = 8,
  Fetch = 16,
}

export type AccessKind = "read" | "write" | "execute";

/** What a walk found. */
export interface Walk {
  /** Offset in RAM of the 4 KiB frame, or -1. */
  readonly frame: PhysicalAddress;
  /** The error code of the #PF where `frame` is -1. */
  readonly error: number;
  readonly global: boolean;
  /** Level of the entry that maps the page: 0 for 4 KiB, 1 for 2 MiB. */
  readonly leaf: number;
  /** A is set on every level: some core has walked here before. */
  readonly isAccessed: boolean;
}

/**
 * Entry for an address in a table of a level (3 PML4, 2 directory pointers, 1 directory, 0 page table), in the
 * machine's memory.
 */
function entryAt(table: PhysicalAddress, level: number, address: number): number {
  return RAM_BASE + table + (Math.floor(address / 2 ** (12 + 9 * level)) % ENTRIES_PER_TABLE) * 8;
}

/** Address in an entry that leads into RAM, by the entry's lower word. */
function addressIn(low: number): PhysicalAddress {
  return (low & 0xffff_f000) >>> 0;
}

function refuse(code: number, kind: AccessKind): Walk {
  const error =
    code |
    PageFaultBit.User |
    (kind === "write" ? PageFaultBit.Write : 0) |
    (kind === "execute" ? PageFaultBit.Fetch : 0);
  return { frame: -1, error, global: false, leaf: 0, isAccessed: false };
}

/** Translates a canonical address from ring 3, by its low 48 bits, and changes nothing. */
function translate(state: MachineState, root: PhysicalAddress, address: number, kind: AccessKind): Walk {
  const { view, ramBytes } = state;
  let table = root;
  let userAllowed = true;
  let writeAllowed = true;
  let executeAllowed = true;
  let isAccessed = true;
  for (let level = 3; ; level--) {
    const at = entryAt(table, level, address);
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    if ((low & PageBit.Present) === 0) return refuse(0, kind);
    const frame = (high & ADDRESS_HIGH) * 2 ** 32 + addressIn(low);
    const isLarge = level === 1 && (low & PageBit.Large) !== 0;
    if (level >= 2 && (low & PageBit.Large) !== 0) return refuse(PageFaultBit.Protection | PageFaultBit.Reserved, kind);
    if (isLarge && (low & LARGE_RESERVED) !== 0) return refuse(PageFaultBit.Protection | PageFaultBit.Reserved, kind);
    if (frame + (isLarge ? LARGE_PAGE_SIZE_BYTES : PAGE_SIZE_BYTES) > ramBytes)
      return refuse(PageFaultBit.Protection | PageFaultBit.Reserved, kind);
    if ((low & PageBit.User) === 0) userAllowed = false;
    if ((low & PageBit.Write) === 0) writeAllowed = false;
    if ((high & NO_EXECUTE_HIGH) !== 0) executeAllowed = false;
    if ((low & PageBit.Accessed) === 0) isAccessed = false;
    if (level > 0 && !isLarge) {
      table = frame;
      continue;
    }
    // mutant walk-forgets-user:
    if (!userAllowed) return refuse(PageFaultBit.Protection, kind);
    // mutant walk-forgets-write:
    if (kind === "write" && !writeAllowed) return refuse(PageFaultBit.Protection, kind);
    // mutant walk-forgets-execute:
    if (kind === "execute" && !executeAllowed) return refuse(PageFaultBit.Protection, kind);
    const offset = isLarge ? address % LARGE_PAGE_SIZE_BYTES : 0;
    return {
      frame: frame + offset - (offset % PAGE_SIZE_BYTES),
      error: 0,
      global: (low & PageBit.Global) !== 0,
      leaf: level,
      isAccessed,
    };
  }
}

/** Translates a canonical address from ring 3, by its low 48 bits, and sets A and D as the access does. */
export function walk(state: MachineState, root: PhysicalAddress, address: number, kind: AccessKind): Walk {
  const found = translate(state, root, address, kind);
  if (found.frame >= 0) {
    markAccessed(state, root, address, found.leaf, kind === "write");
    if (kind === "write") state.frameFlags[found.frame >>> 12] |= FrameFlag.Written;
  }
  return found;
}

/** Sets A on every level down to `leaf`, and D on the leaf for a write. */
function markAccessed(state: MachineState, root: PhysicalAddress, address: number, leaf: number, write: boolean): void {
  const { view } = state;
  let table = root;
  for (let level = 3; level >= leaf; level--) {
    const at = entryAt(table, level, address);
    const low = view.getUint32(at, true);
    // mutant dirty-is-not-set: const marked = low | PageBit.Accessed;
    const marked = low | PageBit.Accessed | (level === leaf && write ? PageBit.Dirty : 0);
    if (marked !== low) {
      view.setUint32(at, marked, true);
      state.frameFlags[table >>> 12] |= FrameFlag.Written;
    }
    table = addressIn(low);
  }
}

/** Frame that ring 3 reads from at an address below 2^47, or -1. Changes nothing: for who looks from outside. */
export function probeRead(state: MachineState, root: PhysicalAddress, address: number): PhysicalAddress {
  return translate(state, root, address, "read").frame;
}

/**
 * Frame of a page that ring 3 may execute and has executed (A is set on every level), or -1. Changes nothing: for who
 * wants to know whether code still lies where it was decoded.
 */
export function probeExecute(state: MachineState, root: PhysicalAddress, address: number): PhysicalAddress {
  const { frame, isAccessed } = translate(state, root, address, "execute");
  return isAccessed ? frame : -1;
}

/** Calls `visit` with the frame of each table that a root leads to, from the root down. */
export function visitTables(
  state: MachineState,
  root: PhysicalAddress,
  visit: (frame: PhysicalAddress) => void,
  level = 3,
): void {
  if (root + PAGE_SIZE_BYTES > state.ramBytes) return;
  visit(root);
  if (level === 0) return;
  for (let entry = 0; entry < ENTRIES_PER_TABLE; entry++) {
    const low = state.view.getUint32(RAM_BASE + root + 8 * entry, true);
    if ((low & (PageBit.Present | PageBit.Large)) === PageBit.Present)
      visitTables(state, addressIn(low), visit, level - 1);
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
  state.frameFlags[at >>> 12] |= FrameFlag.Written;
  state.bytes.fill(0, RAM_BASE + at, RAM_BASE + at + PAGE_SIZE_BYTES);
  return at;
}

/** An empty PML4. */
export function createTables(state: MachineState, arena: TableArena): PhysicalAddress {
  return takeTable(state, arena);
}

/** `at`: in the machine's memory. */
function setEntry({ view, frameFlags }: MachineState, at: number, low: number, high: number): void {
  view.setUint32(at, low, true);
  view.setUint32(at + 4, high, true);
  frameFlags[(at - RAM_BASE) >>> 12] |= FrameFlag.Written;
}

/**
 * The entry for `address` on level `leaf`. Makes tables on the way if an arena is given, otherwise -1 where one is
 * missing.
 */
function entryFor(
  state: MachineState,
  root: PhysicalAddress,
  arena: TableArena | null,
  address: number,
  leaf: number,
): number {
  let table = root;
  for (let level = 3; level > leaf; level--) {
    const at = entryAt(table, level, address);
    const low = state.view.getUint32(at, true);
    if ((low & PageBit.Present) !== 0) {
      if ((low & PageBit.Large) !== 0) throw new Bug(`0x${address.toString(16)} lies in a 2 MiB page`);
      table = addressIn(low);
      continue;
    }
    if (arena === null) return -1;
    const fresh = takeTable(state, arena);
    setEntry(state, at, fresh | PageBit.Present | PageBit.Write | PageBit.User, 0);
    table = fresh;
  }
  return entryAt(table, leaf, address);
}

/**
 * Maps `sizeBytes` from `address` to contiguous frames; `pageBytes` 4 KiB or 2 MiB. Throws Bug on a page mapped
 * already.
 */
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
    const at = entryFor(state, root, arena, start + done, leaf);
    if ((state.view.getUint32(at, true) & PageBit.Present) !== 0)
      throw new Bug(`0x${(start + done).toString(16)} is mapped already`);
    const bits =
      PageBit.Present |
      (rights.write ? PageBit.Write : 0) |
      (rights.user === false ? 0 : PageBit.User) |
      (rights.global === true ? PageBit.Global : 0) |
      (leaf === 1 ? PageBit.Large : 0);
    setEntry(state, at, ((frames + done) | bits) >>> 0, rights.execute ? 0 : NO_EXECUTE_HIGH);
  }
}

/** Makes the tables that 4 KiB mappings of this range need, and maps nothing. */
export function reserveTables(
  state: MachineState,
  root: PhysicalAddress,
  arena: TableArena,
  address: VirtualAddress,
  sizeBytes: number,
): void {
  const start = Number(BigInt.asUintN(48, address));
  for (let done = 0; done < sizeBytes; done += PAGE_SIZE_BYTES) entryFor(state, root, arena, start + done, 0);
}

/** Frame of the page table that maps an address by 4 KiB, or -1 where there is none. */
export function tableOf(state: MachineState, root: PhysicalAddress, address: VirtualAddress): PhysicalAddress {
  const at = entryFor(state, root, null, Number(BigInt.asUintN(48, address)), 0);
  return at < 0 ? -1 : at - RAM_BASE - (at % PAGE_SIZE_BYTES);
}

/** Gives or takes the right to write 4 KiB pages, which are mapped. The caller flushes TLBs. */
export function protectPages(
  state: MachineState,
  root: PhysicalAddress,
  address: VirtualAddress,
  sizeBytes: number,
  write: boolean,
): void {
  const start = Number(BigInt.asUintN(48, address));
  for (let done = 0; done < sizeBytes; done += PAGE_SIZE_BYTES) {
    const at = entryFor(state, root, null, start + done, 0);
    const low = at < 0 ? 0 : state.view.getUint32(at, true);
    if ((low & PageBit.Present) === 0) throw new Bug(`0x${(start + done).toString(16)} is not mapped`);
    const high = state.view.getUint32(at + 4, true);
    setEntry(state, at, (write ? low | PageBit.Write : low & ~PageBit.Write) >>> 0, high);
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
    const at = entryFor(state, root, null, start + done, 0);
    if (at >= 0) setEntry(state, at, 0, 0);
  }
}
