/**
 * Partitions: start, modes, stop, restart.
 *
 * A restart brings back the state of the first start: writable private memory is rewritten from the plan, doorbell
 * bits are dropped, threads begin again. Channel pages that others map stay as they are. Reloading takes the time of
 * the memory lines it writes, in the partition's own windows, and can be interrupted; the bytes appear when it is
 * done. Other partitions notice silence, and at its end a doorbell of each channel: what the fallen partition published
 * without announcing it is found, and whoever waits looks again.
 */
import type { Cycles } from "../units.js";
import { PartitionMode } from "../abi/index.js";
import { KernelStep } from "../hal/index.js";
import { EventKind, WakeCause } from "../trace/index.js";
import { now, recordPartition } from "./core.js";
import { writeBootInfo, writeQuarantine } from "./boot-page.js";
import { longestCycles, PATHS } from "./costs/cost.js";
import type { Partition } from "./objects.js";
import type { RegionPlan } from "./plan.js";
import { leaveCycles } from "./pools/pool.js";
import { resetReadySet } from "./threads/ready-set.js";
import { endThread, startThread } from "./threads/thread.js";

/** Values of `start_condition` in the boot-information page. */
export const enum StartCondition {
  Normal = 0,
  ByItself = 1,
  ByHealthMonitoring = 3,
}

const LINE_BYTES = 64;

/** What ringing one peer takes, which is paid as work: no kernel path gets longer by the number of channels. */
const ANNOUNCE_WAYS = [[PATHS.ringHere, PATHS.wake, PATHS.bootLine], [PATHS.ringElsewhere]];

/** All threads begin, main first; first releases are at `at`. */
export function startPartition(partition: Partition, at: Cycles, cause: WakeCause): void {
  const { state, threads } = partition;
  state.life = "running";
  resetReadySet(partition);
  recordPartition(partition, EventKind.Mode, state.mode);
  for (const thread of threads) startThread(thread, at, cause);
}

/** Output that was published and not announced is not lost with the partition. */
function ringDevices(partition: Partition): void {
  const { core, links } = partition;
  for (const link of links) {
    const { peer, state, end } = link;
    if (peer.owner !== "device" || state.quarantined) continue;
    if (core.environment.devices.doorbell(core.id, end.channel) === "ok") continue;
    state.quarantined = true;
    recordPartition(partition, EventKind.Violation, end.channel);
  }
}

function endThreads({ threads }: Partition): void {
  for (const thread of threads) endThread(thread);
}

/** Stops for good. `exitCode` is -1 when the partition did not end by `exit`. */
export function stopPartition(partition: Partition, exitCode: number): void {
  const { state } = partition;
  ringDevices(partition);
  endThreads(partition);
  state.life = "stopped";
  state.mode = PartitionMode.Idle;
  state.exitCode = exitCode;
  state.workLeft = announceCycles(partition) + leaveCycles(partition);
  recordPartition(partition, EventKind.PartitionStop, exitCode);
}

/** What a restart writes: memory that the partition can change, and the rings that it shares with devices. */
function reloadedRegions({ plan }: Partition): RegionPlan[] {
  return plan.regions.filter(({ shared, rights, kind }) => !shared && (rights.write || kind === "channel"));
}

/** Cycles that reloading a partition takes: every line of what it rewrites, and one of the boot-information page. */
function reloadCycles(partition: Partition): Cycles {
  const bytes = reloadedRegions(partition).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (Math.ceil(bytes / LINE_BYTES) + 1) * partition.core.hal.costOf(KernelStep.MemoryLine);
}

/** The threads end, and the core reloads the partition from now on, whenever it has the time. */
export function beginRestart(partition: Partition, mode: PartitionMode, condition: StartCondition): void {
  const { state } = partition;
  ringDevices(partition);
  endThreads(partition);
  state.life = "restarting";
  state.mode = mode;
  state.startCondition = condition;
  state.workLeft = reloadCycles(partition) + announceCycles(partition) + leaveCycles(partition);
}

/** Cycles of ringing the peers of all its links, once the partition's life is over: see `finishWork`. */
function announceCycles(partition: Partition): Cycles {
  const { core, links } = partition;
  const peers = links.filter(({ peer }) => peer.owner === "partition" && peer.end.partition !== partition);
  return peers.length * longestCycles((step) => core.hal.costOf(step), ANNOUNCE_WAYS);
}

/** Reloading is paid for: the memory changes now, and the threads begin. */
export function finishRestart(partition: Partition): void {
  const { core, links, state } = partition;
  state.workLeft = 0;
  state.generation++;
  for (const { frames, sizeBytes, contents } of reloadedRegions(partition)) {
    core.hal.clearPhysical(frames, sizeBytes);
    if (contents.length > 0) core.hal.writePhysical(frames, contents);
  }
  writeBootInfo(partition, "generation", state.generation);
  writeBootInfo(partition, "start_condition", state.startCondition);
  state.pending.low = 0;
  state.pending.high = 0;
  state.releasedLocks = 0;
  for (const link of links) {
    if (link.peer.owner !== "device") continue;
    link.state.quarantined = false;
    writeQuarantine(link, false);
    core.environment.devices.reset(link.end.channel);
  }
  recordPartition(partition, EventKind.Restart, state.generation, state.restarts);
  startPartition(partition, now(core), WakeCause.Restart);
}
