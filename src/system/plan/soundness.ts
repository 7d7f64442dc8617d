/**
 * What only a forger can get wrong: memory, rights, and what follows from the rest of a plan. What can be derived is
 * derived again and compared.
 *
 * Lazy: each flaw may make nonsense of what comes after it, so whoever asks takes the first.
 */
import { BOOT_INFO_BASE, HEAP_BASE, PROGRAM_BASE, PROGRAM_LIMIT, STACK_STRIDE } from "../../abi/index.js";
import { GIVEN_CHANNELS, type DeviceWord } from "../../devices/index.js";
import { CHANNEL_KINDS } from "../../ipc/index.js";
import { endAt, isPartitionEnd, ownerName, peerAt, reaches } from "../../kernel/index.js";
import type { ChannelEndPlan, ChannelPlan, PartitionPlan, RegionPlan, SystemPlan } from "../../kernel/plan.js";
import { isSameBytes } from "../bytes.js";
import { bootInfoPage, partitionSeed } from "../../partitions/boot-info.js";
import { LARGE_PAGE_SIZE_BYTES, PAGE_SIZE_BYTES } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import { slotsProblem } from "../limits.js";
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
import { channelPath, corePath, partitionPath, threadPath } from "./paths.js";

export interface Flaw {
  readonly path: KeyPath;
  readonly problem: string;
}

/** The problems of conditions that do not hold. */
export function* insist(
  path: KeyPath,
  conditions: readonly (readonly [holds: boolean, problem: string])[],
): Generator<Flaw> {
  for (const [holds, problem] of conditions) if (!holds) yield { path, problem };
}

/** The plan has passed references.ts and rules.ts. */
export function* findFlaws(plan: SystemPlan): Generator<Flaw> {
  const { machine, partitions, channels } = plan;
  const isAligned = machine.memoryBytes % LARGE_PAGE_SIZE_BYTES === 0;
  yield* insist(["machine", "memory"], [[isAligned, "memory is not a multiple of 2 MiB"]]);
  for (const channel of channels) yield* channelFlaws(plan, channel);
  for (const partition of partitions) yield* partitionFlaws(plan, partition);
  yield* threadFlaws(plan);
  yield* coreFlaws(plan);
  yield* memoryFlaws(plan);
}

function* channelFlaws(plan: SystemPlan, channel: ChannelPlan): Generator<Flaw> {
  const { id, kind, name, slots, slotBytes, ends, frames, sizeBytes } = channel;
  const path = channelPath(id);
  yield* insist(path, [
    [slotsProblem(slots) === null, "its slots are not a power of two"],
    [sizeBytes === CHANNEL_KINDS[kind].sizeBytes(channel), "it has a wrong size"],
    [frames % PAGE_SIZE_BYTES === 0, "it is not aligned"],
  ]);
  const device = deviceOf(channel);
  if (device !== null) {
    const given = GIVEN_CHANNELS.find((row) => row.device === device);
    const [partition] = ends.filter((end) => isPartitionEnd(end));
    yield* insist(path, [
      [
        given !== undefined &&
          kind === given.kind &&
          slots === given.slots &&
          slotBytes === given.slotBytes &&
          partition.role !== given.role,
        `it is no ${device}`,
      ],
      [name === `${ownerName(plan, partition.owner)}.${device}`, `it has another ${device}'s name`],
    ]);
  } else {
    yield* insist(path, [[frames % LARGE_PAGE_SIZE_BYTES === 0, "it does not begin at a multiple of 2 MiB"]]);
  }
}

function* partitionFlaws(plan: SystemPlan, partition: PartitionPlan): Generator<Flaw> {
  const { memory, tables, regions } = partition;
  const name = `partition "${partition.name}"`;
  yield* insist(partitionPath(partition, "memory"), [
    [memory.at % LARGE_PAGE_SIZE_BYTES === 0, `the memory of ${name} is not aligned to 2 MiB`],
    [isPages(memory.sizeBytes) && isPages(tables.at) && isPages(tables.sizeBytes), `${name} has parts of pages`],
    [tables.sizeBytes >= tableBytes(regions), `${name} has too few page tables`],
    [isInside(tables, memory), `the page tables of ${name} are outside of its memory`],
  ]);
  yield* endFlaws(plan, partition);
  for (const region of regions) yield* regionFlaws(partition, region);
  yield* addressFlaws(partition);
  yield* bootInfoFlaws(plan, partition);
  const ranges = regions.map((region) => ({ start: region.at, end: region.at + BigInt(region.sizeBytes) }));
  ranges.sort((a, b) => (a.start < b.start ? -1 : 1));
  const areApart = ranges.every((range, index) => index === 0 || ranges[index - 1].end <= range.start);
  yield* insist(partitionPath(partition, "region"), [[areApart, `two regions of ${name} overlap`]]);
}

