/**
 * Pools: blocks of memory that partitions pass to each other by calls, and the pages that follow.
 *
 * The state of pools is shared by the kernels of all cores, as nothing else is. That is exact because a system with
 * pools enters the kernel in the order of turns (MachineOptions.ordersExits): when a call is handled, every call that
 * comes before it has been, and none that comes after. Page tables are not shared: who calls changes its own.
 */
import { PAGE_SIZE_BYTES, type Cycles, type PhysicalAddress } from "../../units.js";
import { POOL_OWNER, Status } from "../../abi/index.js";
import type { Hal, RegisterValue } from "../../hal/index.js";
import { answer, type Outcome } from "../calls/call.js";
import { charge } from "../core.js";
import { PATHS } from "../costs/cost.js";
import type { Membership, Partition, Pool, Thread } from "../objects.js";
import { MODE_RULES, type BlockChange, type BlockState, type Decision } from "./block-state.js";
import { blockCount, framesOf, poolAddress, stateOf } from "./pool-state.js";
import { changeCosts, changeCycles, lookCycles, pagesOf } from "./pool-costs.js";

function blockState({ plan, state }: Pool, member: number, block: number): BlockState {
  return stateOf(plan, state, member, block);
}

/** A pool and a block by the numbers that a caller gives, or null where it has none of that number. */
function find(
  { partition }: Thread,
  pool: RegisterValue,
  block: RegisterValue,
): { readonly membership: Membership; readonly block: number } | null {
  if (pool >= partition.pools.length) return null;
  const membership = partition.pools[Number(pool)];
  // mutant block-numbers-are-believed: if (false) return null;
  if (block >= blockCount(membership.pool.plan)) return null;
  return { membership, block: Number(block) };
}

/** Changes how the pages of a block are mapped in a member, and charges nothing. */
function changePages({ pool, member }: Membership, block: number, change: BlockChange): void {
  const partition = pool.members[member];
  const { hal, id } = partition.core;
  const { blockBytes } = pool.plan;
  const at = poolAddress(pool.plan) + BigInt(block * blockBytes);
  const remap = (row: Parameters<Hal["remap"]>[4]): void => hal.remap(id, partition.state.space, at, blockBytes, row);
  if (change === "unmap") remap({ kind: "unmap" });
  else if (change === "make-read-only" || change === "make-writable")
    remap({ kind: "protect", write: /* mutant sealed-blocks-stay-writable: true */ change === "make-writable" });
  else if (change === "map" || change === "map-read-only")
    remap({ kind: "map", frames: framesOf(pool.plan, member, block), write: change === "map" });
}

/** Copies a block of the owner's to the frames of a member. */
function copyBlock({ pool }: Membership, block: number, to: number): void {
  const { hal } = pool.members[POOL_OWNER].core;
  const { blockBytes } = pool.plan;
  for (let offset = 0; offset < blockBytes; offset += PAGE_SIZE_BYTES)
    hal.writePhysical(
      framesOf(pool.plan, to, block) + offset,
      hal.readPhysical(framesOf(pool.plan, POOL_OWNER, block) + offset, PAGE_SIZE_BYTES),
    );
}

/** Does what a rule has decided, and tells the caller: also the block's generation, where it may know it. */
function settle(
  caller: Thread,
  membership: Membership,
  block: number,
  { status, change }: Decision,
  { generation }: BlockState,
): Outcome {
  for (const [path, count] of changeCosts(change, pagesOf(membership.pool.plan)))
    for (let done = 0; done < count; done++) charge(caller.core, path);
  changePages(membership, block, change);
  return answer(caller, status, status === Status.NotAvailable ? 0 : generation);
}

