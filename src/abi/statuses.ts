/** Statuses of system calls: names and numbers as the return codes of ARINC 653. */
import type { TableOf } from "../vocabulary.js";
import type { GuestWord } from "./guest-words.js";

export const enum Status {
  NoError = 0,
  NoAction = 1,
  NotAvailable = 2,
  InvalidParam = 3,
  InvalidConfig = 4,
  InvalidMode = 5,
  TimedOut = 6,
}

export const STATUSES = {
  "no-error": { number: Status.NoError, meaning: "The call did what it says." },
  "no-action": { number: Status.NoAction, meaning: "What was asked for is so already." },
  "not-available": {
    number: Status.NotAvailable,
    meaning: "The channel is quarantined, a holder of a lock has ended, or a block of a pool is another's.",
  },
  "invalid-param": { number: Status.InvalidParam, meaning: "No such call, or an argument that it can't take." },
  "invalid-config": { number: Status.InvalidConfig, meaning: "Reserved: no call returns it." },
  "invalid-mode": { number: Status.InvalidMode, meaning: "The thread or its partition is in no state that allows it." },
  "timed-out": { number: Status.TimedOut, meaning: "The deadline has passed." },
} as const satisfies TableOf<typeof Status, GuestWord>;

export type StatusWord = keyof typeof STATUSES;
