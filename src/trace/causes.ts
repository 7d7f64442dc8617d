/**
 * Why an activation of a periodic thread is late: the causes among which lateness.ts divides each cycle between a
 * release and its end. There is no row for "other": what would need one is a mistake in lateness.ts.
 *
 * Behind these come the kernel's steps, a cause each (`FIRST_STEP_CAUSE` + KernelStep): what the kernel does for the
 * thread itself, or on the way out to any thread.
 */
import { rowsByNumber, type TableOf } from "../vocabulary.js";

export const enum Cause {
  Own = 0,
  Start = 1,
  EarlierActivation = 2,
  Timer = 3,
  Interrupt = 4,
  Ipi = 5,
  Doorbell = 6,
  PreemptionOff = 7,
  HigherPriority = 8,
  Lock = 9,
  OtherWindow = 10,
  WindowSwitch = 11,
  OtherReservation = 12,
  Budget = 13,
}

interface CauseRow {
  /** For people. */
  readonly name: string;
  readonly meaning: string;
}

export const CAUSES = {
  own: { number: Cause.Own, name: "own work", meaning: "The thread ran." },
  start: {
    number: Cause.Start,
    name: "start",
    meaning: "The partition started: release 0 is due when its first window or its restart begins.",
  },
  "earlier-activation": {
    number: Cause.EarlierActivation,
    name: "earlier activation",
    meaning: "The thread's own activation before was not over when this one was due.",
  },
  timer: {
    number: Cause.Timer,
    name: "timer",
    meaning: "The timer's interrupt: from the release until the core is in the kernel and has saved what it did.",
  },
  interrupt: { number: Cause.Interrupt, name: "interrupt", meaning: "The entry of a device's interrupt." },
  ipi: { number: Cause.Ipi, name: "IPI", meaning: "The entry of an interrupt that another core sent." },
  doorbell: {
    number: Cause.Doorbell,
    name: "doorbell",
    meaning: "A doorbell that arrived was dealt with; or the thread waited, for one or for a time.",
  },
  "preemption-off": {
    number: Cause.PreemptionOff,
    name: "preemption off",
    meaning: "The kernel was in a call or fault of another thread when the release came, and nothing interrupts it.",
  },
  "higher-priority": {
    number: Cause.HigherPriority,
    name: "higher priority",
    meaning: "Threads of the same partition that its policy put first ran, with their calls.",
  },
  lock: { number: Cause.Lock, name: "lock", meaning: "The thread waited for a lock." },
  "other-window": {
    number: Cause.OtherWindow,
    name: "other window",
    meaning: "It was another partition's time, or a gap between windows.",
  },
  "window-switch": {
    number: Cause.WindowSwitch,
    name: "window switch",
    meaning: "The core passed from one window to the next, in a time that is always the same.",
  },
  "other-reservation": {
    number: Cause.OtherReservation,
    name: "other reservation",
    meaning: "Another partition had the core, by a reservation with an earlier deadline, or the kernel was at it.",
  },
  budget: { number: Cause.Budget, name: "budget", meaning: "The partition had used up its own reservation." },
} as const satisfies TableOf<typeof Cause, CauseRow>;

const ROWS = rowsByNumber<keyof typeof CAUSES, CauseRow & { readonly number: Cause }>(CAUSES);

/** The cause of KernelStep 0. */
export const FIRST_STEP_CAUSE = ROWS.length;

/** Names of all causes, by number. `steps`: names of the kernel's steps, by KernelStep. */
export function causeNames(steps: readonly string[]): readonly string[] {
  return [...ROWS.map(({ name }) => name), ...steps.map((name) => `kernel: ${name.replace(/^kernel /, "")}`)];
}
