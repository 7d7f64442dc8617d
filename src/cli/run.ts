/**
 * `hallows run`: one program in one partition on one core. Its console is stdout, byte for byte, and its exit code
 * ours.
 */
import { useBranchHints } from "../host/branch-hints.js";
import { hostMilliseconds } from "../host/clock.js";
import type { HostFiles } from "../host/files.js";
import { formatTime } from "../host/format.js";
import { ConfigError } from "../errors.js";
import type { PartitionDump } from "../kernel/index.js";
import { isElf } from "../partitions/index.js";
import { createSession, planForProgram, type Session } from "../system/running.js";
import { countDoorbells } from "../trace/index.js";
import type { Environment } from "./environment.js";
import { hostReport } from "./reports/host-report.js";
import { runHeadless, type HeadlessEnd } from "./headless.js";
import { limitCycles, sessionOptions, type SystemRunOptions } from "./options.js";
import { sayWarning, withoutControlBytes, type Output } from "./output.js";
import { isStoppedByFault, summarise } from "./reports/summary.js";
import type { TraceFile } from "./trace-file.js";

/** The exit code for programs that neither ended nor faulted: time was up, or nothing can wake them. */
const UNFINISHED_EXIT_CODE = 1;
const WRONG_PROGRAM = 2;

export interface ProgramRunOptions extends SystemRunOptions {
  readonly memory?: number;
  readonly stack?: number;
  readonly stats?: boolean;
  /** The console to a terminal as it is. */
  readonly raw?: boolean;
}

/** Returns the exit code. */
export async function run(path: string, options: ProgramRunOptions, environment: Environment): Promise<number> {
  const { output, files, interrupts } = environment;
  interrupts.watch();
  useBranchHints();
  const compiled = path.endsWith(".parsel") ? await compileProgram(path, environment) : undefined;
  if (compiled === null) return WRONG_PROGRAM;
  const bytes = compiled?.elf ?? files.readWhole(path);
  if (!isElf(bytes)) {
    const hint = `"hallows boot ${path}" boots a description or an image.`;
    throw new ConfigError({ file: path, line: 0, column: 0 }, "is not an ELF program", hint);
  }
  const plan = planForProgram(bytes, path, {
    seed: options.seed,
    memoryBytes: options.memory,
    stackBytes: options.stack ?? compiled?.stackBytes,
    strict: options.strict,
    onWarning: (warning) => sayWarning(output, warning),
  });
  const limit = options.for === undefined ? Infinity : limitCycles(options.for, plan.machine.frequencyHz);
  let dump: PartitionDump | null = null;
  const write = consoleWriter(options, output);
  const session: Session = createSession(plan, {
    ...sessionOptions(options, plan.machine.timing),
    onConsole: (_, bytes) => {
      write(bytes);
      if (output.isFull()) session.stop();
    },
    onDump: (latest) => {
      dump = latest;
    },
  });
  const doorbells = countDoorbells(session.trace, plan.channels.length);
  const trace = options.trace === undefined ? null : await openTrace(session, files, options.trace, options.traceLimit);
  const started = hostMilliseconds();
  let end: HeadlessEnd;
  try {
    end = await runHeadless(session, {
      untilCycles: limit,
      shouldStop: () => interrupts.isInterrupted() || output.isClosed() || hasEnded(session),
      isBlocked: output.isFull,
    });
  } finally {
    if (trace !== null) output.say(trace.close());
  }
  const code = await report(session, dump, end, environment);
  if (options.json === true) output.resultJson({ ...summarise(session, end, doorbells), exitCode: code });
  if (options.stats === true) output.say(hostReport(session, hostMilliseconds() - started));
  return code;
}

/** The program of a Parseltongue source, with the stack that it needs; null where it is wrong. */
async function compileProgram(
  path: string,
  environment: Environment,
): Promise<{ readonly elf: Uint8Array; readonly stackBytes: number } | null> {
  const { compileFile, stackBytesOf } = await import("./parseltongue.js");
  const compiled = compileFile(path, environment);
  return compiled === null ? null : { elf: compiled.elf, stackBytes: stackBytesOf(compiled) };
}

/** Where the program's console goes: to stdout, or to stderr with `--json`. */
function consoleWriter({ json, raw }: ProgramRunOptions, output: Output): (bytes: Uint8Array) => void {
  const [write, isTerminal] =
    json === true ? [output.sayBytes, output.isSayTerminal] : [output.resultBytes, output.isTerminal];
  return raw === true || !isTerminal ? write : withoutControlBytes(write);
}

async function openTrace(session: Session, files: HostFiles, path: string, limitBytes: number): Promise<TraceFile> {
  const { openTraceFile } = await import("./trace-file.js");
  return openTraceFile(session, files, path, limitBytes);
}

function hasEnded(session: Session): boolean {
  return session.kernel.view().partitions[0].state === "stopped";
}

/** Says on stderr why a program did not end by itself, and returns the exit code. */
async function report(
  session: Session,
  dump: PartitionDump | null,
  end: HeadlessEnd,
  { output, interrupts }: Environment,
): Promise<number> {
  const [partition] = session.kernel.view().partitions;
  const [plan] = session.plan.partitions;
  const style = output.sayStyle;
  if (isStoppedByFault(partition) && partition.lastFault !== null) {
    const { faultExitCode, printFault } = await import("./reports/fault-report.js");
    if (dump !== null) for (const line of printFault(plan, dump, style)) output.say(line);
    return faultExitCode(partition.lastFault);
  }
  if (partition.state === "stopped") return partition.exitCode & 0xff;
  const at = formatTime(session.now(), session.plan.machine.frequencyHz);
  if (end === "quiet") {
    output.say(
      `${style.bad("stuck")}: ${plan.name} waits, and nothing is left that could wake it (after ${at} of virtual time)`,
    );
    for (const { name, state, partition: owner } of session.kernel.view().threads) {
      if (owner === plan.id) output.say(`  thread ${name}: ${state}`);
    }
  } else if (end === "end of time") {
    output.say(`${style.warn("not finished")}: virtual time is over, at cycle ${session.now()} (${at})`);
  } else if (end === "time is up") {
    output.say(`${style.warn("not finished")}: the time given by --for is up (${at})`);
  } else if (interrupts.isInterrupted()) {
    output.say(`${style.warn("interrupted")} after ${at} of virtual time`);
    return interrupts.exitCode();
  }
  return UNFINISHED_EXIT_CODE;
}
