/**
 * Sampling: the last value, with its age. The producer writes the slots in turn and never waits; a consumer copies the
 * newest slot, and looks again if it was overwritten meanwhile. Consumers write nothing, so nobody can hold up anybody.
 */
import { ChannelKindNumber, SAMPLE, writeFields } from "../abi/index.js";
import type { Cycles } from "../units.js";
import type { ChannelKind, ChannelMemory, ChannelShape, PlacedLink, RingShape } from "./channel-kind.js";
import { readField, ringShape, writeDescriptor, writeField } from "./side.js";

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

// ---- the host's side: what devices do -------------------------------------------------------------------------------

/** The last value from now on, written at cycle `at`. */
export function writeSample(
  memory: ChannelMemory,
  shape: ChannelShape,
  { fromSide }: PlacedLink,
  at: Cycles,
  value: Uint8Array,
): void {
  const { slots } = shape;
  const { slotStrideBytes, slotsOffset } = samplingRing(shape);
  // Nobody but the producer writes there.
  const tail = readField(memory, fromSide, "tail");
  const slot = tail & (slots - 1);
  const contents = new Uint8Array(SAMPLE.sizeBytes + value.length);
  writeFields(contents, 0, SAMPLE, { written_at: at });
  contents.set(value, SAMPLE.sizeBytes);
  writeField(memory, fromSide, "claimed", (tail + 1) >>> 0);
  memory.writePhysical(fromSide + slotsOffset + slot * slotStrideBytes, contents);
  writeDescriptor(memory, fromSide, slot, value.length);
  writeField(memory, fromSide, "tail", (tail + 1) >>> 0);
}
