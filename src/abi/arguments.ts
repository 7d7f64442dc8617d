/**
 * Words that guests pass to system calls as numbers: scopes of `exit`, operations and modes of `mode`, kinds of
 * `report`.
 */
import { wordsByNumber, type TableOf } from "../vocabulary.js";
import type { GuestWord } from "./guest-words.js";

/** Second argument of `exit`: what ends. */
export const enum ExitScope {
  Partition = 0,
  Thread = 1,
}

export const EXIT_SCOPES = {
  partition: { number: ExitScope.Partition, meaning: "The partition ends." },
  thread: { number: ExitScope.Thread, meaning: "The calling thread ends; with the last one, the partition." },
} as const satisfies TableOf<typeof ExitScope, GuestWord>;

/** First argument of `mode`. */
export const enum ModeOperation {
  Get = 0,
  Set = 1,
}

export const MODE_OPERATIONS = {
  get: { number: ModeOperation.Get, meaning: "Reads the partition's mode." },
  set: { number: ModeOperation.Set, meaning: "Sets it to the second argument." },
} as const satisfies TableOf<typeof ModeOperation, GuestWord>;

/** Partition modes of ARINC 653. */
export const enum PartitionMode {
  Idle = 0,
  ColdStart = 1,
  WarmStart = 2,
  Normal = 3,
}

export const PARTITION_MODES = {
  idle: { number: PartitionMode.Idle, meaning: "Stopped." },
  "cold-start": {
    number: PartitionMode.ColdStart,
    meaning: "Starting: for the first time, after a fault, or because it asked to.",
  },
  "warm-start": { number: PartitionMode.WarmStart, meaning: "Starting again, because it asked to." },
  normal: { number: PartitionMode.Normal, meaning: "The start is over." },
} as const satisfies TableOf<typeof PartitionMode, GuestWord>;

/** Indexed by PartitionMode. */
export const PARTITION_MODE_NAMES = wordsByNumber(PARTITION_MODES);

/** First argument of `report`. */
export const enum ReportKind {
  Note = 0,
  ApplicationError = 1,
  RingViolation = 2,
  Dump = 3,
}

export const REPORT_KINDS = {
  note: { number: ReportKind.Note, meaning: "A number worth tracing." },
  "application-error": {
    number: ReportKind.ApplicationError,
    meaning: "The program found an error in itself: handled by the restart policy as a fault is.",
  },
  "ring-violation": {
    number: ReportKind.RingViolation,
    meaning:
      "A counter or length that can't be, in the channel end and link given as code and link. The link is quarantined.",
  },
  dump: { number: ReportKind.Dump, meaning: "Asks for a dump of the partition; nothing else changes." },
} as const satisfies TableOf<typeof ReportKind, GuestWord>;
