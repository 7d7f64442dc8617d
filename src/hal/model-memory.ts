/**
 * Memory of the `model` HAL: sparse pages of bytes, and address spaces as lists of mappings that are recorded and
 * checked by the machine's rules but never translated through.
 */
import { Bug } from "../errors.js";
import { PAGE_SIZE_BYTES, type PhysicalAddress, type VirtualAddress } from "../units.js";
import type { AddressSpaceId, PageChange, PageRights } from "./hal.js";

export interface ModelMapping {
  readonly at: VirtualAddress;
  readonly frames: PhysicalAddress;
  readonly sizeBytes: number;
  readonly rights: PageRights;
  readonly shared: boolean;
}

export interface ModelMemoryState {
  /** Page number to its bytes; absent pages are zero. */
  readonly pages: Record<number, Uint8Array>;
  readonly spaces: { readonly owner: number; mappings: ModelMapping[] }[];
}

export class ModelMemory {
  state: ModelMemoryState = { pages: {}, spaces: [] };

  write(at: PhysicalAddress, bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length;) {
      const page = Math.floor((at + index) / PAGE_SIZE_BYTES);
      const offset = (at + index) % PAGE_SIZE_BYTES;
      const part = bytes.subarray(index, index + PAGE_SIZE_BYTES - offset);
      (this.state.pages[page] ??= new Uint8Array(PAGE_SIZE_BYTES)).set(part, offset);
      index += part.length;
    }
  }

  read(at: PhysicalAddress, sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    for (let index = 0; index < sizeBytes;) {
      const offset = (at + index) % PAGE_SIZE_BYTES;
      const length = Math.min(sizeBytes - index, PAGE_SIZE_BYTES - offset);
      const page = this.state.pages[Math.floor((at + index) / PAGE_SIZE_BYTES)];
      if (page !== undefined) bytes.set(page.subarray(offset, offset + length), index);
      index += length;
    }
    return bytes;
  }

  clear(at: PhysicalAddress, sizeBytes: number): void {
    for (let index = 0; index < sizeBytes;) {
      const offset = (at + index) % PAGE_SIZE_BYTES;
      const length = Math.min(sizeBytes - index, PAGE_SIZE_BYTES - offset);
      this.state.pages[Math.floor((at + index) / PAGE_SIZE_BYTES)]?.fill(0, offset, offset + length);
      index += length;
    }
  }

  createSpace(owner: number): AddressSpaceId {
    return this.state.spaces.push({ owner, mappings: [] }) - 1;
  }

  map(space: AddressSpaceId, mapping: ModelMapping): void {
    const { at, frames, sizeBytes, rights } = mapping;
    if (rights.write && rights.execute) throw new Bug(`page at 0x${at.toString(16)} would be writable and executable`);
    if (at % BigInt(PAGE_SIZE_BYTES) !== 0n || frames % PAGE_SIZE_BYTES !== 0 || sizeBytes % PAGE_SIZE_BYTES !== 0)
      throw new Bug(`mapping at 0x${at.toString(16)} does not consist of whole pages`);
    const { mappings } = this.state.spaces[space];
    const end = at + BigInt(sizeBytes);
    if (mappings.some((other) => at < other.at + BigInt(other.sizeBytes) && other.at < end))
      throw new Bug(`page at 0x${at.toString(16)} is mapped already`);
    mappings.push(mapping);
  }

  remap(space: AddressSpaceId, at: VirtualAddress, sizeBytes: number, change: PageChange): void {
    const { mappings } = this.state.spaces[space];
    if (change.kind === "map") {
      const rights = { write: change.write, execute: false };
      this.map(space, { at, frames: change.frames, sizeBytes, rights, shared: false });
      return;
    }
    const index = mappings.findIndex((other) => other.at === at && other.sizeBytes === sizeBytes);
    if (index < 0) throw new Bug(`nothing is mapped at 0x${at.toString(16)}`);
    const [mapping] = mappings.splice(index, 1);
    if (change.kind === "protect") mappings.push({ ...mapping, rights: { write: change.write, execute: false } });
  }
}
