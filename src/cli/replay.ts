/**
 * `hallows replay`: runs a recorded session again, as fast as the host can, and says whether it came to the same hash.
 * Nothing outside is touched: no network, no files but a trace that was asked for.
 */
import { StoreStatus } from "../abi/index.js";
import { useBranchHints } from "../host/branch-hints.js";
import { createMemoryMedium, type StoreMedium } from "../devices/index.js";
import { ConfigError } from "../errors.js";
import type { HostFiles } from "../host/files.js";
import { formatTime } from "../host/format.js";
import { IMAGE_DIGEST, readRecord, sha256Of, type Record } from "../host/record/record.js";
import { createReplay, type Replay } from "../host/record/replay.js";
import { openScreenshots } from "../host/devices/screenshots.js";
import { createSession, type Session } from "../system/running.js";
import type { Environment } from "./environment.js";
import { limitCycles, optionError, sessionOptions, type SystemRunOptions } from "./options.js";
import type { Output } from "./output.js";
import { isHeadless, runSystem } from "./run-system.js";
import { openTraceFile } from "./trace-file.js";

export interface ReplayOptions extends Omit<SystemRunOptions, "seed" | "strict" | "tso" | "record"> {
  /** NAME=FILE: first contents of stores that the record does not hold. */
  readonly store?: readonly string[];
}

const DIFFERENT = 1;
const SLICE_MILLISECONDS = 30;
const SLICE_MILLISECONDS_IN_TERMINAL = 3;

/** Returns the exit code. */
export async function replay(path: string, options: ReplayOptions, environment: Environment): Promise<number> {
  const { files, interrupts, output } = environment;
  interrupts.watch();
  useBranchHints();
  const record = readRecord(files.readWhole(path), path);
  for (const loss of record.losses) output.say(`${output.sayStyle.warn("warning")}: ${path}: ${loss}`);
  const { machine } = record.plan;
  const untilCycles = options.for === undefined ? Infinity : limitCycles(options.for, machine.frequencyHz);
  const mediums = mediumsOf(record, options.store ?? [], files, path);
  const session = createSession(record.plan, {
    ...sessionOptions(options, machine.timing),
    tsoSeed: record.header.tsoSeed,
    outlets: { mediumOf: (store) => mediums.get(store) ?? createMemoryMedium() },
  });
  const sliceMilliseconds = isHeadless(options, environment) ? SLICE_MILLISECONDS : SLICE_MILLISECONDS_IN_TERMINAL;
  const driver = createReplay(record, session, path, sliceMilliseconds);
  const screenshots = options.screenshot === undefined ? null : openScreenshots(record.plan, files, options.screenshot);
  const trace = options.trace === undefined ? null : openTraceFile(session, files, options.trace, options.traceLimit);
  try {
    const code = await runSystem(
      {
        session,
        live: null,
        replay: driver,
        consoleInput: null,
        input: null,
        cutBy: () => null,
        isBlocked: () => false,
        onEnd: () => undefined,
      },
      { untilCycles },
      options,
      environment,
    );
    screenshots?.take(session);
    sayVerdict(driver, session, record, output);
    if (interrupts.isInterrupted()) return interrupts.exitCode();
    // How the partitions ended is what was recorded, and no failure of the replay.
    return driver.report().verdict === "different" ? DIFFERENT : code === DIFFERENT ? 0 : code;
  } finally {
    if (trace !== null) output.say(trace.close());
  }
}

function sayVerdict(driver: Replay, session: Session, { inputs: recorded, end }: Record, output: Output): void {
  const { verdict, inputs, checks, difference } = driver.report();
  const { sayStyle: style } = output;
  const timeOf = (cycle: number): string => `cycle ${cycle} (${formatTime(cycle, session.plan.machine.frequencyHz)})`;
  const seen = `${inputs} of ${recorded} inputs, ${checks} check${checks === 1 ? "" : "s"} of hashes on the way`;
  switch (verdict) {
    case "same":
      return output.say(`${style.good("replay")}: the hash is the recorded one, ${end?.hashes.system} (${seen})`);
    case "unfinished":
      return output.say(`replay: ended before the record; as recorded so far (${seen})`);
    case "unknown":
      return output.say(`replay: as recorded as far as the record goes (${seen})`);
    case "different":
      output.say(`${style.bad("replay")}: this is another run than the recorded one (${seen})`);
      if (difference === null) return;
      output.say(
        difference.partitions.length === 0
          ? `  the partitions' hashes are the recorded ones at ${timeOf(difference.by)}, and the clocks are not`
          : `  ${difference.partitions.join(", ")}: as recorded until ${timeOf(difference.after)}, not at ${timeOf(difference.by)}`,
      );
  }
}

/** What the stores read at first, and what the host refused of their operations. Throws ConfigError. */
function mediumsOf(
  { header, plan, stores, end }: Record,
  given: readonly string[],
  files: HostFiles,
  path: string,
): ReadonlyMap<string, StoreMedium> {
  const fileOf = new Map<string, string>();
  for (const text of given) {
    const at = text.indexOf("=");
    if (at < 1 || !header.digests.some(({ of }) => of === text.slice(0, at) && of !== IMAGE_DIGEST))
      throw optionError("--store", `the record has no store for "${text}"`, "Write NAME=FILE.");
    fileOf.set(text.slice(0, at), text.slice(at + 1));
  }
  const mediums = new Map<string, StoreMedium>();
  for (const { of: store, sha256, sizeBytes } of header.digests) {
    if (store === IMAGE_DIGEST) continue;
    const file = fileOf.get(store);
    const first = file === undefined ? stores.get(store) : files.readWhole(file).subarray(0, sizeBytes);
    if (first === undefined) {
      const hint = `Name a file that has them: --store ${store}=FILE.`;
      const problem = `the first contents of store "${store}" were too large for the record`;
      throw new ConfigError({ file: path, line: 0, column: 0 }, problem, hint);
    }
    if (sha256Of(first) !== sha256)
      throw optionError("--store", `${file} is not what store "${store}" held when the record began`, "");
    const refusals = new Map(end?.refusals.find((refusal) => refusal.store === store)?.operations);
    const options = plan.devices.find(({ name }) => name === store)?.options;
    mediums.set(store, refusing(createMemoryMedium(first), refusals, options?.["writes"] === "refuse"));
  }
  return mediums;
}

/** A medium on which some operations fail as they did. */
function refusing(medium: StoreMedium, refusals: ReadonlyMap<number, number>, isReadOnly: boolean): StoreMedium {
  const statusOf = (operation: number): ReturnType<StoreMedium["flush"]> => {
    switch (refusals.get(operation)) {
      case undefined:
      case StoreStatus.Done:
        return StoreStatus.Done;
      case StoreStatus.ReadOnly:
        return StoreStatus.ReadOnly;
      case StoreStatus.Full:
        return StoreStatus.Full;
      default:
        return StoreStatus.Failed;
    }
  };
  return { readFirst: medium.readFirst, write: isReadOnly ? () => StoreStatus.ReadOnly : statusOf, flush: statusOf };
}
