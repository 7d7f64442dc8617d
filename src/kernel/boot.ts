/**
 * Boot: makes address spaces, mappings, memory and contexts from the plan, and the initial state. Nothing is allocated
 * afterwards. The order is fixed (partitions, then their threads by id), so that the same plan gives the same handles:
 * a saved state fits any kernel booted from the same plan.
 *
 * Memory is zero when the machine is switched on, so only contents are written.
 */
import { ConfigError } from "../errors.js";
import { NEVER } from "../units.js";
import { PartitionMode, POOL_OWNER } from "../abi/index.js";
import type { AddressSpaceId, ContextId, Hal } from "../hal/index.js";
import type { Policy, TimeBase } from "../scheduler/index.js";
import { noEnds } from "./channels/end-set.js";
import { linksAt } from "./channels/ends.js";
import { firstRefills } from "./refills.js";
import { policyThread } from "./threads/job.js";
import type { PartitionPlan, PoolPlan, SystemPlan } from "./plan.js";
import { createPoolState, framesOf, poolAddress } from "./pools/pool-state.js";
import { createKernelCoreState, createThreadState, type KernelState, type PartitionState } from "./state.js";

function bootSpace(hal: Hal, { id, tables, regions }: PartitionPlan): AddressSpaceId {
  const space = hal.createAddressSpace(id, tables.at, tables.sizeBytes);
  for (const { at, frames, sizeBytes, rights, shared, contents } of regions) {
    if (contents.length > 0) hal.writePhysical(frames, contents);
    hal.map(space, at, frames, sizeBytes, rights, shared);
  }
  return space;
}

/** The owner has every block; others have page tables, in which their calls map blocks. In mode share they read. */
function mapPool(hal: Hal, pool: PoolPlan, spaces: readonly AddressSpaceId[]): void {
  const { mode, members, sizeBytes, blockBytes } = pool;
  const at = poolAddress(pool);
  const isShared = mode === "share";
  members.forEach((partition, member) => {
    const isOwner = member === POOL_OWNER;
    if (!isOwner && !isShared) return hal.reserve(spaces[partition], at, sizeBytes);
    for (let offset = 0; offset < sizeBytes; offset += blockBytes) {
      const frames = framesOf(pool, POOL_OWNER, offset / blockBytes);
      const rights = { write: isOwner, execute: false };
      hal.map(spaces[partition], at + BigInt(offset), frames, blockBytes, rights, isShared);
    }
  });
}

function admit(plan: SystemPlan, partition: PartitionPlan, policy: Policy): void {
  const refusal = policy.admit(partition.threads.map(policyThread));
  if (refusal !== null)
    throw new ConfigError(
      { file: plan.name, line: 0, column: 0 },
      `partition "${partition.name}" can't be scheduled by "${policy.name}": ${refusal}`,
    );
}

function initialPartition(
  plan: SystemPlan,
  partition: PartitionPlan,
  space: AddressSpaceId,
  policy: Policy,
  time: TimeBase,
): PartitionState {
  return {
    space,
    life: "waiting to start",
    mode: PartitionMode.ColdStart,
    generation: 1,
    startCondition: 0,
    restarts: 0,
    faults: 0,
    lastFault: null,
    exitCode: -1,
    pending: noEnds(),
    links: partition.channelEnds.flatMap((row) =>
      linksAt(plan, row).map(() => ({ quarantined: false, doorbellArrival: -NEVER, alarms: [], alarmedAt: -NEVER })),
    ),
    releasedLocks: 0,
    workLeft: 0,
    refills: firstRefills(plan.cores[partition.core], partition.id),
    isActive: false,
    policyReplaced: false,
    policy: policy.create(partition.threads.map(policyThread), time),
  };
}

/** Builds everything in the machine and returns the kernel's state before its first cycle. */
export function bootSystem(plan: SystemPlan, hal: Hal, policies: readonly Policy[], time: TimeBase): KernelState {
  plan.partitions.forEach((partition, id) => admit(plan, partition, policies[id]));
  const spaces = plan.partitions.map((partition) => bootSpace(hal, partition));
  for (const pool of plan.pools) mapPool(hal, pool, spaces);
  const contexts: ContextId[] = [];
  const threads = plan.partitions.flatMap((partition) =>
    partition.threads.map(({ id }) => ({ id, partition: partition.id })),
  );
  for (const { id, partition } of threads.toSorted((a, b) => a.id - b.id))
    contexts[id] = hal.createContext(spaces[partition]);
  return {
    version: 2,
    cores: plan.cores.map(() => createKernelCoreState()),
    partitions: plan.partitions.map((partition, id) =>
      initialPartition(plan, partition, spaces[id], policies[id], time),
    ),
    threads: contexts.map(createThreadState),
    pools: plan.pools.map(createPoolState),
  };
}
