/**
 * The queue: each message arrives once and in order. Many producers are many rings: each writes a side of its own, so
 * none can break what another sends, and the consumer takes from them in turn. All rings share the consumer's doorbell.
 */
import { CHANNEL_SIDE, ChannelKindNumber, FullPolicy } from "../abi/index.js";
import type { PhysicalAddress } from "../units.js";
import type { ChannelIndices, ChannelKind, ChannelMemory, ChannelShape, PlacedLink } from "./channel-kind.js";
import { descriptorAt, readField, readWord, ringShape, writeDescriptor, writeField } from "./side.js";

export const QUEUE: ChannelKind = {
  number: ChannelKindNumber.Queue,
  meaning: "Every message arrives, once and in order; with many producers, in the order of each.",
  several: ["producer"],
  keys: ["slots", "slot_size", "full"],
  policies: ["block", "refuse", "drop-oldest", "drop-newest"],
  defaultSlots: 64,
  ring: ({ slots, slotBytes }) => ringShape(slots, slotBytes),
  side: (shape, role) => ({
    sizeBytes: role === "producer" ? ringShape(shape.slots, shape.slotBytes).sizeBytes : CHANNEL_SIDE.sizeBytes,
    isForAll: false,
  }),
  indices: queueIndices,
};

export function queueIndices(
  memory: ChannelMemory,
  { slots, full }: ChannelShape,
  links: readonly PlacedLink[],
): ChannelIndices {
  const sum = { head: 0, tail: 0, fill: 0 };
  for (const link of links) {
    const tail = readField(memory, link.fromSide, "tail");
    const head = link.toSide === null ? tail : readField(memory, link.toSide, "head");
    const ahead = (tail - head) >>> 0;
    sum.head = (sum.head + head) >>> 0;
    sum.tail = (sum.tail + tail) >>> 0;
    // A producer that overwrites may be any number ahead.
    sum.fill = Math.max(sum.fill, full === FullPolicy.DropOldest ? Math.min(slots, ahead) : ahead);
  }
  return sum;
}

// ---- the host's side: what devices do -------------------------------------------------------------------------------

/**
 * Takes every message, oldest first, and asks to be woken by the next one. "violation" when the counters or a length
 * can't be; messages before the bad one have been taken.
 */
export function drainQueue(
  memory: ChannelMemory,
  shape: ChannelShape,
  link: PlacedLink,
  take: (message: Uint8Array) => void,
): "ok" | "violation" {
  return drainQueueInPlace(memory, shape, link, (at, sizeBytes) => take(memory.readPhysical(at, sizeBytes)));
}

/** The same for who reads messages where they lie: each is its producer's again when `take` returns. */
export function drainQueueInPlace(
  memory: ChannelMemory,
  { slots, slotBytes }: ChannelShape,
  { fromSide, toSide }: PlacedLink,
  take: (at: PhysicalAddress, sizeBytes: number) => void,
): "ok" | "violation" {
  if (toSide === null) return "violation";
  const tail = readField(memory, fromSide, "tail");
  const head = readField(memory, toSide, "head");
  if ((tail - head) >>> 0 > slots) return "violation";
  const { slotStrideBytes, slotsOffset } = ringShape(slots, slotBytes);
  let index = head;
  let outcome: "ok" | "violation" = "ok";
  for (; index !== tail; index = (index + 1) >>> 0) {
    const slot = index & (slots - 1);
    const length = readWord(memory, descriptorAt(fromSide, slot));
    if (length > slotBytes) {
      outcome = "violation";
      break;
    }
    take(fromSide + slotsOffset + slot * slotStrideBytes, length);
  }
  writeField(memory, toSide, "head", index);
  writeField(memory, toSide, "item_event", index);
  return outcome;
}

/**
 * Puts messages into free slots for as long as there are both; where slots run out, asks to be rung once half of them
 * are free. `produce` writes a message of at most `roomBytes` and returns its length, or -1 when it has none.
 * "ring" when the consumer is to be told, "violation" when its head can't be.
 */
