/**
 * The stream itself: writers call `record`, readers subscribe. Events reach subscribers at once, in the order in which
 * the host simulates them (per core by cycle; across cores not sorted: sort by (cycle, core) where it matters).
 *
 * Cheap enough to be always on: the last events of each core are kept in a ring of numbers, for dumps and Bug reports;
 * who adds up takes the numbers from there in batches, and an event becomes an object only for listeners of its kind.
 * Charges, by far the most frequent events, lie there a path at a time, and become an event a step for whoever asks.
 */
import type { CoreId, Cycles } from "../units.js";
import { EVENT_ROWS, EventKind, type PlainKind, type TextKind } from "./events.js";

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

/** Kernel steps in a row with their counts. `number`: a small one, this path's alone. */
export interface ChargedPath {
  readonly number: number;
  readonly steps: readonly (readonly [step: number, count: number])[];
}

/** What a path costs: its steps with their cycles, and their sum. */
export interface PricedPath {
  readonly steps: readonly { readonly step: number; readonly count: number; readonly cycles: Cycles }[];
  readonly cycles: Cycles;
}

/** Where the numbers of an entry lie in the ring: all fields of an event but core and text. */
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
 * Takes entries of a core in order, as numbers: EventRing.Fields for each, from index `from` of `numbers` up to index
 * `to`. They are there for the time of the call. An entry is an event, or (EventKind.Charge) the charges of a whole
 * path: `A` is its index in `paths`, and other fields but kind and cycle have no meaning.
 */
export type BatchReader = (
  core: CoreId,
  numbers: Float64Array,
  from: number,
  to: number,
  paths: readonly PricedPath[],
) => void;

/** A core's ring. */
export const enum EventRing {
  /** Entries that are kept. */
  Entries = 256,
  /** Numbers of an entry: one an EventField. */
  Fields = 7,
  /** Entries times fields. */
  Numbers = 1792,
}

const ALL_KINDS: readonly EventKind[] = EVENT_ROWS.map(({ kind }) => kind);

/** The last entries of a core. */
interface Recent {
  readonly numbers: Float64Array;
  /** An element an entry; stale where the entry's kind has none. */
  readonly texts: string[];
  /** Index in `numbers` of the next entry, and of the first one that the readers have not had. */
  end: number;
  read: number;
  /** Behind `end` lie entries, too: the oldest ones. */
  isFull: boolean;
}

export class TraceStream {
  /** Indexed by kind. */
  private readonly listeners: readonly TraceListener[][] = ALL_KINDS.map(() => []);
  private readonly readers: BatchReader[] = [];
  private readonly recent: readonly Recent[];

  /** Indexed by their numbers. */
  private readonly paths: PricedPath[] = [];

  /** Kinds that somebody listens to: bit `kind`. */
  private heard = 0;

  private clocks: readonly { readonly now: Cycles }[];

  constructor(coreCount: number) {
    this.clocks = Array.from({ length: coreCount }, () => ({ now: 0 }));
    this.recent = Array.from({ length: coreCount }, () => ({
      numbers: new Float64Array(EventRing.Numbers),
      texts: Array.from({ length: EventRing.Entries }, () => ""),
      end: 0,
      read: 0,
      isFull: false,
    }));
  }

  /** The clocks of the cores: a cycle that had to be handed over with each event would be an object of its own. */
  useClocks(clocks: readonly { readonly now: Cycles }[]): void {
    this.clocks = clocks;
  }

  /** Tells the listener of events of these kinds, at once. Returns the function that ends the subscription. */
  subscribe(listener: TraceListener, kinds: readonly EventKind[] = ALL_KINDS): () => void {
    for (const kind of kinds) this.listeners[kind].push(listener);
    this.noteHeard();
    return () => {
      for (const kind of kinds) remove(this.listeners[kind], listener);
      this.noteHeard();
    };
  }

