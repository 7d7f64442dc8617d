/**
 * Job control of the shell: Ctrl-Z, SIGTSTP and SIGCONT, for who has changed the terminal's settings.
 *
 * Invariant: the process stops only after `onStop`, unless by SIGSTOP, which nobody can catch; and `onContinue` follows
 * each `onStop`.
 */

export interface JobControl {
  /** Stops this process and those that it was started with, as Ctrl-Z does where the terminal is not in raw mode. */
  stop(): void;
  close(): void;
}

/** Long enough for the signal to have come; a process that no shell would wake again is not stopped by it. */
const STOPPING_MILLISECONDS = 50;

export function watchJobControl(handlers: {
  readonly onStop: () => void;
  readonly onContinue: () => void;
}): JobControl {
  let isStopped = false;
  function goOn(): void {
    isStopped = false;
    process.on("SIGTSTP", stop);
    handlers.onContinue();
  }
  function stop(): void {
    if (isStopped || process.platform === "win32") return;
    isStopped = true;
    handlers.onStop();
    // Without a handler the signal has its own effect.
    process.off("SIGTSTP", stop);
    process.kill(0, "SIGTSTP");
    setTimeout(() => isStopped && goOn(), STOPPING_MILLISECONDS);
  }
  function continued(): void {
    if (isStopped) return goOn();
    // After SIGSTOP a shell has had the terminal, and has changed its settings.
    handlers.onStop();
    handlers.onContinue();
  }
  if (process.platform !== "win32") {
    process.on("SIGTSTP", stop);
    process.on("SIGCONT", continued);
  }
  return {
    stop,
    close() {
      process.off("SIGTSTP", stop);
      process.off("SIGCONT", continued);
    },
  };
}
