/**
 * What a kind of channel is: a row of CHANNEL_KINDS, in a file of its own. A kind says how large a channel is, what
 * pages each of its ends sees with which rights, and how the host takes part in it.
 */
import { CHANNEL_STRIDE, type FullPolicy } from "../abi/index.js";
import type { PhysicalAddress } from "../units.js";

/** What an end does. One writes where the other reads: page rights follow from it. */
export type EndRole = "producer" | "consumer";

/** What a description says of a channel, its kind aside. */
export interface ChannelShape {
  /** A power of two. */
  readonly slots: number;
  readonly slotBytes: number;
  readonly full: FullPolicy;
}

/** A channel with its frames. */
export interface PlacedChannel extends ChannelShape {
  /** The channel's first byte. */
  readonly frames: PhysicalAddress;
}

/** A stretch of a channel with the same rights. Offsets and sizes are multiples of 4096. */
export interface ChannelPart {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Whether the end in question may write it. */
  readonly write: boolean;
  /** First bytes; the rest is zero. */
  readonly contents: Uint8Array;
}

/** The memory that channels lie in. */
export interface ChannelMemory {
  readPhysical(at: PhysicalAddress, sizeBytes: number): Uint8Array;
  writePhysical(at: PhysicalAddress, bytes: Uint8Array): void;
}

/** Free-running counters of what went in and what came out. */
export interface ChannelIndices {
  readonly head: number;
  readonly tail: number;
  /** tail - head: at most `slots`, unless the channel is broken. */
  readonly fill: number;
}

export interface ChannelKind {
  /** What is promised to its ends: a full sentence, for documents. */
  readonly meaning: string;
  /** Roles of the ends, in the order of ChannelPlan.ends. */
  readonly roles: readonly EndRole[];
  /** The whole channel, a multiple of 4096. */
  sizeBytes(shape: ChannelShape): number;
  /** The channel as an end of this role sees it, in the order of addresses. */
  parts(shape: ChannelShape, role: EndRole): readonly ChannelPart[];
  /** For views. */
  indices(memory: ChannelMemory, channel: PlacedChannel): ChannelIndices;
}

/** Channels larger than this would reach the next one's addresses. */
export const MAX_CHANNEL_BYTES = Number(CHANNEL_STRIDE);
