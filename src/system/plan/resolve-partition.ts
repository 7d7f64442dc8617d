/** A partition of a plan, of its description and program: its block, its threads, and what it is told of itself. */
import { HEAP_BASE, PROGRAM_BASE } from "../../abi/index.js";
import { Bug, printable } from "../../errors.js";
import type { ChannelEndPlan, RegionPlan, ThreadPlan } from "../../kernel/plan.js";
import {
  bootInfoBytes,
  bootInfoPages,
  partitionSeed,
  type BootChannel,
  type BootPool,
} from "../../partitions/boot-info.js";
import { isExecutable, type Program } from "../../partitions/elf-types.js";
import { programRegions } from "../../partitions/program.js";
import { LARGE_PAGE_SIZE_BYTES, type PhysicalAddress, type ThreadId, type VirtualAddress } from "../../units.js";
import type { Description, PartitionDescription, ThreadDescription } from "../description/description.js";
import { suggestName } from "../description/names.js";
import type { Problems } from "../description/problems.js";
import { formatSize } from "../description/units.js";
import { roundUp, type Block, type BlockView } from "./blocks.js";
import { initialStackPointer, layoutBlock, type BlockLayout, type BlockRequest } from "./layout.js";

/** What a partition has of channels. */
export interface ToldPartition {
  readonly ends: readonly ChannelEndPlan[];
  readonly views: readonly BlockView[];
  readonly channels: readonly BootChannel[];
  readonly pools: readonly BootPool[];
}

/** Where everything of a partition lies. */
export function layoutPartition(
  partition: PartitionDescription,
  at: PhysicalAddress,
  program: Program | null,
  { channels, pools, views }: ToldPartition,
  blockFrames: ReadonlyMap<Block, PhysicalAddress>,
  problems: Problems,
  poolRanges: BlockRequest["pools"],
): BlockLayout {
  const { path, name, memoryBytes, threads } = partition;
  const request = {
    at,
    sizeBytes: memoryBytes,
    program: program === null ? [] : programRegions(program),
    stacks: threads.map((thread) => ({ name: thread.name, sizeBytes: thread.stackBytes })),
    bootInfoBytes: bootInfoBytes(channels, pools),
    channels: views.map(({ block, ...view }) => ({
      ...view,
      sizeBytes: block.sizeBytes,
      frames: blockFrames.get(block) ?? null,
    })),
    pools: poolRanges,
  };
  const layout = layoutBlock(request);
  if (!("neededBytes" in layout)) return layout;
  const { neededBytes, programBytes, stackBytes } = layout;
  problems.add(
    [...path, "memory"],
    `partition "${name}" has ${formatSize(memoryBytes)} of memory, and its program does not fit: it needs ` +
      `${formatSize(neededBytes)} (program ${formatSize(programBytes)}, stacks ${formatSize(stackBytes)}, console, ` +
      `boot information and page tables ${formatSize(neededBytes - programBytes - stackBytes)})`,
    `It fits with memory = "${formatSize(roundUp(neededBytes, LARGE_PAGE_SIZE_BYTES))}"; what is left over is its heap.`,
    { restsOn: [[...path, "program"], [...path, "stack"], ...threads.map((thread) => [...thread.path, "stack"])] },
  );
  const enough = layoutBlock({ ...request, sizeBytes: neededBytes });
  if ("neededBytes" in enough) throw new Bug("what a block needs is not enough for it");
  return enough;
}

export function resolveThread(
  thread: ThreadDescription,
  index: number,
  firstThread: ThreadId,
  program: Program | null,
  problems: Problems,
): ThreadPlan {
  return {
    id: firstThread + index,
    name: thread.name,
    rip: program?.entry ?? PROGRAM_BASE,
    rsp: initialStackPointer(index),
    entry: thread.entry === null || program === null ? 0n : findEntry(thread.entry, thread, program, problems),
    priority: thread.priority,
    periodCycles: thread.periodCycles,
    deadlineCycles: thread.deadlineCycles,
    wcetCycles: thread.wcetCycles,
    overrun: thread.overrun,
  };
}

/** 0 when there is no such function. */
function findEntry(entry: string, thread: ThreadDescription, program: Program, problems: Problems): VirtualAddress {
  const named = program.symbols.filter(({ name }) => name === entry);
  const candidates = named.some(({ isGlobal }) => isGlobal) ? named.filter(({ isGlobal }) => isGlobal) : named;
  const addresses = new Set(candidates.map(({ at }) => at));
  if (addresses.size === 1 && isExecutable(program.segments, candidates[0].at)) return candidates[0].at;
  const path = [...thread.path, "entry"];
  if (addresses.size > 1) {
    const problem = `program "${printable(program.file)}" has ${addresses.size} functions "${printable(entry)}"`;
    problems.add(path, problem, "Rename one, or make it the only one that is not static.");
    return 0n;
  }
  const names = program.symbols.filter(({ isGlobal }) => isGlobal).map(({ name }) => name);
  problems.add(
    path,
    `program "${printable(program.file)}" has no function "${printable(entry)}"`,
    names.length === 0
      ? "It has no symbols at all: link it without -s, and do not strip it."
      : `${suggestName(entry, names, "Its functions")} A C++ function needs extern "C".`,
  );
  return 0n;
}

/** The boot information names the heap, whose size is known only now. */
export function withBootInfo(
  description: Description,
  id: number,
  layout: BlockLayout,
  { channels, pools }: Pick<ToldPartition, "channels" | "pools">,
): readonly RegionPlan[] {
  const partition = description.partitions[id];
  const pages = bootInfoPages({
    partition: id,
    name: partition.name,
    core: partition.core,
    threadCount: partition.threads.length,
    frequencyHz: description.machine.frequencyHz,
    heapBase: HEAP_BASE,
    heapBytes: layout.heapBytes,
    seed: partitionSeed(description.machine.seed, partition.name),
    channels,
    pools,
  });
  return layout.regions.map((region) => (region.kind === "boot-info" ? { ...region, contents: pages } : region));
}
