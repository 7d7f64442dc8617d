/**
 * A side of a channel: all that one of its ends writes. Who produces messages has them in its side; who only consumes
 * has a side of 256 bytes.
 *
 *   +0x000  what the producer counts           a cache line that the consumer polls
 *   +0x040  what the consumer counts           a cache line that the producer polls
 *   +0x080  what this end wishes to be rung for  read by the peer each time it has moved a counter
 *   +0x0c0  statistics                         for whoever looks on
 *   +0x100  descriptors[slots], then the slots   only where this end produces
 *
 * A side is writable by its end alone: page rights see to that, because sides lie in blocks of pages that have one
 * writer and the same readers. Counters run freely modulo 2^32, and are masked on use.
 *
 * A doorbell is due when a counter moves past what the other side wishes for (the event index of virtio):
 * (u32)(new - event - 1) < (u32)(new - old). Who wishes stores its event, then a full fence, then looks again.
 */
import { valuesOf, type ConstantTable } from "./constants.js";
import type { Structure } from "./structures.js";

export const SIDE_LAYOUT = {
  SIDE_DESCRIPTORS_OFFSET: { value: 0x100, meaning: "From a side's start to its descriptors." },
  SIDE_ALIGNMENT: { value: 64, meaning: "Sides and slots begin at multiples of this: a cache line." },
} as const satisfies ConstantTable;

export const { SIDE_DESCRIPTORS_OFFSET, SIDE_ALIGNMENT } = valuesOf(SIDE_LAYOUT);

export const CHANNEL_SIDE = {
  name: "channel_side",
  sizeBytes: 256,
  meaning: "What one end of a channel writes, and the other only reads.",
  fields: {
    tail: { type: "u32", offset: 0x00, meaning: "messages published so far" },
    claimed: { type: "u32", offset: 0x04, meaning: "messages begun so far: where slots are overwritten" },
    generation: { type: "u32", offset: 0x08, meaning: "of the partition, since it has opened this end" },
    head: { type: "u32", offset: 0x40, meaning: "messages of the peer released so far" },
    item_event: { type: "u32", offset: 0x80, meaning: "ring me when your tail passes this" },
    space_event: { type: "u32", offset: 0x84, meaning: "ring me when your head passes this" },
    refused: { type: "u32", offset: 0xc0, meaning: "messages not sent because there was no room" },
    lost: { type: "u32", offset: 0xc4, meaning: "messages of the peer that were overwritten before they were read" },
  },
} as const satisfies Structure;

export const DESCRIPTOR = {
  name: "descriptor",
  sizeBytes: 8,
  meaning: "Of the message in the slot of the same number. Read in one access of 8 bytes.",
  fields: {
    length: { type: "u32", offset: 0x00, meaning: "bytes, at most slot_bytes" },
    generation: { type: "u32", offset: 0x04, meaning: "of the producer, when it wrote the message" },
  },
} as const satisfies Structure;
