/**
 * The stream itself: writers call `record`, readers subscribe. Events reach subscribers at once, in the order in which
 * the host simulates them (per core by cycle; across cores not sorted: sort by (cycle, core) where it matters).
 *
 * Cheap enough to be always on: the last events of each core are kept in a ring of numbers, for dumps and Bug reports;
 * a reader that adds up takes numbers, and an event becomes an object only for listeners of its kind.
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

/** Takes the numbers of each event as it happens. Called for every kernel step: it must be quick. */
export type TraceReader = (
  kind: EventKind,
  core: CoreId,
  cycle: Cycles,
  partition: number,
  thread: number,
  a: number,
  b: number,
  c: number,
) => void;

/** Kept of each core; a power of two. */
const RECENT_EVENTS = 256;
/** Numbers of an event in the ring: all its fields but core and text. */
const FIELDS = 7;

const ALL_KINDS: readonly EventKind[] = EVENT_ROWS.map(({ kind }) => kind);

/** The last events of a core. */
interface Recent {
  readonly numbers: Float64Array;
  readonly texts: string[];
  /** Events ever recorded. */
  count: number;
}

export class TraceStream {
  /** Indexed by kind. */
  private readonly listeners: readonly TraceListener[][] = ALL_KINDS.map(() => []);
  private readonly readers: TraceReader[] = [];
  private readonly recent: readonly Recent[];

  constructor(coreCount: number) {
    this.recent = Array.from({ length: coreCount }, () => ({
      numbers: new Float64Array(RECENT_EVENTS * FIELDS),
      texts: Array.from({ length: RECENT_EVENTS }, () => ""),
      count: 0,
    }));
  }

  /** Tells the listener of events of these kinds. Returns the function that ends the subscription. */
  subscribe(listener: TraceListener, kinds: readonly EventKind[] = ALL_KINDS): () => void {
    for (const kind of kinds) this.listeners[kind].push(listener);
    return () => {
      for (const kind of kinds) remove(this.listeners[kind], listener);
    };
  }

  /** Gives the reader the numbers of every event, before any listener is told. Returns the function that ends it. */
  read(reader: TraceReader): () => void {
    this.readers.push(reader);
    return () => remove(this.readers, reader);
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
    const recent = this.recent[core];
    const { numbers } = recent;
    const place = recent.count++ & (RECENT_EVENTS - 1);
    const at = place * FIELDS;
    numbers[at] = kind;
    numbers[at + 1] = cycle;
    numbers[at + 2] = partition;
    numbers[at + 3] = thread;
    numbers[at + 4] = a;
    numbers[at + 5] = b;
    numbers[at + 6] = c;
    recent.texts[place] = text;
    const { readers } = this;
    for (let i = 0; i < readers.length; i++) readers[i](kind, core, cycle, partition, thread, a, b, c);
    const listeners = this.listeners[kind];
    if (listeners.length === 0) return;
    const event: TraceEvent = { kind, core, cycle, partition, thread, a, b, c, text };
    for (const listener of listeners) listener(event);
  }

  /** The last events of a core, oldest first, at most `count`. */
  last(core: CoreId, count: number): TraceEvent[] {
    const { numbers, texts, count: total } = this.recent[core];
    const kept = Math.min(total, RECENT_EVENTS, count);
    return Array.from({ length: kept }, (_, i) => {
      const place = (total - kept + i) & (RECENT_EVENTS - 1);
      const [kind, cycle, partition, thread, a, b, c] = numbers.subarray(place * FIELDS, (place + 1) * FIELDS);
      return { kind, core, cycle, partition, thread, a, b, c, text: texts[place] };
    });
  }
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
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
