/**
 * The address space of a partition.
 *
 *   0x0000_0000_0040_0000  program: position-independent ones, and others where they ask, below the heap
 *   0x0000_6000_0000_0000  heap: what memory the program and its stacks leave
 *   0x0000_7000_0000_0000  boot information, read-only
 *   0x0000_7100_0000_0000  channels: blocks of pages, each of one writer and the same readers, an unmapped page between
 *   0x0000_7200_0000_0000  pools: memory in blocks that partitions pass to each other, 2 GiB apart
 *   0x0000_7f00_0000_0000  stacks, 16 MiB apart, one a thread, each with an unmapped guard page on both sides
 */
import { valuesOf, type ConstantTable } from "./constants.js";

export const ADDRESS_SPACE = {
  PROGRAM_BASE: { value: 0x40_0000n, meaning: "Position-independent programs are loaded here." },
  PROGRAM_LIMIT: { value: 0x6000_0000_0000n, meaning: "Programs end below." },
  HEAP_BASE: { value: 0x6000_0000_0000n, meaning: "The memory that the program and its stacks leave." },
  BOOT_INFO_BASE: { value: 0x7000_0000_0000n, meaning: "The boot information, read-only." },
  CHANNEL_BASE: { value: 0x7100_0000_0000n, meaning: "Channels, where the boot information says." },
  POOL_BASE: { value: 0x7200_0000_0000n, meaning: "Pools: pool i of the system is at POOL_BASE + i * POOL_STRIDE." },
  POOL_STRIDE: { value: 0x8000_0000n, meaning: "From pool to pool; a pool has at most half of it." },
  STACK_BASE: {
    value: 0x7f00_0000_0000n,
    meaning: "The stack of thread i ends (exclusively) at STACK_BASE + (i + 1) * STACK_STRIDE - 4096.",
  },
  STACK_STRIDE: {
    value: 0x100_0000n,
    meaning: "From stack to stack; an unmapped guard page lies on both sides of each.",
  },
} as const satisfies ConstantTable;

export const {
  PROGRAM_BASE,
  PROGRAM_LIMIT,
  HEAP_BASE,
  BOOT_INFO_BASE,
  CHANNEL_BASE,
  POOL_BASE,
  POOL_STRIDE,
  STACK_BASE,
  STACK_STRIDE,
} = valuesOf(ADDRESS_SPACE);
