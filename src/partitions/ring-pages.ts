/**
 * The pages of a queue ring as partitions get them: sizes, first bytes, and who may write which page.
 *
 * The layout is drawn in src/abi/queue-ring.ts. Invariant: the configuration is writable by nobody, each index page
 * by its owner alone, the data by the producer alone.
 */
import {
  ABI_VERSION,
  CHANNEL_STRIDE,
  RING_CONFIG,
  RING_CONFIG_OFFSET,
  RING_CONSUMER_OFFSET,
  RING_DATA_OFFSET,
  RING_MAGIC,
  RING_PRODUCER_OFFSET,
  writeFields,
  type FullPolicy,
} from "../abi/index.js";
import { ringGeometry } from "../ipc/index.js";
import { PAGE_SIZE_BYTES } from "../units.js";

/** One stretch of a ring with the same rights. Offsets and sizes are multiples of 4096. */
export interface RingPart {
  readonly name: "configuration" | "producer" | "consumer" | "data";
  readonly offset: number;
  readonly sizeBytes: number;
  /** Whether this end may write it. */
  readonly write: boolean;
  readonly contents: Uint8Array;
}

/** Rings larger than this would reach the next channel's addresses. */
export const MAX_RING_BYTES = Number(CHANNEL_STRIDE);

/** The four parts as one end sees them, in address order. */
export function ringParts(slots: number, slotBytes: number, full: FullPolicy, isProducer: boolean): RingPart[] {
  const geometry = ringGeometry(slots, slotBytes);
  const empty = new Uint8Array(0);
  const configuration = new Uint8Array(RING_CONFIG.sizeBytes);
  writeFields(configuration, 0, RING_CONFIG, {
    magic: RING_MAGIC,
    abi_version: ABI_VERSION,
    slots,
    slot_bytes: slotBytes,
    slot_stride: geometry.slotStrideBytes,
    slots_offset: geometry.slotsOffset,
    full_policy: full,
  });
  const page = PAGE_SIZE_BYTES;
  const dataBytes = geometry.sizeBytes - RING_DATA_OFFSET;
  return [
    { name: "configuration", offset: RING_CONFIG_OFFSET, sizeBytes: page, write: false, contents: configuration },
    { name: "producer", offset: RING_PRODUCER_OFFSET, sizeBytes: page, write: isProducer, contents: empty },
    { name: "consumer", offset: RING_CONSUMER_OFFSET, sizeBytes: page, write: !isProducer, contents: empty },
    { name: "data", offset: RING_DATA_OFFSET, sizeBytes: dataBytes, write: isProducer, contents: empty },
  ];
}
