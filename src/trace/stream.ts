/**
 * The stream itself: writers call `record`, readers subscribe. Events reach subscribers at once, in the order in which
 * the host simulates them (per core by cycle; across cores not sorted: sort by (cycle, core) where it matters).
 *
 * Cheap enough to be always on: the last events of each core are kept in a ring of numbers, for dumps and Bug reports;
 * who adds up takes the numbers from there in batches, and an event becomes an object only for listeners of its kind.
 */
import type { CoreId, Cycles } from "../units.js";
import { EVENT_ROWS, EventKind } from "./schema.js";

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

/** Where the numbers of an event lie in the ring: all its fields but core and text. */
export const enum EventField {
  Kind = 0,
  Cycle = 1,
  Partition = 2,
  Thread = 3,
  A = 4,
  B = 5,
  C = 6,
}

/**
 * Takes events of a core in order, as numbers: EventRing.Fields for each, from index `from` of `numbers` up to index `to`.
 * They are there for the time of the call.
 */
export type BatchReader = (core: CoreId, numbers: Float64Array, from: number, to: number) => void;

/** A core's ring. */
export const enum EventRing {
  /** Events that are kept; a power of two. */
  Events = 256,
  /** Numbers of an event: one an EventField. */
  Fields = 7,
}

const ALL_KINDS: readonly EventKind[] = EVENT_ROWS.map(({ kind }) => kind);

/** The last events of a core. */
interface Recent {
  readonly numbers: Float64Array;
  readonly texts: string[];
  /** Events ever recorded, and how many of them the readers have had. */
  recorded: number;
  read: number;
}

export class TraceStream {
  /** Indexed by kind. */
  private readonly listeners: readonly TraceListener[][] = ALL_KINDS.map(() => []);
  private readonly readers: BatchReader[] = [];
  private readonly recent: readonly Recent[];

  constructor(coreCount: number) {
    this.recent = Array.from({ length: coreCount }, () => ({
      numbers: new Float64Array(EventRing.Events * EventRing.Fields),
      texts: Array.from({ length: EventRing.Events }, () => ""),
      recorded: 0,
      read: 0,
    }));
  }

  /** Tells the listener of events of these kinds, at once. Returns the function that ends the subscription. */
  subscribe(listener: TraceListener, kinds: readonly EventKind[] = ALL_KINDS): () => void {
    for (const kind of kinds) this.listeners[kind].push(listener);
    return () => {
      for (const kind of kinds) remove(this.listeners[kind], listener);
    };
  }

  /** Gives the reader all events from now on: when a ring is full, and at `flush`. Returns the function that ends it. */
  readBatches(reader: BatchReader): () => void {
    this.flush();
    this.readers.push(reader);
    return () => remove(this.readers, reader);
  }

  /** Gives readers what they have not had yet. */
  flush(): void {
    for (let core = 0; core < this.recent.length; core++) this.handOver(core);
  }

  private handOver(core: CoreId): void {
    const recent = this.recent[core];
    const count = recent.recorded - recent.read;
    if (count === 0) return;
    // The ring is handed over whenever its end is reached, so what is new lies in a row.
    const from = recent.read & (EventRing.Events - 1);
    recent.read = recent.recorded;
    for (const reader of this.readers)
      reader(core, recent.numbers, from * EventRing.Fields, (from + count) * EventRing.Fields);
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
    const place = recent.recorded++ & (EventRing.Events - 1);
    const at = place * EventRing.Fields;
    numbers[at + EventField.Kind] = kind;
    numbers[at + EventField.Cycle] = cycle;
    numbers[at + EventField.Partition] = partition;
    numbers[at + EventField.Thread] = thread;
    numbers[at + EventField.A] = a;
    numbers[at + EventField.B] = b;
    numbers[at + EventField.C] = c;
    if (text !== recent.texts[place]) recent.texts[place] = text;
    if (place === EventRing.Events - 1) this.handOver(core);
    if (this.listeners[kind].length > 0) this.tell(this.eventAt(core, place));
  }

  /**
   * EventKind.Charge, by far the most frequent event: the steps of a path with their counts, each `times` over and at
   * the cycle at which the one before it ends. Returns the cycles of all of them, by the prices of steps.
   */
  recordCharges(
    core: CoreId,
    cycle: Cycles,
    path: readonly (readonly [step: number, count: number])[],
    times: number,
    prices: readonly Cycles[],
  ): Cycles {
    const recent = this.recent[core];
    const { numbers, texts } = recent;
    let now = cycle;
    for (let i = 0; i < path.length; i++) {
      const step = path[i][0];
      const count = path[i][1] * times;
      const cycles = prices[step] * count;
      const place = recent.recorded++ & (EventRing.Events - 1);
      const at = place * EventRing.Fields;
      numbers[at + EventField.Kind] = EventKind.Charge;
      numbers[at + EventField.Cycle] = now;
      numbers[at + EventField.Partition] = -1;
      numbers[at + EventField.Thread] = -1;
      numbers[at + EventField.A] = step;
      numbers[at + EventField.B] = count;
      numbers[at + EventField.C] = cycles;
      if (texts[place] !== "") texts[place] = "";
      if (place === EventRing.Events - 1) this.handOver(core);
      if (this.listeners[EventKind.Charge].length > 0) this.tell(this.eventAt(core, place));
      now += cycles;
    }
    return now - cycle;
  }

  private tell(event: TraceEvent): void {
    for (const listener of this.listeners[event.kind]) listener(event);
  }

  private eventAt(core: CoreId, place: number): TraceEvent {
    const { numbers, texts } = this.recent[core];
    const at = place * EventRing.Fields;
    return {
      kind: numbers[at] as EventKind,
      core,
      cycle: numbers[at + EventField.Cycle],
      partition: numbers[at + EventField.Partition],
      thread: numbers[at + EventField.Thread],
      a: numbers[at + EventField.A],
      b: numbers[at + EventField.B],
      c: numbers[at + EventField.C],
      text: texts[place],
    };
  }

  /** The last events of a core, oldest first, at most `count`. */
  last(core: CoreId, count: number): TraceEvent[] {
    const { recorded } = this.recent[core];
    const kept = Math.min(recorded, EventRing.Events, count);
    return Array.from({ length: kept }, (_, i) => this.eventAt(core, (recorded - kept + i) & (EventRing.Events - 1)));
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
