/**
 * Which region goes on at an address, or at a point where it stopped, for a core: by a cache that is dropped when
 * mappings or regions change, and by the core's page tables, which are looked at without a trace.
 */
import { PAGE_SIZE_BYTES } from "../../../../units.js";
import { probeExecute } from "../../../memory/paging.js";
import { type CoreHost, slotOf } from "./core-host.js";
import { EMPTY_JUMP_BYTE, JUMP_CACHE_BASE, JUMP_CACHE_STRIDE, jumpSlotOf } from "../layout.js";
import type { Region, StopPoint } from "../plan/index.js";
import { demandRegionFrom } from "./region-batches.js";
import type { RegionStore } from "./region-store.js";

export interface RegionFinder {
  isUsable(host: CoreHost, region: Region): boolean;
  /** The region that goes on from where the core stopped, if there is one, or one can be made. */
  regionFrom(host: CoreHost, point: StopPoint, mayTranslate: boolean): Region | null;
  /** The region that starts at an address, if there is one. */
  regionAt(host: CoreHost, rip: number): Region | null;
  /** The jump cache, by which translated code finds the next region itself. */
  clearJumpCache(host: CoreHost): void;
  noteJump(host: CoreHost, region: Region): void;
}

export function createRegionFinder(regions: RegionStore): RegionFinder {
  const { state, code, translations } = regions.options;
  const words = new Uint32Array(state.memory.buffer);

  /** Whether the core's tables still have the region's code where it was. */
  function isMapped(host: CoreHost, region: Region): boolean {
    for (const { address, frame } of region.pages)
      if (probeExecute(state, host.core.tableRoot, address) !== frame) return false;
    return true;
  }

  function isKnown(host: CoreHost, slot: number, rip: number): boolean {
    return host.knownAt[slot] === rip && host.knownAge[slot] === host.age;
  }

  function isUsable(host: CoreHost, region: Region): boolean {
    const slot = slotOf(region.rip);
    if (isKnown(host, slot, region.rip) && host.known[slot] === region) return true;
    if (region.isDead || !isMapped(host, region)) return false;
    host.knownAt[slot] = region.rip;
    host.known[slot] = region;
    host.knownAge[slot] = host.age;
    return true;
  }

  function regionFrom(host: CoreHost, point: StopPoint, mayTranslate: boolean): Region | null {
    if (point.region === null && !(mayTranslate && demandRegionFrom(regions, host.core, point))) return null;
    const { region } = point;
    if (region === null || region.isDead) return null;
    if (region.foundAt[host.core.id] === host.age) return region;
    if (!isMapped(host, region)) return null;
    region.foundAt[host.core.id] = host.age;
    return region;
  }

  function regionAt(host: CoreHost, rip: number): Region | null {
    const slot = slotOf(rip);
    if (isKnown(host, slot, rip)) return host.known[slot];
    if (rip >= 0x8000_0000_0000) return null;
    const frame = probeExecute(state, host.core.tableRoot, rip);
    if (frame < 0) return null;
    const block = code.find(frame + (rip % PAGE_SIZE_BYTES));
    const region = block === undefined ? null : translations.of(block).region;
    return region !== null && region.rip === rip && isUsable(host, region) ? region : null;
  }

  function clearJumpCache(host: CoreHost): void {
    const at = JUMP_CACHE_BASE + host.core.id * JUMP_CACHE_STRIDE;
    state.bytes.fill(EMPTY_JUMP_BYTE, at, at + JUMP_CACHE_STRIDE);
    host.isJumpCacheStale = false;
    host.noted = null;
  }

  function noteJump(host: CoreHost, region: Region): void {
    if (region.point !== null || region.reach === "near") return;
    host.noted = region;
    const at = (JUMP_CACHE_BASE + host.core.id * JUMP_CACHE_STRIDE + 16 * jumpSlotOf(region.rip | 0)) >>> 2;
    words[at] = region.rip;
    words[at + 1] = region.rip / 4294967296;
    words[at + 2] = region.index;
    words[at + 3] = region.module;
  }

  return { isUsable, regionFrom, regionAt, clearJumpCache, noteJump };
}
