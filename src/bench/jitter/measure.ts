/**
 * Measures one cell: boots it, lets it run, and takes out of the guest what it has noted.
 *
 * What is measured is what cyclictest measures: from the cycle at which a thread was to wake until it has read the TSC.
 * The blame is the ledger of lateness's, up to the same RDTSC: what the guest measured and what the ledger adds up must
 * be the same number, sample by sample. Release 0, the start of the partition, is no sample.
 */
import { Bug } from "../../errors.js";
import { KERNEL_STEP_NAMES } from "../../hal/index.js";
import type { SystemPlan } from "../../kernel/index.js";
import { createSession, loadSystem, type Session } from "../../system/index.js";
import { causeNames, type Activation } from "../../trace/index.js";
import type { Cycles, ThreadId } from "../../units.js";
import type { Cell } from "./cells.js";
import { describeCell, FREQUENCY_HZ, MEASURED, periodCycles, type JitterShape } from "./describe.js";
import { addHistograms, makeHistogram, summariseLatency, type Histogram, type Latency } from "./histogram.js";

/** Cycles by the name of a cause; causes without any are left out. */
export type Blame = Readonly<Record<string, Cycles>>;

export interface CellResult extends Cell {
  readonly frequencyHz: number;
  readonly periodCycles: Cycles;
  /** Of all threads together; null where none was ever released. */
  readonly latency: Latency | null;
  /** The largest sample and where its cycles went. */
  readonly worst: { readonly thread: number; readonly release: number; readonly blame: Blame } | null;
  /** Where the cycles of all samples went. */
  readonly blame: Blame;
  readonly threads: readonly { readonly histogram: Histogram }[];
  /** Of the measured partition at the end: equal hashes, and nothing of the neighbour has reached it. */
  readonly hash: string;
}

/** As in images/bench/jitter/jitter.c. */
const RING_SAMPLES = 2048;
const RING_HEAD_BYTES = 64;
const SAMPLE_BYTES = 8;
const RING_BYTES = RING_HEAD_BYTES + RING_SAMPLES * SAMPLE_BYTES;
/** Periods between two looks: the ring has room for more. */
const PERIODS_A_SLICE = 1024;
/** A thread that has had no time for its samples in so many times as many periods gets none. */
const MOST_PATIENCE = 4;

export type ReadProgram = (name: string) => Uint8Array;

/** `readProgram`: the bytes of a program of images/bench/jitter. */
export function createMeasurer(readProgram: ReadProgram): (cell: Cell, shape: JitterShape) => CellResult {
  const calm: Cell = { class: "realtime", placement: "dedicated", disturbance: "none", where: "nowhere", seed: 1 };
  const short: JitterShape = { threads: 1, priority: 1, intervalMicroseconds: 100, samples: 1 };
  /** What the guest runs from its entry to RDTSC, as long as nobody disturbs it. */
  let probeCycles: Cycles | null = null;
  return (cell, shape) => {
    probeCycles ??= runCell(calm, short, readProgram, 0).afterProbeCycles;
    const { result, afterProbeCycles } = runCell(cell, shape, readProgram, probeCycles);
    if (afterProbeCycles !== 0) throw new Bug(`the guest and the ledger differ by ${afterProbeCycles} cycles`);
    return result;
  };
}

/** `afterProbeCycles`: by how much the guest's largest sample, or all of them, are more than the ledger's. */
function runCell(
  cell: Cell,
  shape: JitterShape,
  readProgram: ReadProgram,
  probeCycles: Cycles,
): { readonly result: CellResult; readonly afterProbeCycles: Cycles } {
  const plan = loadSystem(describeCell(cell, shape), "jitter.toml", { readFile: readProgram });
  const partition = plan.partitions.findIndex(({ name }) => name === MEASURED);
  const collector = createCollector(plan, partition, shape);
  const session = createSession(plan, { onActivation: collector.blame, probeCycles });
  const period = periodCycles(shape);
  const slices = Math.ceil((shape.samples + 2) / PERIODS_A_SLICE) * MOST_PATIENCE;
  for (let slice = 1; slice <= slices; slice++) {
    session.run({ until: Math.min(slice * PERIODS_A_SLICE, shape.samples + 2) * period + (slice - 1) * period });
    if (collector.take(session)) break;
  }
  const result = { ...cell, frequencyHz: FREQUENCY_HZ, periodCycles: period, ...collector.result(session) };
  return { result, afterProbeCycles: collector.difference() };
}

