/** What the device "store" is asked, and answers: messages of a channel of kind `call`. */
import { type TableOf } from "../vocabulary.js";
import type { GuestWord } from "./guest-words.js";
import type { Structure } from "./structures.js";

export const enum StoreOperation {
  Describe = 0,
  Read = 1,
  Write = 2,
  Flush = 3,
  Discard = 4,
}

/** First field of a request. */
export const STORE_OPERATIONS = {
  describe: { number: StoreOperation.Describe, meaning: "Nothing but the reply, which says how large the store is." },
  read: { number: StoreOperation.Read, meaning: "Sectors, which follow the reply." },
  write: {
    number: StoreOperation.Write,
    meaning: "Sectors, which follow the request. Until a flush they may be lost, in any order, when the power goes.",
  },
  flush: {
    number: StoreOperation.Flush,
    meaning: "All that was written before is on the disk when the reply is there. Its sector and count are 0.",
  },
  discard: {
    number: StoreOperation.Discard,
    meaning: "Sectors that are zero from then on: a write of zeros that brings none.",
  },
} as const satisfies TableOf<typeof StoreOperation, GuestWord>;

export const enum StoreStatus {
  Done = 0,
  Invalid = 111,
  OutOfBounds = 112,
  ReadOnly = 113,
  Full = 114,
  Failed = 115,
}

/** First field of a reply. They are none of the kernel's statuses, nor of what functions of channels return. */
export const STORE_STATUSES = {
  done: { number: StoreStatus.Done, meaning: "What was asked for." },
  invalid: {
    number: StoreStatus.Invalid,
    meaning: "No such operation, or a length that is not what it needs. Nothing was done.",
  },
  "out-of-bounds": { number: StoreStatus.OutOfBounds, meaning: "A sector beyond the end. Nothing was done." },
  "read-only": { number: StoreStatus.ReadOnly, meaning: "Nothing can be written here." },
  full: { number: StoreStatus.Full, meaning: "The host has no room for it. Nothing was written." },
  failed: { number: StoreStatus.Failed, meaning: "The host reports an error. Nothing was written, or it may be lost." },
} as const satisfies TableOf<typeof StoreStatus, GuestWord>;

export const STORE_REQUEST = {
  name: "store_request",
  sizeBytes: 16,
  meaning: "The beginning of each request to a store. What is to be written follows it.",
  fields: {
    operation: { type: "u32", offset: 0x00, meaning: "STORE_READ and so on" },
    count: { type: "u32", offset: 0x04, meaning: "sectors" },
    sector: { type: "u64", offset: 0x08, meaning: "the first of them" },
  },
} as const satisfies Structure;

export const STORE_REPLY = {
  name: "store_reply",
  sizeBytes: 16,
  meaning: "The beginning of each reply of a store. What was read follows it.",
  fields: {
    status: { type: "u32", offset: 0x00, meaning: "STORE_DONE and so on" },
    sector_bytes: { type: "u32", offset: 0x04, meaning: "of a sector, of the whole store" },
    sector_count: { type: "u64", offset: 0x08, meaning: "of the whole store" },
  },
} as const satisfies Structure;
