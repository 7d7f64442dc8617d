/**
 * The queue: a ring with one producer and one consumer. Its pages and rights, and the host's side: the consuming end,
 * for devices, and a look at the indices, for views.
 *
 * Layout: src/abi/queue-ring.ts. Invariant: the configuration is writable by nobody, each index page by its owner
 * alone, the data by the producer alone. A guest may write anything into its own pages, so each value is fetched once,
 * checked, and then used; what can't be is a violation and ends the reading.
 */
import {
  ABI_VERSION,
  RING_CONFIG,
  RING_CONFIG_OFFSET,
  RING_CONSUMER,
  RING_CONSUMER_OFFSET,
  RING_DATA_OFFSET,
  RING_MAGIC,
  RING_PRODUCER,
  RING_PRODUCER_OFFSET,
  RING_SLOT_ALIGNMENT,
  writeFields,
} from "../abi/index.js";
import { PAGE_SIZE_BYTES, type PhysicalAddress } from "../units.js";
import type {
  ChannelIndices,
  ChannelKind,
  ChannelMemory,
  ChannelPart,
  ChannelShape,
  EndRole,
  PlacedChannel,
} from "./channel-kind.js";

interface QueueGeometry {
  /** From slot to slot. */
  readonly slotStrideBytes: number;
  /** From the ring's start to slot 0: after the lengths. */
  readonly slotsOffset: number;
  readonly sizeBytes: number;
}

function queueGeometry({ slots, slotBytes }: Pick<ChannelShape, "slots" | "slotBytes">): QueueGeometry {
  const slotStrideBytes = roundUp(slotBytes, RING_SLOT_ALIGNMENT);
  const slotsOffset = RING_DATA_OFFSET + roundUp(slots * 4, RING_SLOT_ALIGNMENT);
  return { slotStrideBytes, slotsOffset, sizeBytes: roundUp(slotsOffset + slots * slotStrideBytes, PAGE_SIZE_BYTES) };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

function queueParts(shape: ChannelShape, role: EndRole): ChannelPart[] {
  const { slots, slotBytes, full } = shape;
  const geometry = queueGeometry(shape);
  const isProducer = role === "producer";
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

export const QUEUE: ChannelKind = {
  meaning: "Every message arrives, once and in order.",
  roles: ["producer", "consumer"],
  sizeBytes: (shape) => queueGeometry(shape).sizeBytes,
  parts: queueParts,
  indices: queueIndices,
};

// ---- the host's side ------------------------------------------------------------------------------------------------

const TAIL_OFFSET = RING_PRODUCER_OFFSET + RING_PRODUCER.fields.tail.offset;
const HEAD_OFFSET = RING_CONSUMER_OFFSET + RING_CONSUMER.fields.head.offset;
const ITEM_EVENT_OFFSET = RING_CONSUMER_OFFSET + RING_CONSUMER.fields.item_event.offset;

function readWord(memory: ChannelMemory, at: PhysicalAddress): number {
  const bytes = memory.readPhysical(at, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function writeWord(memory: ChannelMemory, at: PhysicalAddress, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  memory.writePhysical(at, bytes);
}

function queueIndices(memory: ChannelMemory, { frames }: PlacedChannel): ChannelIndices {
  const tail = readWord(memory, frames + TAIL_OFFSET);
  const head = readWord(memory, frames + HEAD_OFFSET);
  return { head, tail, fill: (tail - head) >>> 0 };
}

/**
 * Takes every message, oldest first, and asks to be woken by the next one. "violation" when the indices or a length
 * can't be; messages before the bad one have been taken.
 */
export function drainQueue(
  memory: ChannelMemory,
  channel: PlacedChannel,
  take: (message: Uint8Array) => void,
): "ok" | "violation" {
  const { slots, slotBytes, frames } = channel;
  const { head, tail, fill } = queueIndices(memory, channel);
  if (fill > slots) return "violation";
  const { slotStrideBytes, slotsOffset } = queueGeometry(channel);
  const firstSlot = frames + slotsOffset;
  let index = head;
  let outcome: "ok" | "violation" = "ok";
  for (; index !== tail; index = (index + 1) >>> 0) {
    const slot = index & (slots - 1);
    const length = readWord(memory, frames + RING_DATA_OFFSET + 4 * slot);
    if (length > slotBytes) {
      outcome = "violation";
      break;
    }
    take(memory.readPhysical(firstSlot + slot * slotStrideBytes, length));
  }
  writeWord(memory, frames + HEAD_OFFSET, index);
  writeWord(memory, frames + ITEM_EVENT_OFFSET, index);
  return outcome;
}
