/** How much there can be of what a guest sees. */
import { valuesOf, type ConstantTable } from "./constants.js";

export const LIMITS = {
  MAX_PARTITIONS: { value: 32, meaning: "Partitions of a system." },
  MAX_THREADS: { value: 16, meaning: "Threads of a partition." },
  MAX_CHANNEL_ENDS: {
    value: 63,
    meaning: "Channel ends of a partition, the console included: bits 0 to 62 of a mask.",
  },
  MAX_NAME_BYTES: { value: 31, meaning: "Bytes of a name, without its closing zero." },
  MAX_RING_SLOTS: { value: 4096, meaning: "Slots of a ring." },
  MAX_LINKS: { value: 31, meaning: "Peers of a channel end." },
  MAX_SIDE_BYTES: { value: 16777216, meaning: "Bytes that an end of a channel writes." },
  MAX_SLOT_BYTES: { value: 65536, meaning: "Bytes of a slot." },
  MAX_POOLS: { value: 16, meaning: "Pools of a system." },
  MAX_POOL_BYTES: { value: 1073741824, meaning: "Bytes of a pool." },
  MAX_POOL_BLOCKS: { value: 16384, meaning: "Blocks of a pool." },
  MAX_BLOCK_BYTES: { value: 2097152, meaning: "Bytes of a block of a pool." },
  MAX_LOCKS: { value: 32, meaning: "Locks of a partition, which `lock` and `unlock` number from 0." },
} as const satisfies ConstantTable;

export const {
  MAX_PARTITIONS,
  MAX_THREADS,
  MAX_CHANNEL_ENDS,
  MAX_NAME_BYTES,
  MAX_RING_SLOTS,
  MAX_LINKS,
  MAX_SIDE_BYTES,
  MAX_SLOT_BYTES,
  MAX_LOCKS,
  MAX_POOLS,
  MAX_POOL_BYTES,
  MAX_POOL_BLOCKS,
  MAX_BLOCK_BYTES,
} = valuesOf(LIMITS);
