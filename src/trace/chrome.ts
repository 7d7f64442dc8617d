/**
 * The event stream as Chrome trace JSON, which ui.perfetto.dev and chrome://tracing open.
 *
 * Process 1 has a track a core, process 2 one with the windows of its cyclic plan (drawing.ts says what is on them).
 * Timestamps are microseconds of virtual time; the exact cycles are in each event's arguments.
 *
 * Invariant: the file is valid JSON after `close`, also when it was cut at the size limit.
 * Format: "Trace Event Format", Google, 2016 (ph X, i, s, f, M).
 */
import { createTraceDrawing, type Arguments, type OpenSlice, type TraceNames } from "./drawing.js";
import type { TraceEvent } from "./stream.js";
import type { CoreId, Cycles } from "../units.js";

export interface ChromeTraceOptions {
  readonly names: TraceNames;
  readonly frequencyHz: number;
  /** The file has at most this many bytes. */
  readonly limitBytes: number;
  /** Takes the file piece by piece, in order. */
  readonly write: (chunk: string) => void;
}

export interface ChromeTraceEnd {
  /** Events written, not counting names of tracks. */
  readonly events: number;
  readonly bytes: number;
  /** The cycle at which the file was full, or null when everything is in it. */
  readonly cutAt: Cycles | null;
}

export interface ChromeTrace {
  /** To be subscribed to the stream. */
  observe(event: TraceEvent): void;
  /** Ends slices at each core's present cycle and the file. Once. */
  close(now: readonly Cycles[]): ChromeTraceEnd;
}

const CORES_PROCESS = 1;
const WINDOWS_PROCESS = 2;
/** Kept free for the note that ends a file. */
const CLOSING_BYTES = 512;

export function createChromeTrace(options: ChromeTraceOptions): ChromeTrace {
  const { names, frequencyHz, limitBytes } = options;
  let bytes = 0;
  let events = 0;
  let cutAt: Cycles | null = null;
  let isFirst = true;

  const microseconds = (cycles: Cycles): number => Number(((cycles * 1e6) / frequencyHz).toFixed(6));

  function put(text: string): void {
    bytes += text.length;
    options.write(text);
  }

  /** Adds one entry of the array, unless the file is full. Entries are ASCII, so characters are bytes. */
  function entry(value: object, at: Cycles | null): void {
    if (cutAt !== null) return;
    const text = `${isFirst ? "\n" : ",\n"}${toAscii(JSON.stringify(value))}`;
    if (at !== null && bytes + text.length > limitBytes - CLOSING_BYTES) {
      cutAt = at;
      return;
    }
    isFirst = false;
    if (at !== null) events++;
    put(text);
  }

  function slice(process: number, core: CoreId, { name, category, start, args }: OpenSlice, end: Cycles): void {
    const dur = Number((microseconds(end) - microseconds(start)).toFixed(6));
    const place = { ph: "X", name, cat: category, pid: process, tid: core + 1, ts: microseconds(start), dur };
    entry({ ...place, args: { cycle: start, cycles: end - start, ...args } }, start);
  }

  function instant(event: TraceEvent, name: string, category: string, args: Arguments): void {
    const { core, cycle } = event;
    const place = { ph: "i", name, cat: category, s: "t", pid: CORES_PROCESS, tid: core + 1, ts: microseconds(cycle) };
    entry({ ...place, args: { cycle, ...args } }, cycle);
  }

  function arrow(phase: "s" | "f", event: TraceEvent, id: number, name: string): void {
    const { core, cycle } = event;
    const end = phase === "f" ? { bp: "e" } : {};
    const place = { ph: phase, ...end, name, cat: "doorbell", id, pid: CORES_PROCESS, tid: core + 1 };
    entry({ ...place, ts: microseconds(cycle), args: { cycle } }, cycle);
  }

  function nameTrack(process: number, core: CoreId): void {
    const place = { ph: "M", pid: process, tid: core + 1 };
    entry({ ...place, name: "thread_name", args: { name: `core ${core}` } }, null);
    entry({ ...place, name: "thread_sort_index", args: { sort_index: core } }, null);
  }

  function header(): void {
    const about = { system: names.system, frequencyHz, format: "Hallows trace 1" };
    put(`{"displayTimeUnit":"ns","otherData":${toAscii(JSON.stringify(about))},"traceEvents":[`);
    entry({ ph: "M", pid: CORES_PROCESS, name: "process_name", args: { name: `${names.system}: cores` } }, null);
    entry({ ph: "M", pid: WINDOWS_PROCESS, name: "process_name", args: { name: `${names.system}: windows` } }, null);
    for (let core = 0; core < names.cores; core++) {
      nameTrack(CORES_PROCESS, core);
      nameTrack(WINDOWS_PROCESS, core);
    }
  }

  header();
  const drawing = createTraceDrawing(names, {
    slice: (track, core, open, end) => slice(track === "cores" ? CORES_PROCESS : WINDOWS_PROCESS, core, open, end),
    instant,
    arrow,
    isFull: () => cutAt !== null,
  });
  return {
    observe: drawing.observe,
    close(now) {
      drawing.end(now);
      if (cutAt !== null) {
        const note = `trace cut here: ${limitBytes} bytes are full (--trace-limit)`;
        const place = { ph: "i", s: "g", cat: "note", pid: CORES_PROCESS, tid: 1, ts: microseconds(cutAt) };
        put(`,\n${JSON.stringify({ ...place, name: note, args: { cycle: cutAt } })}`);
      }
      put("\n]}\n");
      return { events, bytes, cutAt };
    },
  };
}

/** JSON with every character outside of ASCII escaped: console text may hold anything. */
function toAscii(json: string): string {
  // oxlint-disable-next-line no-control-regex
  return json.replace(/[^\x00-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
