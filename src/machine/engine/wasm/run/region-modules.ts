/**
 * Which module of WebAssembly a region's function is in, and its place in the table. Regions that are in one table go
 * on in each other without coming back to the engine: all of them where modules share a table, otherwise those of a
 * module.
 */
import { instantiate } from "../assembler/index.js";
import type { Reach, Region } from "../plan/index.js";
import { leaveModule, type RegionStore } from "./region-store.js";

/**
 * Where modules don't share a table, far regions that lead to each other through the engine are brought together after
 * so many such ways, and so many for each of them, for each run that makes a block hot: compiling one costs about as
 * much as a few hundred ways.
 */
const MERGE_HOPS = 8;
const MERGE_HOPS_A_REGION = 16;
const MAX_MERGED_REGIONS = 512;
/** Few modules of far regions stay live: between modules the way leads through the engine. */
const MAX_MODULES = 48;

/** Compiles the regions as one module, and takes them out of those that they were in. */
export function compileTogether(store: RegionStore, regions: readonly Region[], reach: Reach): void {
  const { options } = store;
  const module = store.nextModule++;
  options.counts.modules++;
  if (regions.some((region) => region.module !== 0)) options.forgetAddresses();
  for (const region of regions) leaveModule(store, region);
  const places = takePlaces(store, regions.length);
  const functions = instantiate(
    regions.map(({ body }) => body),
    options.imports,
    places,
  );
  store.modules.set(module, { reach, regions: new Set(regions) });
  regions.forEach((region, index) => {
    region.run = functions[index];
    region.module = module;
    region.place = places[index];
  });
}

/** Places for so many regions: they follow each other where a module has its own table. */
function takePlaces(store: RegionStore, count: number): number[] {
  const { freePlaces, options } = store;
  const { table } = options.imports;
  const places = Array.from({ length: count }, () => freePlaces.pop() ?? store.nextPlace++);
  if (table !== null && store.nextPlace > table.length)
    table.grow(Math.max(table.length, store.nextPlace - table.length));
  return places;
}

/**
 * A way from region to region led through the engine; `from` is where it last called translated code. Brings far
 * regions together that lead to each other, where only a module's own reach each other.
 */
export function noteHop(store: RegionStore, from: Region, to: Region): void {
  if (store.options.imports.table !== null) return;
  if (from.module === to.module || from.reach === "near" || to.reach === "near") return;
  const { hopping, options } = store;
  store.hops++;
  if (hopping.size < MAX_MERGED_REGIONS) hopping.add(from).add(to);
  if (store.hops < options.hotRuns * (MERGE_HOPS + MERGE_HOPS_A_REGION * hopping.size)) return;
  const regions = [...hopping].filter(({ isDead }) => !isDead);
  store.hops = 0;
  hopping.clear();
  compileTogether(store, regions, "far");
  options.counts.merges++;
  mergeSmallModules(store);
}

function mergeSmallModules(store: RegionStore): void {
  const far = [...store.modules.values()].filter(({ reach }) => reach === "far");
  if (far.length <= MAX_MODULES) return;
  const small = far.filter(({ regions }) => regions.size < MAX_MERGED_REGIONS / 2);
  compileTogether(
    store,
    small.flatMap(({ regions }) => [...regions]),
    "far",
  );
}
