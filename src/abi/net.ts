/**
 * What a partition and a device of kind `net` say to each other: frames, one a message, in a queue each way.
 *
 *   +0x00  head, 16 bytes
 *   +0x10  data, up to the end of the message
 *
 * A connection has a number, which is given anew when its frames are through: the low 16 bits say which of the device's
 * connections it is, those above how often that has been given (never 0). Frames with a number that is no longer given
 * are thrown away on both sides, since who sent them could not know.
 */
import type { TableOf } from "../vocabulary.js";
import { valuesOf, type ConstantTable } from "./constants.js";
import type { GuestWord } from "./guest-words.js";
import type { Structure } from "./structures.js";

export const NET_HEAD = {
  name: "net_head",
  sizeBytes: 16,
  meaning: "Before the data in each frame of a device of kind net.",
  fields: {
    connection: { type: "u32", offset: 0x00, meaning: "number of the connection; 0 where there is none yet" },
    kind: { type: "u32", offset: 0x04, meaning: "what the frame says" },
    value: { type: "u32", offset: 0x08, meaning: "by kind" },
    extra: { type: "u32", offset: 0x0c, meaning: "by kind; otherwise 0" },
  },
} as const satisfies Structure;

export const NET_LAYOUT = {
  NET_INDEX_BITS: { value: 16, meaning: "Low bits of a connection's number: which of the device's connections it is." },
} as const satisfies ConstantTable;

export const { NET_INDEX_BITS } = valuesOf(NET_LAYOUT);

/** From the device, to it, or both ways. */
export const enum NetFrame {
  Accepted = 1,
  Connected = 2,
  Failed = 3,
  Data = 4,
  End = 5,
  Reset = 6,
  Window = 7,
  Closed = 8,
  Connect = 9,
}

export const NET_FRAMES = {
  accepted: {
    number: NetFrame.Accepted,
    meaning:
      "From the device: a client has connected. Data: its address as text. Value: the window, bytes that may be under way " +
      "each way before the other side grants more. Extra: how many connections there can be.",
  },
  connected: {
    number: NetFrame.Connected,
    meaning:
      "From the device: what `connect` asked for is there. As `accepted`, but data is the word of `connect`, 4 bytes.",
  },
  failed: {
    number: NetFrame.Failed,
    meaning: "From the device: what `connect` asked for can't be. Value: the reason. Extra: the word of `connect`.",
  },
  data: { number: NetFrame.Data, meaning: "Both ways: bytes of the stream, within what the other side has granted." },
  end: { number: NetFrame.End, meaning: "Both ways: no more data comes in this direction; the other goes on." },
  reset: {
    number: NetFrame.Reset,
    meaning:
      "Both ways: the connection is gone at once, with all that was under way. Value, from the device: the reason.",
  },
  window: { number: NetFrame.Window, meaning: "Both ways: value bytes were taken, and as many more may come." },
  closed: {
    number: NetFrame.Closed,
    meaning: "From the device: both directions have ended, and the host has passed on everything. The number is free.",
  },
  connect: {
    number: NetFrame.Connect,
    meaning:
      'To the device: asks for a connection to the address in data, such as "127.0.0.1:5432". Value: a word of your own.',
  },
} as const satisfies TableOf<typeof NetFrame, GuestWord>;

export const enum NetReason {
  ByPeer = 1,
  TimedOut = 2,
  Refused = 3,
  NotAllowed = 4,
  Unreachable = 5,
  Full = 6,
}

export const NET_REASONS = {
  "by-peer": { number: NetReason.ByPeer, meaning: "The peer has reset the connection, or is gone." },
  "timed-out": { number: NetReason.TimedOut, meaning: "The peer has not answered for too long." },
  refused: { number: NetReason.Refused, meaning: "Nobody listens there." },
  "not-allowed": { number: NetReason.NotAllowed, meaning: "The command line does not allow this address." },
  unreachable: { number: NetReason.Unreachable, meaning: "There is no such address, or no way to it." },
  full: { number: NetReason.Full, meaning: "There are as many connections as there can be." },
} as const satisfies TableOf<typeof NetReason, GuestWord>;
