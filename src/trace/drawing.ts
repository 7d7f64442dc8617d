/**
 * What a trace shows of the event stream, whatever the format of its file: slices, instants and arrows.
 *
 * Each core has a track with slices for threads, for the kernel (named after what it was entered for) and for reloading
 * after a restart; instants for faults, restarts and console output; arrows from a doorbell's sender to the core that
 * it reaches. Beside it is a track with the windows of its cyclic plan. A format is a pen (chrome.ts, perfetto.ts).
 */
import { EVENT_ROWS, EventKind, type DrawnKind, type Mark } from "./events.js";
import type { TraceEvent } from "./stream.js";
import { ENTRY_NAMES } from "./words.js";
import type { CoreId, Cycles } from "../units.js";

/** What the numbers in events mean: the stream carries no names. */
export interface TraceNames {
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

export type Arguments = Readonly<Record<string, number | string>>;

/** A slice that has begun on a core's track and not ended. */
export interface OpenSlice {
  readonly name: string;
  readonly category: string;
  readonly start: Cycles;
  args: Arguments;
}

/** Draws into a file, each thing with its exact cycle. */
export interface TracePen {
  /** From `slice.start` to `end`. */
  slice(track: "cores" | "windows", core: CoreId, slice: OpenSlice, end: Cycles): void;
  instant(event: TraceEvent, name: string, category: string, args: Arguments): void;
  /** "s": an arrow starts at the event; "f": the one with this id ends there. */
  arrow(phase: "s" | "f", event: TraceEvent, id: number, name: string): void;
  /** Nothing more finds room. */
  isFull(): boolean;
}

export interface TraceDrawing {
  observe(event: TraceEvent): void;
  /** Ends slices at each core's present cycle. Once. */
  end(now: readonly Cycles[]): void;
}

/** What is drawn as a mark, indexed by EventKind. */
const MARKS: readonly (Mark | null)[] = EVENT_ROWS.map(({ mark }) => mark);

export function createTraceDrawing(names: TraceNames, pen: TracePen): TraceDrawing {
  const open: (OpenSlice | null)[] = Array.from({ length: names.cores }, () => null);
  const windows: (OpenSlice | null)[] = Array.from({ length: names.cores }, () => null);
  /** Arrows whose doorbell has not arrived: id by channel and target. */
  const arrows = new Map<string, number>();
  let nextArrow = 1;

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
    if (slot !== null && cycle > slot.start) pen.slice("cores", core, slot, cycle);
  }

  function draw(event: TraceEvent, { title, category, arguments: named }: Mark): void {
    const name = title
      .replace("{partition}", () => partitionName(event.partition))
      .replace("{thread}", () => threadName(event))
      .replace("{channel}", () => channelName(event.a));
    const args = Object.fromEntries(Object.entries(named).map(([argument, field]) => [argument, event[field]]));
    pen.instant(event, name, category, args);
  }

  /** Slices and arrows have a case, other events the mark of their row. */
  function observe(event: TraceEvent): void {
    if (pen.isFull()) return;
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
        if (slot !== null) pen.slice("windows", core, slot, cycle);
        return;
      }
      case EventKind.Notify: {
        const key = `${a}>${b}`;
        // Doorbells that are on their way merge with later ones.
        if (b < 0 || arrows.has(key)) return;
        arrows.set(key, nextArrow);
        return pen.arrow("s", event, nextArrow++, channelName(a));
      }
      case EventKind.Doorbell: {
        const key = `${a}>${partition}`;
        const id = arrows.get(key);
        arrows.delete(key);
        if (id !== undefined) pen.arrow("f", event, id, channelName(a));
        return pen.instant(event, `doorbell ${channelName(a)}`, "doorbell", { woke: b });
      }
      default: {
        const mark = MARKS[kind satisfies Exclude<EventKind, DrawnKind>];
        if (mark !== null) draw(event, mark);
      }
    }
  }

  return {
    observe,
    end(now) {
      open.forEach((_, core) => end(core, now[core] ?? 0));
      windows.forEach((slot, core) => {
        if (slot !== null && now[core] > slot.start) pen.slice("windows", core, slot, now[core]);
      });
    },
  };
}
