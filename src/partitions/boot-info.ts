/**
 * The boot information: what a partition is told about itself, as bytes in the layouts of src/abi/boot-info.ts. Pure:
 * the same facts give the same bytes.
 */
import {
  ABI_VERSION,
  BOOT_CHANNEL,
  BOOT_INFO,
  BOOT_INFO_MAGIC,
  BOOT_LINK,
  BOOT_MEMBER,
  BOOT_POOL,
  bootLinkOffset,
  type ChannelKindNumber,
  type FullPolicy,
  POOL_BASE,
  POOL_MODES,
  POOL_STRIDE,
  writeFields,
} from "../abi/index.js";
import type { RingShape } from "../ipc/index.js";
import type { PoolPlan } from "../kernel/plan.js";
import { PAGE_SIZE_BYTES, type CoreId, type PartitionId, type VirtualAddress } from "../units.js";

export interface BootInfo {
  readonly partition: PartitionId;
  readonly name: string;
  readonly core: CoreId;
  readonly threadCount: number;
  readonly frequencyHz: number;
  readonly heapBase: VirtualAddress;
  readonly heapBytes: number;
  /** Unsigned 64 bits: see partitionSeed. */
  readonly seed: bigint;
  /** In the order of the partition's channel ends; the first is the console. */
  readonly channels: readonly BootChannel[];
  /** Those that it is a member of, in the order of the system's. */
  readonly pools: readonly BootPool[];
}

export interface BootPool {
  readonly plan: PoolPlan;
  /** Number of the partition among the members. */
  readonly member: number;
  readonly memberNames: readonly string[];
}

export interface BootChannel {
  readonly name: string;
  readonly kind: ChannelKindNumber;
  readonly isProducer: boolean;
  readonly full: FullPolicy;
  readonly refreshCycles: number;
  readonly ring: RingShape;
  /** Null for a kind without replies. */
  readonly replies: RingShape | null;
  readonly links: readonly BootLink[];
}

export interface BootLink {
  /** Addresses of the sides; 0 for one that is not there. */
  readonly own: VirtualAddress;
  readonly theirs: VirtualAddress;
  readonly isDevice: boolean;
  /** Name of the partition at the other end, or the device. */
  readonly peer: string;
}

/** Where the tables begin, from the header. */
interface Tables {
  readonly links: number;
  readonly pools: number;
  readonly members: number;
  readonly end: number;
}

function tablesOf(channels: readonly BootChannel[], pools: readonly BootPool[]): Tables {
  const linkCount = channels.reduce((sum, { links }) => sum + links.length, 0);
  const links = bootLinkOffset(channels.length, 0);
  const poolsAt = bootLinkOffset(channels.length, linkCount);
  const members = poolsAt + pools.length * BOOT_POOL.sizeBytes;
  const memberCount = pools.reduce((sum, { memberNames }) => sum + memberNames.length, 0);
  return { links, pools: poolsAt, members, end: members + memberCount * BOOT_MEMBER.sizeBytes };
}

/** Bytes that the boot information of a partition takes: a multiple of 4096. */
export function bootInfoBytes(channels: readonly BootChannel[], pools: readonly BootPool[]): number {
  return Math.ceil(tablesOf(channels, pools).end / PAGE_SIZE_BYTES) * PAGE_SIZE_BYTES;
}

/**
 * As it is at the first start. A restart changes `generation` and `start_condition`, a violation `is_quarantined`, the
 * end of a peer `is_stopped`.
 */
