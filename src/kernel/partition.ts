/**
 * Partitions: start, modes, stop, restart.
 *
 * A restart brings back the state of the first start: writable private memory is rewritten from the plan, doorbell
 * bits are dropped, threads begin again. Channel pages that others map stay as they are. Reloading takes the time of the
 * memory lines it writes, in the partition's own windows, and can be interrupted; the bytes appear when it is done.
 * Other partitions notice nothing but silence.
 */
import type { CoreId, Cycles, PartitionId } from "../units.js";
import { BOOT_INFO, PartitionMode } from "../abi.js";
import { KernelStep } from "../hal/index.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { type Parts } from "./parts.js";
import type { RegionPlan } from "./plan.js";
import { resetReadySet } from "./ready-set.js";
import { endThread, startThread } from "./thread.js";

/** Values of `start_condition` in the boot-information page. */
export const enum StartCondition {
  Normal = 0,
  ByItself = 1,
  ByHealthMonitoring = 3,
}

const LINE_BYTES = 64;

/** All threads begin, main first; first releases are at `at`. */
export function startPartition(parts: Parts, core: CoreId, partition: PartitionId, at: Cycles, cause: WakeCause): void {
  const state = parts.state.partitions[partition];
  state.life = "running";
  resetReadySet(parts, core, partition);
  parts.trace.record(EventKind.Mode, core, partition, -1, state.mode);
  for (const { id } of parts.plan.partitions[partition].threads) startThread(parts, core, id, at, cause);
}

/** Output that was published and not announced is not lost with the partition. */
function ringDevices(parts: Parts, core: CoreId, partition: PartitionId): void {
  parts.plan.partitions[partition].channelEnds.forEach(({ channel }, end) => {
    if (parts.peers[partition][end].partition >= 0) return;
    const state = parts.state.partitions[partition].ends[end];
    if (state.quarantined || parts.devices.doorbell(core, channel) === "ok") return;
    state.quarantined = true;
    parts.trace.record(EventKind.Violation, core, partition, -1, channel);
  });
}

function endThreads(parts: Parts, core: CoreId, partition: PartitionId): void {
  for (const { id } of parts.plan.partitions[partition].threads) endThread(parts, core, id);
}

/** Stops for good. `exitCode` is -1 when the partition did not end by `exit`. */
export function stopPartition(parts: Parts, core: CoreId, partition: PartitionId, exitCode: number): void {
  const state = parts.state.partitions[partition];
  ringDevices(parts, core, partition);
  endThreads(parts, core, partition);
  state.life = "stopped";
  state.mode = PartitionMode.Idle;
  state.exitCode = exitCode;
  parts.trace.record(EventKind.PartitionStop, core, partition, -1, exitCode);
}

/** What a restart writes: memory that the partition can change, and the rings that it shares with devices. */
function reloadedRegions(parts: Parts, partition: PartitionId): RegionPlan[] {
  return parts.plan.partitions[partition].regions.filter(
    ({ shared, rights, kind }) => !shared && (rights.write || kind === "channel"),
  );
}

/** Cycles that reloading a partition takes: every line of what it rewrites, and one of the boot-information page. */
export function reloadCycles(parts: Parts, partition: PartitionId): Cycles {
  const bytes = reloadedRegions(parts, partition).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (Math.ceil(bytes / LINE_BYTES) + 1) * parts.hal.costOf(KernelStep.MemoryLine);
}

export function beginRestart(
  parts: Parts,
  core: CoreId,
  partition: PartitionId,
  mode: PartitionMode,
  condition: StartCondition,
): void {
  const state = parts.state.partitions[partition];
  ringDevices(parts, core, partition);
  endThreads(parts, core, partition);
  state.life = "restarting";
  state.mode = mode;
  state.startCondition = condition;
  state.workLeft = reloadCycles(parts, partition);
}

/** Reloading is paid for: the memory changes now, and the threads begin. */
export function finishRestart(parts: Parts, core: CoreId, partition: PartitionId): void {
  const { hal, devices } = parts;
  const state = parts.state.partitions[partition];
  const plan = parts.plan.partitions[partition];
  state.workLeft = 0;
  state.generation++;
  for (const { frames, sizeBytes, contents } of reloadedRegions(parts, partition)) {
    hal.clearPhysical(frames, sizeBytes);
    if (contents.length > 0) hal.writePhysical(frames, contents);
  }
  writeBootInfo(parts, partition, "generation", state.generation);
  writeBootInfo(parts, partition, "start_condition", state.startCondition);
  state.pending = 0;
  plan.channelEnds.forEach(({ channel }, end) => {
    if (parts.peers[partition][end].partition >= 0) return;
    state.ends[end].quarantined = false;
    devices.reset?.(core, channel);
  });
  parts.trace.record(EventKind.Restart, core, partition, -1, state.generation, state.restarts);
  startPartition(parts, core, partition, hal.now(core), WakeCause.Restart);
}

type BootInfoField = keyof (typeof BOOT_INFO)["fields"];

function writeBootInfo(parts: Parts, partition: PartitionId, name: BootInfoField, value: number): void {
  const page = parts.plan.partitions[partition].regions.find(({ kind }) => kind === "boot-info");
  if (page === undefined) return;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  parts.hal.writePhysical(page.frames + BOOT_INFO.fields[name].offset, bytes);
}

/** Whether none of the partitions of a core can ever run again. */
export function isCoreFinished(parts: Parts, core: CoreId): boolean {
  return parts.plan.partitions.every(
    (plan, partition) => plan.core !== core || parts.state.partitions[partition].life === "stopped",
  );
}
