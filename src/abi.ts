/**
 * The binary interface between Hallows and its guests: the one definition of every number and offset that a guest sees.
 *
 * TypeScript reads it here; `npm run gen` makes images/sdk/hallows_abi.h and docs/abi.md of it, and a test fails when
 * they are stale. Changing a value, an offset or a meaning raises ABI_VERSION.
 * All fields are little-endian and naturally aligned.
 */
export const ABI_VERSION = 1;

/** "HALLOWS" and a zero byte, as a little-endian 64-bit number. */
export const BOOT_INFO_MAGIC = 0x00_53_57_4f_4c_4c_41_48n;
/** "RING". */
export const RING_MAGIC = 0x474e4952;

// ---- address space of a partition -----------------------------------------------------------------------------------
//
//   0x0000_0000_0040_0000  program (position-independent ones are loaded here, others where they ask below 0x6000_0000_0000)
//   0x0000_6000_0000_0000  heap: what memory the program and its stacks leave
//   0x0000_7000_0000_0000  boot-information page, read-only
//   0x0000_7100_0000_0000  channels, 16 MiB apart, in the order of the boot-information page
//   0x0000_7f00_0000_0000  stacks, 16 MiB apart, one a thread, each with an unmapped guard page on both sides
export const PROGRAM_BASE = 0x40_0000n;
export const PROGRAM_LIMIT = 0x6000_0000_0000n;
export const HEAP_BASE = 0x6000_0000_0000n;
export const BOOT_INFO_BASE = 0x7000_0000_0000n;
export const CHANNEL_BASE = 0x7100_0000_0000n;
export const CHANNEL_STRIDE = 0x100_0000n;
/** The stack of thread i ends (exclusively) at STACK_BASE + (i + 1) * STACK_STRIDE - 4096. */
export const STACK_BASE = 0x7f00_0000_0000n;
export const STACK_STRIDE = 0x100_0000n;

// ---- limits ---------------------------------------------------------------------------------------------------------
export const MAX_PARTITIONS = 32;
/** Threads of one partition. */
export const MAX_THREADS = 16;
/** Channel ends of one partition, the console included: bits of the masks of `wait`. */
export const MAX_CHANNEL_ENDS = 32;
export const MAX_NAME_BYTES = 31;

// ---- system calls: SYSCALL with the number in RAX, arguments in RDI, RSI, RDX, R10; status in RAX, value in RDX ----------
// RCX and R11 are overwritten, as by the processor; all other registers are kept.
export const enum SystemCallNumber {
  Exit = 0,
  Yield = 1,
  Wait = 2,
  Notify = 3,
  Handoff = 4,
  PeriodicWait = 5,
  Mode = 6,
  Report = 7,
}
export interface SystemCallRow {
  readonly number: SystemCallNumber;
  readonly name: string;
  readonly arguments: readonly string[];
  /** What RDX holds afterwards. */
  readonly value: string;
  readonly meaning: string;
  readonly statuses: readonly Status[];
}

/** Names and numbers as the return codes of ARINC 653. */
export const enum Status {
  NoError = 0,
  NoAction = 1,
  NotAvailable = 2,
  InvalidParam = 3,
  InvalidConfig = 4,
  InvalidMode = 5,
  TimedOut = 6,
}
export const STATUS_NAMES: readonly string[] = [
  "NO_ERROR",
  "NO_ACTION",
  "NOT_AVAILABLE",
  "INVALID_PARAM",
  "INVALID_CONFIG",
  "INVALID_MODE",
  "TIMED_OUT",
];

/** Second argument of `exit`: what ends. */
export const enum ExitScope {
  Partition = 0,
  Thread = 1,
}

/** A deadline that never comes. Deadlines are absolute TSC cycles; one in the past, such as 0, means "do not wait". */
export const NO_DEADLINE = 0xffff_ffff_ffff_ffffn;

/** First argument of `mode`. */
export const enum ModeOperation {
  Get = 0,
  Set = 1,
}

/** Partition modes of ARINC 653. */
export const enum PartitionMode {
  Idle = 0,
  ColdStart = 1,
  WarmStart = 2,
  Normal = 3,
}
export const PARTITION_MODE_NAMES: readonly string[] = ["idle", "cold-start", "warm-start", "normal"];

/** First argument of `report`. */
export const enum ReportKind {
  /** A number worth tracing. */
  Note = 0,
  /** The program found an error in itself: handled by the restart policy as a fault is. */
  ApplicationError = 1,
  /** An index or length that can't be, in the channel end given as code. The channel is quarantined. */
  RingViolation = 2,
  /** Asks for a dump of the partition; nothing else changes. */
  Dump = 3,
}

