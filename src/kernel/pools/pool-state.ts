/** The state of a pool as plain data, and where its blocks lie. */
import type { PhysicalAddress, VirtualAddress } from "../../units.js";
import { POOL_BASE, POOL_OWNER, POOL_STRIDE } from "../../abi/index.js";
import type { PoolPlan } from "../plan.js";
import type { BlockState } from "./block-state.js";

export interface PoolState {
  readonly blocks: BlockState[];
  /** Of mode copy: what each member but the owner has, member by member. */
  readonly copies: BlockState[];
}

export function blockCount({ sizeBytes, blockBytes }: PoolPlan): number {
  return sizeBytes / blockBytes;
}

/** As it is when the system starts: every block is the owner's. */
export function createPoolState(plan: PoolPlan): PoolState {
  const fresh = (holder: number, stage: BlockState["stage"]): BlockState => ({
    generation: 1,
    holder,
    stage,
    readers: 0,
  });
  const count = blockCount(plan);
  const copies = plan.mode === "copy" ? (plan.members.length - 1) * count : 0;
  return {
    blocks: Array.from({ length: count }, () => fresh(POOL_OWNER, "held")),
    copies: Array.from({ length: copies }, (_, index) => fresh(1 + Math.floor(index / count), "free")),
  };
}

/** What a member sees of a block, by its number. */
export function stateOf(plan: PoolPlan, state: PoolState, member: number, block: number): BlockState {
  if (plan.mode !== "copy" || member === POOL_OWNER) return state.blocks[block];
  return state.copies[(member - 1) * blockCount(plan) + block];
}

/** The same in each of its members. */
export function poolAddress({ id }: PoolPlan): VirtualAddress {
  return POOL_BASE + BigInt(id) * POOL_STRIDE;
}

/** Frames of a block as a member maps it. */
export function framesOf(
  { mode, frames, sizeBytes, blockBytes }: PoolPlan,
  member: number,
  block: number,
): PhysicalAddress {
  return frames + (mode === "copy" ? member * sizeBytes : 0) + block * blockBytes;
}
