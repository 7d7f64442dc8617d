/**
 * The cache of decoded code, by the physical address of a block's first byte. Host state: what it holds is never
 * observable.
 *
 * A write to a frame that code was taken from drops that frame's blocks. So does a want of room: what is held stays
 * under a limit of memory, since a program can jump to every byte of its code and each may begin a block. Frames that
 * were decoded first go first; what still runs comes back.
 *
 * An instruction that goes on in another page is a block of two frames. What follows a page depends on who looks, so
 * such a block is that of the frame behind it last: whoever finds it compares `nextFrame`.
 *
 * Invariant: a frame has FrameFlag.Code while it has blocks, and a valid block is one that `find` finds. A block in
 * which a core stands is not dropped for want of room, for where it began is a part of the core's state.
 */
import { PAGE_SIZE_BYTES, type PhysicalAddress } from "../../../units.js";
import type { Instruction } from "../../isa/instruction.js";
import { FrameFlag, type MachineState } from "../../state.js";
import type { TimingProfile } from "../../timing/profile.js";
import { decodeBlock, decodeCrossing, type Block } from "./block.js";

/** What blocks may take in all, where nobody says. */
const MOST_CODE_BYTES = 96 * 2 ** 20;
/**
 * Bytes that a block and each of its entries take, about, in V8 on a 64-bit host: with what engines keep of a block.
 */
const BLOCK_BYTES = 600;
const ENTRY_BYTES = 96;
/** Different instructions that are remembered: a few hundred bytes each. */
const MAX_KNOWN_INSTRUCTIONS = 32_768;

export interface CodeCacheOptions {
  readonly state: MachineState;
  readonly profile: TimingProfile;
  /** Bytes that blocks may take in all, about; at least 32 MiB hold the blocks of any one frame. Changes no result. */
  readonly mostCodeBytes?: number;
  /** Told when a frame starts to hold decoded code. */
  readonly decoded: (frame: PhysicalAddress) => void;
  /** Told when what was decoded from a frame is dropped. */
  readonly dropped: (frame: PhysicalAddress) => void;
  /** The block in which each core stands; null for none. */
  readonly standing: () => readonly (Block | null)[];
}

export interface CodeCache {
  find(physical: PhysicalAddress): Block | undefined;
  /** Decodes a block and keeps it. Null when its first instruction crosses the page's end. */
  decodeAt(physical: PhysicalAddress): Block | null;
  /** The block of an instruction that goes on at the start of another frame, decoded if it isn't known. */
  decodeCrossing(physical: PhysicalAddress, nextFrame: PhysicalAddress): Block;
  /** Drops every block of the frames that the bytes touch. */
  invalidate(physical: PhysicalAddress, sizeBytes: number): void;
  /** What the blocks take, about. */
  heldBytes(): number;
}

interface CodeFrame {
  readonly addresses: PhysicalAddress[];
  readonly blocks: Block[];
  bytes: number;
}

function bytesOf({ entries }: Block): number {
  return BLOCK_BYTES + ENTRY_BYTES * entries.length;
}

export function createCodeCache(options: CodeCacheOptions): CodeCache {
  const { state, profile, decoded, dropped, standing } = options;
  const mostBytes = options.mostCodeBytes ?? MOST_CODE_BYTES;
  /** Instructions by their bytes: code repeats itself, and blocks overlap. */
  const known = new Map<string, Instruction>();
  const byAddress = new Map<PhysicalAddress, Block>();
  /** By frame number, in the order in which they were decoded. */
  const frames = new Map<number, CodeFrame>();
  let heldBytes = 0;

  function share(instruction: Instruction, at: number): Instruction {
    let bytes = "";
    for (let i = 0; i < instruction.lengthBytes; i++) bytes += String.fromCharCode(state.bytes[at + i]);
    const same = known.get(bytes);
    if (same !== undefined) return same;
    if (known.size >= MAX_KNOWN_INSTRUCTIONS) known.clear();
    known.set(bytes, instruction);
    return instruction;
  }

  function dropFrame(number: number): void {
    const frame = frames.get(number);
    if (frame !== undefined) {
      frame.blocks.forEach((block, index) => {
        block.isValid = false;
        // Another may be there, of whose two frames this is none.
        if (byAddress.get(frame.addresses[index]) === block) byAddress.delete(frame.addresses[index]);
      });
      heldBytes -= frame.bytes;
      frames.delete(number);
    }
    if ((state.frameFlags[number] & FrameFlag.Code) === 0) return;
    state.frameFlags[number] &= ~FrameFlag.Code;
    dropped(number * PAGE_SIZE_BYTES);
  }

  /** Drops frames until a quarter is free, so that it is not done for each block. */
  function makeRoom(): void {
    const inUse = new Set<Block | null>(/* mutant code-is-dropped-under-a-core: [] */ standing());
    for (const [number, { blocks }] of frames) {
      if (heldBytes <= (3 * mostBytes) / 4) return;
      if (!blocks.some((block) => inUse.has(block))) dropFrame(number);
    }
  }

  function keep(physical: PhysicalAddress, block: Block): void {
    const bytes = bytesOf(block);
    if (heldBytes + bytes > mostBytes) makeRoom();
    heldBytes += bytes;
    const before = byAddress.get(physical);
    if (before !== undefined) before.isValid = false;
    byAddress.set(physical, block);
    noteIn(physical, physical, block, bytes);
    // mutant crossing-is-of-one-frame:
    if (block.nextFrame !== null) noteIn(block.nextFrame, physical, block, 0);
  }

  /** The block at `physical` has bytes in the frame of `byte`. */
  function noteIn(byte: PhysicalAddress, physical: PhysicalAddress, block: Block, bytes: number): void {
    const number = Math.floor(byte / PAGE_SIZE_BYTES);
    let frame = frames.get(number);
    if (frame === undefined) frames.set(number, (frame = { addresses: [], blocks: [], bytes: 0 }));
    frame.addresses.push(physical);
    frame.blocks.push(block);
    frame.bytes += bytes;
    if ((state.frameFlags[number] & FrameFlag.Code) !== 0) return;
    state.frameFlags[number] |= FrameFlag.Code;
    decoded(number * PAGE_SIZE_BYTES);
  }

  return {
    find: (physical) => byAddress.get(physical),
    decodeAt(physical) {
      const block = decodeBlock(state.bytes, physical, profile, share);
      if (block !== null) keep(physical, block);
      return block;
    },
    decodeCrossing(physical, nextFrame) {
      const known = byAddress.get(physical);
      // mutant crossing-goes-on-anywhere: if (known !== undefined) return known;
      if (known?.nextFrame === nextFrame) return known;
      const block = decodeCrossing(state.bytes, physical, nextFrame, profile);
      keep(physical, block);
      return block;
    },
    invalidate(physical, sizeBytes) {
      const last = Math.floor((physical + sizeBytes - 1) / PAGE_SIZE_BYTES);
      for (let number = Math.floor(physical / PAGE_SIZE_BYTES); number <= last; number++) dropFrame(number);
    },
    heldBytes: () => heldBytes,
  };
}
