/** What a command sees of the process that it runs in: streams, interrupts, and whether a person sits there. */
import type { Output } from "./output.js";

export interface Interrupts {
  /** SIGINT, SIGTERM or SIGHUP has come. A second one ends the process at once. */
  isInterrupted(): boolean;
}

export interface Environment {
  readonly output: Output;
  readonly interrupts: Interrupts;
  /** stdin and stdout are terminals. */
  readonly isInteractive: boolean;
}

/** Exit code of a process that a second interrupt ends: 128 + SIGINT. */
const INTERRUPTED_EXIT_CODE = 130;

export function watchInterrupts(): Interrupts {
  let isInterrupted = false;
  const onSignal = (): void => {
    if (isInterrupted) process.exit(INTERRUPTED_EXIT_CODE);
    isInterrupted = true;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return { isInterrupted: () => isInterrupted };
}
