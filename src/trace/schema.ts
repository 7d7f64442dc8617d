/**
 * The event stream: what can happen, one row an event. Every layer writes it; ledger, views, exports, tests and the
 * summary read it, and nothing else. Imports nothing above units.
 *
 * A record is {kind, core, cycle, partition, thread, a, b, c, text}: numbers, -1 where a field has no meaning. `text` is "" but
 * for the few rare kinds that need a name. Within a core the cycles never decrease; across cores order by (cycle, core).
 * Changing a row's meaning raises TRACE_VERSION.
 */
export const TRACE_VERSION = 1;

export const enum EventKind {
  Boot = 0,
  /** A core enters a thread. a: context */
  Dispatch = 1,
  /** A core left what it did: a thread, or (thread -1) kernel work or idleness. a: ExitReason */
  Leave = 2,
  /** A kernel step was charged. a: KernelStep, b: count, c: cycles */
  Charge = 3,
  /** The core has nothing to do. */
  Idle = 4,
  /** A window of the cyclic plan opens. a: window index, b: end cycle */
  WindowOpen = 5,
  WindowClose = 6,
  /** System call recognised. a: number, b, c: first two arguments (low 53 bits) */
  SystemCall = 7,
  /** System call returns. a: number, b: status, c: value (low 53 bits) */
  SystemReturn = 8,
  /** A thread waits. a: 0 channels, 1 period, 2 handoff; b: deadline cycle or -1 */
  Block = 9,
  /** A thread becomes ready. a: WakeCause, b: channel or -1 */
  Wake = 10,
  /** A doorbell is sent. a: channel, b: target partition */
  Notify = 11,
  /** A doorbell arrives. a: channel, b: 1 when it woke a thread */
  Doorbell = 12,
  /** A periodic thread's new period. a: index of the period, b: release cycle */
  Release = 13,
  /** a: release cycle, b: deadline cycle */
  DeadlineMissed = 14,
  /** a: vector, b: error code or -1, c: address (low 53 bits); text: address, RIP and what happened */
  Fault = 15,
  /** a: generation now, b: restarts so far */
  Restart = 16,
  /** a: new mode */
  Mode = 17,
  /** From the guest. a: code, b: value */
  Report = 18,
  /** A ring that can't be. a: channel, b: which check */
  Violation = 19,
  /** Output on a console. a: bytes; text: what was printed */
  Console = 20,
  /** A thread ended. a: exit code */
  ThreadExit = 21,
  /** A partition stopped for good. a: exit code or -1 */
  PartitionStop = 22,
  /** A policy was replaced by round robin. text: policy and reason */
  PolicyReplaced = 23,
  /** Padding of a window switch to its constant length. a: cycles */
  Pad = 24,
  /** Preemptible kernel work (reloading a partition) begins or goes on. a: cycles left */
  Work = 25,
  /** The machine went on after a breakpoint or single step of the guest. a: vector */
  Breakpoint = 26,
}

export type TextKind = EventKind.Fault | EventKind.Console | EventKind.PolicyReplaced;
export type PlainKind = Exclude<EventKind, TextKind>;

export interface EventRow {
  readonly kind: EventKind;
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly c: string;
  /** Its events are recorded with `recordText`. */
  readonly hasText?: true;
}

/** Names for people and exports, in the order of EventKind. */
export const EVENT_ROWS: readonly EventRow[] = [
  { kind: EventKind.Boot, name: "boot", a: "cores", b: "partitions", c: "channels" },
  { kind: EventKind.Dispatch, name: "dispatch", a: "context", b: "", c: "" },
  { kind: EventKind.Leave, name: "leave", a: "reason", b: "", c: "" },
  { kind: EventKind.Charge, name: "charge", a: "step", b: "count", c: "cycles" },
  { kind: EventKind.Idle, name: "idle", a: "", b: "", c: "" },
  { kind: EventKind.WindowOpen, name: "window open", a: "window", b: "end", c: "" },
  { kind: EventKind.WindowClose, name: "window close", a: "window", b: "", c: "" },
  { kind: EventKind.SystemCall, name: "system call", a: "number", b: "argument 1", c: "argument 2" },
  { kind: EventKind.SystemReturn, name: "system return", a: "number", b: "status", c: "value" },
  { kind: EventKind.Block, name: "block", a: "for", b: "deadline", c: "" },
  { kind: EventKind.Wake, name: "wake", a: "cause", b: "channel", c: "" },
  { kind: EventKind.Notify, name: "notify", a: "channel", b: "target", c: "" },
  { kind: EventKind.Doorbell, name: "doorbell", a: "channel", b: "woke", c: "" },
  { kind: EventKind.Release, name: "release", a: "index", b: "cycle", c: "" },
  { kind: EventKind.DeadlineMissed, name: "deadline missed", a: "release", b: "deadline", c: "" },
  { kind: EventKind.Fault, name: "fault", a: "vector", b: "error code", c: "address", hasText: true },
  { kind: EventKind.Restart, name: "restart", a: "generation", b: "restarts", c: "" },
  { kind: EventKind.Mode, name: "mode", a: "mode", b: "", c: "" },
  { kind: EventKind.Report, name: "report", a: "code", b: "value", c: "" },
  { kind: EventKind.Violation, name: "ring violation", a: "channel", b: "check", c: "" },
  { kind: EventKind.Console, name: "console", a: "bytes", b: "", c: "", hasText: true },
  { kind: EventKind.ThreadExit, name: "thread exit", a: "code", b: "", c: "" },
  { kind: EventKind.PartitionStop, name: "partition stop", a: "code", b: "", c: "" },
  { kind: EventKind.PolicyReplaced, name: "policy replaced", a: "", b: "", c: "", hasText: true },
  { kind: EventKind.Pad, name: "pad", a: "cycles", b: "", c: "" },
  { kind: EventKind.Work, name: "work", a: "cycles left", b: "", c: "" },
  { kind: EventKind.Breakpoint, name: "breakpoint", a: "vector", b: "", c: "" },
];

/** Why a core left a thread. */
export const enum ExitReason {
  SystemCall = 0,
  Fault = 1,
  Timer = 2,
  Message = 3,
  Breakpoint = 4,
  WorkDone = 5,
}

/** Why a thread became ready. */
export const enum WakeCause {
  Start = 0,
  Doorbell = 1,
  Deadline = 2,
  Period = 3,
  Handoff = 4,
  Restart = 5,
}
