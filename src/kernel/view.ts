/**
 * What people see of the kernel: names and states, read-only, made anew at each call. Views read this and the event
 * stream; nothing reads the kernel's state itself.
 */
import type { ChannelId, CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import { PARTITION_MODE_NAMES } from "../abi.js";
import type { Parts } from "./parts.js";
import type { PartitionClass } from "./plan.js";
import { policyOf } from "./ready-set.js";
import type { FaultRecord, PartitionState, ThreadLife } from "./state.js";

export interface PartitionView {
  readonly id: PartitionId;
  readonly name: string;
  readonly class: PartitionClass;
  readonly policy: string;
  readonly core: CoreId;
  /** As ARINC 653 names it: idle, cold-start, warm-start, normal. */
  readonly mode: string;
  readonly state: PartitionState["life"];
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
  readonly producer: PartitionId;
  /** -1 for a device. */
  readonly consumer: PartitionId;
  readonly quarantined: boolean;
}

export interface CoreView {
  readonly id: CoreId;
  readonly kind: "dedicated" | "windows" | "off";
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

export function viewKernel(parts: Parts): KernelView {
  const { plan, state } = parts;
  return {
    cores: plan.cores.map(({ kind }, id) => {
      const { doing, partition, running, boundary } = state.cores[id];
      return { id, kind, doing, partition, thread: running, windowEnd: kind === "windows" ? boundary : null };
    }),
    partitions: plan.partitions.map((row, id) => {
      const { mode, life, generation, restarts, faults, lastFault, exitCode } = state.partitions[id];
      return {
        id,
        name: row.name,
        class: row.class,
        policy: policyOf(parts, id).name,
        core: row.core,
        mode: PARTITION_MODE_NAMES[mode],
        state: life,
        generation,
        restarts,
        faults,
        lastFault,
        exitCode,
      };
    }),
    threads: parts.threads.map(({ plan: row, partition }, id) => ({
      id,
      name: row.name,
      partition,
      priority: row.priority,
      state: state.threads[id].life,
      releases: row.periodCycles === null ? 0 : state.threads[id].releases,
    })),
    channels: plan.channels.map(({ id, name, producer, consumer }) => ({
      id,
      name,
      producer,
      consumer,
      quarantined: plan.partitions.some((row, partition) =>
        row.channelEnds.some(({ channel }, end) => channel === id && state.partitions[partition].ends[end].quarantined),
      ),
    })),
  };
}
