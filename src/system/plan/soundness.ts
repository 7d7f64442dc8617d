/**
 * What only a forger can get wrong: memory, rights, and what follows from the rest of a plan. What can be derived is
 * derived again and compared.
 *
 * Lazy: each flaw may make nonsense of what comes after it, so whoever asks takes the first.
 */
import {
  BOOT_INFO_BASE,
  FULL_POLICY_NAMES,
  HEAP_BASE,
  PROGRAM_BASE,
  PROGRAM_LIMIT,
  STACK_STRIDE,
} from "../../abi/index.js";
import { DEVICES, GIVEN_CHANNELS, isOptionValue, type DeviceRow } from "../../devices/index.js";
import { CHANNEL_KINDS, type ChannelKind } from "../../ipc/index.js";
import { reaches } from "../../kernel/index.js";
import type { BlockPlan, ChannelPlan, CorePlan, PartitionPlan, RegionPlan, SystemPlan } from "../../kernel/plan.js";
import { isSameBytes } from "../bytes.js";
import { bootInfoPages, partitionSeed } from "../../partitions/boot-info.js";
import { LARGE_PAGE_SIZE_BYTES, PAGE_SIZE_BYTES, type PartitionId } from "../../units.js";
import type { KeyPath } from "../description/locator.js";
import { slotsProblem } from "../limits.js";
import {
  arrangeChannels,
  ownFrames,
  roundUp,
  toLinkPlans,
  viewBlocks,
  type Arrangement,
  type Block,
} from "./blocks.js";
import { insist, type Flaw } from "./insist.js";
import { channelRegion, initialStackPointer, KERNEL_BYTES, stackTop, tableBytes } from "./layout.js";
import { channelPath, corePath, devicePath, partitionPath, threadPath } from "./paths.js";
import { bootPools, poolFlaws, poolFrameBytes, poolRanges } from "./pools.js";
import { bootChannels, endsByPartition, givenDevice } from "./resolve-channels.js";

/** The plan has passed references.ts and rules.ts. */
export function* findFlaws(plan: SystemPlan): Generator<Flaw> {
  const { machine, partitions, channels } = plan;
  const isAligned = machine.memoryBytes % LARGE_PAGE_SIZE_BYTES === 0;
  yield* insist(["machine", "memory"], [[isAligned, "memory is not a multiple of 2 MiB"]]);
  yield* deviceFlaws(plan);
  for (const channel of channels) yield* channelFlaws(plan, channel);
  const arrangement = arrangeChannels(channels);
  for (const partition of partitions) yield* partitionFlaws(plan, arrangement, partition);
  yield* placeFlaws(plan, arrangement);
  yield* threadFlaws(plan);
  yield* coreFlaws(plan);
  yield* poolFlaws(plan);
  yield* memoryFlaws(plan);
}

/** Each has the options of its kind, and what is always there is there once, under its own name. */
function* deviceFlaws({ devices }: SystemPlan): Generator<Flaw> {
  for (const device of devices) {
    const { options }: DeviceRow = DEVICES[device.kind];
    const keys = Object.keys(options);
    const hasAll = Object.keys(device.options).toSorted().join() === keys.toSorted().join();
    yield* insist(devicePath(device), [
      [hasAll, "its options are not those of its kind"],
      [
        hasAll && keys.every((key) => isOptionValue(options[key], device.options[key])),
        "it has an option that can't be",
      ],
    ]);
  }
  for (const { device } of GIVEN_CHANNELS) {
    const [first, ...others] = devices.filter(({ kind }) => kind === device);
    yield* insist(["device", device], [[first?.name === device && others.length === 0, `there is not one ${device}`]]);
  }
}

