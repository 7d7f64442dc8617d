/**
 * The events: what can happen, one row an event. Every layer writes the stream; ledger, views, exports, tests and the
 * summary read it, and nothing else. A row says what the numbers of an event are, what the ledger counts by it, and how
 * traces draw it. None is hashed: what enters a partition's hash is mixed where it happens (hash.ts).
 *
 * A record is {kind, core, cycle, partition, thread, a, b, c, text}: numbers, -1 where a field has no meaning. `text`
 * is "" but for the few rare kinds that need a name. Within a core the cycles never decrease; across cores order by
 * (cycle, core). Changing a row's meaning raises TRACE_VERSION.
 */
import { rowsByNumber, type TableOf } from "../vocabulary.js";
import type { PartitionAccount, ThreadAccount } from "./accounts.js";

export const TRACE_VERSION = 1;

/** For the code that records and reads events, where a number must be a constant. */
export const enum EventKind {
  Boot = 0,
  Dispatch = 1,
  Leave = 2,
  Charge = 3,
  Idle = 4,
  WindowOpen = 5,
  WindowClose = 6,
  SystemCall = 7,
  SystemReturn = 8,
  Block = 9,
  Wake = 10,
  Notify = 11,
  Doorbell = 12,
  Release = 13,
  DeadlineMissed = 14,
  Fault = 15,
  Restart = 16,
  Mode = 17,
  Report = 18,
  Violation = 19,
  Console = 20,
  ThreadExit = 21,
  PartitionStop = 22,
  PolicyReplaced = 23,
  Pad = 24,
  Work = 25,
  Serve = 26,
  BudgetOut = 27,
}

/** Counters of the partition's and the thread's account that grow with each event. */
export interface Counters {
  readonly partition: keyof PartitionAccount;
  readonly thread?: keyof ThreadAccount;
  /** By this number of the event rather than by 1. */
  readonly by?: "a";
}

/** A mark on the core's track. */
export interface Mark {
  /** {partition}, {thread} and {channel} stand for names; the channel is `a`. */
  readonly title: string;
  readonly category: string;
  /** What each argument of the mark is, besides the cycle. */
  readonly arguments: Readonly<Record<string, "a" | "b" | "c" | "text">>;
}

interface Entry {
  readonly meaning: string;
  /** Where it is not the word with spaces. */
  readonly name?: string;
  /** What the numbers are called; absent where they have no meaning. */
  readonly a?: string;
  readonly b?: string;
  readonly c?: string;
  /** Its events are recorded with `recordText`. */
  readonly hasText?: true;
  /**
   * "in code": ledger.ts has a case for it, because it is frequent or says what a core does. Absent: nothing is
   * counted.
   */
  readonly ledger?: Counters | "in code";
  /** "in code": drawing.ts has a case for it, because it begins or ends something. Absent: it is not drawn. */
  readonly chrome?: Mark | "in code";
}

