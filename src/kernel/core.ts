/**
 * A core as the kernel's paths see it: its clock, what it charges and records, and whose time it is.
 */
import type { Cycles } from "../units.js";
import { Bug } from "../errors.js";
import type { Path } from "../hal/index.js";
import { formatEvent, type PlainKind } from "../trace/index.js";
import type { Core, Partition, Thread } from "./objects.js";

export function now(core: Core): Cycles {
  return core.hal.now(core.id);
}

/** Spends the cycles of a path on the core. */
export function charge(core: Core, path: Path): void {
  core.hal.charge(core.id, path);
}

/** Records an event of a partition at its core's present cycle. */
export function recordPartition({ core, id }: Partition, kind: PlainKind, a = -1, b = -1, c = -1): void {
  core.trace.record(kind, core.id, id, -1, a, b, c);
}

/**
 * Records an event of a thread at its core's present cycle. What every system call records is recorded without this, so
 * that compiled code has no call there.
 */
export function recordThread({ core, partition, id }: Thread, kind: PlainKind, a = -1, b = -1, c = -1): void {
  core.trace.record(kind, core.id, partition.id, id, a, b, c);
}

/** The partition whose time it is; undefined in a gap between windows and on a core that is off. */
export function currentPartition({ partitions, state }: Core): Partition | undefined {
  return state.partition < 0 ? undefined : partitions[state.partition];
}

/** The thread that was entered last and may go on; undefined when there is none. */
export function runningThread({ threads, state }: Core): Thread | undefined {
  return state.running < 0 ? undefined : threads[state.running];
}

/** Whether none of the core's partitions can ever run again, and nothing is left to tell of them. */
export function isFinished({ partitions }: Core): boolean {
  return partitions.every(
    (partition) => partition === undefined || (partition.state.life === "stopped" && partition.state.workLeft === 0),
  );
}

/** A fault of the kernel itself, with the place and the last events of the core. */
export function kernelBug(core: Core, problem: string): Bug {
  const events = core.trace.last(core.id, 32).map(formatEvent);
  return new Bug(`kernel, core ${core.id}, cycle ${now(core)}: ${problem}\n  ${events.join("\n  ")}`);
}
