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

/** A sleep that can be ended by others. */
export interface Nap {
  sleep(milliseconds: number): Promise<void>;
  /** Whoever sleeps goes on at once. */
  wake(): void;
}

export function createNap(): Nap {
  let end: (() => void) | null = null;
  return {
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        const timer = setTimeout(done, milliseconds);
        function done(): void {
          clearTimeout(timer);
          end = null;
          resolve();
        }
        end = done;
      }),
    wake: () => end?.(),
  };
}
