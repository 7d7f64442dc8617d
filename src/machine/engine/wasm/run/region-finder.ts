/**
 * Which region goes on at an address, or at a point where it stopped, for a core: by a cache that is dropped when
 * mappings or regions change, and by the core's page tables, which are looked at without a trace.
 */
import { PAGE_SIZE_BYTES } from "../../../../units.js";
import { probeExecute } from "../../../memory/paging.js";
import { type EngineCore, slotOf } from "./engine-core.js";
import type { Region, StopPoint } from "../plan/index.js";
import { demandRegionFrom } from "./region-batches.js";
import type { RegionStore } from "./region-store.js";

export interface RegionFinder {
  isUsable(engineCore: EngineCore, region: Region): boolean;
  /** The region that goes on from where the core stopped, if there is one, or one can be made. */
  regionFrom(engineCore: EngineCore, point: StopPoint, mayTranslate: boolean): Region | null;
  /** The region that starts at an address, if there is one. */
  regionAt(engineCore: EngineCore, rip: number): Region | null;
}

export function createRegionFinder(regions: RegionStore): RegionFinder {
  const { state, code, translations } = regions.options;

  /** Whether the core's tables still have the region's code where it was. */
  function isMapped(engineCore: EngineCore, region: Region): boolean {
    for (const { address, frame } of region.pages)
      if (probeExecute(state, engineCore.core.tableRoot, address) !== frame) return false;
    return true;
  }

  function isKnown(engineCore: EngineCore, slot: number, rip: number): boolean {
    return engineCore.knownAt[slot] === rip && engineCore.knownAge[slot] === engineCore.age;
  }

  function isUsable(engineCore: EngineCore, region: Region): boolean {
    const slot = slotOf(region.rip);
    if (isKnown(engineCore, slot, region.rip) && engineCore.known[slot] === region) return true;
    if (region.isDead || !isMapped(engineCore, region)) return false;
    engineCore.knownAt[slot] = region.rip;
    engineCore.known[slot] = region;
    engineCore.knownAge[slot] = engineCore.age;
    return true;
  }

  function regionFrom(engineCore: EngineCore, point: StopPoint, mayTranslate: boolean): Region | null {
    if (point.region === null && !(mayTranslate && demandRegionFrom(regions, engineCore.core, point))) return null;
    const { region } = point;
    if (region === null || region.isDead) return null;
    if (region.foundAt[engineCore.core.id] === engineCore.age) return region;
    if (!isMapped(engineCore, region)) return null;
    region.foundAt[engineCore.core.id] = engineCore.age;
    return region;
  }

  function regionAt(engineCore: EngineCore, rip: number): Region | null {
    const slot = slotOf(rip);
    if (isKnown(engineCore, slot, rip)) return engineCore.known[slot];
    if (rip >= 0x8000_0000_0000) return null;
    const frame = probeExecute(state, engineCore.core.tableRoot, rip);
    if (frame < 0) return null;
    const block = code.find(frame + (rip % PAGE_SIZE_BYTES));
    const region = block === undefined ? null : translations.of(block).region;
    return region !== null && region.rip === rip && isUsable(engineCore, region) ? region : null;
  }

  return { isUsable, regionFrom, regionAt };
}
