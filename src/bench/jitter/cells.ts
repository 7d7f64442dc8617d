/**
 * What `hallows bench jitter` measures: cells, each a class of the measured partition, where that has its time, what
 * disturbs it from where, and a seed. The order of a sweep is that of this file, whatever order cells are measured in.
 */
import { CLASSES, type PartitionClass } from "../../scheduler/index.js";
import { builtWords } from "../../vocabulary.js";

interface DisturbanceRow {
  /** Function of images/bench/jitter/disturb.c. */
  readonly entry: string;
  /** Whose doorbells it rings; null where it rings none. */
  readonly rings: "measured" | "sink" | null;
  readonly meaning: string;
}

/** The neighbours. The first does nothing and is what all others are compared with. */
export const DISTURBANCES = {
  none: { entry: "quiet", rings: null, meaning: "a neighbour that sleeps" },
  "cpu-hog": { entry: "cpu_hog", rings: null, meaning: "computes without end" },
  "memory-hog": { entry: "memory_hog", rings: null, meaning: "writes all lines of its heap; on flat a control" },
  "ipi-storm": {
    entry: "doorbells",
    rings: "sink",
    meaning: "rings a third partition, on another core or in a window",
  },
  "doorbell-flood": { entry: "doorbells", rings: "measured", meaning: "rings the measured partition, its peer" },
  "fault-loop": { entry: "faults", rings: null, meaning: "faults and is restarted, for ever" },
  "call-storm": { entry: "system_calls", rings: null, meaning: "makes system calls without end" },
  "restart-loop": { entry: "restarts", rings: null, meaning: "starts itself again, for ever" },
} as const satisfies Readonly<Record<string, DisturbanceRow>>;

export type Disturbance = keyof typeof DISTURBANCES;

/** Where the measured partition has its time. */
export const PLACEMENTS = {
  dedicated: { hasNeighbour: false, meaning: "a core of its own" },
  reservation: { hasNeighbour: true, meaning: "a reservation of two fifths; a neighbour has another" },
  window: { hasNeighbour: true, meaning: "a window of two fifths of each period; a neighbour has another" },
} as const satisfies Readonly<Record<string, { readonly hasNeighbour: boolean; readonly meaning: string }>>;

export type Placement = keyof typeof PLACEMENTS;

export type Where = "nowhere" | "same core" | "other core";

export interface Cell {
  readonly class: PartitionClass;
  readonly placement: Placement;
  readonly disturbance: Disturbance;
  /** Of the disturbance. */
  readonly where: Where;
  readonly seed: number;
}

export const CLASS_WORDS = builtWords(CLASSES);
export const PLACEMENT_WORDS = builtWords(PLACEMENTS);
export const DISTURBANCE_WORDS = builtWords(DISTURBANCES);

/** "realtime, window, cpu-hog on the same core": all of a cell but its seed. */
export function cellName({ class: className, placement, disturbance, where }: Omit<Cell, "seed">): string {
  const place = where === "nowhere" ? "" : ` on the ${where}`;
  return `${className}, ${placement}, ${disturbance}${place}`;
}

export type SweepName = "quick" | "full";

/** Where a disturbance can be. */
export function placesOf(placement: Placement, disturbance: Disturbance): readonly Where[] {
  if (disturbance === "none") return ["nowhere"];
  return PLACEMENTS[placement].hasNeighbour ? ["same core", "other core"] : ["other core"];
}

/** All cells of a sweep, in order. `seeds`: each cell once for each. */
export function sweepCells(sweep: SweepName, seeds: readonly number[]): Cell[] {
  const all = CLASS_WORDS.flatMap((className) =>
    PLACEMENT_WORDS.flatMap((placement) =>
      DISTURBANCE_WORDS.flatMap((disturbance) =>
        placesOf(placement, disturbance).map((where) => ({ class: className, placement, disturbance, where })),
      ),
    ),
  );
  const chosen = sweep === "full" ? all : all.filter(isQuick);
  const quickSeeds = sweep === "full" ? seeds : seeds.slice(0, 1);
  return chosen.flatMap((cell) => quickSeeds.map((seed) => ({ ...cell, seed })));
}

/** The 20 cells of a quick sweep: control loops, with what is most likely to reach them. */
const QUICK: Readonly<Record<Placement, Readonly<Partial<Record<Disturbance, readonly Where[]>>>>> = {
  dedicated: {
    none: ["nowhere"],
    "cpu-hog": ["other core"],
    "memory-hog": ["other core"],
    "doorbell-flood": ["other core"],
    "restart-loop": ["other core"],
  },
  window: {
    none: ["nowhere"],
    "cpu-hog": ["same core"],
    "ipi-storm": ["same core"],
    "doorbell-flood": ["other core"],
    "fault-loop": ["same core"],
    "call-storm": ["same core"],
    "restart-loop": ["same core"],
  },
  reservation: {
    none: ["nowhere"],
    "cpu-hog": ["same core"],
    "ipi-storm": ["other core"],
    "doorbell-flood": ["same core", "other core"],
    "fault-loop": ["same core"],
    "call-storm": ["same core"],
    "restart-loop": ["same core"],
  },
};

function isQuick({ class: className, placement, disturbance, where }: Omit<Cell, "seed">): boolean {
  return className === "realtime" && QUICK[placement][disturbance]?.includes(where) === true;
}
