/**
 * The broadcast: one ring that all consumers read, each at its own pace. Each has a side of its own with its head, so
 * none can break what another reads. The slowest holds the producer up, unless the channel drops messages; a consumer
 * whose head can't be is left behind alone.
 */
import { CHANNEL_SIDE, ChannelKindNumber, FullPolicy } from "../abi/index.js";
import type { ChannelKind } from "./channel-kind.js";
import { readField, ringShape } from "./side.js";

export const BROADCAST: ChannelKind = {
  number: ChannelKindNumber.Broadcast,
  meaning: "Every message arrives at every consumer, once and in order.",
  several: ["consumer"],
  keys: ["slots", "slot_size", "full"],
  policies: ["block", "refuse", "drop-oldest", "drop-newest"],
  defaultSlots: 64,
  ring: ({ slots, slotBytes }) => ringShape(slots, slotBytes),
  side: ({ slots, slotBytes }, role) =>
    role === "producer"
      ? { sizeBytes: ringShape(slots, slotBytes).sizeBytes, isForAll: true }
      : { sizeBytes: CHANNEL_SIDE.sizeBytes, isForAll: false },
  /** The head is that of the slowest. */
  indices(memory, { slots, full }, links) {
    const tail = readField(memory, links[0].fromSide, "tail");
    const fills = links.map(({ toSide }) => (toSide === null ? 0 : (tail - readField(memory, toSide, "head")) >>> 0));
    const most = Math.max(...fills);
    return { head: (tail - most) >>> 0, tail, fill: full === FullPolicy.DropOldest ? Math.min(slots, most) : most };
  },
};
