/**
 * Resolves a description and its programs into a SystemPlan: every default, address and right.
 *
 * Deterministic: the same description and program bytes give the same plan, field by field. What is refused here is
 * what can't be resolved: names of nothing, entry functions, programs that do not fit. Then something stands
 * in its place, so that rules.ts can judge the rest, and the plan is not to be used.
 */
import type { CorePlan, PartitionPlan, SystemPlan } from "../../kernel/plan.js";
import { type Program } from "../../partitions/elf-types.js";
import { LARGE_PAGE_SIZE_BYTES, type PhysicalAddress, type ThreadId } from "../../units.js";
import { coreCount, type Description, type PartitionDescription } from "../description/description.js";
import type { KeyPath } from "../description/locator.js";
import type { Problems } from "../description/problems.js";
import { arrangeChannels, ownFrames, placeBlocks, roundUp, toBlockPlans, toLinkPlans, viewBlocks } from "./blocks.js";
import { KERNEL_BYTES } from "./layout.js";
import { bootPools, poolRanges, resolvePools } from "./pools.js";
import { bootChannels, endsByPartition, resolveChannels, resolveDevices } from "./resolve-channels.js";
import { resolveNames, sourcePathOf } from "./resolve-names.js";
import { layoutPartition, resolveThread, withBootInfo, type ToldPartition } from "./resolve-partition.js";

export interface ResolvedPlan {
  readonly plan: SystemPlan;
  /** From a path as rules.ts writes it to that of the description. */
  readonly sourcePath: (path: KeyPath) => KeyPath;
}

/** `programs` holds each partition's program, in the order of partitions; null for one that is a problem already. */
export function resolvePlan(
  written: Description,
  programs: readonly (Program | null)[],
  problems: Problems,
): ResolvedPlan {
  const description = resolveNames(written, problems);
  const { partitions, machine } = description;
  const memory = assignMemory(partitions);
  const devices = resolveDevices(description);
  const named = resolveChannels(description, devices);
  const arrangement = arrangeChannels(named);
  const blockFrames = placeBlocks(arrangement.blocks, memory.end);
  const channelEnd = Math.max(memory.end, ...[...blockFrames].map(([{ sizeBytes }, at]) => at + sizeBytes));
  const pools = resolvePools(description, channelEnd);
  const names = partitions.map(({ name }) => name);
  const endsOf = endsByPartition(partitions, named);
  const told = partitions.map((_, id): ToldPartition => {
    const ends = endsOf[id];
    const views = viewBlocks(arrangement, id, names);
    return {
      ends,
      views,
      channels: bootChannels({ partitions, devices }, named, arrangement, ends, views),
      pools: bootPools(partitions, pools, id),
    };
  });
  const layouts = partitions.map((partition, id) =>
    layoutPartition(partition, memory.starts[id], programs[id], told[id], blockFrames, problems, poolRanges(pools, id)),
  );
  const frames = new Map([...blockFrames, ...layouts.flatMap(({ regions }, id) => ownFrames(told[id].views, regions))]);
  let firstThread: ThreadId = 0;
  const partitionPlans = partitions.map((partition, id): PartitionPlan => {
    const layout = layouts[id];
    const program = programs[id];
    const threads = partition.threads.map((thread, index) =>
      resolveThread(thread, index, firstThread, program, problems),
    );
    firstThread += threads.length;
    return {
      id,
      name: partition.name,
      class: partition.class,
      core: partition.core,
      memory: { at: memory.starts[id], sizeBytes: partition.memoryBytes },
      tables: layout.tables,
      regions: withBootInfo(description, id, layout, told[id]),
      threads,
      channelEnds: told[id].ends,
      restart: partition.restart,
      program: partition.program,
      symbols: program?.symbols.map(({ name, at, sizeBytes }) => ({ name, at, sizeBytes })) ?? [],
    };
  });
  const plan: SystemPlan = {
    name: description.name,
    machine: {
      cores: coreCount(description),
      memoryBytes: machine.memoryBytes,
      frequencyHz: machine.frequencyHz,
      timing: machine.timing,
      seed: machine.seed,
    },
    cores: resolveCores(description),
    partitions: partitionPlans,
    devices,
    channels: named.map((channel) => ({ ...channel, links: toLinkPlans(arrangement.links[channel.id], frames) })),
    blocks: toBlockPlans(blockFrames),
    pools,
  };
  return { plan, sourcePath: (path) => sourcePathOf(description, path) };
}

/** Where the memory of each partition begins: one after the other, at multiples of 2 MiB; and where the last ends. */
function assignMemory(partitions: readonly PartitionDescription[]): {
  readonly starts: readonly PhysicalAddress[];
  readonly end: PhysicalAddress;
} {
  let end = KERNEL_BYTES;
  const starts = partitions.map(({ memoryBytes }) => {
    const at = end;
    end += roundUp(memoryBytes, LARGE_PAGE_SIZE_BYTES);
    return at;
  });
  return { starts, end };
}

function resolveCores(description: Description): CorePlan[] {
  const idOf = (name: string): number => description.partitions.findIndex((partition) => partition.name === name);
  return Array.from({ length: coreCount(description) }, (_, core): CorePlan => {
    const table = description.cores.find((candidate) => candidate.core === core);
    if (table !== undefined) {
      const windows = table.windows.map(({ partition, startCycles, lengthCycles }) => ({
        partition: idOf(partition),
        startCycles,
        lengthCycles,
      }));
      return { kind: "windows", frameCycles: table.frameCycles, windows };
    }
    const partition = description.partitions.findIndex((candidate) => candidate.core === core);
    return partition === -1 ? { kind: "off" } : { kind: "dedicated", partition };
  });
}
