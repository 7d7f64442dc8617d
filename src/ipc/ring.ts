/**
 * The queue ring seen from the host: the consuming end, for devices, and a look at the indices, for views.
 *
 * Layout: src/abi/queue-ring.ts. The producer is a guest and may write anything into its page and the data, so each
 * value is fetched once, checked, and then used; what can't be is a violation and ends the reading.
 */
import { RING_CONSUMER_OFFSET, RING_DATA_OFFSET, RING_PRODUCER_OFFSET, RING_SLOT_ALIGNMENT } from "../abi/index.js";
import { PAGE_SIZE_BYTES, type PhysicalAddress } from "../units.js";

/** The memory that a ring lies in. */
export interface RingMemory {
  readPhysical(at: PhysicalAddress, sizeBytes: number): Uint8Array;
  writePhysical(at: PhysicalAddress, bytes: Uint8Array): void;
}

export interface RingShape {
  /** The ring's first byte. */
  readonly frames: PhysicalAddress;
  /** A power of two. */
  readonly slots: number;
  readonly slotBytes: number;
}

export interface RingGeometry {
  /** From slot to slot. */
  readonly slotStrideBytes: number;
  /** From the ring's start to slot 0: after the lengths. */
  readonly slotsOffset: number;
  /** The whole ring, a multiple of 4096. */
  readonly sizeBytes: number;
}

export function ringGeometry(slots: number, slotBytes: number): RingGeometry {
  const slotStrideBytes = roundUp(slotBytes, RING_SLOT_ALIGNMENT);
  const slotsOffset = RING_DATA_OFFSET + roundUp(slots * 4, RING_SLOT_ALIGNMENT);
  return { slotStrideBytes, slotsOffset, sizeBytes: roundUp(slotsOffset + slots * slotStrideBytes, PAGE_SIZE_BYTES) };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

const TAIL_OFFSET = RING_PRODUCER_OFFSET;
const HEAD_OFFSET = RING_CONSUMER_OFFSET;
const ITEM_EVENT_OFFSET = RING_CONSUMER_OFFSET + 0x40;

function readWord(memory: RingMemory, at: PhysicalAddress): number {
  const bytes = memory.readPhysical(at, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

function writeWord(memory: RingMemory, at: PhysicalAddress, value: number): void {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  memory.writePhysical(at, bytes);
}

export interface RingIndices {
  readonly head: number;
  readonly tail: number;
  /** tail - head: at most `slots`, unless the ring is broken. */
  readonly fill: number;
}

export function readIndices(memory: RingMemory, shape: RingShape): RingIndices {
  const tail = readWord(memory, shape.frames + TAIL_OFFSET);
  const head = readWord(memory, shape.frames + HEAD_OFFSET);
  return { head, tail, fill: (tail - head) >>> 0 };
}

/**
 * Takes every message, oldest first, and asks to be woken by the next one. "violation" when the indices or a length
 * can't be; messages before the bad one have been taken.
 */
export function drainRing(
  memory: RingMemory,
  shape: RingShape,
  take: (message: Uint8Array) => void,
): "ok" | "violation" {
  const { head, tail, fill } = readIndices(memory, shape);
  if (fill > shape.slots) return "violation";
  const { slotStrideBytes, slotsOffset } = ringGeometry(shape.slots, shape.slotBytes);
  const firstSlot = shape.frames + slotsOffset;
  let index = head;
  let outcome: "ok" | "violation" = "ok";
  for (; index !== tail; index = (index + 1) >>> 0) {
    const slot = index & (shape.slots - 1);
    const length = readWord(memory, shape.frames + RING_DATA_OFFSET + 4 * slot);
    if (length > shape.slotBytes) {
      outcome = "violation";
      break;
    }
    take(memory.readPhysical(firstSlot + slot * slotStrideBytes, length));
  }
  writeWord(memory, shape.frames + HEAD_OFFSET, index);
  writeWord(memory, shape.frames + ITEM_EVENT_OFFSET, index);
  return outcome;
}
