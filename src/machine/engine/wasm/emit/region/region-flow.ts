/**
 * Where control goes in a region: its blocks and the dispatching node as nodes of a graph, in the order in which they
 * are written, and the flags that are wanted between them.
 *
 * Blocks go by their index in the plan; nodes by their number in the order (flow.ts). The dispatching node has the
 * index behind the blocks.
 */
import type { FlagName } from "../../../../isa/index.js";
import {
  type BlockPlan,
  isCall,
  isDynamic,
  isReturn,
  matchReturns,
  type RegionOutline,
  targetsOf,
} from "../../plan/index.js";
import { analyse, type Flow } from "./flow.js";

export interface RegionFlow {
  readonly flow: Flow;
  /** Index of the dispatching node, where there is one; otherwise -1. */
  readonly dispatch: number;
  /** Blocks that the dispatching node leads to, the most frequent first. */
  readonly dispatched: readonly number[];
  /** By block that ends with a RET whose calls are in the region, the blocks behind those. */
  readonly returns: ReadonlyMap<number, readonly number[]>;
  /** The block that starts at an address. */
  readonly indexOf: ReadonlyMap<bigint, number>;
  /** The node of a block, or of the dispatching node, where the edge from a node to it stays in the region. */
  nodeAt(from: number, index: number | undefined): number | undefined;
  /** By node, flags that must be in their locals before it and behind it. */
  readonly liveIn: readonly ReadonlySet<FlagName>[];
  readonly liveOut: readonly ReadonlySet<FlagName>[];
}

/** `cutEdge` is told of each edge inside the region that structured control flow can't express. */
export function planFlow({ blocks, dynamicTargets }: RegionOutline, cutEdge: () => void): RegionFlow {
  const indexOf = new Map<bigint, number>();
  blocks.forEach(({ rip, first }, index) => {
    if (first === 0) indexOf.set(rip, index);
  });
  const indicesOf = (addresses: readonly bigint[]): number[] =>
    addresses.map((rip) => indexOf.get(rip)).filter((index) => index !== undefined);
  const behindCalls = blocks.map((block) => (isCall(block) ? indexOf.get(block.behind) : undefined));
  const computed = indicesOf(dynamicTargets);
  const jumpedTo = computed.filter((index) => !behindCalls.includes(index));
  const returns = matchReturns(blocks, behindCalls, (block) =>
    isDynamic(blocks[block]) ? jumpedTo : indicesOf(targetsOf(blocks[block])),
  );
  const isDispatched = blocks.map((block, index) => isDynamic(block) && !returns.has(index));
  const dispatched = blocks.some((block, index) => isDispatched[index] && isReturn(block)) ? computed : jumpedTo;
  const dispatch = dispatched.length > 0 && isDispatched.includes(true) ? blocks.length : -1;
  const edges = blocks.map((block, index) => {
    if (isDispatched[index]) return dispatch < 0 ? [] : [dispatch];
    return [...(returns.get(index) ?? indicesOf(targetsOf(block)))];
  });
  if (dispatch >= 0) edges.push(dispatched);
  const cuts = new Set<string>();
  const flow = analyse(edges, (from, to) => {
    cuts.add(`${from},${to}`);
    cutEdge();
  });
  const nodeOf = new Map(flow.order.map((index, node) => [index, node]));
  return {
    flow,
    dispatch,
    dispatched,
    returns,
    indexOf,
    nodeAt: (from, index) =>
      index === undefined || cuts.has(`${flow.order[from]},${index}`) ? undefined : nodeOf.get(index),
    ...findLiveFlags(blocks, flow),
  };
}

/** Flags that must be in their locals before and behind each node: backwards to a fixed point. */
function findLiveFlags(blocks: readonly BlockPlan[], flow: Flow): Pick<RegionFlow, "liveIn" | "liveOut"> {
  const liveIn = flow.order.map((block) => new Set(blocks[block]?.needs));
  const liveOut = flow.order.map(() => new Set<FlagName>());
  for (let changed = true; changed;) {
    changed = false;
    for (let node = flow.order.length - 1; node >= 0; node--) {
      const endFlags = blocks[flow.order[node]]?.endFlags;
      // mutant later-flags-are-not-made:
      for (const target of flow.successors[node]) for (const flag of liveIn[target]) liveOut[node].add(flag);
      for (const flag of liveOut[node])
        if (!(endFlags?.has(flag) ?? false) && !liveIn[node].has(flag)) {
          liveIn[node].add(flag);
          changed = true;
        }
    }
  }
  return { liveIn, liveOut };
}

/** Flags that are made on one side only of a block's branch, and the address to which that side leads, or null. */
export interface LateFlags {
  readonly target: bigint | null;
  readonly flags: ReadonlySet<FlagName>;
}

const NONE_LATE: LateFlags = { target: null, flags: new Set() };

/** Flags that only one side of the block's branch needs: a loop makes them where it ends. */
export function findLateFlags({ nodeAt, indexOf, liveIn }: RegionFlow, block: BlockPlan, node: number): LateFlags {
  const targets = block.end.kind === "branch" ? targetsOf(block) : [];
  const wanted = targets.map((rip) => {
    const at = nodeAt(node, indexOf.get(rip));
    return at === undefined ? new Set<FlagName>() : liveIn[at];
  });
  const own = wanted.map((flags, side) => [...flags].filter((flag) => !wanted[1 - side].has(flag)));
  if (own.length < 2 || targets[0] === targets[1]) return NONE_LATE;
  const side = own[0].length === 0 ? 1 : 0;
  // Where each side has its own, all are made before the branch: what they have in common is computed once.
  return own[1 - side].length > 0 ? NONE_LATE : { target: targets[side], flags: new Set(own[side]) };
}
