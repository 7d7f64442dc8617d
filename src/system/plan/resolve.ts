/**
 * Resolves a description and its programs into a SystemPlan: every default, address and right.
 *
 * Deterministic: the same description and program bytes give the same plan, field by field. What is refused here is
 * what can't be resolved: names of nothing, entry functions, programs that do not fit. Then something stands
 * in its place, so that rules.ts can judge the rest, and the plan is not to be used.
 */
import { GIVEN_CHANNELS } from "../../devices/index.js";
import { Bug } from "../../errors.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import type { ChannelPlan, CorePlan, PartitionPlan, SystemPlan } from "../../kernel/plan.js";
import { type Program } from "../../partitions/elf-types.js";
import { LARGE_PAGE_SIZE_BYTES, type PhysicalAddress, type ThreadId } from "../../units.js";
import { coreCount, type Description, type PartitionDescription } from "../description/description.js";
import type { KeyPath } from "../description/locator.js";
import type { Problems } from "../description/problems.js";
import { channelAddress, KERNEL_BYTES, roundUp, type BlockLayout } from "./layout.js";
import { resolveNames, sourcePathOf } from "./resolve-names.js";
import { layoutPartition, resolveThread, withBootInfo, type ResolvedEnd } from "./resolve-partition.js";

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
  const memory = assignMemory(description);
  const ends = partitions.map((partition, id) => endsOf(description, partition, id, memory.channels));
  const layouts = partitions.map((partition, id) =>
    layoutPartition(partition, memory.partitions[id], programs[id], ends[id], problems),
  );
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
      memory: { at: memory.partitions[id], sizeBytes: partition.memoryBytes },
      tables: layout.tables,
      regions: withBootInfo(description, id, layout, ends[id]),
      threads,
      channelEnds: ends[id].map((end) => end.plan),
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
    channels: resolveChannels(description, memory.channels, layouts),
  };
  return { plan, sourcePath: (path) => sourcePathOf(description, path) };
}

/** Where each block and channel begins: one after the other, at multiples of 2 MiB. */
function assignMemory({ partitions, channels }: Description): {
  readonly partitions: readonly PhysicalAddress[];
  readonly channels: readonly PhysicalAddress[];
} {
  let next = KERNEL_BYTES;
  const take = (sizeBytes: number): PhysicalAddress => {
    const at = next;
    next += roundUp(sizeBytes, LARGE_PAGE_SIZE_BYTES);
    return at;
  };
  return {
    partitions: partitions.map(({ memoryBytes }) => take(memoryBytes)),
    channels: channels.map((channel) => take(CHANNEL_KINDS[channel.kind].sizeBytes(channel))),
  };
}

/** Named channels are numbered in the order of the file; those to devices follow, one a partition. */
function endsOf(
  { partitions, channels }: Description,
  partition: PartitionDescription,
  id: number,
  frames: readonly PhysicalAddress[],
): ResolvedEnd[] {
  const given = GIVEN_CHANNELS.map((channel, index): ResolvedEnd => {
    const { device, kind } = channel;
    const { roles } = CHANNEL_KINDS[kind];
    const end = roles.findIndex((role) => role !== channel.role);
    return {
      plan: { channel: channels.length + index * partitions.length + id, end },
      layout: { ...channel, name: device, role: roles[end], frames: null },
      peer: device,
    };
  });
  const named = channels.flatMap((channel, index): ResolvedEnd[] => {
    const names = [channel.from, channel.to];
    const end = names.indexOf(partition.name);
    if (end < 0) return [];
    const role = CHANNEL_KINDS[channel.kind].roles[end];
    return [
      {
        plan: { channel: index, end },
        layout: { ...channel, role, frames: frames[index] },
        peer: names[1 - end],
      },
    ];
  });
  return [...given, ...named];
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

function resolveChannels(
  { partitions, channels }: Description,
  frames: readonly PhysicalAddress[],
  layouts: readonly BlockLayout[],
): ChannelPlan[] {
  const idOf = (name: string): number => partitions.findIndex((partition) => partition.name === name);
  const named = channels.map((channel, id): ChannelPlan => ({
    id,
    name: channel.name,
    kind: channel.kind,
    slots: channel.slots,
    slotBytes: channel.slotBytes,
    full: channel.full,
    ends: CHANNEL_KINDS[channel.kind].roles.map((role, end) => ({
      role,
      owner: { kind: "partition", partition: idOf(end === 0 ? channel.from : channel.to) },
    })),
    frames: frames[id],
    sizeBytes: CHANNEL_KINDS[channel.kind].sizeBytes(channel),
  }));
  const given = GIVEN_CHANNELS.flatMap(({ device, kind, slots, slotBytes, full, role: deviceRole }, index) =>
    partitions.map(({ name }, partition): ChannelPlan => ({
      id: channels.length + index * partitions.length + partition,
      name: `${name}.${device}`,
      kind,
      slots,
      slotBytes,
      full,
      ends: CHANNEL_KINDS[kind].roles.map((role) => ({
        role,
        owner: role === deviceRole ? { kind: "device", device } : { kind: "partition", partition },
      })),
      frames: framesOf(layouts[partition], index),
      sizeBytes: CHANNEL_KINDS[kind].sizeBytes({ slots, slotBytes, full }),
    })),
  );
  return [...named, ...given];
}

/** Where the channel of a partition's end lies, in its own block. */
function framesOf({ regions }: BlockLayout, end: number): PhysicalAddress {
  const first = regions.find(({ at }) => at === channelAddress(end));
  if (first === undefined) throw new Bug(`channel end ${end} is not mapped`);
  return first.frames;
}
