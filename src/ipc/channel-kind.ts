/**
 * What a kind of channel is: a row of CHANNEL_KINDS, in a file of its own. A kind says how many ends there may be, what
 * each writes, and how the host takes part.
 *
 * A channel has ends that produce and ends that consume (or call and answer), several of one of the two. Each pair of
 * a producer and a consumer is a *link*. What an end writes is its *side* of a link (src/abi/channel-side.ts): one for
 * each of its links, or one for all of them together. Sides are put into blocks of pages by src/system/plan/blocks.ts.
 */
import type { ChannelKindNumber, FullPolicy, FullPolicyWord } from "../abi/index.js";
import type { PhysicalAddress } from "../units.js";

/** What an end does. A channel of calls has callers, which produce requests, and one who consumes and answers them. */
export type EndRole = "producer" | "consumer";

/** What a description says of a channel, its kind aside. */
export interface ChannelShape {
  /** A power of two. */
  readonly slots: number;
  readonly slotBytes: number;
  readonly full: FullPolicy;
  /** For kind `call`: the largest reply; 0 for other kinds. */
  readonly replyBytes: number;
  /** For kind `sampling`: how long a value is valid; 0 for ever. */
  readonly refreshCycles: number;
}

/** Where messages lie in the side of who produces them. */
export interface RingShape {
  readonly slots: number;
  readonly slotBytes: number;
  /** From slot to slot. */
  readonly slotStrideBytes: number;
  /** From the side's start to slot 0. */
  readonly slotsOffset: number;
  /** The whole side. */
  readonly sizeBytes: number;
}

/** What an end of a role writes. */
export interface SideShape {
  readonly sizeBytes: number;
  /** Whether all peers read the same side; otherwise each has one of its own. */
  readonly isForAll: boolean;
}

/** A link with the frames of its sides. */
export interface PlacedLink {
  /** The producer's side. */
  readonly fromSide: PhysicalAddress;
  /** The consumer's; null where it writes nothing. */
  readonly toSide: PhysicalAddress | null;
}

/** The memory that channels lie in. */
export interface ChannelMemory {
  readPhysical(at: PhysicalAddress, sizeBytes: number): Uint8Array;
  writePhysical(at: PhysicalAddress, bytes: Uint8Array): void;
  /** Shorter ways for a word, and for bytes that have a place already; where they are missing, the others do it. */
  readWord?(at: PhysicalAddress): number;
  writeWord?(at: PhysicalAddress, word: number): void;
  readInto?(at: PhysicalAddress, target: Uint8Array): void;
}

/** Free-running counters of what went in and what came out, of all links together. */
export interface ChannelIndices {
  readonly head: number;
  readonly tail: number;
  /** Of the fullest link: at most `slots`, unless the channel is broken. */
  readonly fill: number;
}

/** A key of a `[[channel]]` table that not every kind takes. */
export type ChannelKey = "slots" | "slot_size" | "size" | "reply_size" | "full" | "refresh";

export interface ChannelKind {
  readonly number: ChannelKindNumber;
  /** What is promised to its ends: a full sentence, for documents. */
  readonly meaning: string;
  /** Which of its ends may be several; never both at a time. */
  readonly several: readonly EndRole[];
  /** What its table in a description may have. */
  readonly keys: readonly ChannelKey[];
  readonly policies: readonly FullPolicyWord[];
  readonly defaultSlots: number;
  /** For a kind with the key `size`, which makes that many slots of so many bytes. */
  readonly unitBytes?: number;
  /** Where the producer's messages lie. */
  ring(shape: ChannelShape): RingShape;
  /** Where the consumer's replies lie, if it has any. */
  replies?(shape: ChannelShape): RingShape;
  /** Null where the role writes nothing. */
  side(shape: ChannelShape, role: EndRole): SideShape | null;
  /** For views. */
  indices(memory: ChannelMemory, shape: ChannelShape, links: readonly PlacedLink[]): ChannelIndices;
}
