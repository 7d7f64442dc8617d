/**
 * Sides of channels (src/abi/channel-side.ts) as the host sees them: where the fields lie, and reading and writing
 * them. A guest may write anything into its own side, so each value is fetched once, checked, and then used.
 */
import { CHANNEL_SIDE, DESCRIPTOR, SIDE_ALIGNMENT, SIDE_DESCRIPTORS_OFFSET } from "../abi/index.js";
import type { PhysicalAddress } from "../units.js";
import type { ChannelMemory, RingShape } from "./channel-kind.js";

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** A side of `slots` messages of up to `slotBytes`, each behind `headBytes` of its kind. */
export function ringShape(slots: number, slotBytes: number, headBytes = 0): RingShape {
  const slotStrideBytes = roundUp(headBytes + slotBytes, SIDE_ALIGNMENT);
  const slotsOffset = SIDE_DESCRIPTORS_OFFSET + roundUp(slots * DESCRIPTOR.sizeBytes, SIDE_ALIGNMENT);
  return { slots, slotBytes, slotStrideBytes, slotsOffset, sizeBytes: slotsOffset + slots * slotStrideBytes };
}

export type SideField = keyof (typeof CHANNEL_SIDE)["fields"];

export function readField(memory: ChannelMemory, side: PhysicalAddress, field: SideField): number {
  return readWord(memory, side + CHANNEL_SIDE.fields[field].offset);
}

export function writeField(memory: ChannelMemory, side: PhysicalAddress, field: SideField, value: number): void {
  writeWord(memory, side + CHANNEL_SIDE.fields[field].offset, value);
}

export function readWord(memory: ChannelMemory, at: PhysicalAddress): number {
  if (memory.readWord !== undefined) return memory.readWord(at);
  const [first, second, third, fourth] = memory.readPhysical(at, 4);
  return (first | (second << 8) | (third << 16) | (fourth << 24)) >>> 0;
}

function writeWord(memory: ChannelMemory, at: PhysicalAddress, value: number): void {
  if (memory.writeWord !== undefined) return memory.writeWord(at, value);
  memory.writePhysical(at, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
}

export function descriptorAt(side: PhysicalAddress, slot: number): PhysicalAddress {
  return side + SIDE_DESCRIPTORS_OFFSET + slot * DESCRIPTOR.sizeBytes;
}

/** A device has one life: its messages are of generation 1. */
export function writeDescriptor(memory: ChannelMemory, side: PhysicalAddress, slot: number, length: number): void {
  const at = descriptorAt(side, slot);
  writeWord(memory, at + DESCRIPTOR.fields.length.offset, length);
  writeWord(memory, at + DESCRIPTOR.fields.generation.offset, 1);
}
