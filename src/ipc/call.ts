/**
 * Calls: requests from any number of callers to one who answers, and a reply to each. Each caller has two rings with
 * the answerer, requests in its own side and replies in the other's. A reply carries the tag and the generation of its
 * request, so one that comes too late, or to a caller that has restarted meanwhile, is told apart.
 */
import { CALL_HEAD, ChannelKindNumber } from "../abi/index.js";
import type { ChannelKind, ChannelShape, RingShape } from "./channel-kind.js";
import { queueIndices } from "./queue.js";
import { ringShape } from "./side.js";

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
