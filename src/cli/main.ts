#!/usr/bin/env node
/** The executable: connects the command line to this process. */
import { runCommandLine } from "./command-line.js";
import { watchInterrupts, type Environment } from "./environment.js";
import { createOutput } from "./output.js";
import { useBranchHints } from "../host/branch-hints.js";

const environment: Environment = {
  output: createOutput(process.stdout, process.stderr, process.env),
  interrupts: watchInterrupts(),
  isInteractive: process.stdin.isTTY && process.stdout.isTTY,
};
useBranchHints();
// Not process.exit: what was written to a pipe must get out first.
process.exitCode = await runCommandLine(process.argv.slice(2), environment);
