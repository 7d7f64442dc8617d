/** A cell as a system description: the same text that a person would write, and that `--print` shows. */
import { CLASSES } from "../../scheduler/index.js";
import { DISTURBANCES, PLACEMENTS, type Cell } from "./cells.js";

/** What is the same in all cells of a run. */
export interface JitterShape {
  /** Periodic threads of the measured partition, the main thread among them. */
  readonly threads: number;
  /** Of the first; each further one has one less. */
  readonly priority: number;
  readonly intervalMicroseconds: number;
  /** Of each thread. */
  readonly samples: number;
}

/** Cycles are nanoseconds. */
export const FREQUENCY_HZ = 1_000_000_000;
export const MEASURED = "measured";
const CYCLES_A_MICROSECOND = FREQUENCY_HZ / 1_000_000;

export function periodCycles({ intervalMicroseconds }: JitterShape): number {
  return intervalMicroseconds * CYCLES_A_MICROSECOND;
}

interface Neighbour {
  readonly name: string;
  readonly entry: string;
  readonly core: number;
}

export function describeCell(cell: Cell, shape: JitterShape): string {
  const { placement, disturbance, where, seed } = cell;
  const { entry, rings } = DISTURBANCES[disturbance];
  const { hasNeighbour } = PLACEMENTS[placement];
  const neighbours: Neighbour[] = [];
  const isSame = where === "same core";
  // What else has time on the measured core: the disturbance, or its partner, or somebody quiet.
  if (hasNeighbour && !isSame)
    neighbours.push({ name: "neighbour", entry: rings === "sink" ? "sink" : "quiet", core: 0 });
  neighbours.push({ name: "disturber", entry, core: isSame ? 0 : 1 });
  if (rings === "sink" && (!hasNeighbour || isSame))
    neighbours.push({ name: "sink", entry: "sink", core: isSame ? 1 : 2 });
  const sink = neighbours.find((neighbour) => neighbour.entry === "sink");
  const cores = Math.max(...neighbours.map(({ core }) => core)) + 1;
  const to = rings === "measured" ? MEASURED : rings === "sink" ? sink?.name : undefined;
  return [
    `name = "jitter"`,
    `[machine]\ncores = ${cores}\nmemory = "${memoryMegabytes(neighbours.length)} MiB"\nfrequency = "1 GHz"\nseed = ${seed}`,
    ...(placement === "window" ? [windows(shape, neighbours.find(({ core }) => core === 0)?.name ?? "")] : []),
    measured(cell, shape),
    ...neighbours.map((neighbour) =>
      partition(neighbour, placement === "reservation" && neighbour.core === 0 ? reserve(shape) : ""),
    ),
    ...(to === undefined ? [] : [`[[channel]]\nname = "bell"\nfrom = "disturber"\nto = "${to}"\nslots = 4`]),
  ].join("\n\n");
}

/** The kernel's, the measured partition's, two a neighbour, and the channels'. */
function memoryMegabytes(neighbours: number): number {
  return 2 + 4 + 2 * neighbours + 2;
}

/** A major frame is a period: two fifths for each of the two, and gaps. */
function windows(shape: JitterShape, neighbour: string): string {
  const frame = periodCycles(shape);
  const window = (name: string, start: number): string =>
    `  { partition = "${name}", start = "${Math.floor(frame * start)} cycles", length = "${Math.floor(frame * 0.4)} cycles" },`;
  return `[core.0]\nframe = "${frame} cycles"\nwindows = [\n${window(MEASURED, 0)}\n${window(neighbour, 0.5)}\n]`;
}

function measured(cell: Cell, shape: JitterShape): string {
  const share = cell.placement === "reservation" ? reserve(shape) : "";
  const tables = [
    `[partition.${MEASURED}]\nclass = "${cell.class}"\nprogram = "jitter.elf"\ncore = 0\n${share}memory = "4 MiB"`,
  ];
  for (let thread = 0; thread < shape.threads; thread++) {
    const lines = [`[partition.${MEASURED}.thread.t${thread}]`, `period = "${periodCycles(shape)} cycles"`];
    if (thread > 0) lines.push(`entry = "measure"`);
    if (CLASSES[cell.class].hasPriorities) lines.push(`priority = ${Math.max(0, shape.priority - thread)}`);
    tables.push(lines.join("\n"));
  }
  return tables.join("\n\n");
}

/** Two fifths of each period. */
function reserve(shape: JitterShape): string {
  const period = periodCycles(shape);
  return `reserve = { budget = "${Math.floor(period * 0.4)} cycles", period = "${period} cycles" }\n`;
}

function partition({ name, entry, core }: Neighbour, share: string): string {
  return (
    `[partition.${name}]\nclass = "backend"\nprogram = "disturb.elf"\ncore = ${core}\n${share}memory = "2 MiB"\n` +
    `restart = "restart"\n\n[partition.${name}.thread.main]\nentry = "${entry}"`
  );
}
