/**
 * Channels between partitions and devices, a kind a file. Layouts are in src/abi; guests have their side in
 * images/sdk/.
 */
export type {
  ChannelIndices,
  ChannelKey,
  ChannelKind,
  ChannelMemory,
  ChannelShape,
  EndRole,
  PlacedLink,
  RingShape,
  SideShape,
} from "./channel-kind.js";
export { CHANNEL_KINDS, type ChannelKindWord } from "./kinds.js";
export { putReplies, takeRequests, type CallRequest } from "./call.js";
export { drainQueue, drainQueueInPlace, fillQueue, offerQueue, putIntoQueue } from "./queue.js";
export { writeSample } from "./sampling.js";
