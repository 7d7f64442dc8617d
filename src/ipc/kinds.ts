/** The kinds of channels, by the word in descriptions and plans. */
import type { BuiltWord, NotBuilt } from "../vocabulary.js";
import type { ChannelKind } from "./channel-kind.js";
import { QUEUE } from "./queue.js";

export const CHANNEL_KINDS = {
  queue: QUEUE,
  broadcast: { notBuilt: true },
  sampling: { notBuilt: true },
} as const satisfies Readonly<Record<string, ChannelKind | NotBuilt>>;

/** The kinds that are built. */
export type ChannelKindWord = BuiltWord<typeof CHANNEL_KINDS>;
