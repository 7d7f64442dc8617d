/** What the person has chosen: plain data, changed by controls.ts, read by the views. */
import type { SystemPlan } from "../kernel/index.js";
import type { CoreId, Cycles, PartitionId } from "../units.js";
import type { Pane } from "./panes.js";

export interface UiState {
  selected: PartitionId;
  /** The console of the selected partition has the lower half to itself. */
  isConsoleFocused: boolean;
  /** Lines that the consoles are scrolled back. */
  scrollBack: number;
  /** Consoles with the time of each line. */
  isTimed: boolean;
  /** The row of GROWN_PANES that has the whole screen between header and footer, or null. */
  grown: readonly Pane[] | null;
  overlay: "none" | "help" | "details";
  /** Lines that the overlay is scrolled down. */
  overlayScroll: number;
  /** Index in ZOOMS. */
  zoom: number;
  /** Columns of the lanes between their right edge and the present. */
  panned: number;
  /** Column of the cursor in the lanes, counted from their right edge, or null. */
  cursor: number | null;
  /** The core that single steps are of; null for the one that is next. */
  stepCore: CoreId | null;
  /** The line that is being typed for the selected partition, or null. */
  typing: string | null;
  /** Index in Model.displays of the one that has the whole screen, or null. */
  display: number | null;
  /** In place of the keys in the last row, until the next key. */
  notice: string;
  quitting: boolean;
  /** Whether the terminal shows colours. */
  readonly hasColours: boolean;
}

const MANTISSAS = [1, 2, 5];
/** Cycles of a column of the lanes: 1, 2, 5, 10, … */
export const ZOOMS: readonly Cycles[] = Array.from(
  { length: 46 },
  (_, index) => MANTISSAS[index % 3] * 10 ** Math.floor(index / 3),
);

/** Major frames, or shortest periods, that fill a lane of this many columns at first. */
const FIRST_SPANS = 4;
const FIRST_COLUMNS = 72;

export function createUiState(plan: SystemPlan, hasColours: boolean): UiState {
  return {
    selected: 0,
    isConsoleFocused: false,
    scrollBack: 0,
    isTimed: false,
    grown: null,
    overlay: "none",
    overlayScroll: 0,
    zoom: zoomFor(spanCycles(plan) * FIRST_SPANS, FIRST_COLUMNS),
    panned: 0,
    cursor: null,
    stepCore: null,
    typing: null,
    display: null,
    notice: "",
    quitting: false,
    hasColours,
  };
}

/** The finest zoom at which so much time fits into so many columns. */
export function zoomFor(cycles: Cycles, columns: number): number {
  const zoom = ZOOMS.findIndex((columnCycles) => columnCycles * columns >= cycles);
  return zoom < 0 ? ZOOMS.length - 1 : zoom;
}

/** The system's own rhythm: its longest major frame, else its shortest period, else 20 ms. */
export function spanCycles(plan: SystemPlan): Cycles {
  const frames = plan.cores.flatMap((core) => (core.kind === "windows" ? [core.frameCycles] : []));
  if (frames.length > 0) return Math.max(...frames);
  const periods = plan.partitions.flatMap(({ threads }) => threads.flatMap(({ periodCycles }) => periodCycles ?? []));
  return periods.length > 0 ? Math.min(...periods) : Math.max(1, plan.machine.frequencyHz / 50);
}
