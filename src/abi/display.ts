/** What the device "display" is asked, and answers: messages of a channel of kind `call`. */
import type { TableOf } from "../vocabulary.js";
import type { GuestWord } from "./guest-words.js";
import type { Structure } from "./structures.js";

export const enum DisplayOperation {
  Describe = 0,
  Draw = 1,
  Flip = 2,
  Wait = 3,
}

/** First field of a request. */
export const DISPLAY_OPERATIONS = {
  describe: { number: DisplayOperation.Describe, meaning: "Nothing but the reply, at once." },
  draw: {
    number: DisplayOperation.Draw,
    meaning: "Rows of the next frame, which follow the request: 4 bytes a pixel, blue, green, red, 0. No reply.",
  },
  flip: {
    number: DisplayOperation.Flip,
    meaning: "The next frame is shown from the next vsync on; the reply comes then.",
  },
  wait: { number: DisplayOperation.Wait, meaning: "Nothing but the reply, at the next vsync." },
} as const satisfies TableOf<typeof DisplayOperation, GuestWord>;

export const enum DisplayStatus {
  Done = 0,
  Invalid = 121,
}

/** First field of a reply. */
export const DISPLAY_STATUSES = {
  done: { number: DisplayStatus.Done, meaning: "What was asked for." },
  invalid: {
    number: DisplayStatus.Invalid,
    meaning: "No such operation, or rows that are not there, or not as many pixels as they have. Nothing was done.",
  },
} as const satisfies TableOf<typeof DisplayStatus, GuestWord>;

export const DISPLAY_REQUEST = {
  name: "display_request",
  sizeBytes: 16,
  meaning: "The beginning of each request to a display. Pixels follow it.",
  fields: {
    operation: { type: "u32", offset: 0x00, meaning: "DISPLAY_DRAW and so on" },
    row: { type: "u32", offset: 0x04, meaning: "the first that is drawn" },
    rows: { type: "u32", offset: 0x08, meaning: "how many" },
  },
} as const satisfies Structure;

export const DISPLAY_REPLY = {
  name: "display_reply",
  sizeBytes: 32,
  meaning: "A reply of a display.",
  fields: {
    status: { type: "u32", offset: 0x00, meaning: "DISPLAY_DONE and so on" },
    width: { type: "u32", offset: 0x04, meaning: "pixels of a row" },
    height: { type: "u32", offset: 0x08, meaning: "rows" },
    refresh: { type: "u32", offset: 0x0c, meaning: "vsyncs a second" },
    vsync: { type: "u64", offset: 0x10, meaning: "number of the last one" },
    vsync_at: { type: "u64", offset: 0x18, meaning: "TSC cycle of the last one" },
  },
} as const satisfies Structure;
