/** Connects the command line to this process. */
import { runCommandLine } from "./command-line.js";
import { closeLostTerminalsAtExit, createInterrupts, type Environment } from "./environment.js";
import { createOutput } from "./output.js";
import { createHostFiles } from "../host/files.js";
import { describeTerminal } from "../host/terminal-kind.js";

export async function start(): Promise<void> {
  const terminal = describeTerminal(process.env, process.argv.includes("--no-color"));
  const environment: Environment = {
    output: createOutput(process.stdout, process.stderr, terminal.hasColours),
    files: createHostFiles(),
    interrupts: createInterrupts(),
    terminal,
    openInput: () => process.stdin,
    // Asked for when it is needed: opening stdin takes a while, and most commands don't.
    isInteractive: () => process.stdin.isTTY && process.stdout.isTTY && terminal.hasScreen,
  };
  closeLostTerminalsAtExit();
  // Not process.exit: what was written to a pipe must get out first.
  process.exitCode = await runCommandLine(process.argv.slice(2), environment);
}
