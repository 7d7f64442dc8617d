/** The kinds of channels and what becomes of a message for which there is no room, as guests know them. */
import { wordsByNumber, type NotBuilt, type TableOf } from "../vocabulary.js";
import type { GuestWord } from "./guest-words.js";
import type { Structure } from "./structures.js";

export const enum ChannelKindNumber {
  Queue = 1,
  Broadcast = 2,
  Sampling = 3,
  Bytes = 4,
  Call = 5,
}

/** By the word in descriptions; src/ipc has a file a kind. */
export const CHANNEL_KIND_NUMBERS = {
  queue: {
    number: ChannelKindNumber.Queue,
    meaning: "Messages, each once and in order, from one producer or many to one consumer.",
  },
  broadcast: {
    number: ChannelKindNumber.Broadcast,
    meaning: "Messages, each once and in order, from one producer to each of many consumers.",
  },
  sampling: {
    number: ChannelKindNumber.Sampling,
    meaning: "The last value and its age, from one producer to any number of consumers. Nobody waits for anybody.",
  },
  bytes: { notBuilt: true },
  call: {
    number: ChannelKindNumber.Call,
    meaning: "Requests from one caller or many, and a reply to each.",
  },
} as const satisfies Readonly<Record<keyof TableOf<typeof ChannelKindNumber, GuestWord>, GuestWord | NotBuilt>>;

export const enum FullPolicy {
  Block = 0,
  Refuse = 1,
  DropOldest = 2,
  DropNewest = 3,
}

/** What happens when a ring is full, by the word in descriptions. */
export const FULL_POLICIES = {
  block: { number: FullPolicy.Block, meaning: "The producer waits for space." },
  refuse: { number: FullPolicy.Refuse, meaning: "The producer is told so, and goes on." },
  "drop-oldest": { number: FullPolicy.DropOldest, meaning: "The oldest message is overwritten, read or not." },
  "drop-newest": { number: FullPolicy.DropNewest, meaning: "The message is thrown away and counted." },
} as const satisfies TableOf<typeof FullPolicy, GuestWord>;

export type FullPolicyWord = keyof typeof FULL_POLICIES;

/** Indexed by FullPolicy. */
export const FULL_POLICY_NAMES = wordsByNumber(FULL_POLICIES);

/** Before the data of a slot of kind `call`, in requests and replies. */
export const CALL_HEAD = {
  name: "call_head",
  sizeBytes: 16,
  meaning: "Before the data in each slot of a channel of kind call. A reply has the values of its request.",
  fields: {
    tag: { type: "u64", offset: 0x00, meaning: "what the caller knows its request by" },
    generation: { type: "u32", offset: 0x08, meaning: "of the caller, when it made the request" },
  },
} as const satisfies Structure;

/** Before the data of a slot of kind `sampling`. */
export const SAMPLE = {
  name: "sample",
  sizeBytes: 8,
  meaning: "Before the data in each slot of a channel of kind sampling.",
  fields: {
    written_at: { type: "u64", offset: 0x00, meaning: "TSC cycle at which it was written" },
  },
} as const satisfies Structure;
