/**
 * The translation look-aside buffers of a core: three direct-mapped arrays (read, write, execute) of 1,024 entries in
 * the machine's memory, shared by all engines. Rules: a CR3 write drops all but global entries, INVLPG drops one page
 * (global or not). Only addresses below 2^47 are cached; others walk each time.
 */
import type { CoreId, PhysicalAddress } from "../../units.js";
import {
  CORE_STRIDE,
  TLB_ENTRIES,
  TLB_FRAMES_BYTES,
  TLB_FRAMES_OFFSET,
  TLB_TAGS_BYTES,
  TLB_TAGS_OFFSET,
  type MachineState,
} from "../state.js";

const VALID = 1;
const GLOBAL = 2;

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

/** Entry for an address below 2^47 (as a number): the page number folded over itself. */
function slotOf(kind: TlbKind, address: number): number {
  const page = Math.floor(address / 4096);
  return kind * TLB_ENTRIES + ((page ^ (page >>> 10) ^ Math.floor(page / 1048576)) & (TLB_ENTRIES - 1));
}

/** The frame's offset in RAM, or -1 on a miss. */
export function lookUp(tlb: Tlb, kind: TlbKind, address: number): PhysicalAddress {
  const slot = slotOf(kind, address);
  const low = ((address - (address % 4096)) >>> 0) | VALID;
  const high = (address / 4294967296) | 0;
  return (tlb.tags[2 * slot] & 0xffff_f001) === (low | 0) && tlb.tags[2 * slot + 1] === high ? tlb.frames[slot] : -1;
}

export function fill(tlb: Tlb, kind: TlbKind, address: number, frame: PhysicalAddress, global: boolean): void {
  const slot = slotOf(kind, address);
  tlb.tags[2 * slot] = ((address - (address % 4096)) >>> 0) | VALID | (global ? GLOBAL : 0);
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