interface Collector {
  readonly blame: (activation: Activation) => void;
  /** Takes what is new. True when all samples are there. */
  take(session: Session): boolean;
  /** By how much the guest's sample was more than the ledger's, where they first differed; 0 where they never did. */
  difference(): Cycles;
  result(session: Session): Pick<CellResult, "latency" | "worst" | "blame" | "threads" | "hash">;
}

function createCollector(plan: SystemPlan, partition: number, { samples }: JitterShape): Collector {
  const { threads, regions } = plan.partitions[partition];
  const heap = regions.find(({ kind }) => kind === "heap");
  if (heap === undefined || heap.sizeBytes < threads.length * RING_BYTES)
    throw new Bug("the rings do not fit the heap");
  const indexOf = new Map<ThreadId, number>(threads.map(({ id }, index) => [id, index]));
  const names = causeNames(KERNEL_STEP_NAMES);
  const totals = names.map(() => 0);
  const counts = threads.map(() => new Map<Cycles, number>());
  const taken = threads.map(() => 0);
  /** Samples of the guest that the ledger has not told yet, and the other way round, by release. */
  const unmatched = threads.map(() => new Map<number, Cycles>());
  let difference = 0;
  let worst: { thread: number; release: number; latency: Cycles; causes: readonly Cycles[] } | null = null;

  /** Guest and ledger must agree; whichever comes second looks. */
  function match(thread: number, release: number, latency: Cycles, sign: 1 | -1): void {
    const other = unmatched[thread].get(release);
    if (other === undefined) unmatched[thread].set(release, latency);
    else {
      unmatched[thread].delete(release);
      if (difference === 0) difference = sign * (latency - other);
    }
  }

  function named(causes: readonly Cycles[]): Blame {
    return Object.fromEntries(names.flatMap((name, cause) => (causes[cause] > 0 ? [[name, causes[cause]]] : [])));
  }

  return {
    blame({ thread: id, index: release, probeCauses }) {
      const thread = indexOf.get(id);
      if (thread === undefined || release < 1 || release > samples) return;
      let latency = 0;
      for (let cause = 0; cause < probeCauses.length; cause++) {
        totals[cause] += probeCauses[cause];
        latency += probeCauses[cause];
      }
      match(thread, release, latency, -1);
      if (worst === null || latency > worst.latency) worst = { thread, release, latency, causes: [...probeCauses] };
    },
    take({ hal, kernel, lateness }) {
      threads.forEach(({ id, periodCycles: period }, thread) => {
        const ring = hal.readPhysical(heap.frames + thread * RING_BYTES, RING_BYTES);
        const view = new DataView(ring.buffer, ring.byteOffset, ring.byteLength);
        const { startedAt } = kernel.state.threads[id];
        const count = Math.min(samples, Number(view.getBigUint64(0, true)));
        for (; taken[thread] < count; taken[thread]++) {
          const at = RING_HEAD_BYTES + (taken[thread] % RING_SAMPLES) * SAMPLE_BYTES;
          const release = taken[thread] + 1;
          const latency = Number(view.getBigUint64(at, true)) - (startedAt + release * (period ?? 0));
          counts[thread].set(latency, (counts[thread].get(latency) ?? 0) + 1);
          match(thread, release, latency, 1);
        }
      });
      // An activation is over only when the next is waited for.
      const accounts = lateness?.accounts() ?? [];
      return threads.every(({ id }, thread) => taken[thread] >= samples && accounts[id].activations > samples);
    },
    difference: () => difference,
    result(session) {
      const histograms = counts.map(makeHistogram);
      return {
        latency: summariseLatency(addHistograms(histograms)),
        worst: worst === null ? null : { thread: worst.thread, release: worst.release, blame: named(worst.causes) },
        blame: named(totals),
        threads: histograms.map((histogram) => ({ histogram })),
        hash: session.hashes().partitions[partition],
      };
    },
  };
}