function* channelFlaws({ partitions, devices }: SystemPlan, channel: ChannelPlan): Generator<Flaw> {
  const { id, kind, slots, slotBytes, full, replyBytes, refreshCycles, ends } = channel;
  const path = channelPath(id);
  const { policies, unitBytes = slotBytes }: ChannelKind = CHANNEL_KINDS[kind];
  yield* insist(path, [
    [slotsProblem(slots) === null, "its slots are not a power of two"],
    [slotBytes === unitBytes, "its slots have a size that its kind lacks"],
    [policies.includes(FULL_POLICY_NAMES[full]), "it has a full policy that its kind lacks"],
  ]);
  const device = givenDevice(partitions, channel);
  const given = GIVEN_CHANNELS.find((row) => row.device === device);
  if (given === undefined) return;
  const isGiven =
    ends.length === 2 &&
    ends.some(
      (end) => end.role === given.role && end.owner.kind === "device" && devices[end.owner.device].kind === device,
    ) &&
    kind === given.kind &&
    slots === given.slots &&
    slotBytes === given.slotBytes &&
    full === given.full &&
    replyBytes === given.replyBytes &&
    refreshCycles === given.refreshCycles;
  yield* insist(path, [[isGiven, `it is no ${device}`]]);
}

/** Sides and blocks lie where they must, but for the frames of blocks, which memoryFlaws looks at. */
function* placeFlaws(plan: SystemPlan, arrangement: Arrangement): Generator<Flaw> {
  const { partitions, channels, blocks } = plan;
  const names = partitions.map(({ name }) => name);
  const shared = arrangement.blocks.filter(({ home }) => home === null);
  const isSame = (expected: Block, block: BlockPlan): boolean =>
    block.writer === expected.writer &&
    block.sizeBytes === expected.sizeBytes &&
    block.readers.join() === expected.readers.join();
  const areBlocks = blocks.length === shared.length && shared.every((block, index) => isSame(block, blocks[index]));
  yield* insist(["channel"], [[areBlocks, "the blocks of its channels are not those of its channels"]]);
  const frames = new Map(shared.map((block, index) => [block, blocks[index].frames]));
  for (const { id, regions } of partitions)
    for (const [block, at] of ownFrames(viewBlocks(arrangement, id, names), regions)) frames.set(block, at);
  for (const { id, links } of channels) {
    const expected = toLinkPlans(arrangement.links[id], frames);
    const isPlaced =
      links.length === expected.length &&
      expected.every(({ from, to, fromSide, toSide }, index) => {
        const link = links[index];
        return link.from === from && link.to === to && link.fromSide === fromSide && link.toSide === toSide;
      });
    yield* insist(channelPath(id), [[isPlaced, `channel ${id} has its sides elsewhere`]]);
  }
}

