/**
 * What a partition is told about itself: read-only pages, which only the kernel writes.
 *
 *   header | channels | links | pools | members
 *
 * The header says where the tables begin and how large an entry is, so that entries can grow without a new version.
 */
import type { Structure } from "./structures.js";

/** "HALLOWS" and a zero byte, as a little-endian 64-bit number. */
export const BOOT_INFO_MAGIC = 0x00_53_57_4f_4c_4c_41_48n;

export const BOOT_INFO = {
  name: "boot_info",
  sizeBytes: 256,
  meaning:
    "The header; its address is in RDI when a thread starts (RSI: thread index, RDX: entry function or 0 for main).",
  fields: {
    magic: { type: "u64", offset: 0x00, meaning: "BOOT_INFO_MAGIC" },
    abi_version: { type: "u32", offset: 0x08, meaning: "ABI_VERSION" },
    partition: { type: "u32", offset: 0x0c, meaning: "index of the partition" },
    generation: { type: "u32", offset: 0x10, meaning: "1 at the first start, one more at each restart" },
    thread_count: { type: "u32", offset: 0x14, meaning: "threads of this partition" },
    channel_count: { type: "u32", offset: 0x18, meaning: "channel ends of this partition; end 0 is the console" },
    core: { type: "u32", offset: 0x1c, meaning: "core on which the partition runs" },
    frequency_hz: { type: "u64", offset: 0x20, meaning: "TSC cycles a second" },
    heap_base: { type: "u64", offset: 0x28, meaning: "address of the heap" },
    heap_bytes: { type: "u64", offset: 0x30, meaning: "size of the heap" },
    seed: { type: "u64", offset: 0x38, meaning: "this partition's own random seed, from the system's" },
    name: { type: "name", offset: 0x40, meaning: "the partition's name, zero-terminated" },
    start_condition: {
      type: "u32",
      offset: 0x60,
      meaning: "0 normal start, 1 restarted by itself, 3 restarted by health monitoring",
    },
    link_count: { type: "u32", offset: 0x64, meaning: "links of all channel ends" },
    channels_offset: { type: "u32", offset: 0x68, meaning: "from the header to the first boot_channel" },
    channel_bytes: { type: "u32", offset: 0x6c, meaning: "from one boot_channel to the next" },
    links_offset: { type: "u32", offset: 0x70, meaning: "from the header to the first boot_link" },
    link_bytes: { type: "u32", offset: 0x74, meaning: "from one boot_link to the next" },
    pool_count: { type: "u32", offset: 0x78, meaning: "pools that the partition is a member of" },
    pools_offset: { type: "u32", offset: 0x7c, meaning: "from the header to the first boot_pool; 0 without pools" },
    pool_bytes: { type: "u32", offset: 0x80, meaning: "from one boot_pool to the next" },
    members_offset: { type: "u32", offset: 0x84, meaning: "from the header to the first boot_member" },
    member_bytes: { type: "u32", offset: 0x88, meaning: "from one boot_member to the next" },
  },
} as const satisfies Structure;

export const BOOT_CHANNEL = {
  name: "boot_channel",
  sizeBytes: 128,
  meaning: "An end of a channel. Entry i is end i.",
  fields: {
    name: { type: "name", offset: 0x00, meaning: "the channel's name, zero-terminated" },
    kind: { type: "u32", offset: 0x20, meaning: "HALLOWS_KIND_QUEUE and so on" },
    is_producer: { type: "u32", offset: 0x24, meaning: "1 for an end that produces, or calls" },
    full_policy: { type: "u32", offset: 0x28, meaning: "HALLOWS_FULL_BLOCK and so on" },
    first_link: { type: "u32", offset: 0x2c, meaning: "index of its first boot_link" },
    link_count: { type: "u32", offset: 0x30, meaning: "its peers: as many links follow one another" },
    slots: { type: "u32", offset: 0x38, meaning: "of a producer's side: a power of two" },
    slot_bytes: { type: "u32", offset: 0x3c, meaning: "largest message" },
    slot_stride: { type: "u32", offset: 0x40, meaning: "bytes from slot to slot" },
    slots_offset: { type: "u32", offset: 0x44, meaning: "from a producer's side to its slot 0" },
    reply_slots: { type: "u32", offset: 0x48, meaning: "kind call: as slots, of the answering side" },
    reply_bytes: { type: "u32", offset: 0x4c, meaning: "kind call: largest reply" },
    reply_stride: { type: "u32", offset: 0x50, meaning: "kind call: as slot_stride" },
    replies_offset: { type: "u32", offset: 0x54, meaning: "kind call: as slots_offset" },
    refresh_cycles: { type: "u64", offset: 0x58, meaning: "kind sampling: how long a value is valid; 0 for ever" },
  },
} as const satisfies Structure;

export const BOOT_LINK = {
  name: "boot_link",
  sizeBytes: 64,
  meaning: "What joins an end of a channel with one of its peers.",
  fields: {
    own: { type: "u64", offset: 0x00, meaning: "address of the side that this end writes; 0 where it writes nothing" },
    theirs: { type: "u64", offset: 0x08, meaning: "address of the peer's side, read-only; 0 where it writes nothing" },
    is_quarantined: { type: "u32", offset: 0x10, meaning: "1 once either has reported a violation: nothing comes" },
    is_device: { type: "u32", offset: 0x14, meaning: "1 where the peer is a device" },
    is_stopped: { type: "u32", offset: 0x18, meaning: "1 once the peer has stopped for good: nothing new comes" },
    peer: { type: "name", offset: 0x20, meaning: "name of the peer" },
  },
} as const satisfies Structure;

/** Bytes from the header to the entry of a link, for a partition of so many channel ends. */
export function bootLinkOffset(channelCount: number, link: number): number {
  return BOOT_INFO.sizeBytes + channelCount * BOOT_CHANNEL.sizeBytes + link * BOOT_LINK.sizeBytes;
}
