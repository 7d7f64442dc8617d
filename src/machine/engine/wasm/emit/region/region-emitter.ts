/**
 * A region as a WebAssembly function (core: i32) -> i32: registers that it touches are loaded into locals
 * (region-start.ts), its blocks follow with structured control flow, every way out goes to one end that stores what
 * changed (region-end.ts).
 *
 * The result is the number of an exit with a side table, or 0: then RIP in memory is the start of a block outside, for
 * which the jump cache had no region that it reaches.
 */
import { RIP_OFFSET } from "../../../../state.js";
import { I32, i32, i64, I64, localOf, Op, type RegionBody, stacked, Type } from "../../assembler/index.js";
import type { BlockPlan, RegionOutline } from "../../plan/index.js";
import type { BlockBody, MakeBody } from "../block-body.js";
import type { NumberExit } from "../effect-code.js";
import { FunctionBuilder } from "../function-builder.js";
import { emitEnd } from "./region-end.js";
import { findLateFlags, type LateFlags, planFlow, type RegionFlow } from "./region-flow.js";
import { assembleRegion } from "./region-start.js";

/**
 * In place of an instruction's number: of the dispatching node. RIP is stored, and it is time to return to the engine.
 */
export const DISPATCH_STEP = -4;

/** In place of an instruction's number: the block ran to its end, which is a system call. */
export const SYSTEM_CALL_STEP = -2;

/** A region that is being written. Nodes are numbered as in region-flow.ts. */
interface RegionEmission {
  readonly builder: FunctionBuilder;
  readonly blocks: readonly BlockPlan[];
  readonly control: RegionFlow;
  readonly numberExit: NumberExit;
  readonly makeBody: MakeBody;
}

export interface EmitOptions {
  /** Whoever runs the region wants to know whether it changed memory (SPOILED_OFFSET). */
  readonly tracksStores: boolean;
  /** Of ahead.ts. */
  readonly aheadBase: number;
  /** Regions of all modules are in one table. */
  readonly sharesTable: boolean;
  /** Makes the code of each block. */
  readonly makeBody: MakeBody;
}

/**
 * `cutEdge` is told of each edge between blocks of the region that structured control flow can't express.
 */
export function emitRegion(
  plan: RegionOutline,
  { tracksStores, aheadBase, sharesTable, makeBody }: EmitOptions,
  numberExit: NumberExit,
  cutEdge: () => void,
): RegionBody {
  const control = planFlow(plan, cutEdge);
  const builder = new FunctionBuilder(aheadBase);
  if (tracksStores) builder.spoiled = builder.newLocal(Type.I32);
  const neededFlags = control.liveIn[0];
  // These have locals even where no block touches them: a recipe that leaves a flag as it was needs it in RFLAGS, and
  // the recipe of the region before, which may still give it, is replaced.
  for (const flag of neededFlags) builder.flag(flag);
  builder.open(Op.Block, "exit");
  emitTree({ builder, blocks: plan.blocks, control, numberExit, makeBody }, 0);
  builder.close();
  emitEnd(builder, sharesTable);
  return assembleRegion(builder, neededFlags.size > 0);
}

/** A node, and all that it dominates. */
function emitTree(emission: RegionEmission, node: number): void {
  const { builder, control } = emission;
  const { flow } = control;
  const merges = flow.children[node].filter((child) => flow.isMerge[child]).toReversed();
  if (flow.isLoopHead[node]) builder.open(Op.Loop, { loop: node });
  emitWithin(emission, node, merges, 0);
  if (flow.isLoopHead[node]) builder.close();
}

/** A node within blocks of WebAssembly that end before the nodes where control comes together again. */
function emitWithin(emission: RegionEmission, node: number, merges: readonly number[], from: number): void {
  const { builder } = emission;
  if (from === merges.length) {
    emitNode(emission, node);
    return;
  }
  builder.open(Op.Block, { before: merges[from] });
  emitWithin(emission, node, merges, from + 1);
  builder.close();
  emitTree(emission, merges[from]);
}

