/**
 * Sampling: the last value, with its age. The producer writes the slots in turn and never waits; a consumer copies the
 * newest slot, and looks again if it was overwritten meanwhile. Consumers write nothing, so nobody can hold up anybody.
 */
import { ChannelKindNumber, SAMPLE } from "../abi/index.js";
import type { ChannelKind, ChannelShape, RingShape } from "./channel-kind.js";
import { readField, ringShape } from "./side.js";

function samplingRing({ slots, slotBytes }: ChannelShape): RingShape {
  return ringShape(slots, slotBytes, SAMPLE.sizeBytes);
}

export const SAMPLING: ChannelKind = {
  number: ChannelKindNumber.Sampling,
  meaning: "The last value and its age; nobody waits for anybody.",
  several: ["consumer"],
  keys: ["slots", "slot_size", "refresh"],
  policies: ["drop-oldest"],
  defaultSlots: 4,
  ring: samplingRing,
  side: (shape, role) => (role === "producer" ? { sizeBytes: samplingRing(shape).sizeBytes, isForAll: true } : null),
  indices(memory, _, [{ fromSide }]) {
    const tail = readField(memory, fromSide, "tail");
    return { head: tail, tail, fill: 0 };
  },
};