  /**
   * Gives the reader all events from now on: when a ring is full, and at `flush`. Returns the function that ends it.
   */
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
    const { numbers, read, end } = recent;
    if (read === end) return;
    recent.read = end;
    for (let i = 0; i < this.readers.length; i++) this.readers[i](core, numbers, read, end, this.paths);
  }

  private noteHeard(): void {
    this.heard = this.listeners.reduce((bits, { length }, kind) => (length > 0 ? bits | (1 << kind) : bits), 0);
  }

  /**
   * Records an event at the core's present cycle; -1 for what has no meaning. Of every system call some are, so this
   * and
   * `recordCharges` are short enough to become part of the code around them.
   */
  record(kind: PlainKind, core: CoreId, partition: number, thread: number, a: number, b: number, c: number): void {
    const recent = this.recent[core];
    const { numbers, end: at } = recent;
    numbers[at + EventField.Kind] = kind;
    numbers[at + EventField.Cycle] = this.clocks[core].now;
    numbers[at + EventField.Partition] = partition;
    numbers[at + EventField.Thread] = thread;
    numbers[at + EventField.A] = a;
    numbers[at + EventField.B] = b;
    numbers[at + EventField.C] = c;
    recent.end = at + EventRing.Fields;
    if (recent.end === EventRing.Numbers || (this.heard >>> kind) & 1) this.finish(core, at, kind);
  }

  /** Records an event of a kind that has a text. */
  recordText(
    kind: TextKind,
    core: CoreId,
    partition: number,
    thread: number,
    a: number,
    b: number,
    c: number,
    text: string,
  ): void {
    const recent = this.recent[core];
    recent.texts[recent.end / EventRing.Fields] = text;
    this.record(kind as EventKind as PlainKind, core, partition, thread, a, b, c);
  }

  /**
   * EventKind.Charge for each step of a path, from the core's present cycle on, each where the one before it ends.
   * Returns the cycles of all of them, by the prices of steps, which are the same at each call.
   */
  recordCharges(core: CoreId, path: ChargedPath, prices: readonly Cycles[]): Cycles {
    const recent = this.recent[core];
    const { numbers, end: at } = recent;
    const { cycles } = this.paths[path.number] ?? this.price(path, prices);
    numbers[at + EventField.Kind] = EventKind.Charge;
    numbers[at + EventField.Cycle] = this.clocks[core].now;
    numbers[at + EventField.A] = path.number;
    recent.end = at + EventRing.Fields;
    if (recent.end === EventRing.Numbers || (this.heard >>> EventKind.Charge) & 1)
      this.finish(core, at, EventKind.Charge);
    return cycles;
  }

  /** The ring is handed over whenever its end is reached, so what is new always lies in a row. */
  private finish(core: CoreId, at: number, kind: EventKind): void {
    const recent = this.recent[core];
    if (recent.end === EventRing.Numbers) {
      this.handOver(core);
      recent.read = 0;
      recent.end = 0;
      recent.isFull = true;
    }
    if (this.listeners[kind].length > 0) this.expand(core, at, this.tell);
  }

  private price({ number, steps }: ChargedPath, prices: readonly Cycles[]): PricedPath {
    const priced = steps.map(([step, count]) => ({ step, count, cycles: prices[step] * count }));
    const path = { steps: priced, cycles: priced.reduce((sum, { cycles }) => sum + cycles, 0) };
    this.paths[number] = path;
    return path;
  }

  private readonly tell: TraceListener = (event) => {
    for (const listener of this.listeners[event.kind]) listener(event);
  };

  /** Gives the events of an entry to `take`, in order. */
  private expand(core: CoreId, at: number, take: TraceListener): void {
    const { numbers, texts } = this.recent[core];
    const kind = numbers[at + EventField.Kind] as EventKind;
    let cycle = numbers[at + EventField.Cycle];
    if (kind === EventKind.Charge) {
      for (const { step, count, cycles } of this.paths[numbers[at + EventField.A]].steps) {
        take({ kind, core, cycle, partition: -1, thread: -1, a: step, b: count, c: cycles, text: "" });
        cycle += cycles;
      }
      return;
    }
    take({
      kind,
      core,
      cycle,
      partition: numbers[at + EventField.Partition],
      thread: numbers[at + EventField.Thread],
      a: numbers[at + EventField.A],
      b: numbers[at + EventField.B],
      c: numbers[at + EventField.C],
      text: EVENT_ROWS[kind].hasText ? texts[at / EventRing.Fields] : "",
    });
  }

  /** The last events of a core, oldest first, at most `count` and at most as many as there are entries. */
  last(core: CoreId, count: number): TraceEvent[] {
    const { end, isFull } = this.recent[core];
    const most = Math.min(count, EventRing.Entries);
    const entries = (isFull ? EventRing.Numbers : end) / EventRing.Fields;
    let events: TraceEvent[] = [];
    for (let back = 1; back <= entries && events.length < most; back++) {
      const at = (end - back * EventRing.Fields + EventRing.Numbers) % EventRing.Numbers;
      const entry: TraceEvent[] = [];
      this.expand(core, at, (event) => entry.push(event));
      events = [...entry, ...events];
    }
    return events.slice(Math.max(0, events.length - most));
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
