/**
 * The byte ring: messages of any length, which lie one behind the other and take the room that they need. What the
 * counters count is bytes. A record does not cross the ring's end, so it can be written and read in place; a message
 * that is larger than a record may be comes in several, and may be larger than the ring.
 *
 * In a plan the ring's size stands as slots of 2 KiB, and views are told how many of those are filled.
 */
import {
  CHANNEL_SIDE,
  ChannelKindNumber,
  RECORD,
  RECORD_ALIGNMENT,
  RECORD_PARTS,
  SIDE_DESCRIPTORS_OFFSET,
} from "../abi/index.js";
import type { ChannelKind, ChannelShape, RingShape } from "./channel-kind.js";
import { queueIndices } from "./queue.js";

/** `slots` are bytes, and a slot may have as many as a record may. There are no descriptors. */
function byteRing({ slots, slotBytes }: ChannelShape): RingShape {
  const ringBytes = slots * slotBytes;
  return {
    slots: ringBytes,
    slotBytes: ringBytes / RECORD_PARTS - RECORD.sizeBytes,
    slotStrideBytes: RECORD_ALIGNMENT,
    slotsOffset: SIDE_DESCRIPTORS_OFFSET,
    sizeBytes: SIDE_DESCRIPTORS_OFFSET + ringBytes,
  };
}

export const BYTES: ChannelKind = {
  number: ChannelKindNumber.Bytes,
  meaning: "Every message arrives, once and in order, whatever its length; with many producers, in the order of each.",
  several: ["producer"],
  keys: ["size", "full"],
  policies: ["block", "refuse"],
  defaultSlots: 32,
  unitBytes: 2048,
  ring: byteRing,
  side: (shape, role) => ({
    sizeBytes: role === "producer" ? byteRing(shape).sizeBytes : CHANNEL_SIDE.sizeBytes,
    isForAll: false,
  }),
  indices(memory, shape, links) {
    const { head, tail, fill } = queueIndices(memory, shape, links);
    return { head, tail, fill: Math.ceil(fill / shape.slotBytes) };
  },
};
