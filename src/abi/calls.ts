/**
 * System calls: SYSCALL with the number in RAX, arguments in RDI, RSI, RDX, R10; status in RAX, value in RDX. RCX and
 * R11 are overwritten, as by the processor; all other registers are kept.
 *
 * The key of a row is the name that guests know. The kernel has a handler a word (src/kernel).
 */
import { rowsByNumber } from "../vocabulary.js";
import type { StatusWord } from "./statuses.js";

export interface SystemCallRow {
  readonly number: number;
  readonly arguments: readonly string[];
  /** What RDX holds afterwards; "" for 0. */
  readonly value: string;
  readonly meaning: string;
  readonly statuses: readonly StatusWord[];
}

/** A deadline that never comes. Deadlines are absolute TSC cycles; one in the past, such as 0, means "do not wait". */
export const NO_DEADLINE = 0xffff_ffff_ffff_ffffn;

/** Bit 63 of the mask of `wait` and `handoff`: of those who wait so for an end, the most urgent is woken. */
export const WAIT_BY_PRIORITY = 0x8000_0000_0000_0000n;

/** In place of a link in `notify`: the end itself is rung, for the next of the own threads that wait there. */
export const OWN_END = 0xffff_ffff;

export const SYSTEM_CALLS = {
  exit: {
    number: 0,
    arguments: ["code", "scope"],
    value: "",
    meaning: "Ends the partition (scope 0) or the calling thread (scope 1) with a code. Does not return.",
    statuses: ["invalid-param"],
  },
  yield: {
    number: 1,
    arguments: [],
    value: "",
    meaning: "Lets other ready threads of the partition run first.",
    statuses: ["no-error"],
  },
  wait: {
    number: 2,
    arguments: ["mask", "deadline"],
    value: "mask of the channel ends whose doorbells rang; they are taken",
    meaning:
      "Waits until a doorbell of a channel end in the mask has rung, or until the deadline (absolute TSC cycle). A doorbell wakes one thread: the one that has waited longest, or with bit 63 in its mask the most urgent.",
    statuses: ["no-error", "timed-out", "invalid-param"],
  },
  notify: {
    number: 3,
    arguments: ["end", "link"],
    value: "",
    meaning:
      "Rings the doorbell of a peer: the one at a link of a channel end, from 0. NOT_AVAILABLE when the link is quarantined. Link 0xffffffff (OWN_END) is the end itself.",
    statuses: ["no-error", "invalid-param", "not-available"],
  },
  handoff: {
    number: 4,
    arguments: ["end", "mask", "deadline", "link"],
    value: "as wait",
    meaning: "notify and wait in one; on the same core the notified thread runs at once.",
    statuses: ["no-error", "timed-out", "invalid-param", "not-available"],
  },
  periodic_wait: {
    number: 5,
    arguments: [],
    value: "number of whole periods since the thread started",
    meaning: "Ends this activation; returns at the thread's next release. INVALID_MODE when the thread has no period.",
    statuses: ["no-error", "invalid-mode"],
  },
  mode: {
    number: 6,
    arguments: ["operation", "mode"],
    value: "the partition's mode now",
    meaning:
      "Reads (0) or sets (1) the partition's mode: NORMAL ends its start; IDLE stops it; COLD_START and WARM_START restart it.",
    statuses: ["no-error", "no-action", "invalid-param", "invalid-mode"],
  },
  report: {
    number: 7,
    arguments: ["kind", "code", "value", "link"],
    value: "",
    meaning: "Tells health monitoring: a note, an application error, a ring violation, or a request for a dump.",
    statuses: ["no-error", "invalid-param"],
  },
  lock: {
    number: 8,
    arguments: ["lock", "holder"],
    value: "",
    meaning:
      "Waits until a lock is released. The holder, a thread of the partition by its index, inherits the caller's priority meanwhile. Returns at once after a release that nobody waited for; NOT_AVAILABLE when the holder has ended.",
    statuses: ["no-error", "invalid-param", "not-available"],
  },
  unlock: {
    number: 9,
    arguments: ["lock"],
    value: "",
    meaning: "Tells that a lock was released: its most urgent waiter goes on, or the next that comes does not wait.",
    statuses: ["no-error", "invalid-param"],
  },
  pool_give: {
    number: 10,
    arguments: ["pool", "block", "member"],
    value: "generation of the block",
    meaning:
      "Mode move: the block is the member's from now on, and no longer mapped here. Mode copy: the member is given a copy. NOT_AVAILABLE when the block is not the caller's, the member has stopped, or has not let go of its last copy.",
    statuses: ["no-error", "not-available", "invalid-param", "invalid-mode"],
  },
  pool_take: {
    number: 11,
    arguments: ["pool", "block", "generation"],
    value: "generation of the block",
    meaning:
      "Maps a block that was given to the caller, or is sealed. NOT_AVAILABLE when it is not of this generation, or not the caller's; generation 0 is any, for the owner of a pool of mode move. NO_ACTION when it is mapped already.",
    statuses: ["no-error", "no-action", "not-available", "invalid-param", "invalid-mode"],
  },
  pool_seal: {
    number: 12,
    arguments: ["pool", "block"],
    value: "generation of the block",
    meaning: "Mode seal: the owner gives up its right to write a block, so that members can take it.",
    statuses: ["no-error", "no-action", "not-available", "invalid-param", "invalid-mode"],
  },
  pool_release: {
    number: 13,
    arguments: ["pool", "block"],
    value: "generation of the block",
    meaning:
      "Lets go of a block that was taken: it is no longer mapped here. In mode move it is the owner's again. The owner unseals a sealed block with it: NOT_AVAILABLE while a member has it. NO_ACTION where there is nothing to let go of.",
    statuses: ["no-error", "no-action", "not-available", "invalid-param", "invalid-mode"],
  },
} as const satisfies Readonly<Record<string, SystemCallRow>>;

export type SystemCallWord = keyof typeof SYSTEM_CALLS;

/** Indexed by number: what a guest calls by it. */
export const SYSTEM_CALL_ROWS: readonly (SystemCallRow & { readonly word: SystemCallWord })[] = rowsByNumber<
  SystemCallWord,
  SystemCallRow
>(SYSTEM_CALLS);
