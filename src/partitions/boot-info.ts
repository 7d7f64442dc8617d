/**
 * The boot-information page: what a partition is told about itself, as bytes in the layout of BOOT_INFO and
 * BOOT_CHANNEL in src/abi. Pure: the same facts give the same 4096 bytes.
 */
import {
  ABI_VERSION,
  BOOT_CHANNEL,
  BOOT_CHANNELS_OFFSET,
  BOOT_INFO,
  BOOT_INFO_MAGIC,
  writeFields,
  type FullPolicy,
} from "../abi/index.js";
import type { CoreId, PartitionId, VirtualAddress } from "../units.js";

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
}

export interface BootChannel {
  readonly name: string;
  readonly at: VirtualAddress;
  readonly isProducer: boolean;
  readonly slots: number;
  readonly slotBytes: number;
  readonly full: FullPolicy;
  /** Name of the partition at the other end, or the device. */
  readonly peer: string;
}

/** The page as it is at the first start. A restart changes `generation` and `start_condition`, and nothing else. */
export function bootInfoPage(info: BootInfo): Uint8Array {
  const page = new Uint8Array(BOOT_INFO.sizeBytes);
  writeFields(page, 0, BOOT_INFO, {
    magic: BOOT_INFO_MAGIC,
    abi_version: ABI_VERSION,
    partition: info.partition,
    generation: 1,
    thread_count: info.threadCount,
    channel_count: info.channels.length,
    core: info.core,
    frequency_hz: info.frequencyHz,
    heap_base: info.heapBase,
    heap_bytes: info.heapBytes,
    seed: info.seed,
    name: info.name,
    start_condition: 0,
  });
  info.channels.forEach((channel, index) => {
    writeFields(page, BOOT_CHANNELS_OFFSET + index * BOOT_CHANNEL.sizeBytes, BOOT_CHANNEL, {
      name: channel.name,
      address: channel.at,
      is_producer: channel.isProducer ? 1 : 0,
      slots: channel.slots,
      slot_bytes: channel.slotBytes,
      full_policy: channel.full,
      peer: channel.peer,
    });
  });
  return page;
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
