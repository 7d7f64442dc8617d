/**
 * The library: boot a system from bytes and drive it. Runs wherever there are bytes, in Node and in a browser's worker:
 * nothing here touches files, clocks or terminals.
 *
 *   import { boot } from "hallows";
 *   const session = boot({ description: text, file: "system.toml", readFile: (name) => programs[name] });
 *   session.run({ until: 1_000_000 });
 *   console.log(session.kernel.view().partitions, session.hashes().system);
 */
import type { SystemPlan } from "./kernel/index.js";
import {
  createSession,
  loadSystem,
  planForProgram,
  type ProgramOptions,
  type ReadFile,
  type Session,
  type SessionOptions,
  unpackImage,
} from "./system/index.js";

/** What can be booted. */
export type Source =
  /** A system description, and the programs that it names. `file` is what errors call it. */
  | { readonly description: string; readonly readFile: ReadFile; readonly file?: string; readonly seed?: number }
  /** What `hallows pack` made. */
  | { readonly image: Uint8Array; readonly file?: string }
  /** One ELF64 program, alone on one core. */
  | ({ readonly program: Uint8Array; readonly file?: string } & Pick<
      ProgramOptions,
      "memoryBytes" | "stackBytes" | "frequencyHz" | "seed"
    >)
  /** What `resolve` returned. */
  | { readonly plan: SystemPlan };

/** Reads and checks a system: everything that `hallows check` does. Throws ConfigError, and nothing else. */
export function resolve(source: Source): SystemPlan {
  if ("plan" in source) return source.plan;
  if ("image" in source) return unpackImage(source.image, source.file ?? "image").plan;
  if ("program" in source) return planForProgram(source.program, source.file ?? "program.elf", source);
  const { description, readFile, file = "system.toml", seed } = source;
  return loadSystem(description, file, { readFile, seed });
}

/**
 * Boots a system: the session stands at cycle 0, before the first instruction of any core. Equal sources give equal
 * sessions. Throws ConfigError when the system is refused.
 */
export function boot(source: Source, options: SessionOptions = {}): Session {
  return createSession(resolve(source), options);
}

export { Bug, ConfigError, type SourcePlace } from "./errors.js";
export type { FaultRecord, KernelView, PartitionDump, SystemPlan } from "./kernel/index.js";
export type { RunEnd, RunOptions } from "./hal/index.js";
export { packImage, printPlan, type ProgramOptions, type ReadFile } from "./system/index.js";
export { createHistory, type History, type HistoryOptions, type StepMark, type StepUnit } from "./system/index.js";
export type { Session, SessionMoment, SessionOptions, SessionSnapshot, SystemHashes } from "./system/index.js";
export {
  profileSystem,
  type FunctionProfile,
  type Profile,
  type ProfiledSystem,
  type ProfileNode,
} from "./system/index.js";
export {
  createChromeTrace,
  createPerfettoTrace,
  EVENT_ROWS,
  formatEvent,
  TRACE_VERSION,
  type ChromeTrace,
  type TraceNames,
  type TraceEvent,
  type TraceListener,
} from "./trace/index.js";
export type { CoreId, Cycles, PartitionId, ThreadId } from "./units.js";
