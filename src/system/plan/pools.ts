/**
 * Pools in a plan: where their frames lie, what their members are told, and what must hold of them.
 *
 * Their frames come behind all else, each pool's from a multiple of 2 MiB on; in mode copy the owner's, then each
 * member's. In the address space every member has pool i of the system at the same place, which no region reaches.
 */
import { MAX_POOL_BLOCKS, MAX_POOLS, POOL_BASE, POOL_STRIDE } from "../../abi/index.js";
import type { PartitionPlan, PoolPlan, SystemPlan } from "../../kernel/plan.js";
import type { BootPool } from "../../partitions/boot-info.js";
import {
  LARGE_PAGE_SIZE_BYTES,
  PAGE_SIZE_BYTES,
  type PartitionId,
  type PhysicalAddress,
  type VirtualAddress,
} from "../../units.js";
import type { Description } from "../description/description.js";
import { nameProblem } from "../description/names.js";
import type { Problems } from "../description/problems.js";
import { formatSize } from "../description/units.js";
import { BLOCK, blockProblem, POOL } from "../limits.js";
import { roundUp } from "./blocks.js";
import { poolPath } from "./paths.js";
import { insist, type Flaw } from "./insist.js";

/** Bytes of the frames of a pool. */
export function poolFrameBytes({ mode, members, sizeBytes }: Pick<PoolPlan, "mode" | "members" | "sizeBytes">): number {
  return mode === "copy" ? members.length * sizeBytes : sizeBytes;
}

/** `first`: the end of all other memory. */
export function resolvePools({ partitions, pools }: Description, first: PhysicalAddress): PoolPlan[] {
  let next = roundUp(first, LARGE_PAGE_SIZE_BYTES);
  return pools.map(({ name, mode, members, sizeBytes, blockBytes }, id) => {
    const owners = members.map((member) => partitions.findIndex((partition) => partition.name === member.name));
    const pool: PoolPlan = { id, name, mode, members: owners, sizeBytes, blockBytes, frames: next };
    next = roundUp(next + poolFrameBytes(pool), LARGE_PAGE_SIZE_BYTES);
    return pool;
  });
}

/** What a partition is told of the pools that it is a member of. */
export function bootPools(
  partitions: readonly Pick<PartitionPlan, "name">[],
  pools: readonly PoolPlan[],
  id: PartitionId,
): BootPool[] {
  return pools
    .filter(({ members }) => members.includes(id))
    .map((plan) => ({
      plan,
      member: plan.members.indexOf(id),
      memberNames: plan.members.map((member) => partitions[member].name),
    }));
}

/** The stretches of a partition's address space that are pools', for its page tables. */
export function poolRanges(
  pools: readonly PoolPlan[],
  id: PartitionId,
): { readonly at: VirtualAddress; readonly sizeBytes: number }[] {
  return pools
    .filter(({ members }) => members.includes(id))
    .map((pool) => ({ at: POOL_BASE + BigInt(pool.id) * POOL_STRIDE, sizeBytes: pool.sizeBytes }));
}

/** What a person can get wrong. */
export function checkPools({ partitions, pools }: SystemPlan, problems: Problems): void {
  if (pools.length > MAX_POOLS) {
    const problem = `pool "${pools[MAX_POOLS].name}" is one too many: there are ${pools.length}`;
    problems.add(poolPath(pools[MAX_POOLS]), problem, `At most ${MAX_POOLS}.`, { part: "key" });
  }
  for (const pool of pools) {
    const { name, members, sizeBytes, blockBytes } = pool;
    const wrongName = nameProblem(name);
    if (wrongName !== null) problems.add(poolPath(pool), wrongName.problem, wrongName.hint, { part: "key" });
    const repeated = members.find((member, index) => members.indexOf(member) !== index);
    if (repeated !== undefined) {
      const problem = `pool "${name}" has "${partitions[repeated].name}" twice`;
      const hint = "Its members are its owner and other partitions, each once.";
      problems.add(poolPath(pool, "members"), problem, hint, { restsOn: [poolPath(pool, "owner")] });
    }
    const restsOn = [poolPath(pool, "block")];
    if (sizeBytes % blockBytes !== 0) {
      const problem = `the size of pool "${name}", ${formatSize(sizeBytes)}, is no multiple of its block`;
      const hint = `Blocks have ${formatSize(blockBytes)}: write size = "${formatSize(roundUp(sizeBytes, blockBytes))}".`;
      problems.add(poolPath(pool, "size"), problem, hint, { restsOn });
    } else if (sizeBytes / blockBytes > MAX_POOL_BLOCKS) {
      const problem = `pool "${name}" has ${sizeBytes / blockBytes} blocks`;
      const hint = `At most ${MAX_POOL_BLOCKS}: make its blocks larger, or the pool smaller.`;
      problems.add(poolPath(pool, "size"), problem, hint, { restsOn });
    }
  }
}

/** What only a forged plan has. */
export function* poolFlaws({ pools }: SystemPlan): Generator<Flaw> {
  const names = pools.map(({ name }) => name);
  for (const [index, pool] of pools.entries()) {
    const { id, name, members, sizeBytes, blockBytes, frames } = pool;
    const path = poolPath(pool);
    yield* insist(path, [
      [id === index && names.indexOf(name) === index, `pool "${name}" has another's number or name`],
      [members.length >= 2, `pool "${name}" has no members`],
      [blockBytes >= BLOCK.least && blockBytes <= BLOCK.most && !blockProblem(blockBytes), "its blocks have no size"],
      [sizeBytes >= POOL.least && sizeBytes <= POOL.most && sizeBytes % PAGE_SIZE_BYTES === 0, "it has no size"],
      [frames % LARGE_PAGE_SIZE_BYTES === 0, `the frames of pool "${name}" are not aligned`],
    ]);
  }
}
