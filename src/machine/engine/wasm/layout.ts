/**
 * What the translating engine keeps in the machine's memory: words of each core's area behind its register file, and a
 * jump cache a core. All of it is host state: zero whenever the core's registers are stored, and never saved.
 *
 *   core + 0x0a0  cycles that may still pass (high half), instructions that may still retire (low half)   i64
 *        + 0x0a8  loop heads leave when the word above is below this                                       i64
 *        + 0x0b0  recipe of the flags that RFLAGS in memory lacks, 0 for none                              i32
 *        + 0x0b8  its values, 8 x i64
 *   0x400000      jump cache of core c at c * 0x4000: 1,024 entries {rip i64, index in the table i32, module i32}
 */
export const TIME_OFFSET = 0xa0;
export const FLOOR_OFFSET = 0xa8;
export const RECIPE_OFFSET = 0xb0;
export const LEAVES_OFFSET = 0xb8;
export const MAX_LEAVES = 8;
export const ENGINE_AREA_END = 0xf8;

export const JUMP_CACHE_BASE = 0x400000;
export const JUMP_CACHE_ENTRIES = 1024;
export const JUMP_CACHE_STRIDE = JUMP_CACHE_ENTRIES * 16;
/** Host state ends here: what lies between JUMP_CACHE_BASE and this is not part of a saved machine. */
export const HOST_STATE_END = 0x500000;

/** Low half of the time word at the start of a run. */
export const INSTRUCTIONS_AT_START = 0x7fff_ffff;

/** Fills an empty jump cache: an address that is not canonical. */
export const EMPTY_JUMP_BYTE = 0x80;

/** Slot of the jump cache for the low word of an address. */
export function jumpSlotOf(ripLow: number): number {
  return (ripLow ^ (ripLow >>> 12)) & (JUMP_CACHE_ENTRIES - 1);
}
