/**
 * Calls: requests from any number of callers to one who answers, and a reply to each. Each caller has two rings with
 * the answerer, requests in its own side and replies in the other's. A reply carries the tag and the generation of its
 * request, so one that comes too late, or to a caller that has restarted meanwhile, is told apart.
 */
import { CALL_HEAD, ChannelKindNumber } from "../abi/index.js";
import type { ChannelKind, ChannelMemory, ChannelShape, PlacedLink, RingShape } from "./channel-kind.js";
import { queueIndices } from "./queue.js";
import { descriptorAt, readField, readWord, ringShape, writeDescriptor, writeField } from "./side.js";

const requests = ({ slots, slotBytes }: ChannelShape): RingShape => ringShape(slots, slotBytes, CALL_HEAD.sizeBytes);
const replies = ({ slots, replyBytes }: ChannelShape): RingShape => ringShape(slots, replyBytes, CALL_HEAD.sizeBytes);

export const CALL: ChannelKind = {
  number: ChannelKindNumber.Call,
  meaning: "Requests of many callers, and a reply to each, or the news that there will be none.",
  several: ["producer"],
  keys: ["slots", "slot_size", "reply_size", "full"],
  policies: ["block", "refuse"],
  defaultSlots: 16,
  ring: requests,
  replies,
  side: (shape, role) => ({
    sizeBytes: (role === "producer" ? requests : replies)(shape).sizeBytes,
    isForAll: false,
  }),
  /** Of the requests. */
  indices: queueIndices,
};

// ---- the host's side: a device that answers -------------------------------------------------------------------------

export interface CallRequest {
  /** The head of its slot, which its reply begins with. */
  readonly head: Uint8Array;
  readonly message: Uint8Array;
}

/**
 * Takes requests, oldest first, as long as there will be room for a reply to each: `inFlight` were taken before and
 * have none yet. Asks to be rung by the next request, or, where there was no room, by the next reply that is taken.
 * "violation" when a counter or length can't be; requests before the bad one have been taken.
 */
export function takeRequests(
  memory: ChannelMemory,
  shape: ChannelShape,
  { fromSide, toSide }: PlacedLink,
  inFlight: number,
  take: (request: CallRequest) => void,
): "ok" | "violation" {
  const { slots, slotBytes } = shape;
  if (toSide === null) return "violation";
  const tail = readField(memory, fromSide, "tail");
  let head = readField(memory, toSide, "head");
  const repliesHead = readField(memory, fromSide, "head");
  const unread = (readField(memory, toSide, "tail") - repliesHead) >>> 0;
  if ((tail - head) >>> 0 > slots || unread + inFlight > slots) return "violation";
  const { slotsOffset, slotStrideBytes } = requests(shape);
  let room = slots - unread - inFlight;
  for (; head !== tail && room > 0; room--, head = (head + 1) >>> 0) {
    const slot = head & (slots - 1);
    const length = readWord(memory, descriptorAt(fromSide, slot));
    if (length > slotBytes) return "violation";
    const bytes = memory.readPhysical(fromSide + slotsOffset + slot * slotStrideBytes, CALL_HEAD.sizeBytes + length);
    take({ head: bytes.slice(0, CALL_HEAD.sizeBytes), message: bytes.slice(CALL_HEAD.sizeBytes) });
  }
  writeField(memory, toSide, "head", head);
  writeField(memory, toSide, "item_event", tail);
  writeField(memory, toSide, "space_event", head === tail ? (repliesHead - 1) >>> 0 : repliesHead);
  return "ok";
}

/**
 * Puts replies, for which there is room, at most `replyBytes` each behind the head of its request. Whether the caller
 * has asked to be rung.
 */
export function putReplies(
  memory: ChannelMemory,
  shape: ChannelShape,
  { fromSide, toSide }: PlacedLink,
  answers: readonly CallRequest[],
): boolean {
  if (toSide === null) return false;
  const { slotsOffset, slotStrideBytes } = replies(shape);
  const before = readField(memory, toSide, "tail");
  const tail = (before + answers.length) >>> 0;
  answers.forEach(({ head, message }, index) => {
    const slot = (before + index) & (shape.slots - 1);
    const at = toSide + slotsOffset + slot * slotStrideBytes;
    memory.writePhysical(at, head);
    memory.writePhysical(at + CALL_HEAD.sizeBytes, message);
    writeDescriptor(memory, toSide, slot, message.length);
  });
  writeField(memory, toSide, "tail", tail);
  return (tail - readField(memory, fromSide, "item_event") - 1) >>> 0 < answers.length;
}
