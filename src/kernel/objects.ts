/**
 * The kernel's objects: cores, partitions, threads and channel ends, as views over the plan and the plain state.
 *
 * Invariant: an object knows what it belongs to (a thread its partition, a partition its core), so a function is given
 * one object, and nobody can name a thread together with a core that is not its own. A core holds its own objects only.
 *
 * Objects are made once, at boot, each kind in one place: all of a kind have one shape, and a system call makes none.
 * Everything in them is fixed from then on but `state`, which points into KernelState, the one root that is saved
 * (state.ts). A restored state is a new root, and `bindState` points every object at its part of it.
 */
import type { ChannelId, CoreId, Cycles, PartitionId, ThreadId } from "../units.js";
import { Bug } from "../errors.js";
import type { ContextId, Hal } from "../hal/index.js";
import type { Clock, Policy, TimeBase } from "../scheduler/index.js";
import type { TraceStream } from "../trace/index.js";
import type { ReturnCycles, SwitchBounds } from "./costs/bounds.js";
import type { DevicePort } from "../devices/index.js";
import type { PartitionDump } from "./faults/dump.js";
import { CoreClock, ThreadJob } from "./threads/job.js";
import { countRemoteLinks, endAt, endIndex, farEnd, linksAt } from "./channels/ends.js";
import type { CorePlan, PartitionPlan, PoolPlan, ReservationPlan, SystemPlan, ThreadPlan } from "./plan.js";
import type { PoolState } from "./pools/pool-state.js";
import type { KernelCoreState, KernelState, LinkState, PartitionState, ThreadState } from "./state.js";

/** What the kernel works with and what follows from it: the same for every core, fixed when the kernel is created. */
export interface Environment {
  readonly plan: SystemPlan;
  readonly hal: Hal;
  readonly trace: TraceStream;
  readonly devices: DevicePort;
  /** Takes dumps: host state, no part of the kernel's. */
  readonly onDump: (dump: PartitionDump) => void;
  readonly bounds: SwitchBounds;
  readonly returnCycles: ReturnCycles;
  readonly time: TimeBase;
}

/** A stretch of a core's major frame: a window, or a gap between windows. */
export interface Slot {
  /** Null in a gap. */
  readonly partition: Partition | null;
  /** Index in CorePlan.windows; -1 for a gap. */
  readonly window: number;
  /** From the start of the major frame. */
  readonly start: Cycles;
  readonly end: Cycles;
}

/** A core with everything that lives on it. */
export interface Core {
  readonly id: CoreId;
  readonly plan: CorePlan;
  readonly environment: Environment;
  /** As in `environment`; here because every path uses them. */
  readonly hal: Hal;
  readonly trace: TraceStream;
  /** What policies read the time from. */
  readonly clock: Clock;
  /** The core's own partitions, indexed by PartitionId; undefined where a partition is on another core. */
  readonly partitions: (Partition | undefined)[];
  /** The core's own threads, indexed by ThreadId; undefined where a thread is on another core. */
  readonly threads: (Thread | undefined)[];
  /** The major frame in order; empty for a core without windows. */
  readonly slots: Slot[];
  /** Those who share it by reservations, in the order of the plan; empty on other cores. */
  readonly sharers: Partition[];
  /** What `dispatch` answers where a thread is entered: one object, filled anew each time. */
  readonly entry: { readonly kind: "run"; context: ContextId };
  state: KernelCoreState;
}

export interface Partition {
  readonly id: PartitionId;
  readonly plan: PartitionPlan;
  readonly core: Core;
  /** The policy of its class. Round robin stands in where `state.policyReplaced`: see `policyOf`. */
  readonly policy: Policy;
  /** In the order of the plan: the main thread first. */
  readonly threads: Thread[];
  /** In the order of the plan: the console first. */
  readonly ends: ChannelEnd[];
  /** All links of all its ends, in their order. */
  readonly links: Link[];
  /** Null where it has none. */
  readonly reservation: ReservationPlan | null;
  /** Links whose peer is on another core, or a device that rings: over as many the partition can be interrupted. */
  readonly remoteLinkCount: number;
  /** The pools that it is a member of, in the order of the plan. */
  readonly pools: Membership[];
  state: PartitionState;
}

export interface Thread {
  readonly id: ThreadId;
  readonly plan: ThreadPlan;
  readonly core: Core;
  readonly partition: Partition;
  /** Index among the threads of its partition. */
  readonly index: number;
  /** What its policy sees of it. */
  readonly job: ThreadJob;
  state: ThreadState;
}

export interface ChannelEnd {
  readonly partition: Partition;
  /** Index among the ends of its partition: its bit in masks of doorbells. */
  readonly index: number;
  readonly channel: ChannelId;
  /** One for each peer. */
  readonly links: Link[];
}

/** Memory in blocks that partitions pass to each other. Of no core: see pools/pool.ts. */
export interface Pool {
  readonly plan: PoolPlan;
  /** The owner first. */
  readonly members: Partition[];
  state: PoolState;
}

/** A pool as one of its members has it. */
export interface Membership {
  readonly pool: Pool;
  readonly member: number;
}

/** What joins a channel end with one of its peers. */
export interface Link {
  readonly owner: "partition";
  readonly end: ChannelEnd;
  /** Index among the links of the partition. */
  readonly number: number;
  /** The same link at its other end. Set once all are made. */
  peer: Link | DeviceEnd;
  state: LinkState;
}

