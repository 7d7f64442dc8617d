/**
 * Moments of a run in the order of time, within a limit of memory: they are thinned out as they age, so that the recent
 * past is close together and the beginning of a long run never lost.
 */
import { ownBytes } from "../../machine/index.js";
import type { Cycles } from "../../units.js";
import type { SessionMoment } from "../session.js";
import type { Counts } from "./counts.js";

/** A moment that is kept. */
export interface Kept {
  readonly at: Cycles;
  readonly moment: SessionMoment;
  readonly counts: Counts;
  /** How many inputs from outside had been handed over. */
  readonly handed: number;
}

interface Row extends Kept {
  /** What it does not share with the one before it. */
  bytes: number;
}

export interface KeptMoments {
  /** Keeps a moment, unless there is one of its cycle. */
  add(kept: Kept): void;
  /** The last at or before a cycle that `accepts` takes. The one at the start is always there. */
  latest(cycle: Cycles, accepts?: (kept: Kept) => boolean): Kept | null;
  /** Forgets all behind a cycle. */
  cutAfter(cycle: Cycles): void;
  count(): number;
  bytes(): number;
}

/** What a moment takes besides pages and large arrays, about: the kernel's state, the ledger, tables of pages. */
const MOMENT_BYTES = 64 * 1024;
/** Arrays of devices from this size on are shared where they are equal, and counted. */
const LARGE_BYTES = 1024;

export function createKeptMoments(mostBytes: number): KeptMoments {
  const rows: Row[] = [];
  let total = 0;

  /** Index of the last row at or before a cycle; -1 for none. */
  function find(cycle: Cycles): number {
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (rows[middle].at <= cycle) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function weigh(index: number): void {
    const row = rows[index];
    if (row === undefined) return;
    const before = index === 0 ? null : rows[index - 1].moment;
    const bytes =
      MOMENT_BYTES +
      ownBytes(row.moment.machine, before?.machine ?? null) +
      largeBytes(row.moment.devices, largeArrays(before?.devices));
    total += bytes - row.bytes;
    row.bytes = bytes;
  }

  /**
   * The row whose absence is felt least: the gap that it would leave, measured by its age. First and last stay.
   */
  function leastWanted(): number {
    const end = rows[rows.length - 1].at;
    let least = -1;
    let leastLoss = Infinity;
    for (let i = 1; i < rows.length - 1; i++) {
      const loss = (rows[i + 1].at - rows[i - 1].at) / (end - rows[i].at);
      if (loss < leastLoss) {
        leastLoss = loss;
        least = i;
      }
    }
    return least;
  }

  function remove(index: number): void {
    total -= rows[index].bytes;
    rows.splice(index, 1);
    weigh(index);
  }

  return {
    add(kept) {
      const { at, moment } = kept;
      const before = find(at);
      if (before >= 0 && rows[before].at === at) return;
      const devices = shareLarge(moment.devices, before < 0 ? undefined : rows[before].moment.devices);
      rows.splice(before + 1, 0, { ...kept, moment: { ...moment, devices }, bytes: 0 });
      weigh(before + 1);
      weigh(before + 2);
      while (total > mostBytes && rows.length > 2) remove(leastWanted());
    },
    latest(cycle, accepts = () => true) {
      for (let i = find(cycle); i >= 0; i--) if (accepts(rows[i])) return rows[i];
      return null;
    },
    cutAfter(cycle) {
      const from = find(cycle) + 1;
      for (const { bytes } of rows.splice(from)) total -= bytes;
    },
    count: () => rows.length,
    bytes: () => total,
  };
}

/** Calls back with each large array in plain data. */
function visitLarge(data: unknown, visit: (bytes: Uint8Array) => void): void {
  if (data instanceof Uint8Array) {
    if (data.length >= LARGE_BYTES) visit(data);
  } else if (data instanceof Map) for (const value of data.values()) visitLarge(value, visit);
  else if (typeof data === "object" && data !== null) for (const value of Object.values(data)) visitLarge(value, visit);
}

function largeArrays(data: unknown): ReadonlySet<Uint8Array> {
  const arrays = new Set<Uint8Array>();
  visitLarge(data, (bytes) => arrays.add(bytes));
  return arrays;
}

function largeBytes(data: unknown, shared: ReadonlySet<Uint8Array>): number {
  let count = 0;
  visitLarge(data, (bytes) => {
    if (!shared.has(bytes)) count += bytes.length;
  });
  return count;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** The same data, with the large arrays of `before` where equal ones stood in the same places. */
function shareLarge<Data>(data: Data, before: unknown): Data;
function shareLarge(data: unknown, before: unknown): unknown {
  if (data instanceof Uint8Array)
    return before instanceof Uint8Array && data.length >= LARGE_BYTES && isEqual(data, before) ? before : data;
  if (Array.isArray(data))
    return data.map((value: unknown, i) => shareLarge(value, Array.isArray(before) ? before[i] : undefined));
  if (typeof data !== "object" || data === null || Object.getPrototypeOf(data) !== Object.prototype) return data;
  const old: Record<string, unknown> = typeof before === "object" && before !== null ? { ...before } : {};
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, shareLarge(value, old[key])]));
}
