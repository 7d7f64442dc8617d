/**
 * Who had each core when: the event stream gathered into columns of equal virtual time, for the lanes.
 *
 * Invariant: the cycles of a column's owners and its idle cycles add up to the column's length, once time has passed
 * it. Changing the length of columns rebuilds them from the latest changes of owner, which are kept for that.
 */
import { EventKind, type TraceEvent } from "../trace/index.js";
import type { CoreId, Cycles } from "../units.js";

/** Columns kept per core, and changes of owner. Powers of two. */
export const COLUMNS = 2048;
const CHANGES = 32768;

const IDLE = -1;

export interface Activity {
  /** Owners of a column's cycles: threads by id, then these two. */
  readonly kernel: number;
  readonly reload: number;
  readonly columnCycles: Cycles;
  setColumnCycles(cycles: Cycles): void;
  /** To be subscribed to the stream. */
  observe(event: TraceEvent): void;
  /** Counts what each core has been doing up to `cycle`, which it has reached. */
  settle(cycle: Cycles): void;
  /** The first cycle of which it is known who had each core. */
  knownFrom(): Cycles;
  /** Cycles by owner of the column that starts at index * columnCycles, or null when it is not known (any more). */
  column(core: CoreId, index: number): Float64Array | null;
}

interface Lane {
  readonly changeCycles: Float64Array;
  readonly changeOwners: Int16Array;
  /** Changes so far; the latest CHANGES of them are kept. */
  changes: number;
  owner: number;
  /** Up to here, cycles are in columns. */
  settled: Cycles;
  /** Index of the column that each place holds. */
  readonly indices: Float64Array;
  readonly cycles: Float64Array;
}

export function createActivity(cores: number, threads: number, columnCycles: Cycles): Activity {
  const kernel = threads;
  const reload = threads + 1;
  const owners = threads + 2;
  let width = columnCycles;
  const lanes = Array.from({ length: cores }, (): Lane => ({
    changeCycles: new Float64Array(CHANGES),
    changeOwners: new Int16Array(CHANGES),
    changes: 0,
    owner: IDLE,
    settled: 0,
    indices: new Float64Array(COLUMNS).fill(-1),
    cycles: new Float64Array(COLUMNS * owners),
  }));

  /** Adds a stretch to the columns that it touches. */
  function add(lane: Lane, owner: number, from: Cycles, to: Cycles): void {
    const last = Math.floor((to - 1) / width);
    for (let index = Math.max(Math.floor(from / width), last - COLUMNS + 1); index <= last; index++) {
      const place = index % COLUMNS;
      if (lane.indices[place] !== index) {
        lane.indices[place] = index;
        lane.cycles.fill(0, place * owners, (place + 1) * owners);
      }
      if (owner === IDLE) continue;
      lane.cycles[place * owners + owner] += Math.min(to, (index + 1) * width) - Math.max(from, index * width);
    }
  }

  function settleLane(lane: Lane, cycle: Cycles): void {
    if (cycle <= lane.settled) return;
    add(lane, lane.owner, lane.settled, cycle);
    lane.settled = cycle;
  }

  function change(core: CoreId, cycle: Cycles, owner: number): void {
    const lane = lanes[core];
    settleLane(lane, cycle);
    const place = lane.changes++ % CHANGES;
    lane.changeCycles[place] = cycle;
    lane.changeOwners[place] = owner;
    lane.owner = owner;
  }

  function rebuild(lane: Lane): void {
    lane.indices.fill(-1);
    const first = Math.max(0, lane.changes - CHANGES);
    for (let at = first; at < lane.changes; at++) {
      const from = lane.changeCycles[at % CHANGES];
      const to = at + 1 < lane.changes ? lane.changeCycles[(at + 1) % CHANGES] : lane.settled;
      if (to > from) add(lane, lane.changeOwners[at % CHANGES], from, to);
    }
  }

  return {
    kernel,
    reload,
    get columnCycles() {
      return width;
    },
    setColumnCycles(cycles) {
      if (cycles === width) return;
      width = cycles;
      lanes.forEach(rebuild);
    },
    observe({ kind, core, cycle, thread }) {
      if (kind === EventKind.Dispatch) change(core, cycle, thread);
      else if (kind === EventKind.Leave) change(core, cycle, kernel);
      else if (kind === EventKind.Idle) change(core, cycle, IDLE);
      else if (kind === EventKind.Work) change(core, cycle, reload);
    },
    settle(cycle) {
      for (const lane of lanes) settleLane(lane, cycle);
    },
    knownFrom: () =>
      Math.max(0, ...lanes.map((lane) => (lane.changes <= CHANGES ? 0 : lane.changeCycles[lane.changes % CHANGES]))),
    column(core, index) {
      const lane = lanes[core];
      const place = index % COLUMNS;
      if (index < 0 || lane.indices[place] !== index) return null;
      return lane.cycles.subarray(place * owners, (place + 1) * owners);
    },
  };
}
