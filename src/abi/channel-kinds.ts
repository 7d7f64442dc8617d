/** The kinds of channels and what becomes of a message for which there is no room, as guests know them. */
import { wordsByNumber, type NotBuilt, type TableOf } from "../vocabulary.js";
import { valuesOf, type ConstantTable } from "./constants.js";
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
  bytes: {
    number: ChannelKindNumber.Bytes,
    meaning: "Messages of any length, each once and in order, from one producer or many to one consumer.",
  },
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

/** Before the data of each record in a ring of kind `bytes`. */
export const RECORD = {
  name: "record",
  sizeBytes: 8,
  meaning: "Before the data of each record of a channel of kind bytes. Read in one access of 8 bytes.",
  fields: {
    length: { type: "u32", offset: 0x00, meaning: "bytes of data in bits 0 to 28, and HALLOWS_RECORD_ flags above" },
    generation: { type: "u32", offset: 0x04, meaning: "of the producer, when it wrote the record" },
  },
} as const satisfies Structure;

export const RECORD_LAYOUT = {
  RECORD_ALIGNMENT: { value: 8, meaning: "Records begin at multiples of this." },
  RECORD_PARTS: { value: 4, meaning: "A record has at most this part of its ring: a quarter." },
  RECORD_SKIP: { value: 0x2000_0000, meaning: "Flag: no message; the next record is at the ring's start." },
  RECORD_CONTINUES: { value: 0x4000_0000, meaning: "Flag: what began in an earlier record goes on here." },
  RECORD_MORE: { value: 0x8000_0000, meaning: "Flag: the message goes on in the next record." },
} as const satisfies ConstantTable;

export const { RECORD_ALIGNMENT, RECORD_PARTS } = valuesOf(RECORD_LAYOUT);
