/**
 * Channels between partitions and devices, a kind a file. Layouts are in src/abi; guests have their side in
 * images/sdk/.
 */
export {
  MAX_CHANNEL_BYTES,
  type ChannelIndices,
  type ChannelKind,
  type ChannelMemory,
  type ChannelPart,
  type ChannelShape,
  type EndRole,
  type PlacedChannel,
} from "./channel-kind.js";
export { CHANNEL_KINDS, type ChannelKindWord } from "./kinds.js";
export { drainQueue } from "./queue.js";