export function bootInfoPages(info: BootInfo): Uint8Array {
  const { channels, pools } = info;
  const links = channels.flatMap((channel) => channel.links);
  const tables = tablesOf(channels, pools);
  const pages = new Uint8Array(bootInfoBytes(channels, pools));
  const hasPools = pools.length > 0;
  writeFields(pages, 0, BOOT_INFO, {
    magic: BOOT_INFO_MAGIC,
    abi_version: ABI_VERSION,
    partition: info.partition,
    generation: 1,
    thread_count: info.threadCount,
    channel_count: channels.length,
    core: info.core,
    frequency_hz: info.frequencyHz,
    heap_base: info.heapBase,
    heap_bytes: info.heapBytes,
    seed: info.seed,
    name: info.name,
    start_condition: 0,
    link_count: links.length,
    channels_offset: BOOT_INFO.sizeBytes,
    channel_bytes: BOOT_CHANNEL.sizeBytes,
    links_offset: tables.links,
    link_bytes: BOOT_LINK.sizeBytes,
    pool_count: pools.length,
    pools_offset: hasPools ? tables.pools : 0,
    pool_bytes: hasPools ? BOOT_POOL.sizeBytes : 0,
    members_offset: hasPools ? tables.members : 0,
    member_bytes: hasPools ? BOOT_MEMBER.sizeBytes : 0,
  });
  let firstLink = 0;
  channels.forEach((channel, index) => {
    const { ring, replies } = channel;
    writeFields(pages, BOOT_INFO.sizeBytes + index * BOOT_CHANNEL.sizeBytes, BOOT_CHANNEL, {
      name: channel.name,
      kind: channel.kind,
      is_producer: channel.isProducer ? 1 : 0,
      full_policy: channel.full,
      first_link: firstLink,
      link_count: channel.links.length,
      slots: ring.slots,
      slot_bytes: ring.slotBytes,
      slot_stride: ring.slotStrideBytes,
      slots_offset: ring.slotsOffset,
      reply_slots: replies?.slots ?? 0,
      reply_bytes: replies?.slotBytes ?? 0,
      reply_stride: replies?.slotStrideBytes ?? 0,
      replies_offset: replies?.slotsOffset ?? 0,
      refresh_cycles: channel.refreshCycles,
    });
    firstLink += channel.links.length;
  });
  links.forEach(({ own, theirs, isDevice, peer }, index) => {
    writeFields(pages, bootLinkOffset(channels.length, index), BOOT_LINK, {
      own,
      theirs,
      is_quarantined: 0,
      is_device: isDevice ? 1 : 0,
      is_stopped: 0,
      peer,
    });
  });
  writePools(pages, tables, pools);
  return pages;
}

function writePools(pages: Uint8Array, tables: Tables, pools: readonly BootPool[]): void {
  let firstMember = 0;
  pools.forEach(({ plan, member, memberNames }, index) => {
    writeFields(pages, tables.pools + index * BOOT_POOL.sizeBytes, BOOT_POOL, {
      name: plan.name,
      at: POOL_BASE + BigInt(plan.id) * POOL_STRIDE,
      size_bytes: plan.sizeBytes,
      block_bytes: plan.blockBytes,
      blocks: plan.sizeBytes / plan.blockBytes,
      mode: POOL_MODES[plan.mode].number,
      member,
      members: memberNames.length,
      first_member: firstMember,
      number: plan.id,
    });
    memberNames.forEach((name, position) => {
      const at = tables.members + (firstMember + position) * BOOT_MEMBER.sizeBytes;
      writeFields(pages, at, BOOT_MEMBER, { name });
    });
    firstMember += memberNames.length;
  });
}

/**
 * A partition's own seed: a mix of the system's seed and the partition's name, so that neighbours do not change it.
 * FNV-1a over the name, then the finaliser of SplitMix64.
 */
export function partitionSeed(systemSeed: number, name: string): bigint {
  const mask = 0xffff_ffff_ffff_ffffn;
  let hash = 0xcbf2_9ce4_8422_2325n;
  for (const byte of new TextEncoder().encode(name)) hash = ((hash ^ BigInt(byte)) * 0x100_0000_01b3n) & mask;
  let mixed = (hash + BigInt(systemSeed) * 0x9e37_79b9_7f4a_7c15n) & mask;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask;
  return mixed ^ (mixed >> 31n);
}
