/**
 * Checks a SystemPlan by itself, whoever made it: an image may have been forged.
 *
 * Invariant of what passes: no frame belongs to two owners, none of the kernel's is mapped, no page is writable and
 * executable, a page is shared only as an end of a channel with that end's rights, every index is in range, and what
 * partitions are told (boot information, ring configuration) is true. What can be derived is derived again and compared,
 * so a forged plan can describe another system, but no rights that a description could not give.
 */
import {
  BOOT_INFO_BASE,
  CONSOLE_SLOT_BYTES,
  CONSOLE_SLOTS,
  HEAP_BASE,
  MAX_CHANNEL_ENDS,
  MAX_PARTITIONS,
  MAX_THREADS,
  PROGRAM_BASE,
  PROGRAM_LIMIT,
  STACK_STRIDE,
} from "../../abi/index.js";
import { ConfigError } from "../../errors.js";
import { ringGeometry } from "../../ipc/index.js";
import type { ChannelPlan, PartitionPlan, RegionPlan, SystemPlan } from "../../kernel/plan.js";
import { bootInfoPage, CONSOLE_NAME, partitionSeed } from "../../partitions/boot-info.js";
import { MAX_RING_BYTES } from "../../partitions/ring-pages.js";
import { LARGE_PAGE_SIZE_BYTES, PAGE_SIZE_BYTES } from "../../units.js";
import {
  channelAddress,
  channelRegions,
  initialStackPointer,
  KERNEL_BYTES,
  roundUp,
  stackTop,
  tableBytes,
  type EndLayout,
} from "./layout.js";
import { nameProblem, printable } from "../description/names.js";

/** A stretch of RAM and whose it is. */
interface Extent {
  readonly owner: string;
  readonly at: number;
  readonly sizeBytes: number;
}

/** Throws ConfigError when `plan` could not have come from a description. `file` is what to blame. */
export function verifyPlan(plan: SystemPlan, file: string): void {
  const insist: Insist = (condition, problem) => {
    if (!condition)
      throw new ConfigError({ file, line: 0, column: 0 }, `its plan is not sound: ${problem}`, "Make the image again.");
  };
  const { machine, partitions, cores, channels } = plan;
  insist(nameProblem(plan.name) === null, "the system's name can't be a name");
  insist(machine.memoryBytes % LARGE_PAGE_SIZE_BYTES === 0, "memory is not a multiple of 2 MiB");
  insist(cores.length === machine.cores, "cores are not as many as the machine has");
  insist(partitions.length >= 1 && partitions.length <= MAX_PARTITIONS, "it has no partitions, or too many");
  insist(new Set(partitions.map(({ name }) => name)).size === partitions.length, "two partitions have the same name");
  channels.forEach((channel, index) => verifyChannel(plan, channel, index, insist));
  insist(new Set(channels.map(({ name }) => name)).size === channels.length, "two channels have the same name");
  partitions.forEach((partition, index) => verifyPartition(plan, partition, index, insist));
  verifyThreads(plan, insist);
  verifyCores(plan, insist);
  verifyMemory(plan, insist);
}

type Insist = (condition: boolean, problem: string) => void;

function verifyChannel({ partitions }: SystemPlan, channel: ChannelPlan, index: number, insist: Insist): void {
  const name = `channel ${index}`;
  const { kind, slots, slotBytes, producer, consumer } = channel;
  insist(channel.id === index, `${name} has another number`);
  insist((slots & (slots - 1)) === 0, `slots of ${name} are not a power of two`);
  insist(producer < partitions.length && consumer < partitions.length, `${name} has no end`);
  insist(producer !== consumer, `${name} has the same partition at both ends`);
  insist(channel.sizeBytes === ringGeometry(slots, slotBytes).sizeBytes, `${name} has a wrong size`);
  insist(channel.sizeBytes <= MAX_RING_BYTES, `${name} is too large`);
  insist(channel.frames % PAGE_SIZE_BYTES === 0, `${name} is not aligned`);
  if (kind === "console") {
    insist(consumer === -1 && slots === CONSOLE_SLOTS && slotBytes === CONSOLE_SLOT_BYTES, `${name} is no console`);
    insist(channel.name === `${partitions[producer].name}.${CONSOLE_NAME}`, `${name} has another console's name`);
  } else {
    insist(consumer >= 0, `${name} has no consumer`);
    insist(channel.frames % LARGE_PAGE_SIZE_BYTES === 0, `${name} does not begin at a multiple of 2 MiB`);
    insist(nameProblem(channel.name) === null && channel.name !== CONSOLE_NAME, `${name} has a name that can't be`);
  }
}

