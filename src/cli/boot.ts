/**
 * `hallows boot`: a system in the terminal UI, or headless with its consoles as lines and a summary at the end.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { useBranchHints } from "../host/branch-hints.js";
import { hostMilliseconds } from "../host/clock.js";
import { createLive } from "../host/live.js";
import { createOutside } from "../host/devices/outside.js";
import { openScreenshots } from "../host/devices/screenshots.js";
import { openStores } from "../host/devices/stores.js";
import { loadSystemFile } from "../host/system-file.js";
import type { SystemPlan } from "../kernel/index.js";
import { packImage } from "../system/index.js";
import { createSession } from "../system/running.js";
import type { Environment } from "./environment.js";
import type { RunBounds } from "./headless.js";
import { limitCycles, powerCutOptions, sessionOptions, type SystemRunOptions } from "./options.js";
import { sayWarning } from "./output.js";
import { openRecordFile } from "./record-file.js";
import { isHeadless, runSystem, type RunningSystem } from "./run-system.js";
import { openTraceFile } from "./trace-file.js";

/** What `npm start` boots, beside the built files. */
export const TOUR = fileURLToPath(new URL("../../images/tour/system.toml", import.meta.url));

/** Without a terminal and without `--for`: as long as this, */
const DEFAULT_SECONDS = 2;
/** and about no more instructions than these, so that a system that is busy at a high frequency ends too. */
const DEFAULT_MOST_INSTRUCTIONS = 100_000_000;

/** The exit code where all is well but a file that was to be written. */
const NOT_WRITTEN = 2;

export interface BootOptions extends SystemRunOptions {
  /** Of Hallows, for records. */
  readonly version?: string;
}

/** Returns the exit code. */
export async function boot(path: string | undefined, options: BootOptions, environment: Environment): Promise<number> {
  const { files, interrupts } = environment;
  interrupts.watch();
  useBranchHints();
  const { plan, description, warnings } = loadSystemFile(files, path ?? TOUR, {
    seed: options.seed,
    strict: options.strict,
  });
  for (const warning of warnings) sayWarning(environment.output, warning);
  const limit = options.for === undefined ? null : limitCycles(options.for, plan.machine.frequencyHz);
  const stores = openStores(plan, {
    folder: dirname(path ?? TOUR),
    allowed: options.allowFile,
    powerCut: powerCutOptions(options),
  });
  const outside = createOutside(plan, { allowNet: options.allowNet ?? [], allowBind: options.allowBind === true });
  const session = createSession(plan, {
    ...sessionOptions(options, plan.machine.timing),
    outlets: { ...stores.outlets, ...outside?.outlets },
    onActivation: options.receipt === true ? () => {} : undefined,
  });
  stores.watch(session);
  const record =
    options.record === undefined
      ? null
      : openRecordFile(
          files,
          options.record,
          {
            session,
            image: packImage({ plan, description }),
            stores: stores.contents(),
            version: options.version ?? "",
            tsoSeed: options.tso ?? null,
            date: new Date(),
          },
          stores.refusals,
        );
  const live =
    outside === null
      ? null
      : createLive(session, {
          clock: hostMilliseconds,
          onInput: record?.recorder.input,
          onSettled: record?.recorder.check,
        });
  const screenshots = options.screenshot === undefined ? null : openScreenshots(plan, files, options.screenshot);
  const trace = options.trace === undefined ? null : openTraceFile(session, files, options.trace, options.traceLimit);
  let isRecorded = true;
  let code: number;
  try {
    for (const sentence of (await outside?.open()) ?? []) environment.output.say(sentence);
    if (live !== null) outside?.start(live, session);
    const system: RunningSystem = {
      session,
      live,
      replay: null,
      consoleInput: outside?.consoleInput ?? null,
      input: outside?.input ?? null,
      cutBy: () => (stores.isCut() ? "the power went" : null),
      isBlocked: () => record?.recorder.isFull() === true,
      onEnd: (isCut, reason) => record?.noteEnd(isCut, reason),
    };
    // What faces the outside runs until it is interrupted, or nothing more can come in.
    const unbounded =
      live === null && isHeadless(options, environment) ? defaultBounds(plan) : { untilCycles: Infinity };
    code = await runSystem(system, limit === null ? unbounded : { untilCycles: limit }, options, environment);
    screenshots?.take(session);
    for (const sentence of stores.finish(session)) environment.output.say(sentence);
  } finally {
    await outside?.close();
    if (record !== null) {
      const { sentence, isWhole } = await record.close();
      isRecorded = isWhole;
      environment.output.say(sentence);
    }
    stores.close();
    if (trace !== null) environment.output.say(trace.close());
  }
  return isRecorded || code !== 0 ? code : NOT_WRITTEN;
}

/** Where nobody says how long. */
export function defaultBounds({ machine }: SystemPlan): RunBounds {
  return { untilCycles: DEFAULT_SECONDS * machine.frequencyHz, mostInstructions: DEFAULT_MOST_INSTRUCTIONS };
}
