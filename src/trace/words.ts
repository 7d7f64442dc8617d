/** Words that events carry as numbers. */
import { rowsByNumber, type TableOf } from "../vocabulary.js";

/** Why a core left a thread, or what else it did. */
export const enum ExitReason {
  SystemCall = 0,
  Fault = 1,
  Timer = 2,
  Message = 3,
  Breakpoint = 4,
  WorkDone = 5,
}

export const EXIT_REASONS = {
  "system-call": { number: ExitReason.SystemCall, entryName: "system call" },
  fault: { number: ExitReason.Fault, entryName: "fault" },
  timer: { number: ExitReason.Timer, entryName: "timer" },
  message: { number: ExitReason.Message, entryName: "message" },
  breakpoint: { number: ExitReason.Breakpoint, entryName: "breakpoint" },
  "work-done": { number: ExitReason.WorkDone, entryName: "restart" },
} as const satisfies TableOf<typeof ExitReason, { readonly entryName: string }>;

/** What exports and profiles call the kernel's time after it, indexed by ExitReason. */
export const ENTRY_NAMES: readonly string[] = rowsByNumber(EXIT_REASONS).map(({ entryName }) => entryName);

/** Why a thread became ready. */
export const enum WakeCause {
  Start = 0,
  Doorbell = 1,
  Deadline = 2,
  Period = 3,
  Handoff = 4,
  Restart = 5,
  Lock = 6,
}

export const WAKE_CAUSES = {
  start: { number: WakeCause.Start, meaning: "The partition starts for the first time." },
  doorbell: { number: WakeCause.Doorbell, meaning: "A doorbell that it waits for has rung." },
  deadline: { number: WakeCause.Deadline, meaning: "The deadline of its wait has passed." },
  period: { number: WakeCause.Period, meaning: "Its next period has begun." },
  handoff: { number: WakeCause.Handoff, meaning: "A doorbell was rung by `handoff`, on the same core." },
  restart: { number: WakeCause.Restart, meaning: "The partition starts again." },
  lock: { number: WakeCause.Lock, meaning: "A lock that it waits for was released." },
} as const satisfies TableOf<typeof WakeCause, { readonly meaning: string }>;

/** What a blocked thread waits for. */
export const enum BlockReason {
  Channels = 0,
  Period = 1,
  Handoff = 2,
  Lock = 3,
}

export const BLOCK_REASONS = {
  channels: { number: BlockReason.Channels, meaning: "A doorbell of one of its channel ends." },
  period: { number: BlockReason.Period, meaning: "Its next period." },
  handoff: { number: BlockReason.Handoff, meaning: "A doorbell, after it rang one by `handoff`." },
  lock: { number: BlockReason.Lock, meaning: "The release of a lock." },
} as const satisfies TableOf<typeof BlockReason, { readonly meaning: string }>;
