/** What a partition is told about itself: one read-only page. */
import type { Structure } from "./structures.js";

/** "HALLOWS" and a zero byte, as a little-endian 64-bit number. */
export const BOOT_INFO_MAGIC = 0x00_53_57_4f_4c_4c_41_48n;

export const BOOT_INFO = {
  name: "boot_info",
  sizeBytes: 4096,
  meaning:
    "One read-only page; its address is in RDI when a thread starts (RSI: thread index, RDX: entry function or 0 for main).",
  fields: {
    magic: { type: "u64", offset: 0x00, meaning: "BOOT_INFO_MAGIC" },
    abi_version: { type: "u32", offset: 0x08, meaning: "ABI_VERSION" },
    partition: { type: "u32", offset: 0x0c, meaning: "index of the partition" },
    generation: { type: "u32", offset: 0x10, meaning: "1 at the first start, one more at each restart" },
    thread_count: { type: "u32", offset: 0x14, meaning: "threads of this partition" },
    channel_count: { type: "u32", offset: 0x18, meaning: "entries of `channels`; entry 0 is the console" },
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
  },
} as const satisfies Structure;

/** Offset in the boot-information page of the channel entries, which follow one another. */
export const BOOT_CHANNELS_OFFSET = 0x100;

export const BOOT_CHANNEL = {
  name: "boot_channel",
  sizeBytes: 96,
  meaning: "One end of a channel.",
  fields: {
    name: { type: "name", offset: 0x00, meaning: "the channel's name, zero-terminated" },
    address: { type: "u64", offset: 0x20, meaning: "address of its pages" },
    is_producer: { type: "u32", offset: 0x28, meaning: "1 for the producing end" },
    slots: { type: "u32", offset: 0x2c, meaning: "number of slots, a power of two" },
    slot_bytes: { type: "u32", offset: 0x30, meaning: "largest message" },
    full_policy: { type: "u32", offset: 0x34, meaning: "FullPolicy" },
    peer: { type: "name", offset: 0x40, meaning: "name of the partition at the other end" },
  },
} as const satisfies Structure;