function verifyPartition(plan: SystemPlan, partition: PartitionPlan, index: number, insist: Insist): void {
  const { memory, tables, regions } = partition;
  insist(partition.id === index, `partition ${index} has another number`);
  insist(nameProblem(partition.name) === null, `partition ${index} has a name that can't be`);
  const name = `partition "${partition.name}"`;
  insist(partition.core < plan.machine.cores, `${name} is on a core that is not there`);
  insist(memory.at % LARGE_PAGE_SIZE_BYTES === 0, `the memory of ${name} is not aligned to 2 MiB`);
  insist(isPages(memory.sizeBytes) && isPages(tables.at) && isPages(tables.sizeBytes), `${name} has parts of pages`);
  insist(tables.sizeBytes >= tableBytes(regions), `${name} has too few page tables`);
  insist(isInside(tables, memory), `the page tables of ${name} are outside of its memory`);
  verifyEnds(plan, partition, insist);
  for (const region of regions) {
    const where = `region "${printable(region.name)}" of ${name}`;
    insist(region.sizeBytes > 0 && isPages(region.sizeBytes) && isPages(region.frames), `${where} has parts of pages`);
    insist(region.at % BigInt(PAGE_SIZE_BYTES) === 0n, `${where} is not aligned`);
    insist(!(region.rights.write && region.rights.execute), `${where} is writable and executable`);
    insist(region.contents.length <= region.sizeBytes, `${where} has more contents than room`);
    if (region.kind === "channel") continue;
    insist(!region.shared, `${where} is shared`);
    insist(region.kind === "program" || !region.rights.execute, `${where} is executable`);
    insist(isInside({ at: region.frames, sizeBytes: region.sizeBytes }, memory), `${where} is outside of its memory`);
  }
  verifyAddresses(partition, name, insist);
  verifyBootInfo(plan, partition, insist);
  const ends = regions.map((region) => ({ start: region.at, end: region.at + BigInt(region.sizeBytes) }));
  ends.sort((a, b) => (a.start < b.start ? -1 : 1));
  insist(
    ends.every((range, i) => i === 0 || ends[i - 1].end <= range.start),
    `two regions of ${name} overlap`,
  );
}

/** Each kind of region has its place in the address space, which is what leaves room for guard pages. */
function verifyAddresses({ regions, threads }: PartitionPlan, name: string, insist: Insist): void {
  const ofKind = (kind: RegionPlan["kind"]): RegionPlan[] => regions.filter((region) => region.kind === kind);
  for (const { at, sizeBytes } of ofKind("program")) {
    insist(at >= PROGRAM_BASE && at + BigInt(sizeBytes) <= PROGRAM_LIMIT, `the program of ${name} is out of place`);
  }
  insist(
    ofKind("heap").length <= 1 && ofKind("heap").every(({ at, rights }) => at === HEAP_BASE && rights.write),
    `the heap of ${name} is out of place`,
  );
  const stacks = ofKind("stack");
  insist(stacks.length === threads.length, `${name} has not one stack a thread`);
  stacks.forEach(({ at, sizeBytes, rights }, index) => {
    const isInPlace =
      at + BigInt(sizeBytes) === stackTop(index) && sizeBytes <= Number(STACK_STRIDE) - 2 * PAGE_SIZE_BYTES;
    insist(isInPlace && rights.write, `stack ${index} of ${name} is out of place`);
  });
}

