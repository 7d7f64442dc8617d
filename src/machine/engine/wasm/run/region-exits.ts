/**
 * Exits of regions by number, and the points at which cores stop there.
 */
import type { Block } from "../../code/block.js";
import { REPEATING_STEP } from "../emit/index.js";
import type { BlockPlan, StopPoint } from "../plan/index.js";

/**
 * Nothing of instruction `step` has happened; -1: nothing of the block has; SYSTEM_CALL_STEP: all of it has;
 * REPEATING_STEP: the repetition that ends it has begun; DISPATCH_STEP: the core is between blocks, whichever it is.
 */
export interface ExitRow {
  readonly plan: Pick<BlockPlan, "start" | "first" | "block" | "prefix" | "count" | "isFused">;
  readonly step: number;
  /** Address of the instruction. */
  readonly rip: number;
  /** The instruction, as a point at which cores stop: made when it is first asked for. */
  point: StopPoint | null;
}

export function exitRowOf(blockPlan: BlockPlan, plan: ExitRow["plan"], step: number): ExitRow {
  const at = step === REPEATING_STEP ? blockPlan.count - 1 : step;
  return { plan, step, rip: addressOf(blockPlan, at), point: null };
}

/** The address of an instruction of a block. */
function addressOf({ rip, block, first }: BlockPlan, step: number): number {
  let address = Number(rip);
  for (let i = 0; i < step; i++) address += Number(block.entries[first + i].lengthBytes);
  return address;
}

/** The instruction before which an exit leaves. `points`: all that are known, by block. */
export function pointOf(points: WeakMap<Block, StopPoint[]>, row: ExitRow): StopPoint {
  if (row.point !== null) return row.point;
  const { block, start, first, count } = row.plan;
  const index = first + (row.step === REPEATING_STEP ? count - 1 : Math.max(row.step, 0));
  let known = points.get(block);
  if (known === undefined) points.set(block, (known = []));
  let point = known.find((one) => one.index === index && one.start === start);
  if (point === undefined) {
    point = { block, start, index, rip: row.rip, region: null, heat: 0, isAnchor: false, failures: 0 };
    known.push(point);
  }
  row.point = point;
  return point;
}