export const EVENTS = {
  boot: { number: EventKind.Boot, meaning: "The system is built.", a: "cores", b: "partitions", c: "channels" },
  dispatch: {
    number: EventKind.Dispatch,
    meaning: "A core enters a thread.",
    a: "context",
    ledger: "in code",
    chrome: "in code",
  },
  leave: {
    number: EventKind.Leave,
    meaning:
      "A core left what it did: a thread, or (thread -1) kernel work or idleness. The reason is an ExitReason; b is 1 for a device's message.",
    a: "reason",
    b: "from device",
    ledger: "in code",
    chrome: "in code",
  },
  charge: {
    number: EventKind.Charge,
    meaning: "A kernel step was charged.",
    a: "step",
    b: "count",
    c: "cycles",
    ledger: "in code",
  },
  idle: {
    number: EventKind.Idle,
    meaning: "The core has nothing to do.",
    ledger: "in code",
    chrome: "in code",
  },
  "window-open": {
    number: EventKind.WindowOpen,
    meaning: "A window of the cyclic plan opens; b is its end's cycle.",
    a: "window",
    b: "end",
    ledger: { partition: "windows" },
    chrome: "in code",
  },
  "window-close": {
    number: EventKind.WindowClose,
    meaning: "A window of the cyclic plan closes.",
    a: "window",
    ledger: "in code",
    chrome: "in code",
  },
  "system-call": {
    number: EventKind.SystemCall,
    meaning: "A system call is recognised; b and c are the low 53 bits of its first two arguments.",
    a: "number",
    b: "argument 1",
    c: "argument 2",
    ledger: "in code",
    chrome: "in code",
  },
  "system-return": {
    number: EventKind.SystemReturn,
    meaning: "A system call returns.",
    a: "number",
    b: "status",
    c: "value",
  },
  block: {
    number: EventKind.Block,
    meaning: "A thread waits, for a BlockReason, until a cycle or without end (-1).",
    a: "for",
    b: "deadline",
  },
  wake: {
    number: EventKind.Wake,
    meaning: "A thread becomes ready. The cause is a WakeCause; the channel is -1 without.",
    a: "cause",
    b: "channel",
  },
  notify: {
    number: EventKind.Notify,
    meaning: "A doorbell is sent, to a partition or (-1) a device.",
    a: "channel",
    b: "target",
    ledger: { partition: "notifications" },
    chrome: "in code",
  },
  doorbell: {
    number: EventKind.Doorbell,
    meaning: "A doorbell arrives; b is 1 when it woke a thread.",
    a: "channel",
    b: "woke",
    ledger: "in code",
    chrome: "in code",
  },
  release: {
    number: EventKind.Release,
    meaning: "A periodic thread's new period.",
    a: "index",
    b: "cycle",
    ledger: { partition: "releases", thread: "releases" },
    chrome: { title: "release {thread}", category: "release", arguments: { index: "a" } },
  },
  "deadline-missed": {
    number: EventKind.DeadlineMissed,
    meaning: "An activation is not over at its deadline; both numbers are cycles.",
    a: "release",
    b: "deadline",
    ledger: { partition: "deadlinesMissed", thread: "deadlinesMissed" },
    chrome: {
      title: "deadline missed by {thread}",
      category: "deadline",
      arguments: { release: "a", deadline: "b" },
    },
  },
  fault: {
    number: EventKind.Fault,
    meaning: "A thread faulted, without an error code at -1. The text says where, at which RIP and what happened.",
    a: "vector",
    b: "error code",
    c: "address",
    hasText: true,
    ledger: { partition: "faults" },
    chrome: {
      title: "fault in {partition}",
      category: "fault",
      arguments: { vector: "a", errorCode: "b", address: "c", text: "text" },
    },
  },
  restart: {
    number: EventKind.Restart,
    meaning: "A partition starts again: its generation from now on, and its restarts so far.",
    a: "generation",
    b: "restarts",
    ledger: { partition: "restarts" },
    chrome: {
      title: "restart of {partition}",
      category: "restart",
      arguments: { generation: "a", restarts: "b" },
    },
  },
  mode: { number: EventKind.Mode, meaning: "A partition has another mode.", a: "mode" },
  report: {
    number: EventKind.Report,
    meaning: "What a guest told health monitoring.",
    a: "code",
    b: "value",
    chrome: { title: "report by {thread}", category: "report", arguments: { code: "a", value: "b" } },
  },
  violation: {
    number: EventKind.Violation,
    name: "ring violation",
    meaning: "A ring that can't be; b says which check found it.",
    a: "channel",
    b: "check",
    ledger: { partition: "violations" },
    chrome: { title: "ring violation on {channel}", category: "fault", arguments: { check: "b" } },
  },
  console: {
    number: EventKind.Console,
    meaning: "Output on a console; the text is what was printed.",
    a: "bytes",
    hasText: true,
    ledger: { partition: "consoleBytes", by: "a" },
    chrome: { title: "console of {partition}", category: "console", arguments: { text: "text" } },
  },
  "thread-exit": { number: EventKind.ThreadExit, meaning: "A thread ended.", a: "code" },
  "partition-stop": {
    number: EventKind.PartitionStop,
    meaning: "A partition stopped for good; the code is -1 when it did not exit.",
    a: "code",
    chrome: { title: "{partition} stopped", category: "stop", arguments: { code: "a" } },
  },
  "policy-replaced": {
    number: EventKind.PolicyReplaced,
    meaning: "A policy was replaced by round robin. The text is the policy and the reason.",
    hasText: true,
    chrome: { title: "policy of {partition} replaced", category: "policy", arguments: { text: "text" } },
  },
  pad: {
    number: EventKind.Pad,
    meaning: "Padding of a window switch to its constant length.",
    a: "cycles",
    ledger: "in code",
  },
  work: {
    number: EventKind.Work,
    meaning: "Preemptible kernel work (reloading a partition) begins or goes on.",
    a: "cycles left",
    ledger: "in code",
    chrome: "in code",
  },
  serve: {
    number: EventKind.Serve,
    meaning:
      "A partition gets a core that reservations share, until its budget is used or its deadline is not the first.",
    a: "budget",
    b: "deadline",
    ledger: { partition: "windows" },
  },
  "budget-out": {
    number: EventKind.BudgetOut,
    meaning: "A partition has used its budget; a is the cycle of the next refill.",
    a: "refill",
    ledger: { partition: "budgetsUsed" },
  },
} as const satisfies TableOf<typeof EventKind, Entry>;

type Events = typeof EVENTS;
export type EventWord = keyof Events;

/** Numbers of the events whose row has `Property` as `Value`. */
type KindsWith<Property extends string, Value> = {
  [Word in EventWord]: Events[Word] extends Readonly<Record<Property, Value>> ? Events[Word]["number"] : never;
}[EventWord];

export type TextKind = KindsWith<"hasText", true>;
export type PlainKind = Exclude<EventKind, TextKind>;
/** Kinds that ledger.ts and drawing.ts have a case for. */
export type PostedKind = KindsWith<"ledger", "in code">;
export type DrawnKind = KindsWith<"chrome", "in code">;

/** A row with everything filled in. */
export interface EventRow {
  readonly kind: EventKind;
  /** For people. */
  readonly name: string;
  /** "" where the number has no meaning. */
  readonly a: string;
  readonly b: string;
  readonly c: string;
  readonly hasText: boolean;
  /** Null for what is in code, or nowhere. */
  readonly counters: Counters | null;
  readonly mark: Mark | null;
}

function fillIn({ number, word, name, a, b, c, hasText, ledger, chrome }: Entry & Numbered): EventRow {
  return {
    kind: number,
    name: name ?? word.replaceAll("-", " "),
    a: a ?? "",
    b: b ?? "",
    c: c ?? "",
    hasText: hasText === true,
    counters: typeof ledger === "object" ? ledger : null,
    mark: typeof chrome === "object" ? chrome : null,
  };
}

interface Numbered {
  readonly number: EventKind;
  readonly word: string;
}

/** Indexed by EventKind. */
export const EVENT_ROWS: readonly EventRow[] = rowsByNumber<EventWord, Entry & { readonly number: EventKind }>(
  EVENTS,
).map(fillIn);
