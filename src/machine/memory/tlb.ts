/**
 * The translation look-aside buffers of a core: three direct-mapped arrays (read, write, execute) of 1,024 entries in
 * the machine's memory, shared by all engines. Rules: a CR3 write drops all but global entries, INVLPG drops one page
 * (global or not). Only addresses below 2^47 are cached; others walk each time.
 *
 *   tag   63      62        61       46..12         11..0
 *         empty   guarded   global   page address   0
 *
 * Invariant: a data entry whose frame is synchronising, or (for writes) has decoded code, is `guarded`. `lookUp`
 * doesn't care. Translated code takes the exclusive or of tag and address: it is the offset in the page where the entry
 * is nothing but the page. In a tag with one of the upper bits, bit 12 is inverted: the address that equals it (it is
 * not canonical) belongs to another entry, so the exclusive or is never below 4096.
 */
import { PAGE_SIZE_BYTES, type CoreId, type PhysicalAddress } from "../../units.js";
import {
  CORE_STRIDE,
  FrameFlag,
  TLB_ENTRIES,
  TLB_FRAMES_BYTES,
  TLB_FRAMES_OFFSET,
  TLB_TAGS_BYTES,
  TLB_TAGS_OFFSET,
  type MachineState,
} from "../state.js";

/** Bits of a tag's upper word. */
const EMPTY = 1 << 31;
const GUARDED = 1 << 30;
const GLOBAL = 1 << 29;
/** Inverted in the lower word of a tag that has one of them. */
const OTHER_PAGE = 0x1000;

export const enum TlbKind {
  Read = 0,
  Write = 1,
  Execute = 2,
}

/** One core's TLB as typed arrays over the machine's memory. */
export interface Tlb {
  /** Low and high words of the tags, interleaved: entry i of kind k at 2 * (k * 1024 + i). */
  readonly tags: Uint32Array;
  /** Frame of entry i of kind k at 2 * (k * 1024 + i). */
  readonly frames: Uint32Array;
}

export function tlbOf(state: MachineState, core: CoreId): Tlb {
  const base = core * CORE_STRIDE;
  return {
    tags: new Uint32Array(state.memory.buffer, base + TLB_TAGS_OFFSET, (3 * TLB_TAGS_BYTES) / 4),
    frames: new Uint32Array(state.memory.buffer, base + TLB_FRAMES_OFFSET, (3 * TLB_FRAMES_BYTES) / 4),
  };
}

/** Entry for an address below 2^47 (as a number): bits 12 to 21, with bits 23 to 31 folded over them. */
function slotOf(kind: TlbKind, address: number): number {
  const low = address >>> 0;
  return kind * TLB_ENTRIES + (((low ^ (low >>> 11)) >>> 12) & (TLB_ENTRIES - 1));
}

/** `word`: index of the tag's lower word. */
function setEmpty(tags: Uint32Array, word: number): void {
  tags[word] = (((word >>> 1) & (TLB_ENTRIES - 1)) << 12) ^ OTHER_PAGE;
  tags[word + 1] = EMPTY;
}

/** All entries of all kinds are empty. */
export function clear({ tags }: Tlb): void {
  for (let word = 0; word < tags.length; word += 2) setEmpty(tags, word);
}

/** Flags that make an entry of this kind guarded. */
const GUARDING: Record<TlbKind, number> = {
  [TlbKind.Read]: FrameFlag.Synchronising,
  [TlbKind.Write]: FrameFlag.Synchronising | FrameFlag.Code,
  [TlbKind.Execute]: 0,
};

/** Whether translated code must not reach a frame with these flags by itself. */
export function isGuarded(kind: TlbKind, frameFlags: number): boolean {
  return (frameFlags & GUARDING[kind]) !== 0;
}

/** A frame became synchronising, or code was decoded from it: entries that lead there become guarded. */
export function guardFrame(state: MachineState, tlbs: readonly Tlb[], frame: PhysicalAddress): void {
  const flags = state.frameFlags[frame >>> 12];
  for (const { tags, frames } of tlbs)
    for (let slot = 0; slot < 2 * TLB_ENTRIES; slot++)
      if (frames[2 * slot] === frame && isGuarded(slot < TLB_ENTRIES ? TlbKind.Read : TlbKind.Write, flags)) {
        if ((tags[2 * slot + 1] & (EMPTY | GUARDED | GLOBAL)) === 0) tags[2 * slot] ^= OTHER_PAGE;
        tags[2 * slot + 1] |= GUARDED;
      }
}

/** The frame's offset in RAM, or -1 on a miss. */
export function lookUp({ tags, frames }: Tlb, kind: TlbKind, address: number): PhysicalAddress {
  const slot = 2 * slotOf(kind, address);
  const low = (address - (address % PAGE_SIZE_BYTES)) >>> 0;
  const high = tags[slot + 1];
  const expected = (high & (GUARDED | GLOBAL)) === 0 ? low : (low ^ OTHER_PAGE) >>> 0;
  const isHit = tags[slot] === expected && (high & ~(GUARDED | GLOBAL)) === ((address / 4294967296) | 0);
  return isHit ? frames[slot] : -1;
}

/** Calls `visit` with the frame of each entry of a kind. */
export function visitFrames({ tags, frames }: Tlb, kind: TlbKind, visit: (frame: PhysicalAddress) => void): void {
  for (let word = 2 * kind * TLB_ENTRIES; word < 2 * (kind + 1) * TLB_ENTRIES; word += 2)
    if ((tags[word + 1] & EMPTY) === 0) visit(frames[word]);
}

/** `frameFlags`: those of the frame. */
export function fill(
  tlb: Tlb,
  kind: TlbKind,
  address: number,
  frame: PhysicalAddress,
  global: boolean,
  frameFlags: number,
): void {
  const slot = 2 * slotOf(kind, address);
  const bits = (isGuarded(kind, frameFlags) ? GUARDED : 0) | (global ? GLOBAL : 0);
  const low = address - (address % PAGE_SIZE_BYTES);
  tlb.tags[slot] = bits === 0 ? low : low ^ OTHER_PAGE;
  tlb.tags[slot + 1] = (address / 4294967296) | bits;
  tlb.frames[slot] = frame;
}

/** CR3 write: all entries but global ones go. */
export function flush({ tags }: Tlb): void {
  for (let word = 0; word < tags.length; word += 2) if ((tags[word + 1] & GLOBAL) === 0) setEmpty(tags, word);
}

/** INVLPG for an address below 2^47. */
export function flushPage(tlb: Tlb, address: number): void {
  for (const kind of [TlbKind.Read, TlbKind.Write, TlbKind.Execute])
    if (lookUp(tlb, kind, address) >= 0) setEmpty(tlb.tags, 2 * slotOf(kind, address));
}
