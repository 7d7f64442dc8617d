/** The kinds of channels, by the word in descriptions and plans: a file each. */
import type { CHANNEL_KIND_NUMBERS } from "../abi/index.js";
import type { BuiltWord, NotBuilt } from "../vocabulary.js";
import type { ChannelKind } from "./channel-kind.js";
import { BROADCAST } from "./broadcast.js";
import { BYTES } from "./bytes.js";
import { CALL } from "./call.js";
import { QUEUE } from "./queue.js";
import { SAMPLING } from "./sampling.js";

export const CHANNEL_KINDS = {
  queue: QUEUE,
  broadcast: BROADCAST,
  sampling: SAMPLING,
  bytes: BYTES,
  call: CALL,
} as const satisfies Readonly<Record<keyof typeof CHANNEL_KIND_NUMBERS, ChannelKind | NotBuilt>>;

/** The kinds that are built. */
export type ChannelKindWord = BuiltWord<typeof CHANNEL_KINDS>;