/**
 * An end of a device. The kernel keeps nothing of it: it rings, and Environment.devices knows by the channel who is
 * there.
 */
export interface DeviceEnd {
  readonly owner: "device";
}

const DEVICE_END: DeviceEnd = { owner: "device" };

export interface KernelObjects {
  /** Indexed by CoreId, PartitionId and ThreadId. */
  readonly cores: readonly Core[];
  readonly partitions: readonly Partition[];
  readonly threads: readonly Thread[];
  readonly pools: readonly Pool[];
}

function createCore(environment: Environment, id: CoreId, state: KernelCoreState): Core {
  const { plan, hal, trace } = environment;
  return {
    id,
    plan: plan.cores[id],
    environment,
    hal,
    trace,
    clock: new CoreClock(hal, id),
    partitions: plan.partitions.map(() => undefined),
    threads: plan.partitions.flatMap((partition) => partition.threads.map(() => undefined)),
    slots: [],
    sharers: [],
    entry: { kind: "run", context: -1 },
    state,
  };
}

function reservationOf(core: CorePlan, partition: PartitionId): ReservationPlan | null {
  if (core.kind !== "reservations") return null;
  return core.reservations.find((row) => row.partition === partition) ?? null;
}

function createPartition(core: Core, plan: PartitionPlan, policy: Policy, state: PartitionState): Partition {
  const system = core.environment.plan;
  const partition: Partition = {
    id: plan.id,
    plan,
    core,
    policy,
    threads: [],
    ends: [],
    links: [],
    reservation: reservationOf(core.plan, plan.id),
    remoteLinkCount: countRemoteLinks(system, plan.id),
    pools: [],
    state,
  };
  plan.channelEnds.forEach((row, index) => {
    const end: ChannelEnd = { partition, index, channel: row.channel, links: [] };
    partition.ends.push(end);
    linksAt(system, row).forEach(() => {
      const number = partition.links.length;
      const link: Link = { owner: "partition", end, number, peer: DEVICE_END, state: state.links[number] };
      end.links.push(link);
      partition.links.push(link);
    });
  });
  core.partitions[plan.id] = partition;
  if (core.plan.kind === "reservations") core.sharers.push(partition);
  return partition;
}

function createThread(partition: Partition, plan: ThreadPlan, index: number, state: ThreadState): Thread {
  const { core } = partition;
  const job = new ThreadJob(core.clock, plan, state);
  const thread: Thread = { id: plan.id, plan, core, partition, index, job, state };
  partition.threads.push(thread);
  core.threads[plan.id] = thread;
  return thread;
}

function joinLinks(plan: SystemPlan, partitions: readonly Partition[]): void {
  for (const partition of partitions)
    partition.ends.forEach(({ links }, index) => {
      const row = partition.plan.channelEnds[index];
      linksAt(plan, row).forEach((link, position) => {
        const far = { channel: row.channel, end: farEnd(link, row.end) };
        const { owner } = endAt(plan, far);
        if (owner.kind === "device") return;
        const there = partitions[owner.partition].ends[endIndex(plan, owner.partition, far)];
        links[position].peer = there.links[linksAt(plan, far).indexOf(link)];
      });
    });
}

function divideFrame(core: Core): void {
  const { plan, slots, partitions } = core;
  if (plan.kind !== "windows") return;
  const gap = (start: Cycles, end: Cycles): Slot => ({ partition: null, window: -1, start, end });
  let at = 0;
  plan.windows.forEach(({ partition, startCycles, lengthCycles }, window) => {
    if (startCycles > at) slots.push(gap(at, startCycles));
    at = startCycles + lengthCycles;
    const opened = partitions[partition];
    if (opened === undefined)
      throw new Bug(`core ${core.id} has a window of partition ${partition}, which is on another`);
    slots.push({ partition: opened, window, start: startCycles, end: at });
  });
  if (at < plan.frameCycles) slots.push(gap(at, plan.frameCycles));
}

/** The objects of a booted system. `policies` is indexed by PartitionId. */
export function createObjects(
  environment: Environment,
  policies: readonly Policy[],
  state: KernelState,
): KernelObjects {
  const { plan } = environment;
  const cores = plan.cores.map((_, id) => createCore(environment, id, state.cores[id]));
  const partitions = plan.partitions.map((row, id) =>
    createPartition(cores[row.core], row, policies[id], state.partitions[id]),
  );
  const threads: Thread[] = [];
  for (const partition of partitions)
    partition.plan.threads.forEach((row, index) => {
      threads[row.id] = createThread(partition, row, index, state.threads[row.id]);
    });
  joinLinks(plan, partitions);
  for (const core of cores) divideFrame(core);
  const pools = plan.pools.map((row): Pool => ({ plan: row, members: [], state: state.pools[row.id] }));
  for (const pool of pools)
    pool.plan.members.forEach((id, member) => {
      pool.members.push(partitions[id]);
      partitions[id].pools.push({ pool, member });
    });
  return { cores, partitions, threads, pools };
}

/** Points every object at its part of a restored state. */
export function bindState({ cores, partitions, threads, pools }: KernelObjects, state: KernelState): void {
  for (const pool of pools) pool.state = state.pools[pool.plan.id];
  for (const core of cores) core.state = state.cores[core.id];
  for (const thread of threads) {
    thread.state = state.threads[thread.id];
    thread.job.state = thread.state;
  }
  for (const partition of partitions) {
    partition.state = state.partitions[partition.id];
    for (const link of partition.links) link.state = partition.state.links[link.number];
  }
}