function* partitionFlaws(plan: SystemPlan, arrangement: Arrangement, partition: PartitionPlan): Generator<Flaw> {
  const { memory, tables, regions } = partition;
  const name = `partition "${partition.name}"`;
  const pools = poolRanges(plan.pools, partition.id);
  yield* insist(partitionPath(partition, "memory"), [
    [memory.at % LARGE_PAGE_SIZE_BYTES === 0, `the memory of ${name} is not aligned to 2 MiB`],
    [isPages(memory.sizeBytes) && isPages(tables.at) && isPages(tables.sizeBytes), `${name} has parts of pages`],
    [tables.sizeBytes >= tableBytes([...regions, ...pools]), `${name} has too few page tables`],
    [isInside(tables, memory), `the page tables of ${name} are outside of its memory`],
  ]);
  yield* endFlaws(plan, arrangement, partition);
  for (const region of regions) yield* regionFlaws(partition, region);
  yield* addressFlaws(partition);
  yield* bootInfoFlaws(plan, arrangement, partition);
  const ranges = [...regions, ...pools].map((region) => ({
    start: region.at,
    end: region.at + BigInt(region.sizeBytes),
  }));
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

function* endFlaws(plan: SystemPlan, arrangement: Arrangement, partition: PartitionPlan): Generator<Flaw> {
  const { partitions, channels, blocks } = plan;
  const name = `partition "${partition.name}"`;
  const path = partitionPath(partition, "channel");
  const expectedEnds = endsByPartition(partitions, channels)[partition.id];
  const hasEnds =
    partition.channelEnds.length === expectedEnds.length &&
    expectedEnds.every(({ channel, end }, index) => {
      const row = partition.channelEnds[index];
      return row.channel === channel && row.end === end;
    });
  const hasConsole = channels.some(
    (channel) => reaches(channel, partition.id) && givenDevice(partitions, channel) !== null,
  );
  yield* insist(path, [
    [hasConsole, `${name} has no console`],
    [hasEnds, `${name} has not the channel ends that it must have`],
  ]);
  const shared = arrangement.blocks.filter(({ home }) => home === null);
  const actual = partition.regions.filter(({ kind }) => kind === "channel");
  const byAddress = new Map(actual.map((region) => [region.at, region]));
  const views = viewBlocks(
    arrangement,
    partition.id,
    partitions.map((row) => row.name),
  );
  const expected = views.map(({ block, ...view }) => {
    // Where a block in the partition's own memory lies is up to the plan, inside of that memory.
    const frames = block.home === null ? (blocks[shared.indexOf(block)]?.frames ?? -1) : null;
    const region = channelRegion({ ...view, sizeBytes: block.sizeBytes, frames });
    return frames === null ? { ...region, frames: byAddress.get(view.at)?.frames ?? -1 } : region;
  });
  const isMapped =
    actual.length === expected.length && expected.every((region) => isSameRegion(region, byAddress.get(region.at)));
  yield* insist(path, [[isMapped, `the channels of ${name} are not mapped as they must be`]]);
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

function* bootInfoFlaws(plan: SystemPlan, arrangement: Arrangement, partition: PartitionPlan): Generator<Flaw> {
  const pages = partition.regions.filter(({ kind }) => kind === "boot-info");
  const heap = partition.regions.find(({ kind }) => kind === "heap");
  const names = plan.partitions.map(({ name }) => name);
  const views = viewBlocks(arrangement, partition.id, names);
  const contents = bootInfoPages({
    partition: partition.id,
    name: partition.name,
    core: partition.core,
    threadCount: partition.threads.length,
    frequencyHz: plan.machine.frequencyHz,
    heapBase: HEAP_BASE,
    heapBytes: heap?.sizeBytes ?? 0,
    seed: partitionSeed(plan.machine.seed, partition.name),
    channels: bootChannels(plan, plan.channels, arrangement, partition.channelEnds, views),
    pools: bootPools(plan.partitions, plan.pools, partition.id),
  });
  const isRight =
    pages.length === 1 &&
    pages[0].at === BOOT_INFO_BASE &&
    pages[0].sizeBytes === contents.length &&
    !pages[0].rights.write &&
    isSameBytes(pages[0].contents, contents);
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
    const here = partitionsOf(core);
    const areHere = here.every((id) => partitions[id].core === index);
    yield* insist(corePath(index), [[areHere, `core ${index} runs a partition of another core`]]);
    for (const id of here) served.add(id);
  }
  yield* insist(["core"], [[served.size === partitions.length, "a partition has no time on any core"]]);
}

/** Whom a core serves, in any order. */
export function partitionsOf(core: CorePlan): PartitionId[] {
  switch (core.kind) {
    case "dedicated":
      return [core.partition];
    case "windows":
      return core.windows.map(({ partition }) => partition);
    case "reservations":
      return [...core.reservations.map(({ partition }) => partition), ...core.slack];
    case "off":
      return [];
  }
}

/** A stretch of RAM and whose it is. */
interface Extent {
  readonly owner: string;
  readonly at: number;
  readonly sizeBytes: number;
}

/** Blocks against each other and the kernel, and what lies in each block against the rest of it. */
function* memoryFlaws({ machine, partitions, blocks: channelBlocks, pools }: SystemPlan): Generator<Flaw> {
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
  for (const { writer, readers, frames, sizeBytes } of channelBlocks) {
    const owner = `the block of channels from ${writer} to ${readers.join(", ")}`;
    yield* insist(path, [[isPages(frames), `${owner} is not aligned`]]);
    blocks.push({ owner, at: frames, sizeBytes });
  }
  for (const pool of pools)
    blocks.push({ owner: `pool "${pool.name}"`, at: pool.frames, sizeBytes: poolFrameBytes(pool) });
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