function* regionFlaws(partition: PartitionPlan, region: RegionPlan): Generator<Flaw> {
  const { kind, at, frames, sizeBytes, rights, shared, contents } = region;
  const where = `region "${region.name}" of partition "${partition.name}"`;
  const path = partitionPath(partition, "region", region.name);
  yield* insist(path, [
    [sizeBytes > 0 && isPages(sizeBytes) && isPages(frames), `${where} has parts of pages`],
    [at % BigInt(PAGE_SIZE_BYTES) === 0n, `${where} is not aligned`],
    [!(rights.write && rights.execute), `${where} is writable and executable`],
    [contents.length <= sizeBytes, `${where} has more contents than room`],
  ]);
  if (kind === "channel") return;
  yield* insist(path, [
    [!shared, `${where} is shared`],
    [kind === "program" || !rights.execute, `${where} is executable`],
    [isInside({ at: frames, sizeBytes }, partition.memory), `${where} is outside of its memory`],
  ]);
}

/** Each kind of region has its place in the address space, which is what leaves room for guard pages. */
function* addressFlaws(partition: PartitionPlan): Generator<Flaw> {
  const { name, regions, threads } = partition;
  const ofKind = (kind: RegionPlan["kind"]): RegionPlan[] => regions.filter((region) => region.kind === kind);
  const isProgram = ({ at, sizeBytes }: RegionPlan): boolean =>
    at >= PROGRAM_BASE && at + BigInt(sizeBytes) <= PROGRAM_LIMIT;
  const heaps = ofKind("heap");
  const isHeap = heaps.length <= 1 && heaps.every(({ at, rights }) => at === HEAP_BASE && rights.write);
  const stacks = ofKind("stack");
  yield* insist(partitionPath(partition, "region"), [
    [ofKind("program").every(isProgram), `the program of partition "${name}" is out of place`],
    [isHeap, `the heap of partition "${name}" is out of place`],
    [stacks.length === threads.length && threads.length > 0, `partition "${name}" has not one stack a thread`],
  ]);
  for (const [index, { at, sizeBytes, rights }] of stacks.entries()) {
    const isInPlace =
      at + BigInt(sizeBytes) === stackTop(index) && sizeBytes <= Number(STACK_STRIDE) - 2 * PAGE_SIZE_BYTES;
    const problem = `stack ${index} of partition "${name}" is out of place`;
    yield* insist(partitionPath(partition, "region"), [[isInPlace && rights.write, problem]]);
  }
}

function* endFlaws(plan: SystemPlan, partition: PartitionPlan): Generator<Flaw> {
  const { channelEnds, regions } = partition;
  const name = `partition "${partition.name}"`;
  const path = partitionPath(partition, "channel");
  const mine = plan.channels.filter((channel) => reaches(channel, partition.id));
  const channels = channelEnds.map(({ channel }) => plan.channels[channel]);
  const isOwn = channelEnds.every((row) => isPartitionEnd(endAt(plan, row), partition.id));
  yield* insist(path, [
    [channelEnds.length >= 1, `${name} has no console`],
    [new Set(channels).size === channels.length, `${name} has an end twice`],
    [
      channels.every((channel, index) => deviceOf(channel) === (GIVEN_CHANNELS[index]?.device ?? null)),
      `the first channel of ${name} is not its console`,
    ],
    [isOwn, `${name} has an end that is not its own`],
    [mine.length === channelEnds.length, `${name} lacks a channel end`],
  ]);
  const expected = channelEnds.flatMap((row, index) =>
    channelRegions(endLayout(plan, row), index, channels[index].frames),
  );
  const actual = regions.filter(({ kind }) => kind === "channel");
  const byAddress = new Map(actual.map((region) => [region.at, region]));
  const isMapped =
    actual.length === expected.length && expected.every((region) => isSameRegion(region, byAddress.get(region.at)));
  yield* insist(path, [[isMapped, `the channels of ${name} are not mapped as they must be`]]);
}

/** The device at one end of a channel. */
function deviceOf({ ends }: ChannelPlan): DeviceWord | null {
  for (const { owner } of ends) if (owner.kind === "device") return owner.device;
  return null;
}

