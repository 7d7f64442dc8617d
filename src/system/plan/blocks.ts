/**
 * Where channels lie: their sides, packed into blocks of pages by who writes them and who reads them.
 *
 *   partition a            frames                                    partition b
 *   rw  "to b"    ───────  block: every side that a writes to b  ───────  r-  "from a"
 *   r-  "from b"  ───────  block: every side that b writes to a  ───────  rw  "to a"
 *
 * Rights belong to pages, so sides share a page only where writer and readers are the same; then whoever writes out of
 * bounds harms what it says itself. The blocks of one set of partitions lie together, from a multiple of 2 MiB on, so
 * that their place in caches depends on the channels of that set alone. Sides of channels to devices lie in the memory
 * of their partition. Pure.
 */
import { CHANNEL_BASE, SIDE_ALIGNMENT } from "../../abi/index.js";
import { CHANNEL_KINDS, type ChannelKindWord, type ChannelShape, type EndRole } from "../../ipc/index.js";
import type { BlockPlan, EndOwner, EndPlan, LinkPlan, RegionPlan } from "../../kernel/plan.js";
import {
  LARGE_PAGE_SIZE_BYTES,
  PAGE_SIZE_BYTES,
  type PartitionId,
  type PhysicalAddress,
  type VirtualAddress,
} from "../../units.js";

/** A channel before it has a place. */
export interface UnplacedChannel extends ChannelShape {
  readonly kind: ChannelKindWord;
  /** Producers, then consumers. */
  readonly ends: readonly EndPlan[];
}

export interface Block {
  /** Null for a device, which has no address space. */
  readonly writer: PartitionId | null;
  /** Sorted; partitions alone. */
  readonly readers: readonly PartitionId[];
  /** The partition in whose memory it lies; null for a block of its own. */
  readonly home: PartitionId | null;
  /** A multiple of 4096. */
  sizeBytes: number;
}

/** A side's place: bytes from the start of a block. */
export interface SidePlace {
  readonly block: Block;
  readonly offset: number;
}

export interface ArrangedLink {
  readonly from: number;
  readonly to: number;
  readonly fromSide: SidePlace;
  readonly toSide: SidePlace | null;
}

export interface Arrangement {
  /** In the order of their frames. */
  readonly blocks: readonly Block[];
  /** Those that each partition writes or reads, by PartitionId: the ones to and from devices first. */
  readonly seenBy: ReadonlyMap<PartitionId, readonly Block[]>;
  /** Indexed by ChannelId. */
  readonly links: readonly (readonly ArrangedLink[])[];
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Gives every side a block and a place in it. */
export function arrangeChannels(channels: readonly UnplacedChannel[]): Arrangement {
  const blocks = new Map<string, Block>();
  const used = new Map<Block, number>();

  function place(writer: EndOwner, readers: readonly EndOwner[], sizeBytes: number): SidePlace {
    const block = findBlock(blocks, writer, readers);
    const offset = used.get(block) ?? 0;
    const end = offset + roundUp(sizeBytes, SIDE_ALIGNMENT);
    used.set(block, end);
    block.sizeBytes = roundUp(end, PAGE_SIZE_BYTES);
    return { block, offset };
  }

  const links = channels.map((channel) => {
    const { kind, ends } = channel;
    const numbersOf = (role: EndRole): number[] => ends.flatMap((end, number) => (end.role === role ? [number] : []));
    const [producers, consumers] = [numbersOf("producer"), numbersOf("consumer")];
    const common = new Map<number, SidePlace>();
    const sideOf = (writer: number, reader: number): SidePlace | null => {
      const { role, owner } = ends[writer];
      const side = CHANNEL_KINDS[kind].side(channel, role);
      if (side === null) return null;
      if (!side.isForAll) return place(owner, [ends[reader].owner], side.sizeBytes);
      const peers = (role === "producer" ? consumers : producers).map((peer) => ends[peer].owner);
      const known = common.get(writer) ?? place(owner, peers, side.sizeBytes);
      common.set(writer, known);
      return known;
    };
    return producers.flatMap((from) =>
      consumers.flatMap((to): ArrangedLink[] => {
        const fromSide = sideOf(from, to);
        return fromSide === null ? [] : [{ from, to, fromSide, toSide: sideOf(to, from) }];
      }),
    );
  });
  const grouped = inGroups([...blocks.values()]);
  return { blocks: grouped, seenBy: bySeer(grouped), links };
}

function bySeer(blocks: readonly Block[]): Map<PartitionId, Block[]> {
  const seen = new Map<PartitionId, Block[]>();
  const ordered = [...blocks.filter(({ home }) => home !== null), ...blocks.filter(({ home }) => home === null)];
  for (const block of ordered)
    for (const partition of membersOf(block)) {
      const list = seen.get(partition);
      if (list === undefined) seen.set(partition, [block]);
      else list.push(block);
    }
  return seen;
}

/** The block of a writer and its readers, made when it is asked for the first time. */
function findBlock(blocks: Map<string, Block>, owner: EndOwner, peers: readonly EndOwner[]): Block {
  const partitionsOf = (owners: readonly EndOwner[]): PartitionId[] =>
    owners.flatMap((one) => (one.kind === "partition" ? [one.partition] : []));
  const [writer = null] = partitionsOf([owner]);
  const readers = [...new Set(partitionsOf(peers))].toSorted((a, b) => a - b);
  const isToDevice = owner.kind === "device" || peers.some(({ kind }) => kind === "device");
  const home = isToDevice ? (writer ?? readers[0] ?? null) : null;
  const key = `${writer}>${readers.join(",")}`;
  const known = blocks.get(key);
  if (known !== undefined) return known;
  const block: Block = { writer, readers, home, sizeBytes: 0 };
  blocks.set(key, block);
  return block;
}

/** Its writer and its readers. */
function membersOf({ writer, readers }: Block): PartitionId[] {
  return [...new Set([...(writer === null ? [] : [writer]), ...readers])].toSorted((a, b) => a - b);
}

/** Whom a block joins. */
function groupOf(block: Block): string {
  return membersOf(block).join(",");
}

/** Blocks of the same partitions side by side, in the order in which the first of each group came. */
function inGroups(blocks: readonly Block[]): Block[] {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const group = groups.get(groupOf(block));
    if (group === undefined) groups.set(groupOf(block), [block]);
    else group.push(block);
  }
  return [...groups.values()].flat();
}

