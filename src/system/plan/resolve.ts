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
      policy: partition.policy,
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
    cores: resolveCores(description, problems),
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

function resolveCores(description: Description, problems: Problems): CorePlan[] {
  const idOf = (name: string): number => description.partitions.findIndex((partition) => partition.name === name);
  return Array.from({ length: coreCount(description) }, (_, core): CorePlan => {
    const table = description.cores.find((candidate) => candidate.core === core);
    checkShares(description, core, table !== undefined, problems);
    if (table !== undefined) {
      const windows = table.windows.map(({ partition, startCycles, lengthCycles }) => ({
        partition: idOf(partition),
        startCycles,
        lengthCycles,
      }));
      return { kind: "windows", frameCycles: table.frameCycles, windows };
    }
    const here = description.partitions.flatMap((candidate, id) =>
      candidate.core === core ? [{ ...candidate, id }] : [],
    );
    if (here.some(({ reserve, isOnSlack }) => reserve !== null || isOnSlack))
      return {
        kind: "reservations",
        reservations: here.flatMap(({ reserve, id }) => (reserve === null ? [] : [{ partition: id, ...reserve }])),
        slack: here.flatMap(({ reserve, id }) => (reserve === null ? [id] : [])),
      };
    const partition = description.partitions.findIndex((candidate) => candidate.core === core);
    return partition === -1 ? { kind: "off" } : { kind: "dedicated", partition };
  });
}

/** On a core with reservations each partition has one or says that it takes what is left; with windows, none does. */
function checkShares({ partitions }: Description, core: number, hasWindows: boolean, problems: Problems): void {
  const here = partitions.filter((partition) => partition.core === core);
  const sharer = here.find(({ reserve, isOnSlack }) => reserve !== null || isOnSlack);
  if (sharer === undefined) return;
  const key = ({ reserve }: PartitionDescription): string => (reserve === null ? "slack" : "reserve");
  for (const partition of here) {
    const { path, name, reserve, isOnSlack } = partition;
    if (hasWindows && (reserve !== null || isOnSlack))
      problems.add(
        [...path, key(partition)],
        `partition "${name}" has ${key(partition)}, and core ${core} runs windows`,
        `Leave ${key(partition)} out, or take [core.${core}] away.`,
        { part: "key", restsOn: [["core", String(core)]] },
      );
    else if (reserve !== null && isOnSlack)
      problems.add([...path, "slack"], `partition "${name}" has reserve and slack`, "Leave one of them out.", {
        part: "key",
        restsOn: [[...path, "reserve"]],
      });
    else if (!hasWindows && reserve === null && !isOnSlack)
      problems.add(
        [...path, "core"],
        `partition "${name}" has no part of core ${core}, which is shared by reservations`,
        `Give it reserve = { budget = ..., period = ... }, or slack = true for what the others leave.`,
        { restsOn: [[...sharer.path, key(sharer)]] },
      );
  }
}
