/**
 * Classes of partitions: kinds of work, each with the policy that shares a partition's time between its threads. There
 * is one row for each class; descriptions, images, documents, errors and listings know the classes from here.
 */
import { builtWords, type BuiltWord, type NotBuilt } from "../vocabulary.js";
import type { Policy } from "./policy.js";
import { firstCome, PREEMPTION_SECONDS } from "./policies/first-come.js";
import { fixedPriority } from "./policies/fixed-priority.js";

interface ClassRow {
  readonly policy: Policy;
  /** The order in which ready threads run, completing "its threads run ...". */
  readonly order: string;
  /** Whether threads have priorities; a description that gives one where nothing reads it is refused. */
  readonly hasPriorities: boolean;
  /** How long a thread may run while others wait, in seconds, before quantum.ts; null for as long as it wants. */
  readonly quantumSeconds: number | null;
  /** For documents, after the class's name: what a person needs to choose. */
  readonly meaning: string;
}

/** The kinds of work that a system is made of. */
export type ClassName = "realtime" | "backend" | "ui" | "oltp" | "olap" | "messaging";

export const CLASSES = {
  /** Control loops. */
  realtime: {
    policy: fixedPriority,
    order: "by fixed priority",
    hasPriorities: true,
    quantumSeconds: null,
    meaning: "by fixed priority, preemptively",
  },
  /** Requests. */
  backend: {
    policy: firstCome,
    order: "first come, first served",
    hasPriorities: false,
    quantumSeconds: PREEMPTION_SECONDS,
    meaning:
      "first come, first served; after 5 µs, or ten switches between threads where those take longer, a thread lets others go first",
  },
  /** Frames: deadlines under a reservation. */
  ui: { notBuilt: true },
  /** Transactions: short ones pause long ones. */
  oltp: { notBuilt: true },
  /** Scans: proportional shares, long slices. */
  olap: { notBuilt: true },
  /** Queues: shares of rings. */
  messaging: { notBuilt: true },
} as const satisfies Readonly<Record<ClassName, ClassRow | NotBuilt>>;

/** The classes that have a policy of their own. */
export type PartitionClass = BuiltWord<typeof CLASSES>;

/** One policy a class. The kernel treats the state as opaque. */
export type PolicyTable = Readonly<Record<PartitionClass, Policy>>;

export const CLASS_POLICIES = Object.fromEntries(
  builtWords(CLASSES).map((word) => [word, CLASSES[word].policy]),
) as PolicyTable;
