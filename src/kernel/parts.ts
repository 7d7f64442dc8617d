/**
 * What the files of the kernel share: the machine, the fixed plan with what follows from it, and the one mutable root.
 * Everything but `state` (and `entry`, which means nothing between two calls) is fixed when the kernel is created.
 */
import type { CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import { Bug } from "../errors.js";
import type { ContextId, Hal } from "../hal/index.js";
import type { Policy } from "../scheduler/index.js";
import { formatEvent, type TraceStream } from "../trace/index.js";
import type { ReturnCycles, SwitchBounds } from "./cost.js";
import type { DevicePort } from "./devices.js";
import type { PartitionDump } from "./dump.js";
import type { PartitionPlan, SystemPlan, ThreadPlan } from "./plan.js";
import type { KernelState } from "./state.js";

/** A stretch of a major frame: a window, or a gap between windows (partition and window -1). */
export interface Slot {
  readonly partition: PartitionId;
  /** Index in CorePlan.windows. */
  readonly window: number;
  /** From the start of the major frame. */
  readonly start: Cycles;
  readonly end: Cycles;
}

/** The other end of a channel end; partition -1 for a device. */
export interface Peer {
  readonly partition: PartitionId;
  readonly end: number;
}

export interface ThreadPlace {
  readonly plan: ThreadPlan;
  readonly core: CoreId;
  readonly partition: PartitionId;
  readonly thread: ThreadId;
  /** Index among the threads of its partition. */
  readonly index: number;
}

export interface Parts {
  readonly plan: SystemPlan;
  readonly hal: Hal;
  readonly trace: TraceStream;
  readonly devices: DevicePort;
  /** Indexed by PartitionId. */
  readonly policies: readonly Policy[];
  /** Takes dumps: host state, no part of the kernel's. */
  readonly onDump: (dump: PartitionDump) => void;
  readonly bounds: SwitchBounds;
  readonly returnCycles: ReturnCycles;
  /** Slots of the major frame, indexed by core; empty for a core without windows. */
  readonly slots: readonly (readonly Slot[])[];
  /** Indexed by partition and end. */
  readonly peers: readonly (readonly Peer[])[];
  /** Channel ends of each partition whose peer is on another core: as many can interrupt it. */
  readonly remoteEnds: readonly number[];
  /** Indexed by ThreadId. */
  readonly threads: readonly ThreadPlace[];
  /** What `dispatch` answers where a thread is entered: one object, filled anew each time. */
  readonly entry: { readonly kind: "run"; context: ContextId };
  state: KernelState;
}

/** A fault of the kernel itself, with the place and the last events of the core. */
export function kernelBug(parts: Parts, core: CoreId, problem: string): Bug {
  const events = parts.trace.last(core, 32).map(formatEvent);
  return new Bug(`kernel, core ${core}, cycle ${parts.hal.now(core)}: ${problem}\n  ${events.join("\n  ")}`);
}

function buildSlots(plan: SystemPlan, core: CoreId): Slot[] {
  const corePlan = plan.cores[core];
  if (corePlan.kind !== "windows") return [];
  const slots: Slot[] = [];
  let at = 0;
  corePlan.windows.forEach(({ partition, startCycles, lengthCycles }, window) => {
    if (startCycles > at) slots.push({ partition: -1, window: -1, start: at, end: startCycles });
    at = startCycles + lengthCycles;
    slots.push({ partition, window, start: startCycles, end: at });
  });
  if (at < corePlan.frameCycles) slots.push({ partition: -1, window: -1, start: at, end: corePlan.frameCycles });
  return slots;
}

function findPeer(plan: SystemPlan, { id }: PartitionPlan, end: number): Peer {
  const { channel, isProducer } = plan.partitions[id].channelEnds[end];
  const { producer, consumer } = plan.channels[channel];
  const partition = isProducer ? consumer : producer;
  if (partition < 0) return { partition: -1, end: -1 };
  const other = plan.partitions[partition].channelEnds.findIndex(
    (row) => row.channel === channel && row.isProducer !== isProducer,
  );
  if (other < 0) throw new Bug(`channel ${channel} has no end in partition ${partition}`);
  return { partition, end: other };
}

/** What follows from a plan and is needed at run time. */
export function derive(plan: SystemPlan): Pick<Parts, "slots" | "peers" | "remoteEnds" | "threads"> {
  const threads: ThreadPlace[] = [];
  for (const partition of plan.partitions)
    partition.threads.forEach((thread, index) => {
      threads[thread.id] = { plan: thread, core: partition.core, partition: partition.id, thread: thread.id, index };
    });
  const peers = plan.partitions.map((row) => row.channelEnds.map((_, end) => findPeer(plan, row, end)));
  return {
    slots: plan.cores.map((_, core) => buildSlots(plan, core)),
    peers,
    remoteEnds: plan.partitions.map(
      ({ core }, id) =>
        peers[id].filter(({ partition }) => partition >= 0 && plan.partitions[partition].core !== core).length,
    ),
    threads,
  };
}