export function giveBlock(caller: Thread, number: RegisterValue, index: RegisterValue, to: RegisterValue): Outcome {
  charge(caller.core, PATHS.poolCall);
  const found = find(caller, number, index);
  if (found === null) return answer(caller, Status.InvalidParam);
  const { membership, block } = found;
  const { pool, member } = membership;
  const { give } = MODE_RULES[pool.plan.mode];
  if (give === undefined) return answer(caller, Status.InvalidMode);
  if (!(to < pool.members.length) || to === member) return answer(caller, Status.InvalidParam);
  const target = Number(to);
  // mutant blocks-are-given-to-the-dead:
  if (pool.members[target].state.life === "stopped") return answer(caller, Status.NotAvailable);
  const isCopied = pool.plan.mode === "copy";
  // Only the owner has blocks to copy.
  const state = isCopied ? blockState(pool, Math.max(1, target), block) : blockState(pool, member, block);
  const decision = give(state, member, target);
  if (decision.change === "copy") copyBlock(membership, block, target);
  return settle(caller, membership, block, decision, state);
}

export function takeBlock(
  caller: Thread,
  number: RegisterValue,
  index: RegisterValue,
  generation: RegisterValue,
): Outcome {
  charge(caller.core, PATHS.poolCall);
  const found = find(caller, number, index);
  if (found === null) return answer(caller, Status.InvalidParam);
  const { membership, block } = found;
  const { take } = MODE_RULES[membership.pool.plan.mode];
  if (take === undefined) return answer(caller, Status.InvalidMode);
  if (!(generation < 2 ** 32)) return answer(caller, Status.InvalidParam);
  const state = blockState(membership.pool, membership.member, block);
  const decision = take(state, membership.member, Number(generation));
  return settle(caller, membership, block, decision, state);
}

/** The calls `pool_seal` and `pool_release`. */
export function changeBlock(
  caller: Thread,
  call: "seal" | "release",
  number: RegisterValue,
  index: RegisterValue,
): Outcome {
  charge(caller.core, PATHS.poolCall);
  const found = find(caller, number, index);
  if (found === null) return answer(caller, Status.InvalidParam);
  const { membership, block } = found;
  const rule = MODE_RULES[membership.pool.plan.mode][call];
  if (rule === undefined) return answer(caller, Status.InvalidMode);
  const state = blockState(membership.pool, membership.member, block);
  const decision = rule(state, membership.member);
  return settle(caller, membership, block, decision, state);
}

/** Cycles that `leavePools` takes at most, to be paid as work: no kernel path gets longer by what a partition holds. */
export function leaveCycles({ pools, core }: Partition): Cycles {
  const costOf = (step: number): Cycles => core.hal.costOf(step);
  return pools.reduce((sum, { pool, member }) => {
    if (pool.plan.mode === "share") return sum;
    const count = blockCount(pool.plan);
    const each = changeCycles(costOf, "unmap", pagesOf(pool.plan));
    let cycles = count * lookCycles(costOf);
    for (let block = 0; block < count; block++) {
      if (mayChange(blockState(pool, member, block), member)) cycles += each;
    }
    return sum + cycles;
  }, 0);
}

/** Whether the pages of a block may have to change when a member leaves. */
function mayChange({ holder, stage, readers }: BlockState, member: number): boolean {
  if (stage === "sealed") return member === POOL_OWNER || ((readers >>> member) & 1) !== 0;
  return stage === "held" && holder === member;
}

/** The life of a partition is over: what it held or read is let go of, and references to what it owns grow old. */
export function leavePools({ pools }: Partition): void {
  for (const { pool, member } of /* mutant the-dead-keep-their-blocks: pools.slice(0, 0) */ pools)
    for (let block = 0; block < blockCount(pool.plan); block++) {
      const change = MODE_RULES[pool.plan.mode].leave(blockState(pool, member, block), member);
      changePages({ pool, member }, block, change);
    }
}

/** Where the memory of a partition's blocks lies: those that it holds, owns, or has a copy of. For hashes. */
export function heldBlocks({ pools }: Partition): { readonly at: PhysicalAddress; readonly sizeBytes: number }[] {
  return pools.flatMap(({ pool, member }) => {
    if (pool.plan.mode === "share") return [];
    const numbers = Array.from({ length: blockCount(pool.plan) }, (_, block) => block);
    return numbers
      .filter((block) => blockState(pool, member, block).holder === member)
      .map((block) => ({ at: framesOf(pool.plan, member, block), sizeBytes: pool.plan.blockBytes }));
  });
}
