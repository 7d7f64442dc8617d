/**
 * The stream itself: writers call `record`, readers subscribe. Events reach subscribers at once, in the order in which
 * the host simulates them (per core by cycle; across cores not sorted: sort by (cycle, core) where it matters).
 *
 * Cheap enough to be always on: a record is nine stores and one call per subscriber; the last events of each core are
 * kept in a ring for dumps and Bug reports.
 */
import type { CoreId, Cycles } from "../units.js";
import { EVENT_ROWS, type EventKind } from "./schema.js";

export interface TraceEvent {
  readonly kind: EventKind;
  readonly core: CoreId;
  readonly cycle: Cycles;
  readonly partition: number;
  readonly thread: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly text: string;
}

export type TraceListener = (event: TraceEvent) => void;

const RECENT_EVENTS = 256;

export class TraceStream {
  private readonly listeners: TraceListener[] = [];
  private readonly recent: TraceEvent[][];
  private readonly recorded: number[];

  constructor(coreCount: number) {
    this.recent = Array.from({ length: coreCount }, () => []);
    this.recorded = Array.from({ length: coreCount }, () => 0);
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: TraceListener): () => void {
    this.listeners.push(listener);
    return () => {
      const index = this.listeners.indexOf(listener);
      if (index >= 0) this.listeners.splice(index, 1);
    };
  }

  record(
    kind: EventKind,
    core: CoreId,
    cycle: Cycles,
    partition = -1,
    thread = -1,
    a = -1,
    b = -1,
    c = -1,
    text = "",
  ): void {
    const event: TraceEvent = { kind, core, cycle, partition, thread, a, b, c, text };
    const ring = this.recent[core];
    const index = this.recorded[core]++ % RECENT_EVENTS;
    ring[index] = event;
    for (const listener of this.listeners) listener(event);
  }

  /** The last events of a core, oldest first, at most `count`. */
  last(core: CoreId, count: number): TraceEvent[] {
    const total = this.recorded[core];
    const kept = Math.min(total, RECENT_EVENTS, count);
    const events: TraceEvent[] = [];
    for (let i = total - kept; i < total; i++) events.push(this.recent[core][i % RECENT_EVENTS]);
    return events;
  }
}

/** One event as a line of text, for dumps and for `--trace` in plain form. */
export function formatEvent(event: TraceEvent): string {
  const row = EVENT_ROWS[event.kind];
  const fields: string[] = [];
  if (row.a !== "") fields.push(`${row.a}=${event.a}`);
  if (row.b !== "") fields.push(`${row.b}=${event.b}`);
  if (row.c !== "") fields.push(`${row.c}=${event.c}`);
  const who =
    event.partition < 0 ? "" : ` partition ${event.partition}${event.thread < 0 ? "" : ` thread ${event.thread}`}`;
  const text = event.text === "" ? "" : ` ${JSON.stringify(event.text)}`;
  return `${event.cycle} core ${event.core}${who} ${row.name} ${fields.join(" ")}${text}`.trimEnd();
}
