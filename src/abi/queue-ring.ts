/**
 * The queue ring, from its start:
 *
 *   +0x0000  configuration  read-only to both ends
 *   +0x1000  producer page  writable by the producer alone
 *   +0x2000  consumer page  writable by the consumer alone
 *   +0x3000  data           writable by the producer, read-only to the consumer: u32 lengths[slots], then the slots
 *
 * Indices are free-running 32-bit counters, masked on use. tail - head is the fill, and at most `slots`.
 * A doorbell is due when publishing moves an index past what the other side asked for (the event index of virtio):
 * (u32)(new - event - 1) < (u32)(new - old). Who asks stores its event index, then a full fence, then looks again.
 */
import { wordsByNumber, type NotBuilt, type TableOf } from "../vocabulary.js";
import { valuesOf, type ConstantTable } from "./constants.js";
import type { GuestWord } from "./guest-words.js";
import type { Structure } from "./structures.js";

/** "RING". */
export const RING_MAGIC = 0x474e4952;

export const RING_LAYOUT = {
  RING_CONFIG_OFFSET: { value: 0x0000, meaning: "Configuration: read-only to both ends." },
  RING_PRODUCER_OFFSET: { value: 0x1000, meaning: "Producer page: writable by the producer alone." },
  RING_CONSUMER_OFFSET: { value: 0x2000, meaning: "Consumer page: writable by the consumer alone." },
  RING_DATA_OFFSET: {
    value: 0x3000,
    meaning: "Data: u32 lengths[slots], then the slots; writable by the producer, read-only to the consumer.",
  },
  RING_SLOT_ALIGNMENT: { value: 64, meaning: "Slots begin at a multiple of this." },
} as const satisfies ConstantTable;

export const { RING_CONFIG_OFFSET, RING_PRODUCER_OFFSET, RING_CONSUMER_OFFSET, RING_DATA_OFFSET, RING_SLOT_ALIGNMENT } =
  valuesOf(RING_LAYOUT);

export const enum FullPolicy {
  Block = 0,
  Refuse = 1,
}

/** What happens when a ring is full, by the word in descriptions. */
export const FULL_POLICIES = {
  block: { number: FullPolicy.Block, meaning: "The producer waits for space." },
  refuse: { number: FullPolicy.Refuse, meaning: "The producer is told so, and goes on." },
  "drop-oldest": { notBuilt: true },
  "drop-newest": { notBuilt: true },
} as const satisfies TableOf<typeof FullPolicy, GuestWord> & Readonly<Record<"drop-oldest" | "drop-newest", NotBuilt>>;

/** Indexed by FullPolicy. */
export const FULL_POLICY_NAMES = wordsByNumber(FULL_POLICIES);

export const RING_CONFIG = {
  name: "ring_config",
  sizeBytes: 64,
  meaning: "What both ends were promised at boot; never changes.",
  fields: {
    magic: { type: "u32", offset: 0x00, meaning: "RING_MAGIC" },
    abi_version: { type: "u32", offset: 0x04, meaning: "ABI_VERSION" },
    slots: { type: "u32", offset: 0x08, meaning: "a power of two, 2 to 4096" },
    slot_bytes: { type: "u32", offset: 0x0c, meaning: "largest message" },
    slot_stride: { type: "u32", offset: 0x10, meaning: "bytes from slot to slot, a multiple of 64" },
    slots_offset: { type: "u32", offset: 0x14, meaning: "from the ring's start to slot 0" },
    full_policy: { type: "u32", offset: 0x18, meaning: "FullPolicy" },
  },
} as const satisfies Structure;

export const RING_PRODUCER = {
  name: "ring_producer",
  sizeBytes: 192,
  meaning: "Written by the producer alone.",
  fields: {
    tail: { type: "u32", offset: 0x00, meaning: "messages published so far" },
    space_event: { type: "u32", offset: 0x40, meaning: "ring me when head passes this" },
    refused: { type: "u32", offset: 0x80, meaning: "messages given up because the ring was full" },
  },
} as const satisfies Structure;

export const RING_CONSUMER = {
  name: "ring_consumer",
  sizeBytes: 192,
  meaning: "Written by the consumer alone.",
  fields: {
    head: { type: "u32", offset: 0x00, meaning: "messages released so far" },
    item_event: { type: "u32", offset: 0x40, meaning: "ring me when tail passes this" },
  },
} as const satisfies Structure;
