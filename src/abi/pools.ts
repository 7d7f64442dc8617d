/**
 * Pools: memory in blocks, for what is too large to be copied. Messages carry references to blocks; who may read or
 * write a block is the matter of page tables, which only the kernel changes.
 */
import type { TableOf } from "../vocabulary.js";
import type { GuestWord } from "./guest-words.js";
import type { Structure } from "./structures.js";

export const enum PoolModeNumber {
  Share = 1,
  Move = 2,
  Copy = 3,
  Seal = 4,
}

/** By the word in descriptions. */
export const POOL_MODES = {
  share: {
    number: PoolModeNumber.Share,
    meaning: "The owner writes, and all members read at any time. No call is needed.",
  },
  move: {
    number: PoolModeNumber.Move,
    meaning: "A block is one member's at a time, to read and write, and who gives it away has it no longer.",
  },
  copy: {
    number: PoolModeNumber.Copy,
    meaning: "The kernel copies a block of the owner's into memory of the member that it is given to.",
  },
  seal: {
    number: PoolModeNumber.Seal,
    meaning: "The owner writes a block, and seals it: then nobody can, and members read it until they let go.",
  },
} as const satisfies TableOf<typeof PoolModeNumber, GuestWord>;

export type PoolModeWord = keyof typeof POOL_MODES;

/** The member that a pool belongs to. */
export const POOL_OWNER = 0;

export const BOOT_POOL = {
  name: "boot_pool",
  sizeBytes: 128,
  meaning: "A pool that the partition is a member of. Entry i is pool i, as system calls know it.",
  fields: {
    name: { type: "name", offset: 0x00, meaning: "the pool's name, zero-terminated" },
    at: { type: "u64", offset: 0x20, meaning: "address of block 0, the same for every member" },
    size_bytes: { type: "u64", offset: 0x28, meaning: "of all blocks" },
    block_bytes: { type: "u32", offset: 0x30, meaning: "of a block: a power of two from 4096" },
    blocks: { type: "u32", offset: 0x34, meaning: "how many there are" },
    mode: { type: "u32", offset: 0x38, meaning: "HALLOWS_POOL_SHARE and so on" },
    member: { type: "u32", offset: 0x3c, meaning: "this partition's number among the members; 0 owns the pool" },
    members: { type: "u32", offset: 0x40, meaning: "how many there are" },
    first_member: { type: "u32", offset: 0x44, meaning: "index of the pool's first boot_member" },
    number: { type: "u32", offset: 0x48, meaning: "of the pool in the system, as references have it" },
  },
} as const satisfies Structure;

export const BOOT_MEMBER = {
  name: "boot_member",
  sizeBytes: 32,
  meaning: "A member of a pool. Those of a pool follow one another; the owner comes first.",
  fields: {
    name: { type: "name", offset: 0x00, meaning: "the partition's name, zero-terminated" },
  },
} as const satisfies Structure;

/** A reference to a block, as programs send it to each other. The kernel never reads one. */
export const BLOCK_REFERENCE = {
  name: "block",
  sizeBytes: 16,
  meaning: "A reference to a block of a pool, to be sent in a message. Who receives it checks each field.",
  fields: {
    pool: { type: "u32", offset: 0x00, meaning: "number of the pool in the system" },
    index: { type: "u32", offset: 0x04, meaning: "number of the block" },
    generation: { type: "u32", offset: 0x08, meaning: "of the block, when it was given or sealed" },
    length: { type: "u32", offset: 0x0c, meaning: "bytes in use" },
  },
} as const satisfies Structure;