/** Frames for the blocks that lie in memory of their own. A group begins at a multiple of 2 MiB. */
export function placeBlocks(blocks: readonly Block[], first: PhysicalAddress): Map<Block, PhysicalAddress> {
  const frames = new Map<Block, PhysicalAddress>();
  let next = first;
  let group = "";
  for (const block of blocks) {
    if (block.home !== null) continue;
    if (groupOf(block) !== group) next = roundUp(next, LARGE_PAGE_SIZE_BYTES);
    group = groupOf(block);
    frames.set(block, next);
    next += block.sizeBytes;
  }
  return frames;
}

export function toBlockPlans(frames: ReadonlyMap<Block, PhysicalAddress>): BlockPlan[] {
  return [...frames].flatMap(([{ writer, readers, sizeBytes }, at]): BlockPlan[] =>
    writer === null ? [] : [{ writer, readers, frames: at, sizeBytes }],
  );
}

export function toLinkPlans(links: readonly ArrangedLink[], frames: ReadonlyMap<Block, PhysicalAddress>): LinkPlan[] {
  const at = ({ block, offset }: SidePlace): PhysicalAddress => (frames.get(block) ?? 0) + offset;
  return links.map(({ from, to, fromSide, toSide }) => ({
    from,
    to,
    fromSide: at(fromSide),
    toSide: toSide === null ? null : at(toSide),
  }));
}

/** A block as one partition sees it. */
export interface BlockView {
  readonly block: Block;
  readonly name: string;
  readonly at: VirtualAddress;
  readonly write: boolean;
}

/**
 * The blocks that a partition writes or reads, those to devices first, with an unmapped page between. `names` are those
 * of the partitions.
 */
export function viewBlocks(
  { seenBy }: Arrangement,
  partition: PartitionId,
  names: readonly string[],
): readonly BlockView[] {
  let next = CHANNEL_BASE;
  return (seenBy.get(partition) ?? []).map((block) => {
    const at = next;
    next += BigInt(block.sizeBytes + PAGE_SIZE_BYTES);
    return { block, name: nameBlock(block, partition, names), at, write: block.writer === partition };
  });
}

/** Frames of the blocks that lie in a partition's own memory, once its regions have them. */
export function ownFrames(views: readonly BlockView[], regions: readonly RegionPlan[]): [Block, PhysicalAddress][] {
  return views.flatMap(({ block, at }): [Block, PhysicalAddress][] => {
    const region = regions.find((candidate) => candidate.at === at);
    return block.home === null || region === undefined ? [] : [[block, region.frames]];
  });
}

/** "to api": what a partition calls a block. */
function nameBlock({ writer, readers, home }: Block, partition: PartitionId, names: readonly string[]): string {
  if (home !== null) return writer === partition ? "to devices" : "from devices";
  const listed = readers.length > 3 ? `${readers.length} partitions` : readers.map((id) => names[id]).join(", ");
  if (writer === partition) return `to ${listed}`;
  const from = `from ${writer === null ? "devices" : names[writer]}`;
  return readers.length === 1 ? from : `${from} to ${listed}`;
}

/** Where a partition finds a side; 0 for one that is not there. */
export function sideAddress(views: readonly BlockView[], side: SidePlace | null): VirtualAddress {
  const view = views.find(({ block }) => block === side?.block);
  return side === null || view === undefined ? 0n : view.at + BigInt(side.offset);
}
