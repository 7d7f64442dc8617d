/**
 * Resolves a description and its programs into a SystemPlan: every default, address and right.
 *
 * Deterministic: the same description and program bytes give the same plan, field by field. What is refused here is
 * what can't be resolved: names of nothing, entry functions, programs that do not fit. Then something stands
 * in its place, so that rules.ts can judge the rest, and the plan is not to be used.
 */
import { HEAP_BASE, PROGRAM_BASE } from "../../abi/index.js";
import { GIVEN_CHANNELS } from "../../devices/index.js";
import { Bug } from "../../errors.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import type {
  ChannelEndPlan,
  ChannelPlan,
  CorePlan,
  PartitionPlan,
  RegionPlan,
  SystemPlan,
  ThreadPlan,
} from "../../kernel/plan.js";
import { bootInfoPage, partitionSeed, type BootChannel } from "../../partitions/boot-info.js";
import { isExecutable, type Program } from "../../partitions/elf-types.js";
import { programRegions } from "../../partitions/program.js";
import { LARGE_PAGE_SIZE_BYTES, type PhysicalAddress, type ThreadId, type VirtualAddress } from "../../units.js";
import {
  coreCount,
  type ChannelDescription,
  type CoreDescription,
  type Description,
  type PartitionDescription,
  type ThreadDescription,
} from "../description/description.js";
import type { KeyPath } from "../description/locator.js";
import { suggestName } from "../description/names.js";
import { printable } from "../description/printable.js";
import type { Problems } from "../description/problems.js";
import { formatSize } from "../description/units.js";
import {
  channelAddress,
  initialStackPointer,
  KERNEL_BYTES,
  layoutBlock,
  roundUp,
  type BlockLayout,
  type EndLayout,
} from "./layout.js";

/** One end of a channel: its place in the plan, and what the layout and the partition need to know of it. */
interface End {
  readonly plan: ChannelEndPlan;
  readonly layout: EndLayout;
  readonly peer: string;
}

export interface ResolvedPlan {
  readonly plan: SystemPlan;
  /** From a path as rules.ts writes it to that of the description. */
  readonly sourcePath: (path: KeyPath) => KeyPath;
}

/** `programs` holds each partition's program, in the order of partitions; null for one that has been complained about. */
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

/** Without what names a partition or a core that is not there; windows in the order of their time. */
function resolveNames(description: Description, problems: Problems): Description {
  const { partitions, machine } = description;
  const names = partitions.map(({ name }) => name);
  const count = coreCount(description);
  const coreIsThere = ({ path, core }: CoreDescription): boolean => {
    if (core < count) return true;
    const used = machine.cores === null ? "no partition is on it" : `the machine has ${count}, numbered from 0`;
    const hint = "Remove the table, or put partitions there.";
    problems.add(path, `[core.${core}] has windows, and ${used}`, hint, {
      part: "key",
      restsOn: [["machine", "cores"], ...partitions.map(({ path: other }) => [...other, "core"])],
    });
    return false;
  };
  const isNamed = (path: KeyPath, name: string, problem: string): boolean => {
    if (names.includes(name)) return true;
    const hint = suggestName(name, names, "Partitions");
    problems.add(path, `${problem}there is no partition "${printable(name)}"`, hint);
    return false;
  };
  const cores = description.cores.filter(coreIsThere).map((core) => ({
    ...core,
    windows: core.windows
      .filter(({ path, partition }) => isNamed([...path, "partition"], partition, ""))
      .toSorted((a, b) => a.startCycles - b.startCycles),
  }));
  const hasEnds = ({ path, name, from, to }: ChannelDescription): boolean => {
    const problem = `channel "${printable(name)}" has no end: `;
    const hasFrom = isNamed([...path, "from"], from, problem);
    return isNamed([...path, "to"], to, problem) && hasFrom;
  };
  return { ...description, cores, channels: description.channels.filter(hasEnds) };
}

/** `partition`, `thread`, `core`, `windows` and `channel` are numbered in a plan; each knows where it was written. */
function sourcePathOf({ partitions, cores, channels }: Description, path: KeyPath): KeyPath {
  const [table, name, list, element, ...rest] = path;
  const key = path.slice(2);
  if (table === "channel") return [...(channels[Number(name)]?.path ?? path), ...key];
  if (table === "core" && list === "windows" && element !== undefined) {
    const core = cores.find((candidate) => candidate.core === Number(name));
    return [...(core?.windows[Number(element)]?.path ?? path), ...rest];
  }
  if (table === "partition" && list === "thread") {
    const partition = partitions.find((candidate) => candidate.name === name);
    const thread = partition?.threads.find((candidate) => candidate.name === element);
    return thread === undefined ? path : [...thread.path, ...rest];
  }
  return path;
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
): End[] {
  const given = GIVEN_CHANNELS.map((channel, index): End => {
    const { device, kind } = channel;
    const { roles } = CHANNEL_KINDS[kind];
    const end = roles.findIndex((role) => role !== channel.role);
    return {
      plan: { channel: channels.length + index * partitions.length + id, end },
      layout: { ...channel, name: device, role: roles[end], frames: null },
      peer: device,
    };
  });
  const named = channels.flatMap((channel, index): End[] => {
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

function layoutPartition(
  partition: PartitionDescription,
  at: PhysicalAddress,
  program: Program | null,
  ends: readonly End[],
  problems: Problems,
): BlockLayout {
  const { path, name, memoryBytes, threads } = partition;
  const request = {
    at,
    sizeBytes: memoryBytes,
    program: program === null ? [] : programRegions(program),
    stacks: threads.map((thread) => ({ name: thread.name, sizeBytes: thread.stackBytes })),
    ends: ends.map((end) => end.layout),
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

function resolveThread(
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

/** The boot-information page names the heap and the channels, whose places are known only now. */
function withBootInfo(
  description: Description,
  id: number,
  layout: BlockLayout,
  ends: readonly End[],
): readonly RegionPlan[] {
  const partition = description.partitions[id];
  const page = bootInfoPage({
    partition: id,
    name: partition.name,
    core: partition.core,
    threadCount: partition.threads.length,
    frequencyHz: description.machine.frequencyHz,
    heapBase: HEAP_BASE,
    heapBytes: layout.heapBytes,
    seed: partitionSeed(description.machine.seed, partition.name),
    channels: ends.map((end, index): BootChannel => ({
      name: end.layout.name,
      at: channelAddress(index),
      isProducer: end.layout.role === "producer",
      slots: end.layout.slots,
      slotBytes: end.layout.slotBytes,
      full: end.layout.full,
      peer: end.peer,
    })),
  });
  return layout.regions.map((region) => (region.kind === "boot-info" ? { ...region, contents: page } : region));
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
