/**
 * The branded units that every layer shares. Imports nothing and holds no state.
 *
 * Cycles and sizes are JavaScript numbers (exact to 2^53: 34 days at 3 GHz; END_OF_TIME); 64-bit guest values are
 * bigints, masked to 64 bits. A brand costs nothing at run time; it stops a size from being passed where an address is
 * meant.
 */

declare const unit: unique symbol;

/** Global virtual time: cycles since power-on, the same on every core (the TSC). */
export type Cycles = number & { readonly [unit]?: "cycles" };
/**
 * Where every run ends at the latest: all cores come to this cycle, in order, and stop. What a kernel path or a cost
 * block that began before it takes still ends below 2^53, where cycles are exact.
 */
export const END_OF_TIME: Cycles = 2 ** 53 - 2 ** 32;
/** A cycle that never comes (and, unlike Infinity, survives every serialisation). */
export const NEVER: Cycles = Number.MAX_SAFE_INTEGER;
/** Longest duration of a plan: leaves room for a thousand years of frames below END_OF_TIME. */
export const MAX_DURATION_CYCLES: Cycles = 2 ** 50;
/** 0 to 15. */
export type CoreId = number & { readonly [unit]?: "core" };
/** Index of a partition in the system description, from 0. */
export type PartitionId = number & { readonly [unit]?: "partition" };
/** Index of a thread in the whole system, from 0. */
export type ThreadId = number & { readonly [unit]?: "thread" };
/** Index of a channel in the whole system, from 0. */
export type ChannelId = number & { readonly [unit]?: "channel" };
/** Index of a device in the whole system, from 0. */
export type DeviceId = number & { readonly [unit]?: "device" };
/** A 64-bit linear address as guests form it; canonical only when checked. */
export type VirtualAddress = bigint & { readonly [unit]?: "virtual" };
/** An offset into guest RAM, from 0. RAM is at most 2 GiB, so a number is exact. */
export type PhysicalAddress = number & { readonly [unit]?: "physical" };

export const PAGE_SIZE_BYTES = 4096;
export const LARGE_PAGE_SIZE_BYTES = 2 * 1024 * 1024;
