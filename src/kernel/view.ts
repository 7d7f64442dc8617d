/**
 * What people see of the kernel: names and states, read-only, made anew at each call. Views read this and the event
 * stream; nothing reads the kernel's state itself.
 */
import type { ChannelId, CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import { PARTITION_MODE_NAMES } from "../abi/index.js";
import type { Core, KernelObjects, Partition, Thread } from "./objects.js";
import type { ChannelPlan, EndPlan, PartitionClass, SystemPlan } from "./plan.js";
import { policyOf } from "./threads/ready-set.js";
import type { FaultRecord, PartitionState, ThreadLife } from "./state.js";

export interface PartitionView {
  readonly id: PartitionId;
  readonly name: string;
  readonly class: PartitionClass;
  readonly policy: string;
  readonly core: CoreId;
  /** As ARINC 653 names it: idle, cold-start, warm-start, normal. */
  readonly mode: string;
  /** While it lives: whether a thread of it runs, could run, or all of them wait. */
  readonly state: PartitionState["life"] | "ready" | "waiting";
  readonly generation: number;
  readonly restarts: number;
  readonly faults: number;
  readonly lastFault: FaultRecord | null;
  /** -1 while it has not ended by `exit`. */
  readonly exitCode: number;
}

export interface ThreadView {
  readonly id: ThreadId;
  readonly name: string;
  readonly partition: PartitionId;
  readonly priority: number;
  readonly state: ThreadLife;
  /** Releases so far; 0 for a thread without period. */
  readonly releases: number;
}

export interface ChannelView {
  readonly id: ChannelId;
  readonly name: string;
  readonly ends: readonly EndPlan[];
  readonly quarantined: boolean;
}

export interface CoreView {
  readonly id: CoreId;
  readonly kind: "dedicated" | "windows" | "reservations" | "off";
  readonly doing: "kernel" | "run" | "work" | "idle";
  /** Whose time it is, or -1. */
  readonly partition: PartitionId;
  readonly thread: ThreadId;
  /** End of the open window, or null. */
  readonly windowEnd: Cycles | null;
}

export interface KernelView {
  readonly cores: readonly CoreView[];
  readonly partitions: readonly PartitionView[];
  readonly threads: readonly ThreadView[];
  readonly channels: readonly ChannelView[];
}

function viewCore({ id, plan: { kind }, state }: Core): CoreView {
  const { doing, partition, running, boundary } = state;
  return { id, kind, doing, partition, thread: running, windowEnd: kind === "windows" ? boundary : null };
}

function viewPartition(partition: Partition): PartitionView {
  const { id, plan, core, state } = partition;
  const { mode, life, generation, restarts, faults, lastFault, exitCode } = state;
  return {
    id,
    name: plan.name,
    class: plan.class,
    policy: policyOf(partition).name,
    core: core.id,
    mode: PARTITION_MODE_NAMES[mode],
    state: life === "running" ? activityOf(partition) : life,
    generation,
    restarts,
    faults,
    lastFault,
    exitCode,
  };
}

function activityOf({ core, threads }: Partition): "running" | "ready" | "waiting" {
  const { doing, running } = core.state;
  if (doing === "run" && threads.some(({ id }) => id === running)) return "running";
  return threads.some(({ state }) => state.life === "ready" || state.life === "running") ? "ready" : "waiting";
}

function viewThread({ id, plan, partition, state }: Thread): ThreadView {
  return {
    id,
    name: plan.name,
    partition: partition.id,
    priority: plan.priority,
    state: state.life,
    releases: plan.periodCycles === null ? 0 : state.releases,
  };
}

function viewChannel({ id, name, ends: plans }: ChannelPlan, partitions: readonly Partition[]): ChannelView {
  const quarantined = partitions.some(({ links }) =>
    links.some(({ end, state }) => end.channel === id && state.quarantined),
  );
  return { id, name, ends: plans, quarantined };
}

export function viewKernel(plan: SystemPlan, { cores, partitions, threads }: KernelObjects): KernelView {
  return {
    cores: cores.map(viewCore),
    partitions: partitions.map(viewPartition),
    threads: threads.map(viewThread),
    channels: plan.channels.map((channel) => viewChannel(channel, partitions)),
  };
}
