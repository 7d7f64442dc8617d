/**
 * The translation look-aside buffers of a core: three direct-mapped arrays (read, write, execute) of 1,024 entries in
 * the machine's memory, shared by all engines. Rules: a CR3 write drops all but global entries, INVLPG drops one page
 * (global or not). Only addresses below 2^47 are cached; others walk each time.
 *
 *   tag   63..12        2        1       0
 *         page address  guarded  global  valid
 *
 * Invariant: a data entry whose frame is synchronising, or (for writes) has decoded code, is `guarded`. `lookUp` doesn't
 * care; translated code compares the whole tag with "page, valid", so it never reaches such a frame by itself.
 */
import type { CoreId, PhysicalAddress } from "../../units.js";
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

const VALID = 1;
const GLOBAL = 2;
const GUARDED = 4;

export const enum TlbKind {
  Read = 0,
  Write = 1,
  Execute = 2,
}

/** One core's TLB as typed arrays over the machine's memory. */
export interface Tlb {
  /** Low and high words of the tags, interleaved: entry i of kind k at 2 * (k * 1024 + i). */
  readonly tags: Uint32Array;
  /** Frame of entry i of kind k at k * 1024 + i. */
  readonly frames: Uint32Array;
}

export function tlbOf(state: MachineState, core: CoreId): Tlb {
  const base = core * CORE_STRIDE;
  return {
    tags: new Uint32Array(state.memory.buffer, base + TLB_TAGS_OFFSET, (3 * TLB_TAGS_BYTES) / 4),
    frames: new Uint32Array(state.memory.buffer, base + TLB_FRAMES_OFFSET, (3 * TLB_FRAMES_BYTES) / 4),
  };
}

/**
 * Entry for an address below 2^47 (as a number): the page number folded over itself, but for its lowest bit, so that
 * neighbours never share an entry (an access that crosses into the next page then can't hit by mistake).
 */
function slotOf(kind: TlbKind, address: number): number {
  const page = Math.floor(address / 4096);
  return kind * TLB_ENTRIES + ((page ^ ((page >>> 9) & 0x3fe)) & (TLB_ENTRIES - 1));
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
      if (frames[slot] === frame && isGuarded(slot < TLB_ENTRIES ? TlbKind.Read : TlbKind.Write, flags))
        tags[2 * slot] |= GUARDED;
}

/** The frame's offset in RAM, or -1 on a miss. */
export function lookUp(tlb: Tlb, kind: TlbKind, address: number): PhysicalAddress {
  const slot = slotOf(kind, address);
  const low = ((address - (address % 4096)) >>> 0) | VALID;
  const high = (address / 4294967296) | 0;
  return (tlb.tags[2 * slot] & 0xffff_f001) === (low | 0) && tlb.tags[2 * slot + 1] === high ? tlb.frames[slot] : -1;
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
  const slot = slotOf(kind, address);
  const guarded = isGuarded(kind, frameFlags) ? GUARDED : 0;
  tlb.tags[2 * slot] = ((address - (address % 4096)) >>> 0) | VALID | (global ? GLOBAL : 0) | guarded;
  tlb.tags[2 * slot + 1] = (address / 4294967296) | 0;
  tlb.frames[slot] = frame;
}

/** CR3 write: all entries but global ones go. */
export function flush(tlb: Tlb): void {
  const { tags } = tlb;
  for (let i = 0; i < tags.length; i += 2) if ((tags[i] & GLOBAL) === 0) tags[i] = 0;
}

/** INVLPG for an address below 2^47. */
export function flushPage(tlb: Tlb, address: number): void {
  for (const kind of [TlbKind.Read, TlbKind.Write, TlbKind.Execute])
    if (lookUp(tlb, kind, address) >= 0) tlb.tags[2 * slotOf(kind, address)] = 0;
}
