/**
 * What kernel paths are made of: lists of primitive steps with counts. No path has a constant of its own in cycles;
 * the timing profile prices the primitives, and bounds are sums over the same lists (bounds.ts).
 *
 * The counts of instructions and lines are our estimate of a small C kernel doing the same (an object line is 64 bytes
 * of a thread, partition or core object). Who pays: a call or fault is on its caller, a message on the partition whose
 * time it is when it arrives, a timer likewise, and a window switch on the core: its length is the same constant for
 * every window of every system.
 */
import type { Cycles } from "../../units.js";
import { KERNEL_STEPS, type KernelStep, type KernelStepWord, type Path } from "../../hal/index.js";

/** The steps of a path with their counts, in the order in which they are charged. */
type StepCounts = Partial<Readonly<Record<KernelStepWord, number>>>;

/** A path whose number is given by its place in the table. */
type UnnumberedPath = { number: number; readonly steps: Path["steps"] };

function path(counts: StepCounts): UnnumberedPath {
  const words = Object.keys(counts) as KernelStepWord[];
  return { number: -1, steps: words.map((word) => [KERNEL_STEPS[word].number, counts[word] ?? 0]) };
}

/** The table itself with its paths numbered: a literal, whose rows compiled code can take for constants. */
function numbered<Word extends string>(table: Record<Word, UnnumberedPath>): Readonly<Record<Word, Path>> {
  Object.values<UnnumberedPath>(table).forEach((row, number) => {
    row.number = number;
  });
  return table;
}

/** Every path that is charged, by name. */
export const PATHS = numbered({
  /** Entry by SYSCALL: core object, thread object, look-up of the row. */
  systemCallEntry: path({ "system-call-entry": 1, instruction: 10, "object-line": 2 }),
  faultEntry: path({ "fault-entry": 1, instruction: 20, "object-line": 2 }),
  /** A timer or a message. */
  interruptEntry: path({ "interrupt-entry": 1, instruction: 8, "object-line": 1 }),
  systemCallReturn: path({ instruction: 4, "system-call-return": 1 }),
  interruptReturn: path({ instruction: 4, "interrupt-return": 1 }),
  spaceSwitch: path({ instruction: 2, "address-space-switch": 1 }),
  armTimer: path({ instruction: 2, "arm-timer": 1 }),
  /** The body of a call that touches the caller alone: yield, mode, report. */
  smallCall: path({ instruction: 6 }),
  /** A partition's reloading is over, or the telling of its peers. */
  workDone: path({ instruction: 6 }),
  /** The body of a wait: the partition's doorbells, the thread's deadline. */
  wait: path({ instruction: 10, "object-line": 1 }),
  /** The body of lock and unlock: the partition's waiters, and whose priority they inherit. */
  lock: path({ instruction: 24, "object-line": 2 }),
  /** A doorbell on this core, or a message that brings one: the target partition's bits. */
  ringHere: path({ instruction: 8, "object-line": 1 }),
  ringElsewhere: path({ instruction: 8, "object-line": 1, "send-interrupt": 1 }),
  /** A doorbell that merges with one still on its way, or goes to a device. */
  ringOnly: path({ instruction: 8, "object-line": 1 }),
  /** One thread becomes ready, or its deadline or release is dealt with. */
  wake: path({ instruction: 8, "object-line": 1 }),
  /** The policy is asked. */
  pick: path({ instruction: 8, "object-line": 1 }),
  startThread: path({ instruction: 10, "object-line": 2 }),
  stopThread: path({ instruction: 4, "object-line": 1 }),
  /** Whose turn it is among the partitions that share the core by reservations: their budgets and deadlines. */
  reserve: path({ instruction: 16, "object-line": 2 }),
  windowClose: path({ instruction: 6, "object-line": 1 }),
  windowOpen: path({ instruction: 10, "object-line": 2 }),
  /** A word of a partition's boot information is written. */
  bootLine: path({ instruction: 2, "memory-line": 1 }),
  /** The body of a call to a pool: its table, the block, the rules of its mode. */
  poolCall: path({ instruction: 20, "object-line": 3 }),
  /** Up to eight entries of a page table, which lie in one line. */
  tableLine: path({ instruction: 24, "object-line": 1 }),
  /** A page leaves the TLB. */
  invalidatePage: path({ instruction: 2, "invalidate-page": 1 }),
  /** All pages leave it. */
  invalidateAll: path({ instruction: 2, "address-space-switch": 1 }),
  /** The kernel copies 4 KiB. */
  copyPage: path({ instruction: 8, "memory-line": 64 }),
});

export type PathWord = keyof typeof PATHS;

/** Prices of steps; a timing profile's. */
export type CostOf = (step: KernelStep) => Cycles;

export function pathCycles(costOf: CostOf, { steps }: Path): Cycles {
  let cycles = 0;
  for (const [step, count] of steps) cycles += count * costOf(step);
  return cycles;
}

/** What the longest of several ways to go on takes, each a row of paths. */
export function longestCycles(costOf: CostOf, ways: readonly (readonly Path[])[]): Cycles {
  return Math.max(...ways.map((way) => way.reduce((sum, row) => sum + pathCycles(costOf, row), 0)));
}