export const SYSTEM_CALLS: readonly SystemCallRow[] = [
  {
    number: SystemCallNumber.Exit,
    name: "exit",
    arguments: ["code", "scope"],
    value: "",
    meaning: "Ends the partition (scope 0) or the calling thread (scope 1) with a code. Does not return.",
    statuses: [Status.InvalidParam],
  },
  {
    number: SystemCallNumber.Yield,
    name: "yield",
    arguments: [],
    value: "",
    meaning: "Lets other ready threads of the partition run first.",
    statuses: [Status.NoError],
  },
  {
    number: SystemCallNumber.Wait,
    name: "wait",
    arguments: ["mask", "deadline"],
    value: "mask of the channel ends whose doorbells rang; they are taken",
    meaning:
      "Waits until a doorbell of a channel end in the mask has rung, or until the deadline (absolute TSC cycle).",
    statuses: [Status.NoError, Status.TimedOut, Status.InvalidParam],
  },
  {
    number: SystemCallNumber.Notify,
    name: "notify",
    arguments: ["end"],
    value: "",
    meaning: "Rings the doorbell of the other end of a channel. NOT_AVAILABLE when the channel is quarantined.",
    statuses: [Status.NoError, Status.InvalidParam, Status.NotAvailable],
  },
  {
    number: SystemCallNumber.Handoff,
    name: "handoff",
    arguments: ["end", "mask", "deadline"],
    value: "as wait",
    meaning: "notify and wait in one; on the same core the notified thread runs at once.",
    statuses: [Status.NoError, Status.TimedOut, Status.InvalidParam, Status.NotAvailable],
  },
  {
    number: SystemCallNumber.PeriodicWait,
    name: "periodic_wait",
    arguments: [],
    value: "number of whole periods since the thread started",
    meaning: "Ends this activation; returns at the thread's next release. INVALID_MODE when the thread has no period.",
    statuses: [Status.NoError, Status.InvalidMode],
  },
  {
    number: SystemCallNumber.Mode,
    name: "mode",
    arguments: ["operation", "mode"],
    value: "the partition's mode now",
    meaning:
      "Reads (0) or sets (1) the partition's mode: NORMAL ends its start; IDLE stops it; COLD_START and WARM_START restart it.",
    statuses: [Status.NoError, Status.NoAction, Status.InvalidParam, Status.InvalidMode],
  },
  {
    number: SystemCallNumber.Report,
    name: "report",
    arguments: ["kind", "code", "value"],
    value: "",
    meaning: "Tells health monitoring: a note, an application error, a ring violation, or a request for a dump.",
    statuses: [Status.NoError, Status.InvalidParam],
  },
];

// ---- structures ------------------------------------------------------------------------------------------------------
export type FieldType = "u32" | "u64" | "name";
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly offset: number;
  readonly meaning: string;
}
export interface Structure {
  readonly name: string;
  readonly sizeBytes: number;
  readonly meaning: string;
  readonly fields: readonly Field[];
}

export const BOOT_INFO: Structure = {
  name: "boot_info",
  sizeBytes: 4096,
  meaning:
    "One read-only page; its address is in RDI when a thread starts (RSI: thread index, RDX: entry function or 0 for main).",
  fields: [
    { name: "magic", type: "u64", offset: 0x00, meaning: "BOOT_INFO_MAGIC" },
    { name: "abi_version", type: "u32", offset: 0x08, meaning: "ABI_VERSION" },
    { name: "partition", type: "u32", offset: 0x0c, meaning: "index of the partition" },
    { name: "generation", type: "u32", offset: 0x10, meaning: "1 at the first start, one more at each restart" },
    { name: "thread_count", type: "u32", offset: 0x14, meaning: "threads of this partition" },
    { name: "channel_count", type: "u32", offset: 0x18, meaning: "entries of `channels`; entry 0 is the console" },
    { name: "core", type: "u32", offset: 0x1c, meaning: "core on which the partition runs" },
    { name: "frequency_hz", type: "u64", offset: 0x20, meaning: "TSC cycles a second" },
    { name: "heap_base", type: "u64", offset: 0x28, meaning: "address of the heap" },
    { name: "heap_bytes", type: "u64", offset: 0x30, meaning: "size of the heap" },
    { name: "seed", type: "u64", offset: 0x38, meaning: "this partition's own random seed, from the system's" },
    { name: "name", type: "name", offset: 0x40, meaning: "the partition's name, zero-terminated" },
    {
      name: "start_condition",
      type: "u32",
      offset: 0x60,
      meaning: "0 normal start, 1 restarted by itself, 3 restarted by health monitoring",
    },
  ],
};
/** Offset in the boot-information page, and stride, of the channel entries. */
export const BOOT_CHANNELS_OFFSET = 0x100;
export const BOOT_CHANNEL: Structure = {
  name: "boot_channel",
  sizeBytes: 96,
  meaning: "One end of a channel.",
  fields: [
    { name: "name", type: "name", offset: 0x00, meaning: "the channel's name, zero-terminated" },
    { name: "address", type: "u64", offset: 0x20, meaning: "address of its pages" },
    { name: "is_producer", type: "u32", offset: 0x28, meaning: "1 for the producing end" },
    { name: "slots", type: "u32", offset: 0x2c, meaning: "number of slots, a power of two" },
    { name: "slot_bytes", type: "u32", offset: 0x30, meaning: "largest message" },
    { name: "full_policy", type: "u32", offset: 0x34, meaning: "FullPolicy" },
    { name: "peer", type: "name", offset: 0x40, meaning: "name of the partition at the other end" },
  ],
};

