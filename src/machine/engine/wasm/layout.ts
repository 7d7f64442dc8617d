/**
 * What the translating engine keeps in the machine's memory: words of each core's area behind its register file, and a
 * jump cache a core. All of it is host state, and never saved: the words behind the
 * register file are zero whenever the core's registers are stored.
 *
 *   core + 0x0a0  cycles that may still pass                                                              i64
 *        + 0x0a8  loop heads leave when the word above is below this                                       i64
 *        + 0x0b0  recipe of the flags that RFLAGS in memory lacks, 0 for none                              i32
 *        + 0x0b8  its values, 8 x i64
 *   0x400000      jump cache of core c at c * 0x10000: 2,048 sets of 2 {rip i64, place of the region i32, epoch i32}
 *   0x500000      for synchronising accesses of core c at c * 0x10000:
 *        + 0x00  clock at which no cycle would be left                                                    i64
 *        + 0x08  the core is first in the order while more cycles than this are left, or ASK_EACH_TIME    i32
 *        + 0x0c  offset of the hash slot that reads enter, 0 for none                                     i32
 *        + 0x10  not 0: stores to synchronising pages ask the engine                                      i32
 *        + 0x14  synchronising reads that found what was known, since the last that did not, or a store   i32
 *        + 0x18  why an access left its block: LeaveReason                                                i32
 *        + 0x1c  memory was changed, or another region entered, since a region of a point was entered     i32
 *        + 0x20  so many stores of the core may wait for their turn (ahead.ts) without the engine's word   i32
 *        + 0x24  not 0: before a load that comes too early leaves its block, others may come forward       i32
 *        + 0x28  cycles that passed since the start of the run less instructions that retired in them      i32
 *        + 0x2c  epoch of the jump cache: entries of others are of what was there before                   i32
 */
export const TIME_OFFSET = 0xa0;
export const FLOOR_OFFSET = 0xa8;
export const RECIPE_OFFSET = 0xb0;
export const LEAVES_OFFSET = 0xb8;
export const MAX_LEAVES = 8;
export const ENGINE_AREA_END = 0xf8;

/** Why an access left its block with nothing of its instruction done. */
export const enum LeaveReason {
  /** The reference engine has to do the instruction. */
  None = 0,
  /** Others come first. */
  Defer = 1,
  /** A polling loop may have come round. */
  Arrival = 2,
}

/**
 * What an access tells the routines: TlbKind, bytes shifted by 1, these, and the cycles of its block from its
 * instruction on.
 */
export const UPDATE_ACCESS = 0x40;
/** From outside translated code: the time word says nothing. */
export const BULK_ACCESS = 0x80;
/** A store that has to wait for its turn: its block goes to the kernel. */
export const TURN_ACCESS = 0x100;
export const REFUND_SHIFT = 9;

export const JUMP_CACHE_BASE = 0x400000;
export const JUMP_CACHE_SETS = 2048;
export const JUMP_WAY_BYTES = 16;
export const JUMP_SET_BYTES = 2 * JUMP_WAY_BYTES;
export const JUMP_CACHE_STRIDE = JUMP_CACHE_SETS * JUMP_SET_BYTES;
/** Places in an entry of the jump cache. */
export const JUMP_PLACE_OFFSET = 8;
export const JUMP_EPOCH_OFFSET = 12;

export const END_OFFSET = 0x500000;
export const FIRST_OFFSET = 0x500008;
export const HASH_OFFSET = 0x50000c;
export const WATCHED_OFFSET = 0x500010;
export const QUIET_OFFSET = 0x500014;
export const REASON_OFFSET = 0x500018;
export const SPOILED_OFFSET = 0x50001c;
export const AHEAD_LIMIT_OFFSET = 0x500020;
export const FORWARD_OFFSET = 0x500024;
export const EXCESS_OFFSET = 0x500028;
export const EPOCH_OFFSET = 0x50002c;

/** The engine is asked for every access to a synchronising page. */
export const ASK_EACH_TIME = 0x7fff_ffff;
/** Reads of known values in a row before one is taken for an arrival, where no loop was looked for in vain. */
export const QUIET_LIMIT = 2;

/** Host state ends here: what lies between JUMP_CACHE_BASE and this is not part of a saved machine. */
export const HOST_STATE_END = 0x600000;

/** So many epochs of a jump cache follow each other before it is filled with empty entries, and they come again. */
export const JUMP_EPOCHS = 0x10000;
/** Fills an empty jump cache: an address that is not canonical. */
export const EMPTY_JUMP_BYTE = 0x80;

/** Set of the jump cache for the low word of an address. */
export function jumpSetOf(ripLow: number): number {
  return (ripLow ^ (ripLow >>> 11)) & (JUMP_CACHE_SETS - 1);
}
