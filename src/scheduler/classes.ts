/**
 * Classes of partitions: kinds of work, each with the policy that shares a partition's time between its threads. There
 * is one row for each class; descriptions, images, documents, errors and listings know the classes from here.
 */
import { builtWords, type BuiltWord, type NotBuilt } from "../vocabulary.js";
import type { Policy } from "./policy.js";
import { firstCome, PREEMPTION_SECONDS } from "./policies/first-come.js";
import { fixedPriority } from "./policies/fixed-priority.js";
import { constantBandwidth } from "./policies/constant-bandwidth.js";
import { deficitRoundRobin, TURN_SECONDS } from "./policies/deficit-round-robin.js";
import { stride, STRIDE_SECONDS } from "./policies/stride.js";
import { SHORT_SECONDS, twoLevel } from "./policies/two-level.js";

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
  /** Frames. */
  ui: {
    policy: constantBandwidth,
    order: "by deadline, each with a bandwidth",
    hasPriorities: false,
    quantumSeconds: null,
    meaning:
      "by deadline, each thread with a budget of half its period; threads without period have the next release of the others for a deadline",
  },
  /** Transactions. */
  oltp: {
    policy: twoLevel,
    order: "short ones first",
    hasPriorities: false,
    quantumSeconds: SHORT_SECONDS,
    meaning:
      "threads that have run less than 50 µs since they waited come first, others take turns of as much; who holds a lock that others want counts as short",
  },
  /** Scans. */
  olap: {
    policy: stride,
    order: "by shares",
    hasPriorities: true,
    quantumSeconds: STRIDE_SECONDS,
    meaning: "in proportion to their priorities, in slices of 2 ms",
  },
  /** Queues. */
  messaging: {
    policy: deficitRoundRobin,
    order: "in turns",
    hasPriorities: true,
    quantumSeconds: TURN_SECONDS,
    meaning: "in turns of 20 µs times their priority, whose overdraft is carried over",
  },
} as const satisfies Readonly<Record<ClassName, ClassRow | NotBuilt>>;

/** The classes that have a policy of their own. */
export type PartitionClass = BuiltWord<typeof CLASSES>;

/** One policy a class. The kernel treats the state as opaque. */
export type PolicyTable = Readonly<Record<PartitionClass, Policy>>;

export const CLASS_POLICIES = Object.fromEntries(
  builtWords(CLASSES).map((word) => [word, CLASSES[word].policy]),
) as PolicyTable;
