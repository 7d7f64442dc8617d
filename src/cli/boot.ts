/**
 * `hallows boot`: a system in the terminal UI, or headless with its consoles as lines and a summary at the end.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { useBranchHints } from "../host/branch-hints.js";
import { hostMilliseconds } from "../host/clock.js";
import { formatTime } from "../host/format.js";
import { createLive, type Live } from "../host/live.js";
import { createOutside, type Outside } from "../host/outside.js";
import { openScreenshots } from "../host/screenshots.js";
import { openStores, type Stores } from "../host/stores.js";
import { loadSystemFile } from "../host/system-file.js";
import type { SystemPlan } from "../kernel/index.js";
import { createSession, type Session } from "../system/running.js";
import { countDoorbells } from "../trace/index.js";
import type { Cycles } from "../units.js";
import type { Environment } from "./environment.js";
import { sayWarning } from "./output.js";
import { orderConsoles, runHeadless, type RunBounds } from "./headless.js";
import { hostReport, liveReport } from "./host-report.js";
import { limitCycles, powerCutOptions, sessionOptions, type SystemRunOptions } from "./options.js";
import { hasFailed, printSummary, summarise } from "./summary.js";
import { openTraceFile } from "./trace-file.js";

/** What `npm start` boots, beside the built files. */
export const TOUR = fileURLToPath(new URL("../../images/tour/system.toml", import.meta.url));

/** Without a terminal and without `--for`: as long as this, */
const DEFAULT_SECONDS = 2;
/** and about no more instructions than these, so that a system that is busy at a high frequency ends too. */
const DEFAULT_MOST_INSTRUCTIONS = 100_000_000;

/** Returns the exit code. */
export async function boot(
  path: string | undefined,
  options: SystemRunOptions,
  environment: Environment,
): Promise<number> {
  const { files, interrupts } = environment;
  interrupts.watch();
  useBranchHints();
  const { plan, warnings } = loadSystemFile(files, path ?? TOUR, { seed: options.seed, strict: options.strict });
  for (const warning of warnings) sayWarning(environment.output, warning);
  const isHeadless = options.headless === true || options.json === true || !environment.isInteractive();
  const limit = options.for === undefined ? null : limitCycles(options.for, plan.machine.frequencyHz);
  const stores = openStores(plan, {
    folder: dirname(path ?? TOUR),
    allowed: options.allowFile,
    powerCut: powerCutOptions(options),
  });
  const outside = createOutside(plan);
  const session = createSession(plan, {
    ...sessionOptions(options, plan.machine.timing),
    outlets: { ...stores.outlets, ...outside?.outlets },
  });
  stores.watch(session);
  const live = outside === null ? null : createLive(session, { clock: hostMilliseconds });
  const booted: Booted = { session, stores, outside, live };
  const screenshots = options.screenshot === undefined ? null : openScreenshots(plan, files, options.screenshot);
  const trace = options.trace === undefined ? null : openTraceFile(session, files, options.trace, options.traceLimit);
  try {
    if (live !== null) outside?.start(live);
    // What faces the outside runs until it is interrupted, or nothing more can come in.
    const unbounded = live === null ? defaultBounds(plan) : { untilCycles: Infinity };
    const code = isHeadless
      ? await bootHeadless(booted, limit === null ? unbounded : { untilCycles: limit }, options, environment)
      : await bootInTerminal(booted, limit ?? Infinity, options, environment);
    screenshots?.take(session);
    for (const sentence of stores.finish(session)) environment.output.say(sentence);
    return code;
  } finally {
    await outside?.close();
    stores.close();
    if (trace !== null) environment.output.say(trace.close());
  }
}

/** Where nobody says how long. */
export function defaultBounds({ machine }: SystemPlan): RunBounds {
  return { untilCycles: DEFAULT_SECONDS * machine.frequencyHz, mostInstructions: DEFAULT_MOST_INSTRUCTIONS };
}

/** A session with its stores, and what drives it where it faces the outside. */
interface Booted {
  readonly session: Session;
  readonly stores: Stores;
  readonly outside: Outside | null;
  readonly live: Live | null;
}

async function bootHeadless(
  { session, stores, outside, live }: Booted,
  bounds: RunBounds,
  options: SystemRunOptions,
  { output, interrupts, openInput }: Environment,
): Promise<number> {
  const { plan } = session;
  outside?.consoleInput?.follow(openInput());
  const { style, sayStyle } = output;
  const doorbells = countDoorbells(session.trace, plan.channels.length);
  const nameColumns = Math.max(...plan.partitions.map(({ name }) => name.length));
  const consoles = orderConsoles(session, (partition, line) => {
    const prefix = plan.partitions[partition].name.padEnd(nameColumns);
    if (options.json === true) output.say(`${sayStyle.partition(partition, prefix)} ${sayStyle.dim("|")} ${line}`);
    else output.result(`${style.partition(partition, prefix)} ${style.dim("|")} ${line}\n`);
  });
  const started = hostMilliseconds();
  const end = await runHeadless(session, {
    ...bounds,
    live,
    shouldStop: () => interrupts.isInterrupted() || output.isClosed() || stores.isCut(),
    isBlocked: output.isFull,
    onSlice: () => consoles.flush(session.now()),
  });
  consoles.end();
  const summary = summarise(session, stores.isCut() ? "the power went" : END_TEXTS[end], doorbells);
  if (options.json === true) output.resultJson(live === null ? summary : { ...summary, live: live.report() });
  else output.result(`\n${printSummary(summary, style)}`);
  output.say(sayStyle.dim(hostReport(session, hostMilliseconds() - started)));
  if (live !== null) output.say(sayStyle.dim(liveReport(live)));
  if (end === "interrupted" && interrupts.isInterrupted()) return interrupts.exitCode();
  return summary.failed ? 1 : 0;
}

const END_TEXTS = {
  "time is up": "the time was up",
  "instructions are up": "its instructions were up, since --for was not given",
  quiet: "nothing is left that could happen",
  "end of time": "virtual time is over, 2^53 cycles less a margin",
  interrupted: "interrupted",
} as const;

async function bootInTerminal(
  { session, stores, outside, live }: Booted,
  untilCycles: Cycles,
  { speed }: SystemRunOptions,
  { output, interrupts, terminal }: Environment,
): Promise<number> {
  const { openTerminal } = await import("../tui/index.js");
  const started = hostMilliseconds();
  await openTerminal(session, {
    untilCycles,
    speed,
    live,
    consoleInput: outside?.consoleInput,
    kind: terminal,
    shouldStop: () => interrupts.isInterrupted() || output.isClosed() || stores.isCut(),
  });
  const { name, machine } = session.plan;
  const faults = session.kernel.view().partitions.reduce((total, row) => total + row.faults, 0);
  output.result(
    `${name}: ${formatTime(session.now(), machine.frequencyHz)} of virtual time, ` +
      `${faults} fault${faults === 1 ? "" : "s"}, hash ${session.hashes().system}\n`,
  );
  output.say(output.sayStyle.dim(hostReport(session, hostMilliseconds() - started)));
  if (interrupts.isInterrupted()) return interrupts.exitCode();
  return hasFailed(session.kernel.view()) ? 1 : 0;
}
