/** Running a booted system to its end, in the terminal UI or headless, and saying what it came to. */
import { hostMilliseconds } from "../host/clock.js";
import type { ConsoleInput } from "../host/devices/console-input.js";
import { formatTime } from "../host/format.js";
import type { InputAdapter } from "../host/devices/input.js";
import type { Live } from "../host/live.js";
import type { Replay } from "../host/record/replay.js";
import { saveScreenshot } from "../host/devices/screenshots.js";
import type { Session } from "../system/running.js";
import { countDoorbells } from "../trace/index.js";
import type { Environment } from "./environment.js";
import { orderConsoles, runHeadless, type HeadlessEnd, type RunBounds } from "./headless.js";
import { hostReport, liveReport } from "./reports/host-report.js";
import type { SystemRunOptions } from "./options.js";
import { printReceipt } from "./reports/receipt.js";
import { hasFailed, printSummary, summarise } from "./reports/summary.js";

export interface RunningSystem {
  readonly session: Session;
  /** What drives it: the host's clock, or a record; null for one that runs as fast as it can. */
  readonly live: Live | null;
  readonly replay: Replay | null;
  readonly consoleInput: ConsoleInput | null;
  readonly input: InputAdapter | null;
  /** Whether it ends where it stands, and why: the end of a sentence. */
  cutBy(): string | null;
  /** Whether it waits for the host. */
  isBlocked(): boolean;
  /** It has come to its end, and will be summed up. `reason`: the end of a sentence. */
  onEnd(isCut: boolean, reason: string): void;
}

/** What decides how a system is shown. */
export type ShowOptions = Pick<SystemRunOptions, "headless" | "json" | "speed" | "graphics">;

export function isHeadless({ headless, json }: ShowOptions, environment: Environment): boolean {
  return headless === true || json === true || !environment.isInteractive();
}

/** Returns the exit code. `bounds`: without a terminal. */
export function runSystem(
  system: RunningSystem,
  bounds: RunBounds,
  options: ShowOptions,
  environment: Environment,
): Promise<number> {
  return isHeadless(options, environment)
    ? runWithoutTerminal(system, bounds, options, environment)
    : runInTerminal(system, bounds, options, environment);
}

async function runWithoutTerminal(
  system: RunningSystem,
  bounds: RunBounds,
  options: ShowOptions,
  { output, interrupts, openInput }: Environment,
): Promise<number> {
  const { session, live, replay } = system;
  const { plan } = session;
  const { style, sayStyle } = output;
  const doorbells = countDoorbells(session.trace, plan.channels.length);
  const nameColumns = Math.max(...plan.partitions.map(({ name }) => name.length));
  const consoles = orderConsoles(session, (partition, line) => {
    const prefix = plan.partitions[partition].name.padEnd(nameColumns);
    if (options.json === true) output.say(`${sayStyle.partition(partition, prefix)} ${sayStyle.dim("|")} ${line}`);
    else output.result(`${style.partition(partition, prefix)} ${style.dim("|")} ${line}\n`);
  });
  system.consoleInput?.follow(openInput());
  const started = hostMilliseconds();
  const end = await runHeadless(session, {
    ...bounds,
    live,
    slicer: replay,
    shouldStop: () => interrupts.isInterrupted() || output.isClosed() || system.cutBy() !== null,
    isBlocked: () => output.isFull() || system.isBlocked(),
    onSlice: () => consoles.flush(session.now()),
  });
  const reason = system.cutBy() ?? END_TEXTS[end];
  system.onEnd(end === "interrupted", reason);
  consoles.end();
  const summary = summarise(session, reason, doorbells);
  if (options.json === true) output.resultJson({ ...summary, ...hostFacts(system) });
  else output.result(`\n${printSummary(summary, style)}`);
  if (session.lateness !== null && options.json !== true) output.result(`\n${printReceipt(session, style)}`);
  output.say(sayStyle.dim(hostReport(session, hostMilliseconds() - started)));
  if (live !== null) output.say(sayStyle.dim(liveReport(live)));
  if (end === "interrupted" && interrupts.isInterrupted()) return interrupts.exitCode();
  return summary.failed ? 1 : 0;
}

/** What JSON has besides the summary: what depends on the host, or on a record. */
function hostFacts({ live, replay }: RunningSystem): object {
  return {
    ...(live === null ? {} : { live: live.report() }),
    ...(replay === null ? {} : { replay: replay.report() }),
  };
}

const END_TEXTS: Readonly<Record<HeadlessEnd, string>> = {
  "time is up": "the time was up",
  "instructions are up": "its instructions were up, since --for was not given",
  quiet: "nothing is left that could happen",
  "end of time": "virtual time is over, 2^53 cycles less a margin",
  "end of record": "the record ends here",
  interrupted: "interrupted",
};

async function runInTerminal(
  system: RunningSystem,
  { untilCycles }: RunBounds,
  { speed, graphics }: ShowOptions,
  { output, interrupts, terminal, files }: Environment,
): Promise<number> {
  const { session, live, replay, consoleInput, input } = system;
  const { openTerminal } = await import("../tui/index.js");
  const started = hostMilliseconds();
  await openTerminal(session, {
    untilCycles,
    speed,
    live,
    slicer: replay,
    consoleInput,
    input,
    saveScreenshot: (display) => saveScreenshot(session, files, display),
    kind: { ...terminal, graphics: graphics ?? terminal.graphics },
    isBlocked: system.isBlocked,
    shouldStop: () => interrupts.isInterrupted() || output.isClosed() || system.cutBy() !== null,
  });
  system.onEnd(session.now() !== untilCycles, system.cutBy() ?? "left by its user");
  const { name, machine } = session.plan;
  const faults = session.kernel.view().partitions.reduce((total, row) => total + row.faults, 0);
  output.result(
    `${name}: ${formatTime(session.now(), machine.frequencyHz)} of virtual time, ` +
      `${faults} fault${faults === 1 ? "" : "s"}, hash ${session.hashes().system}\n`,
  );
  output.say(output.sayStyle.dim(hostReport(session, hostMilliseconds() - started)));
  if (live !== null) output.say(output.sayStyle.dim(liveReport(live)));
  if (interrupts.isInterrupted()) return interrupts.exitCode();
  return hasFailed(session.kernel.view()) ? 1 : 0;
}
