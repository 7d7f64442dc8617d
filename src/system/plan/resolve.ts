/**
 * Resolves a checked description and its programs into a SystemPlan: every default, address and right.
 *
 * Deterministic: the same description and program bytes give the same plan, field by field. What is refused here is
 * what only shows once programs are read: sizes, entry functions, memory in all.
 */
import { HEAP_BASE } from "../../abi/index.js";
import { ConfigError } from "../../errors.js";
import { ringGeometry } from "../../ipc/index.js";
import type {
  ChannelEndPlan,
  ChannelPlan,
  CorePlan,
  PartitionPlan,
  RegionPlan,
  SystemPlan,
  ThreadPlan,
} from "../../kernel/plan.js";
import { bootInfoPage, CONSOLE_NAME, partitionSeed, type BootChannel } from "../../partitions/boot-info.js";
import { isExecutable, type Program } from "../../partitions/elf-types.js";
import { programRegions } from "../../partitions/program.js";

import { LARGE_PAGE_SIZE_BYTES, type PhysicalAddress, type ThreadId, type VirtualAddress } from "../../units.js";
import {
  coreCount,
  type Description,
  type PartitionDescription,
  type ThreadDescription,
} from "../description/description.js";
import {
  channelAddress,
  CONSOLE_END,
  initialStackPointer,
  KERNEL_BYTES,
  layoutBlock,
  ringBytes,
  roundUp,
  type BlockLayout,
  type EndLayout,
} from "./layout.js";
import type { Places } from "../description/locator.js";
import { printable, suggestName } from "../description/names.js";
import { formatSize } from "../description/units.js";

/** One end of a channel: its place in the plan, and what the layout and the partition need to know of it. */
interface End {
  readonly plan: ChannelEndPlan;
  readonly layout: EndLayout;
  readonly peer: string;
}