// ---- the queue ring ----------------------------------------------------------------------------------------------------
//
//   +0x0000  configuration  read-only to both ends
//   +0x1000  producer page  writable by the producer alone
//   +0x2000  consumer page  writable by the consumer alone
//   +0x3000  data           writable by the producer, read-only to the consumer: u32 lengths[slots], then the slots
//
// Indices are free-running 32-bit counters, masked on use. tail - head is the fill, and at most `slots`.
// A doorbell is due when publishing moves an index past what the other side asked for (the event index of virtio):
// (u32)(new - event - 1) < (u32)(new - old). Who asks stores its event index, then a full fence, then looks again.
export const RING_CONFIG_OFFSET = 0x0000;
export const RING_PRODUCER_OFFSET = 0x1000;
export const RING_CONSUMER_OFFSET = 0x2000;
export const RING_DATA_OFFSET = 0x3000;
export const RING_SLOT_ALIGNMENT = 64;
export const MAX_RING_SLOTS = 4096;
export const MAX_SLOT_BYTES = 65536;

export const enum FullPolicy {
  Block = 0,
  Refuse = 1,
}

export const RING_CONFIG: Structure = {
  name: "ring_config",
  sizeBytes: 64,
  meaning: "What both ends were promised at boot; never changes.",
  fields: [
    { name: "magic", type: "u32", offset: 0x00, meaning: "RING_MAGIC" },
    { name: "abi_version", type: "u32", offset: 0x04, meaning: "ABI_VERSION" },
    { name: "slots", type: "u32", offset: 0x08, meaning: "a power of two, 2 to 4096" },
    { name: "slot_bytes", type: "u32", offset: 0x0c, meaning: "largest message" },
    { name: "slot_stride", type: "u32", offset: 0x10, meaning: "bytes from slot to slot, a multiple of 64" },
    { name: "slots_offset", type: "u32", offset: 0x14, meaning: "from the ring's start to slot 0" },
    { name: "full_policy", type: "u32", offset: 0x18, meaning: "FullPolicy" },
  ],
};
export const RING_PRODUCER: Structure = {
  name: "ring_producer",
  sizeBytes: 192,
  meaning: "Written by the producer alone.",
  fields: [
    { name: "tail", type: "u32", offset: 0x00, meaning: "messages published so far" },
    { name: "space_event", type: "u32", offset: 0x40, meaning: "ring me when head passes this" },
    { name: "refused", type: "u32", offset: 0x80, meaning: "messages given up because the ring was full" },
  ],
};
export const RING_CONSUMER: Structure = {
  name: "ring_consumer",
  sizeBytes: 192,
  meaning: "Written by the consumer alone.",
  fields: [
    { name: "head", type: "u32", offset: 0x00, meaning: "messages released so far" },
    { name: "item_event", type: "u32", offset: 0x40, meaning: "ring me when tail passes this" },
  ],
};
export const STRUCTURES: readonly Structure[] = [BOOT_INFO, BOOT_CHANNEL, RING_CONFIG, RING_PRODUCER, RING_CONSUMER];

/** The console of a partition: a queue ring whose consumer is the console device; its slots hold text. */
export const CONSOLE_SLOTS = 64;
export const CONSOLE_SLOT_BYTES = 256;
