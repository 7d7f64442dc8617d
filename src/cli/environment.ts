/** What a command sees of the process that it runs in: streams, files, interrupts, and whether a person sits there. */
import { closeSync } from "node:fs";
import type { Readable } from "node:stream";
import { isatty } from "node:tty";
import type { HostFiles } from "../host/files.js";
import type { TerminalKind } from "../host/terminal-kind.js";
import type { Output } from "./output.js";

export interface Interrupts {
  /** From here on SIGINT, SIGTERM and SIGHUP ask for an end; a second one ends the process at once. */
  watch(): void;
  /** Whether one has come. */
  isInterrupted(): boolean;
  /** What a shell shows for the signal that has come: 128 + its number. */
  exitCode(): number;
}

export interface Environment {
  readonly output: Output;
  readonly files: HostFiles;
  readonly interrupts: Interrupts;
  readonly terminal: TerminalKind;
  /** Stdin, when somebody wants to read it. */
  openInput(): Readable;
  /** Whether stdin and stdout are terminals that a screen can be drawn on. */
  isInteractive(): boolean;
}

const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

export function createInterrupts(): Interrupts {
  let code = 0;
  return {
    watch() {
      for (const [signal, number] of Object.entries(SIGNALS)) {
        process.on(signal, () => {
          if (code !== 0) process.exit(128 + number);
          code = 128 + number;
        });
      }
    },
    isInterrupted: () => code !== 0,
    exitCode: () => code,
  };
}

/**
 * Closes, at exit, the standard streams whose terminal was closed meanwhile. Node gives terminals their settings back
 * then, and ends with an assertion and a core dump where that fails.
 */
export function closeLostTerminalsAtExit(): void {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  process.on("exit", () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}
