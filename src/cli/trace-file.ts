/**
 * `--trace FILE`: connects a session's event stream with a trace in a file: Perfetto's protobuf where the name ends in
 * .pftrace, and Chrome's JSON else.
 */
import { SYSTEM_CALL_ROWS } from "../abi/index.js";
import type { HostFiles } from "../host/files.js";
import { formatTime } from "../host/format.js";
import type { SystemPlan } from "../kernel/index.js";
import { formatSize, type Session } from "../system/running.js";
import { createChromeTrace, createPerfettoTrace, type TraceNames } from "../trace/index.js";

/** Of files in Perfetto's own format. */
const PERFETTO_ENDING = ".pftrace";

/** What the trace's numbers are called. */
export function traceNames(plan: SystemPlan): TraceNames {
  const threads: string[] = [];
  for (const partition of plan.partitions) for (const { id, name } of partition.threads) threads[id] = name;
  return {
    system: plan.name,
    cores: plan.cores.length,
    partitions: plan.partitions.map(({ name }) => name),
    threads,
    channels: plan.channels.map(({ name }) => name),
    systemCalls: SYSTEM_CALL_ROWS.map(({ word }) => word),
  };
}

export interface TraceFile {
  /** Ends the file; the line to tell the user, which says so when the trace was cut. */
  close(): string;
}

/** Throws ConfigError when the file can't be written. */
export function openTraceFile(session: Session, files: HostFiles, path: string, limitBytes: number): TraceFile {
  const { plan, trace, hal } = session;
  const file = files.createWriter(path);
  const { frequencyHz } = plan.machine;
  const options = { names: traceNames(plan), frequencyHz, limitBytes, write: file.write };
  const drawn = path.endsWith(PERFETTO_ENDING) ? createPerfettoTrace(options) : createChromeTrace(options);
  const unsubscribe = trace.subscribe(drawn.observe);
  return {
    close() {
      unsubscribe();
      const end = drawn.close(plan.cores.map((_, core) => hal.now(core)));
      file.close();
      const size = `${path}: ${end.events} events, ${(end.bytes / 1024).toFixed(0)} KiB`;
      if (end.cutAt === null) return `trace in ${size}; open it with https://ui.perfetto.dev`;
      const at = formatTime(end.cutAt, frequencyHz);
      return `trace in ${size}: cut at ${at} of virtual time, because ${formatSize(limitBytes)} were full (--trace-limit)`;
    },
  };
}
