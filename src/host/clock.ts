/** The host's clock: for pacing and for reports of speed. Nothing below the command line may see it. */

/** Milliseconds since some fixed moment, never going back. */
export function hostMilliseconds(): number {
  return performance.now();
}

/** Lets timers, keys and signals of the host be handled. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