/** `programs` holds each partition's program, in the order of partitions. The description must have been checked. */
export function resolvePlan(description: Description, programs: readonly Program[], places: Places): SystemPlan {
  const { partitions, machine } = description;
  const memory = assignMemory(description, places);
  const ends = partitions.map((partition, id) => endsOf(description, partition, id, memory.channels));
  const layouts = partitions.map((partition, id) =>
    layoutPartition(partition, memory.partitions[id], programs[id], ends[id], places),
  );
  let firstThread: ThreadId = 0;
  const partitionPlans = partitions.map((partition, id): PartitionPlan => {
    const layout = layouts[id];
    const program = programs[id];
    const threads = partition.threads.map((thread, index) =>
      resolveThread(thread, index, firstThread, program, places),
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
      symbols: program.symbols.map(({ name, at, sizeBytes }) => ({ name, at, sizeBytes })),
    };
  });
  return {
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
}

/** Where each block and channel begins; refuses a system that needs more memory than the machine has. */
function assignMemory(
  { machine, partitions, channels }: Description,
  places: Places,
): { readonly partitions: readonly PhysicalAddress[]; readonly channels: readonly PhysicalAddress[] } {
  let next = KERNEL_BYTES;
  const take = (sizeBytes: number): PhysicalAddress => {
    const at = next;
    next += roundUp(sizeBytes, LARGE_PAGE_SIZE_BYTES);
    return at;
  };
  const blocks = partitions.map(({ memoryBytes }) => take(memoryBytes));
  const partitionBytes = next - KERNEL_BYTES;
  const rings = channels.map(({ slots, slotBytes }) => take(ringGeometry(slots, slotBytes).sizeBytes));
  if (next > machine.memoryBytes) {
    const channelBytes = next - KERNEL_BYTES - partitionBytes;
    const fits = next <= 2 * 1024 * 1024 * 1024;
    throw new ConfigError(
      places(["machine", "memory"]),
      `the machine has ${formatSize(machine.memoryBytes)} of memory, and ${formatSize(next)} are needed: ` +
        `kernel ${formatSize(KERNEL_BYTES)}, partitions ${formatSize(partitionBytes)}, channels ${formatSize(channelBytes)}`,
      fits
        ? `Write memory = "${formatSize(next)}" in [machine]; each partition and channel begins at a multiple of 2 MiB.`
        : "A machine has at most 2 GiB: give the partitions less memory.",
    );
  }
  return { partitions: blocks, channels: rings };
}

/** Named channels are numbered in the order of the file; the consoles follow, one a partition. */
function endsOf(
  { partitions, channels }: Description,
  partition: PartitionDescription,
  id: number,
  frames: readonly PhysicalAddress[],
): End[] {
  const consoleEnd: End = {
    plan: { channel: channels.length + id, isProducer: true },
    layout: { ...CONSOLE_END, name: CONSOLE_NAME },
    peer: CONSOLE_NAME,
  };
  const ends = channels.flatMap((channel, index): End[] => {
    if (channel.from !== partition.name && channel.to !== partition.name) return [];
    const isProducer = channel.from === partition.name;
    const { name, slots, slotBytes, full } = channel;
    const peer = partitions.find((other) => other.name === (isProducer ? channel.to : channel.from));
    return [
      {
        plan: { channel: index, isProducer },
        layout: { name, slots, slotBytes, full, isProducer, frames: frames[index] },
        peer: peer?.name ?? "",
      },
    ];
  });
  return [consoleEnd, ...ends];
}

function layoutPartition(
  partition: PartitionDescription,
  at: PhysicalAddress,
  program: Program,
  ends: readonly End[],
  places: Places,
): BlockLayout {
  const { path, name, memoryBytes, threads } = partition;
  const layout = layoutBlock({
    at,
    sizeBytes: memoryBytes,
    program: programRegions(program),
    stacks: threads.map((thread) => ({ name: thread.name, sizeBytes: thread.stackBytes })),
    ends: ends.map((end) => end.layout),
  });
  if ("neededBytes" in layout) {
    const { neededBytes, programBytes, stackBytes } = layout;
    throw new ConfigError(
      places([...path, "memory"]),
      `partition "${name}" has ${formatSize(memoryBytes)} of memory, and its program does not fit: it needs ` +
        `${formatSize(neededBytes)} (program ${formatSize(programBytes)}, stacks ${formatSize(stackBytes)}, console, ` +
        `boot information and page tables ${formatSize(neededBytes - programBytes - stackBytes)})`,
      `It fits with memory = "${formatSize(roundUp(neededBytes, LARGE_PAGE_SIZE_BYTES))}"; what is left over is its heap.`,
    );
  }
  return layout;
}

function resolveThread(
  thread: ThreadDescription,
  index: number,
  firstThread: ThreadId,
  program: Program,
  places: Places,
): ThreadPlan {
  return {
    id: firstThread + index,
    name: thread.name,
    rip: program.entry,
    rsp: initialStackPointer(index),
    entry: thread.entry === null ? 0n : findEntry(thread.entry, thread, program, places),
    priority: thread.priority,
    periodCycles: thread.periodCycles,
    deadlineCycles: thread.deadlineCycles,
  };
}

function findEntry(entry: string, thread: ThreadDescription, program: Program, places: Places): VirtualAddress {
  const named = program.symbols.filter(({ name }) => name === entry);
  const candidates = named.some(({ isGlobal }) => isGlobal) ? named.filter(({ isGlobal }) => isGlobal) : named;
  const addresses = new Set(candidates.map(({ at }) => at));
  if (addresses.size === 1 && isExecutable(program.segments, candidates[0].at)) return candidates[0].at;
  const place = places([...thread.path, "entry"]);
  if (addresses.size > 1) {
    const problem = `program "${printable(program.file)}" has ${addresses.size} functions "${printable(entry)}"`;
    throw new ConfigError(place, problem, "Rename one, or make it the only one that is not static.");
  }
  const names = program.symbols.filter(({ isGlobal }) => isGlobal).map(({ name }) => name);
  throw new ConfigError(
    place,
    `program "${printable(program.file)}" has no function "${printable(entry)}"`,
    names.length === 0
      ? "It has no symbols at all: link it without -s, and do not strip it."
      : `${suggestName(entry, names, "Its functions")} A C++ function needs extern "C".`,
  );
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
      isProducer: end.layout.isProducer,
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
      windows.sort((a, b) => a.startCycles - b.startCycles);
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
    kind: "queue",
    slots: channel.slots,
    slotBytes: channel.slotBytes,
    full: channel.full,
    producer: idOf(channel.from),
    consumer: idOf(channel.to),
    frames: frames[id],
    sizeBytes: ringGeometry(channel.slots, channel.slotBytes).sizeBytes,
  }));
  const consoles = partitions.map(({ name }, id): ChannelPlan => ({
    id: channels.length + id,
    name: `${name}.${CONSOLE_NAME}`,
    kind: "console",
    slots: CONSOLE_END.slots,
    slotBytes: CONSOLE_END.slotBytes,
    full: CONSOLE_END.full,
    producer: id,
    consumer: -1,
    frames: layouts[id].consoleFrames,
    sizeBytes: ringBytes({ ...CONSOLE_END, name: CONSOLE_NAME }),
  }));
  return [...named, ...consoles];
}
