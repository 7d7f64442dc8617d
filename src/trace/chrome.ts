/**
 * The event stream as Chrome trace JSON, which ui.perfetto.dev and chrome://tracing open.
 *
 * Process 1 has a track per core: slices for threads, for the kernel (named after what it was entered for) and for
 * reloading after a restart; instants for faults, restarts and console output; arrows from a doorbell's sender to the
 * core it reaches. Process 2 has a track per core with the windows of its cyclic plan, where there is one.
 * Timestamps are microseconds of virtual time; the exact cycles are in each event's arguments.
 *
 * Invariant: the file is valid JSON after `close`, also when it was cut at the size limit.
 * Format: "Trace Event Format", Google, 2016 (ph X, i, s, f, M).
 */
import { EVENT_ROWS, EventKind, type DrawnKind, type Mark } from "./events.js";
import type { TraceEvent } from "./stream.js";
import { ENTRY_NAMES } from "./words.js";
import type { CoreId, Cycles } from "../units.js";

/** What the numbers in events mean: the stream carries no names. */
export interface ChromeTraceNames {
  readonly system: string;
  readonly cores: number;
  /** Indexed by PartitionId. */
  readonly partitions: readonly string[];
  /** Indexed by ThreadId. */
  readonly threads: readonly string[];
  /** Indexed by ChannelId. */
  readonly channels: readonly string[];
  /** Indexed by system call number. */
  readonly systemCalls: readonly string[];
}

export interface ChromeTraceOptions {
  readonly names: ChromeTraceNames;
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

type Arguments = Readonly<Record<string, number | string>>;

/** A slice that has begun on a core's track and not ended. */
interface OpenSlice {
  readonly name: string;
  readonly category: string;
  readonly start: Cycles;
  args: Arguments;
}

/** What is drawn as a mark, indexed by EventKind. */
const MARKS: readonly (Mark | null)[] = EVENT_ROWS.map(({ mark }) => mark);

export function createChromeTrace(options: ChromeTraceOptions): ChromeTrace {
  const { names, frequencyHz, limitBytes } = options;
  const open: (OpenSlice | null)[] = Array.from({ length: names.cores }, () => null);
  const windows: (OpenSlice | null)[] = Array.from({ length: names.cores }, () => null);
  /** Arrows whose doorbell has not arrived: id by channel and target. */
  const arrows = new Map<string, number>();
  let nextArrow = 1;
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

  const partitionName = (id: number): string => names.partitions[id] ?? `partition ${id}`;
  const threadName = ({ partition, thread }: TraceEvent): string =>
    `${partitionName(partition)}/${names.threads[thread] ?? thread}`;
  const channelName = (id: number): string => names.channels[id] ?? `channel ${id}`;

  function begin(core: CoreId, cycle: Cycles, name: string, category: string, args: Arguments = {}): void {
    end(core, cycle);
    open[core] = { name, category, start: cycle, args };
  }

  function end(core: CoreId, cycle: Cycles): void {
    const slot = open[core];
    open[core] = null;
    if (slot !== null && cycle > slot.start) slice(CORES_PROCESS, core, slot, cycle);
  }

  function draw(event: TraceEvent, { title, category, arguments: named }: Mark): void {
    const name = title
      .replace("{partition}", () => partitionName(event.partition))
      .replace("{thread}", () => threadName(event))
      .replace("{channel}", () => channelName(event.a));
    const args = Object.fromEntries(Object.entries(named).map(([argument, field]) => [argument, event[field]]));
    instant(event, name, category, args);
  }

  /** Slices and arrows have a case, other events the mark of their row. */
  function observe(event: TraceEvent): void {
    if (cutAt !== null) return;
    const { kind, core, cycle, partition, a, b, c } = event;
    switch (kind) {
      case EventKind.Dispatch:
        return begin(core, cycle, threadName(event), "thread");
      case EventKind.Leave:
        return begin(core, cycle, `kernel: ${ENTRY_NAMES[a] ?? "entry"}`, "kernel");
      case EventKind.Work:
        return begin(core, cycle, `reload ${partitionName(partition)}`, "work");
      case EventKind.Idle:
        return end(core, cycle);
      case EventKind.SystemCall: {
        const slot = open[core];
        const call = names.systemCalls[a] ?? `call ${a}`;
        if (slot?.category === "kernel")
          open[core] = { ...slot, name: `kernel: ${call}`, args: { argument1: b, argument2: c } };
        return;
      }
      case EventKind.WindowOpen:
        windows[core] = { name: partitionName(partition), category: "window", start: cycle, args: { window: a } };
        return;
      case EventKind.WindowClose: {
        const slot = windows[core];
        windows[core] = null;
        if (slot !== null) slice(WINDOWS_PROCESS, core, slot, cycle);
        return;
      }
      case EventKind.Notify: {
        const key = `${a}>${b}`;
        // Doorbells that are on their way merge with later ones.
        if (b < 0 || arrows.has(key)) return;
        arrows.set(key, nextArrow);
        return arrow("s", event, nextArrow++, channelName(a));
      }
      case EventKind.Doorbell: {
        const key = `${a}>${partition}`;
        const id = arrows.get(key);
        arrows.delete(key);
        if (id !== undefined) arrow("f", event, id, channelName(a));
        return instant(event, `doorbell ${channelName(a)}`, "doorbell", { woke: b });
      }
      default: {
        const mark = MARKS[kind satisfies Exclude<EventKind, DrawnKind>];
        if (mark !== null) draw(event, mark);
      }
    }
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
  return {
    observe,
    close(now) {
      open.forEach((_, core) => end(core, now[core] ?? 0));
      windows.forEach((slot, core) => {
        if (slot !== null && now[core] > slot.start) slice(WINDOWS_PROCESS, core, slot, now[core]);
      });
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