export function offerQueue(
  memory: ChannelMemory,
  shape: ChannelShape,
  { fromSide, toSide }: PlacedLink,
  produce: (at: PhysicalAddress, roomBytes: number) => number,
): "ring" | "quiet" | "violation" {
  const { slots, slotBytes } = shape;
  if (toSide === null) return "violation";
  const head = readField(memory, toSide, "head");
  const first = readField(memory, fromSide, "tail");
  if ((first - head) >>> 0 > slots) return "violation";
  const { slotStrideBytes, slotsOffset } = ringShape(slots, slotBytes);
  let tail = first;
  for (; (tail - head) >>> 0 < slots; tail = (tail + 1) >>> 0) {
    const slot = tail & (slots - 1);
    const length = produce(fromSide + slotsOffset + slot * slotStrideBytes, slotBytes);
    if (length < 0) break;
    writeDescriptor(memory, fromSide, slot, length);
  }
  const isFull = (tail - head) >>> 0 === slots;
  // An event at the head that we know has been passed already.
  writeField(memory, fromSide, "space_event", (isFull ? head + slots / 2 - 1 : head - 1) >>> 0);
  if (tail === first) return "quiet";
  writeField(memory, fromSide, "tail", tail);
  const event = readField(memory, toSide, "item_event");
  return (tail - event - 1) >>> 0 < (tail - first) >>> 0 ? "ring" : "quiet";
}

/**
 * Puts a message into every free slot, and asks to be rung once half of them are taken. `produce` gives a message of at
 * most `slotBytes`. "violation" when the consumer's head can't be.
 */
export function fillQueue(
  memory: ChannelMemory,
  shape: ChannelShape,
  { fromSide, toSide }: PlacedLink,
  produce: () => Uint8Array,
): "ok" | "violation" {
  const { slots, slotBytes } = shape;
  if (toSide === null) return "violation";
  const head = readField(memory, toSide, "head");
  let tail = readField(memory, fromSide, "tail");
  if ((tail - head) >>> 0 > slots) return "violation";
  const { slotStrideBytes, slotsOffset } = ringShape(slots, slotBytes);
  for (; (tail - head) >>> 0 < slots; tail = (tail + 1) >>> 0) {
    const slot = tail & (slots - 1);
    const message = produce();
    memory.writePhysical(fromSide + slotsOffset + slot * slotStrideBytes, message);
    writeDescriptor(memory, fromSide, slot, message.length);
  }
  writeField(memory, fromSide, "tail", tail);
  writeField(memory, fromSide, "space_event", (head + slots / 2 - 1) >>> 0);
  return "ok";
}

/**
 * Puts a message into the next free slot. Where there is none it asks to be rung once half of them are free: "full".
 * "violation" when the consumer's head can't be.
 */
export function putIntoQueue(
  memory: ChannelMemory,
  shape: ChannelShape,
  { fromSide, toSide }: PlacedLink,
  message: Uint8Array,
): "ok" | "full" | "violation" {
  const { slots, slotBytes } = shape;
  if (toSide === null) return "violation";
  const head = readField(memory, toSide, "head");
  const tail = readField(memory, fromSide, "tail");
  const fill = (tail - head) >>> 0;
  if (fill > slots) return "violation";
  if (fill === slots) {
    writeField(memory, fromSide, "space_event", (head + Math.max(0, (slots >>> 1) - 1)) >>> 0);
    return "full";
  }
  const { slotStrideBytes, slotsOffset } = ringShape(slots, slotBytes);
  const slot = tail & (slots - 1);
  memory.writePhysical(fromSide + slotsOffset + slot * slotStrideBytes, message);
  writeDescriptor(memory, fromSide, slot, message.length);
  writeField(memory, fromSide, "tail", (tail + 1) >>> 0);
  return "ok";
}
