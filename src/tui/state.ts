/** What the person has chosen: plain data, changed by controls.ts, read by the views. */
import type { SystemPlan } from "../kernel/index.js";
import type { Cycles, PartitionId } from "../units.js";

export interface UiState {
  selected: PartitionId;
  /** The console of the selected partition has the lower half to itself. */
  isConsoleFocused: boolean;
  /** Lines that the consoles are scrolled back. */
  scrollBack: number;
  overlay: "none" | "help" | "details";
  /** Index in ZOOMS. */
  zoom: number;
  quitting: boolean;
}

const MANTISSAS = [1, 2, 5];
/** Cycles of a column of the lanes: 1, 2, 5, 10, … */
export const ZOOMS: readonly Cycles[] = Array.from(
  { length: 31 },
  (_, index) => MANTISSAS[index % 3] * 10 ** Math.floor(index / 3),
);

/** Major frames, or shortest periods, that fill a lane of this many columns at first. */
const FIRST_SPANS = 4;
const FIRST_COLUMNS = 72;

export function createUiState(plan: SystemPlan): UiState {
  const wanted = (spanCycles(plan) * FIRST_SPANS) / FIRST_COLUMNS;
  const zoom = ZOOMS.findIndex((cycles) => cycles >= wanted);
  return {
    selected: 0,
    isConsoleFocused: false,
    scrollBack: 0,
    overlay: "none",
    zoom: zoom < 0 ? ZOOMS.length - 1 : zoom,
    quitting: false,
  };
}

/** The system's own rhythm: its longest major frame, else its shortest period, else 20 ms. */
export function spanCycles(plan: SystemPlan): Cycles {
  const frames = plan.cores.flatMap((core) => (core.kind === "windows" ? [core.frameCycles] : []));
  if (frames.length > 0) return Math.max(...frames);
  const periods = plan.partitions.flatMap(({ threads }) => threads.flatMap(({ periodCycles }) => periodCycles ?? []));
  return periods.length > 0 ? Math.min(...periods) : Math.max(1, plan.machine.frequencyHz / 50);
}