function emitNode(emission: RegionEmission, node: number): void {
  const { builder, blocks, control, numberExit, makeBody } = emission;
  const index = control.flow.order[node];
  if (index === control.dispatch) {
    emitDispatch(emission, node);
    return;
  }
  const block = blocks[index];
  builder.releaseTemporaries();
  const late = findLateFlags(control, block, node);
  const body = makeBody(builder, block, numberExit, control.liveOut[node], late.flags);
  body.emitBody(numberExit(block, -1), control.flow.isLoopHead[node] || node === 0);
  if (block.isWhole) emitTerminator(emission, node, block, body, late);
  else builder.leave(numberExit(block, block.count));
}

function emitTerminator(
  emission: RegionEmission,
  node: number,
  block: BlockPlan,
  body: BlockBody,
  late: LateFlags,
): void {
  const { builder, numberExit } = emission;
  const { end } = block;
  switch (end.kind) {
    case "next":
      goTo(emission, node, end.target);
      return;
    case "jump":
      if (end.target !== null) {
        goTo(emission, node, end.target);
        return;
      }
      body.pushTerminatorValue();
      builder.set(builder.rip, stacked(I64));
      goToComputed(emission, node);
      return;
    case "branch": {
      const { target, next } = end;
      body.pushTerminatorValue();
      builder.open(Op.If, "plain");
      const holdAgain = builder.holdTemporaries();
      // mutant first-side-lacks-its-flags:
      if (late.target === target) body.makeFlags(true);
      goTo(emission, node, target);
      builder.otherwise();
      // Other blocks stand on the first side, and what this one's flags are made of is still in its temporaries.
      // mutant second-side-has-the-first-ones-temporaries:
      holdAgain();
      // mutant second-side-lacks-its-flags:
      if (late.target === next) body.makeFlags(true);
      goTo(emission, node, next);
      builder.close();
      return;
    }
    case "systemCall":
      if (builder.systemCall === 0) builder.systemCall = builder.newLocal(Type.I32);
      builder.set(localOf(I32, builder.systemCall), i32(1));
      builder.leave(numberExit(block, SYSTEM_CALL_STEP));
  }
}

// ---- going on ------------------------------------------------------------------------------------------------------

/** Goes on at a block of the region, or at the dispatching node; false where that edge leaves the region. */
function goToNode(emission: RegionEmission, from: number, index: number | undefined): boolean {
  const { builder, control } = emission;
  const target = control.nodeAt(from, index);
  if (target === undefined) return false;
  if (target <= from) builder.branchToLoop(target);
  else if (control.flow.isMerge[target]) builder.branchBefore(target);
  else emitTree(emission, target);
  return true;
}

/** Goes on at an address: inside the region, or out of it through the jump cache. */
function goTo(emission: RegionEmission, from: number, rip: bigint): void {
  const { builder, control } = emission;
  if (goToNode(emission, from, control.indexOf.get(rip))) return;
  builder.set(builder.rip, i64(rip));
  builder.branchToExit();
}

/** Goes on at the address that RIP has now, behind a block that ends with a computed jump. */
function goToComputed(emission: RegionEmission, from: number): void {
  const { builder, control } = emission;
  const known = control.returns.get(control.flow.order[from]);
  if (known !== undefined) goToOneOf(emission, from, known);
  else if (control.dispatch < 0 || !goToNode(emission, from, control.dispatch)) builder.branchToExit();
}

/** Compares RIP with the addresses that computed jumps are known to go to. */
function emitDispatch(emission: RegionEmission, node: number): void {
  const { builder, blocks, control, numberExit } = emission;
  const { core, time, floor, rip } = builder;
  const exit = numberExit(blocks[0], DISPATCH_STEP);
  builder.ifUnlikely(time.ltS(floor), () => {
    builder.store64(core, RIP_OFFSET, rip);
    builder.leave(exit);
  });
  goToOneOf(emission, node, control.dispatched);
}

/** Goes on at the block whose address RIP is, or leaves the region. */
function goToOneOf(emission: RegionEmission, from: number, targets: readonly number[]): void {
  const { builder, blocks, control } = emission;
  const { rip } = builder;
  let opened = 0;
  for (const index of targets) {
    if (control.nodeAt(from, index) === undefined) continue;
    // mutant jump-goes-to-the-first-place: builder.push(rip.eq(rip));
    builder.push(rip.eq(blocks[index].rip));
    builder.open(Op.If, "plain");
    goToNode(emission, from, index);
    builder.otherwise();
    opened++;
  }
  builder.branchToExit();
  for (; opened > 0; opened--) builder.close();
}