function endLayout(plan: SystemPlan, row: ChannelEndPlan): EndLayout {
  const channel = plan.channels[row.channel];
  const { kind, slots, slotBytes, full, frames } = channel;
  const device = deviceOf(channel);
  return {
    name: device ?? channel.name,
    kind,
    slots,
    slotBytes,
    full,
    role: endAt(plan, row).role,
    frames: device === null ? frames : null,
  };
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

function* bootInfoFlaws(plan: SystemPlan, partition: PartitionPlan): Generator<Flaw> {
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
    channels: partition.channelEnds.map((row, index) => {
      const { name, slots, slotBytes, full, role } = endLayout(plan, row);
      const peer = ownerName(plan, peerAt(plan, row).owner);
      return { name, at: channelAddress(index), isProducer: role === "producer", slots, slotBytes, full, peer };
    }),
  });
  const isRight =
    pages.length === 1 &&
    pages[0].at === BOOT_INFO_BASE &&
    pages[0].sizeBytes === PAGE_SIZE_BYTES &&
    !pages[0].rights.write &&
    isSameBytes(pages[0].contents, page);
  const problem = `the boot information of partition "${partition.name}" is wrong`;
  yield* insist(partitionPath(partition, "region"), [[isRight, problem]]);
}

/** Threads are numbered through the system, and start where their program does. */
function* threadFlaws({ partitions }: SystemPlan): Generator<Flaw> {
  let next = 0;
  for (const partition of partitions) {
    const { name, threads, regions } = partition;
    const isCode = (at: bigint): boolean =>
      regions.some((region) => region.rights.execute && at >= region.at && at < region.at + BigInt(region.sizeBytes));
    for (const [index, thread] of threads.entries()) {
      const where = `thread "${thread.name}" of partition "${name}"`;
      yield* insist(threadPath(partition, thread), [
        [thread.id === next++, `${where} has another number`],
        [isCode(thread.rip) && thread.rip === threads[0].rip, `${where} starts outside of its program`],
        [thread.entry === 0n || isCode(thread.entry), `${where} has its entry outside of its program`],
        [thread.rsp === initialStackPointer(index), `${where} has a wrong stack pointer`],
      ]);
    }
  }
}

function* coreFlaws({ cores, partitions }: SystemPlan): Generator<Flaw> {
  const served = new Set<number>();
  for (const [index, core] of cores.entries()) {
    if (core.kind === "off") continue;
    const here = core.kind === "dedicated" ? [core.partition] : core.windows.map(({ partition }) => partition);
    const areHere = here.every((id) => partitions[id].core === index);
    yield* insist(corePath(index), [[areHere, `core ${index} runs a partition of another core`]]);
    for (const id of here) served.add(id);
  }
  yield* insist(["core"], [[served.size === partitions.length, "a partition has no time on any core"]]);
}

/** A stretch of RAM and whose it is. */
interface Extent {
  readonly owner: string;
  readonly at: number;
  readonly sizeBytes: number;
}

/** Blocks against each other and the kernel, and what lies in each block against the rest of it. */
function* memoryFlaws({ machine, partitions, channels }: SystemPlan): Generator<Flaw> {
  const path = ["machine", "memory"];
  const blocks: Extent[] = [{ owner: "the kernel", at: 0, sizeBytes: KERNEL_BYTES }];
  for (const partition of partitions) {
    const { name, memory, tables, regions } = partition;
    const owner = `partition "${name}"`;
    blocks.push({ owner, at: memory.at, sizeBytes: roundUp(memory.sizeBytes, LARGE_PAGE_SIZE_BYTES) });
    const parts = regions
      .filter(({ kind, shared }) => kind !== "channel" || !shared)
      .map((region) => ({ owner: `"${region.name}" of ${owner}`, at: region.frames, sizeBytes: region.sizeBytes }));
    for (const part of parts) {
      yield* insist(partitionPath(partition, "region"), [
        [isInside(part, memory), `${part.owner} is outside of its memory`],
      ]);
    }
    yield* overlaps(partitionPath(partition, "region"), [
      { owner: `the page tables of ${owner}`, ...tables },
      ...parts,
    ]);
  }
  for (const channel of channels) {
    // Channels to devices lie in their partition's block, and have been checked as its regions.
    const { name, frames, sizeBytes } = channel;
    if (deviceOf(channel) === null) blocks.push({ owner: `channel "${name}"`, at: frames, sizeBytes });
  }
  for (const { owner, at, sizeBytes } of blocks) {
    yield* insist(path, [[at + sizeBytes <= machine.memoryBytes, `${owner} is outside of the machine's memory`]]);
  }
  yield* overlaps(path, blocks);
}

function* overlaps(path: KeyPath, extents: readonly Extent[]): Generator<Flaw> {
  const sorted = extents.toSorted((a, b) => a.at - b.at);
  for (const [index, extent] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined) continue;
    yield* insist(path, [[before.at + before.sizeBytes <= extent.at, `${before.owner} and ${extent.owner} overlap`]]);
  }
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