function verifyEnds(plan: SystemPlan, partition: PartitionPlan, insist: Insist): void {
  const { channelEnds, regions } = partition;
  const name = `partition "${partition.name}"`;
  insist(
    channelEnds.length >= 1 && channelEnds.length <= MAX_CHANNEL_ENDS,
    `${name} has no console, or too many channels`,
  );
  insist(new Set(channelEnds.map(({ channel }) => channel)).size === channelEnds.length, `${name} has an end twice`);
  const expected = channelEnds.flatMap(({ channel: id, isProducer }, index) => {
    insist(id < plan.channels.length, `${name} has an end of no channel`);
    const channel = plan.channels[id];
    insist((index === 0) === (channel.kind === "console"), `the first channel of ${name} is not its console`);
    insist(
      (isProducer ? channel.producer : channel.consumer) === partition.id,
      `${name} has an end that is not its own`,
    );
    return channelRegions(endLayout(channel, isProducer), index, channel.frames);
  });
  const mine = plan.channels.filter(({ producer, consumer }) => producer === partition.id || consumer === partition.id);
  insist(mine.length === channelEnds.length, `${name} lacks a channel end`);
  const actual = regions.filter(({ kind }) => kind === "channel");
  const byAddress = new Map(actual.map((region) => [region.at, region]));
  insist(
    actual.length === expected.length && expected.every((region) => isSameRegion(region, byAddress.get(region.at))),
    `the channels of ${name} are not mapped as they must be`,
  );
}

function endLayout(channel: ChannelPlan, isProducer: boolean): EndLayout {
  const { slots, slotBytes, full, frames } = channel;
  const isConsole = channel.kind === "console";
  const name = isConsole ? CONSOLE_NAME : channel.name;
  return { name, slots, slotBytes, full, isProducer, frames: isConsole ? null : frames };
}

