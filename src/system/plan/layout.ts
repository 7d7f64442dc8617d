/**
 * Where things lie: the block of RAM of each partition, its regions, and the frames of its page tables.
 *
 *   RAM     0        2 MiB          each block starts at a multiple of 2 MiB           end
 *           kernel   partition 0    partition 1    …    blocks of channels (blocks.ts)    (free)
 *
 *   block   page tables | boot information | blocks of channels to devices | program | stacks | heap: the rest
 *
 * Invariant: a block's inside depends on its own partition's description and program alone, never on its neighbours.
 * The address space is drawn in src/abi/address-space.ts. Pure.
 */
import { BOOT_INFO_BASE, HEAP_BASE, STACK_BASE, STACK_STRIDE } from "../../abi/index.js";
import type { RegionPlan } from "../../kernel/plan.js";
import type { ProgramRegion } from "../../partitions/program.js";
import { LARGE_PAGE_SIZE_BYTES, PAGE_SIZE_BYTES, type PhysicalAddress, type VirtualAddress } from "../../units.js";

/** The kernel's own RAM, from address 0. */
export const KERNEL_BYTES = LARGE_PAGE_SIZE_BYTES;

/** A block of channels, for mapping. */
export interface ChannelRegion {
  readonly name: string;
  readonly at: VirtualAddress;
  readonly sizeBytes: number;
  readonly write: boolean;
  /** Null for a block to or from devices: its frames are in the partition's own memory. */
  readonly frames: PhysicalAddress | null;
}

export interface BlockRequest {
  readonly at: PhysicalAddress;
  readonly sizeBytes: number;
  readonly program: readonly ProgramRegion[];
  /** Size of each thread's stack and its name, in thread order. */
  readonly stacks: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly bootInfoBytes: number;
  readonly channels: readonly ChannelRegion[];
  /** Where pools are: they have page tables here, and their frames elsewhere. */
  readonly pools: readonly { readonly at: VirtualAddress; readonly sizeBytes: number }[];
}

export interface BlockLayout {
  readonly tables: { readonly at: PhysicalAddress; readonly sizeBytes: number };
  /** In the order of frames in the block, then the channels outside of it. The boot-information page is still empty. */
  readonly regions: readonly RegionPlan[];
  readonly heapBytes: number;
}

/** A block that is too small. */
export interface BlockOverflow {
  /** The least multiple of 4096 that would do. */
  readonly neededBytes: number;
  readonly programBytes: number;
  readonly stackBytes: number;
}

/** First address above the stack of a partition's thread number `index`. */
export function stackTop(index: number): VirtualAddress {
  return STACK_BASE + BigInt(index + 1) * STACK_STRIDE - BigInt(PAGE_SIZE_BYTES);
}

/** RSP of a thread at its start: as after a CALL with return address zero, so that RSP + 8 is a multiple of 16. */
export function initialStackPointer(index: number): VirtualAddress {
  return stackTop(index) - 8n;
}

export function layoutBlock(request: BlockRequest): BlockLayout | BlockOverflow {
  const programBytes = sum(request.program.map(({ sizeBytes }) => sizeBytes));
  const stackBytes = sum(request.stacks.map(({ sizeBytes }) => sizeBytes));
  const fixed = fixedRegions(request);
  const fixedBytes = sum(fixed.filter(({ isOwn }) => isOwn).map(({ region }) => region.sizeBytes));
  const mapped = [...fixed.map(({ region }) => region), ...request.pools];
  const leastTables = tableBytes(mapped);
  const neededBytes = leastTables + fixedBytes;
  if (neededBytes > request.sizeBytes) return { neededBytes, programBytes, stackBytes };

  // The tables must hold the heap, and the heap is what the tables leave: asking for the whole rest is at most two
  // pages too many, and needs no iteration.
  const rest = request.sizeBytes - neededBytes;
  const regionsWithRest = [...mapped, { at: HEAP_BASE, sizeBytes: rest }];
  const withHeap = rest === 0 ? leastTables : tableBytes(regionsWithRest);
  const heapBytes = Math.max(0, request.sizeBytes - fixedBytes - withHeap);
  const tables = { at: request.at, sizeBytes: heapBytes === 0 ? leastTables : withHeap };
  let next = tables.at + tables.sizeBytes;
  const own = fixed
    .filter(({ isOwn }) => isOwn)
    .map(({ region }): RegionPlan => {
      const frames = next;
      next += region.sizeBytes;
      return { ...region, frames };
    });
  if (heapBytes > 0) own.push(heapRegion(next, heapBytes));
  const foreign = fixed.filter(({ isOwn }) => !isOwn).map(({ region }) => region);
  return { tables, regions: [...own, ...foreign], heapBytes };
}

/** Bytes of the page tables that map these ranges with 4 KiB pages: four levels, each table one page. */
export function tableBytes(ranges: readonly { readonly at: VirtualAddress; readonly sizeBytes: number }[]): number {
  let tables = 1;
  for (const bits of [39n, 30n, 21n]) {
    const used = new Set<bigint>();
    for (const { at, sizeBytes } of ranges) {
      if (sizeBytes === 0) continue;
      const last = (at + BigInt(sizeBytes) - 1n) >> bits;
      for (let index = at >> bits; index <= last; index++) used.add(index);
    }
    tables += used.size;
  }
  return tables * PAGE_SIZE_BYTES;
}

/** The region through which a partition sees a block. Channels begin empty, and all zeros is empty. */
export function channelRegion({ name, at, sizeBytes, write, frames }: ChannelRegion): RegionPlan {
  return {
    name,
    kind: "channel",
    at,
    frames: frames ?? 0,
    sizeBytes,
    rights: { write, execute: false },
    shared: frames !== null,
    contents: new Uint8Array(0),
  };
}

interface FixedRegion {
  readonly region: RegionPlan;
  /** Whether its frames are in the partition's block; they are assigned later. */
  readonly isOwn: boolean;
}

function fixedRegions({ program, stacks, channels, bootInfoBytes }: BlockRequest): FixedRegion[] {
  const own = (region: Omit<RegionPlan, "frames" | "shared">): FixedRegion => ({
    region: { ...region, frames: 0, shared: false },
    isOwn: true,
  });
  const empty = new Uint8Array(0);
  const readOnly = { write: false, execute: false };
  const writable = { write: true, execute: false };
  const bootInfo = { name: "boot information", at: BOOT_INFO_BASE, sizeBytes: bootInfoBytes, rights: readOnly };
  const blocks = channels.map((row) => ({ region: channelRegion(row), isOwn: row.frames === null }));
  return [
    own({ kind: "boot-info", contents: empty, ...bootInfo }),
    ...blocks.filter(({ isOwn }) => isOwn),
    ...program.map((region) => own({ kind: "program", ...region })),
    ...stacks.map(({ name, sizeBytes }, index) =>
      own({
        name: `stack of ${name}`,
        kind: "stack",
        at: stackTop(index) - BigInt(sizeBytes),
        sizeBytes,
        rights: writable,
        contents: empty,
      }),
    ),
    ...blocks.filter(({ isOwn }) => !isOwn),
  ];
}

function heapRegion(frames: PhysicalAddress, sizeBytes: number): RegionPlan {
  return {
    name: "heap",
    kind: "heap",
    at: HEAP_BASE,
    frames,
    sizeBytes,
    rights: { write: true, execute: false },
    shared: false,
    contents: new Uint8Array(0),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