function isSameRegion(a: RegionPlan, b: RegionPlan | undefined): boolean {
  return (
    b !== undefined &&
    a.frames === b.frames &&
    a.sizeBytes === b.sizeBytes &&
    a.rights.write === b.rights.write &&
    a.rights.execute === b.rights.execute &&
    a.shared === b.shared &&
    isSameBytes(a.contents, b.contents)
  );
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function verifyBootInfo(plan: SystemPlan, partition: PartitionPlan, insist: Insist): void {
  const pages = partition.regions.filter(({ kind }) => kind === "boot-info");
  const heap = partition.regions.find(({ kind }) => kind === "heap");
  const page = bootInfoPage({
    partition: partition.id,
    name: partition.name,
    core: partition.core,
    threadCount: partition.threads.length,
    frequencyHz: plan.machine.frequencyHz,
    heapBase: HEAP_BASE,
    heapBytes: heap?.sizeBytes ?? 0,
    seed: partitionSeed(plan.machine.seed, partition.name),
    channels: partition.channelEnds.map(({ channel: id, isProducer }, index) => {
      const channel = plan.channels[id];
      const { name, slots, slotBytes, full } = endLayout(channel, isProducer);
      const peer = isProducer ? channel.consumer : channel.producer;
      const peerName = peer === -1 ? CONSOLE_NAME : plan.partitions[peer].name;
      return { name, at: channelAddress(index), isProducer, slots, slotBytes, full, peer: peerName };
    }),
  });
  const isRight =
    pages.length === 1 &&
    pages[0].at === BOOT_INFO_BASE &&
    pages[0].sizeBytes === PAGE_SIZE_BYTES &&
    !pages[0].rights.write &&
    isSameBytes(pages[0].contents, page);
  insist(isRight, `the boot information of partition "${partition.name}" is wrong`);
}

function verifyThreads({ partitions }: SystemPlan, insist: Insist): void {
  let next = 0;
  for (const { name, threads, regions, restart } of partitions) {
    insist(threads.length >= 1 && threads.length <= MAX_THREADS, `partition "${name}" has no threads, or too many`);
    insist(restart.action === "restart" || restart.limit === 0, `partition "${name}" has a limit of nothing`);
    const isCode = (at: bigint): boolean =>
      regions.some((region) => region.rights.execute && at >= region.at && at < region.at + BigInt(region.sizeBytes));
    threads.forEach((thread, index) => {
      const where = `thread "${printable(thread.name)}" of partition "${name}"`;
      insist(thread.id === next++, `${where} has another number`);
      insist(nameProblem(thread.name) === null, `${where} has a name that can't be`);
      insist(isCode(thread.rip) && thread.rip === threads[0].rip, `${where} starts outside of its program`);
      insist(thread.entry === 0n || isCode(thread.entry), `${where} has its entry outside of its program`);
      insist(thread.rsp === initialStackPointer(index), `${where} has a wrong stack pointer`);
      const { periodCycles, deadlineCycles } = thread;
      const isPeriodic = periodCycles !== null && deadlineCycles !== null && deadlineCycles <= periodCycles;
      insist(isPeriodic || (periodCycles === null && deadlineCycles === null), `${where} has a deadline that can't be`);
    });
  }
}

function verifyCores({ cores, partitions }: SystemPlan, insist: Insist): void {
  const served = new Set<number>();
  cores.forEach((core, index) => {
    const isHere = (partition: number): boolean => partitions[partition]?.core === index;
    if (core.kind === "dedicated") {
      insist(isHere(core.partition), `core ${index} runs a partition of another core`);
      insist(partitions.filter((partition) => partition.core === index).length === 1, `core ${index} is used twice`);
      served.add(core.partition);
    } else if (core.kind === "windows") {
      let endCycles = 0;
      for (const { partition, startCycles, lengthCycles } of core.windows) {
        insist(isHere(partition), `core ${index} has a window for a partition of another core`);
        insist(startCycles >= endCycles, `windows of core ${index} overlap`);
        endCycles = startCycles + lengthCycles;
        insist(endCycles <= core.frameCycles, `a window of core ${index} is outside of the frame`);
        served.add(partition);
      }
    }
  });
  insist(served.size === partitions.length, "a partition has no time on any core");
}

/** Blocks against each other and the kernel, and what lies in each block against the rest of it. */
function verifyMemory({ machine, partitions, channels }: SystemPlan, insist: Insist): void {
  const blocks: Extent[] = [{ owner: "the kernel", at: 0, sizeBytes: KERNEL_BYTES }];
  for (const { name, memory, tables, regions } of partitions) {
    const owner = `partition "${name}"`;
    blocks.push({ owner, at: memory.at, sizeBytes: roundUp(memory.sizeBytes, LARGE_PAGE_SIZE_BYTES) });
    const parts = regions
      .filter(({ kind, shared }) => kind !== "channel" || !shared)
      .map((region) => ({
        owner: `"${printable(region.name)}" of ${owner}`,
        at: region.frames,
        sizeBytes: region.sizeBytes,
      }));
    for (const part of parts) insist(isInside(part, memory), `${part.owner} is outside of its memory`);
    insistApart([{ owner: `the page tables of ${owner}`, ...tables }, ...parts], insist);
  }
  for (const channel of channels) {
    // Consoles lie in their partition's block, and have been checked as its regions.
    if (channel.kind === "queue")
      blocks.push({ owner: `channel "${channel.name}"`, at: channel.frames, sizeBytes: channel.sizeBytes });
  }
  for (const { owner, at, sizeBytes } of blocks) {
    insist(at + sizeBytes <= machine.memoryBytes, `${owner} is outside of the machine's memory`);
  }
  insistApart(blocks, insist);
}

function insistApart(extents: readonly Extent[], insist: Insist): void {
  const sorted = extents.toSorted((a, b) => a.at - b.at);
  sorted.slice(1).forEach((extent, index) => {
    const before = sorted[index];
    insist(before.at + before.sizeBytes <= extent.at, `${before.owner} and ${extent.owner} overlap`);
  });
}

function isInside(
  inner: { readonly at: number; readonly sizeBytes: number },
  outer: { readonly at: number; readonly sizeBytes: number },
): boolean {
  return inner.at >= outer.at && inner.at + inner.sizeBytes <= outer.at + outer.sizeBytes;
}

function isPages(value: number): boolean {
  return value % PAGE_SIZE_BYTES === 0;
}
