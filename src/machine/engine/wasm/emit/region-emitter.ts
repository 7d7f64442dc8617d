/**
 * A region as a WebAssembly function (core: i32) -> i32: registers that it touches are loaded into locals, its blocks follow with structured
 * control flow, every way out goes to one end that stores what changed.
 *
 * The result is the number of an exit with a side table, or 0: then RIP in memory is the start of a block outside, for
 * which the jump cache had no region of the same module.
 */
import type { FlagName } from "../../../isa/index.js";
import { Register } from "../../../isa/instruction.js";
import { RFLAGS_OFFSET, RIP_OFFSET } from "../../../state.js";
import { BlockEmitter, type NumberExit } from "./block-emitter.js";
import { analyse, type Flow } from "./flow.js";
import { FunctionBuilder, Local } from "./function-builder.js";
import { CodeWriter, FunctionIndex, Op, REGION_TYPE, type RegionBody, Type } from "../assembler/index.js";
import {
  FLOOR_OFFSET,
  JUMP_CACHE_BASE,
  JUMP_CACHE_ENTRIES,
  LEAVES_OFFSET,
  MAX_LEAVES,
  RECIPE_OFFSET,
  SPOILED_OFFSET,
  TIME_OFFSET,
} from "../layout.js";
import { writeStrictness, writeUnreadiness } from "./float-guard.js";
import type { BlockPlan } from "../plan/plan.js";
import { FLAG_BIT } from "../plan/recipe.js";
import { isVectorPlace, offsetOfPlace } from "./register-places.js";
import { addressBehind, isCall, isDynamic, isReturn, targetsOf } from "../plan/block-ends.js";
import type { RegionPlan } from "../plan/region.js";
import { matchReturns } from "../plan/returns.js";

/** Exit number of the dispatching node: RIP is stored already, and it is time to return to the engine. */
export const RETURN_EXIT = -1;

/** In place of an instruction's number: the block ran to its end, which is a system call. */
export const SYSTEM_CALL_STEP = -2;

/** Flags that must be in their locals before and behind each block: backwards to a fixed point. */
function findLiveFlags(
  blocks: readonly BlockPlan[],
  flow: Flow,
): { readonly liveIn: ReadonlySet<FlagName>[]; readonly liveOut: ReadonlySet<FlagName>[] } {
  const liveIn = flow.order.map((block) => new Set(blocks[block]?.needs));
  const liveOut = flow.order.map(() => new Set<FlagName>());
  for (let changed = true; changed;) {
    changed = false;
    for (let place = flow.order.length - 1; place >= 0; place--) {
      const endFlags = blocks[flow.order[place]]?.endFlags;
      for (const target of flow.successors[place]) for (const flag of liveIn[target]) liveOut[place].add(flag);
      for (const flag of liveOut[place])
        if (!(endFlags?.has(flag) ?? false) && !liveIn[place].has(flag)) {
          liveIn[place].add(flag);
          changed = true;
        }
    }
  }
  return { liveIn, liveOut };
}

/**
 * `tracksStores`: whoever runs the region wants to know whether it changed memory (SPOILED_OFFSET). `aheadBase`: of ahead.ts.
 * `cutEdge` is told of each edge between blocks of the region that structured control flow can't express.
 */
export function emitRegion(
  plan: RegionPlan,
  { tracksStores, aheadBase }: { readonly tracksStores: boolean; readonly aheadBase: number },
  numberExit: NumberExit,
  cutEdge: () => void,
): RegionBody {
  const { blocks } = plan;
  const indexOf = new Map<bigint, number>();
  blocks.forEach(({ rip, first }, index) => {
    if (first === 0) indexOf.set(rip, index);
  });
  const cuts = new Set<string>();
  const indicesOf = (addresses: readonly bigint[]): number[] =>
    addresses.map((rip) => indexOf.get(rip)).filter((index) => index !== undefined);
  const behindCalls = blocks.map((block) => (isCall(block) ? indexOf.get(addressBehind(block)) : undefined));
  const computed = indicesOf(plan.dynamicTargets);
  const jumpedTo = computed.filter((index) => !behindCalls.includes(index));
  const returns = matchReturns(blocks, behindCalls, (block) =>
    isDynamic(blocks[block]) ? jumpedTo : indicesOf(targetsOf(blocks[block])),
  );
  const isDispatched = blocks.map((block, index) => isDynamic(block) && !returns.has(index));
  const dispatched = blocks.some((block, index) => isDispatched[index] && isReturn(block)) ? computed : jumpedTo;
  /** Number of the dispatching node: behind the blocks, where there is one. */
  const dispatch = dispatched.length > 0 && isDispatched.includes(true) ? blocks.length : -1;
  const edges = blocks.map((block, index) => {
    if (isDispatched[index]) return dispatch < 0 ? [] : [dispatch];
    return [...(returns.get(index) ?? indicesOf(targetsOf(block)))];
  });
  if (dispatch >= 0) edges.push(dispatched);
  const flow = analyse(edges, (from, to) => {
    cuts.add(`${from},${to}`);
    cutEdge();
  });
  const placeOf = new Map(flow.order.map((block, place) => [block, place]));
  const { liveIn, liveOut } = findLiveFlags(blocks, flow);
  const builder = new FunctionBuilder(aheadBase);
  const { code } = builder;
  if (tracksStores) builder.spoiled = builder.newLocal(Type.I32);
  // Also where no block touches their locals: a recipe that leaves a flag as it was needs it in RFLAGS, and the recipe
  // of the region before, which may still give it, is replaced.
  for (const flag of liveIn[0]) builder.flag(flag);

  /** Place of a node, where the edge to it stays in the region. */
  function nodeAt(place: number, index: number | undefined): number | undefined {
    return index === undefined || cuts.has(`${flow.order[place]},${index}`) ? undefined : placeOf.get(index);
  }

  /** Goes on at a node of the region; false where that edge leaves it. */
  function goToNode(place: number, index: number | undefined): boolean {
    const target = nodeAt(place, index);
    if (target === undefined) return false;
    if (target <= place) builder.branchToLoop(target);
    else if (flow.isMerge[target]) builder.branchBefore(target);
    else emitTree(target);
    return true;
  }

  /** Goes on at an address: inside the region, or out of it through the jump cache. */
  function goTo(place: number, rip: bigint): void {
    if (goToNode(place, indexOf.get(rip))) return;
    code.i64(rip);
    code.set(Local.Rip);
    builder.branchToExit();
  }

  /** Flags that are needed on one side only of the block's branch, and where that leads: a loop makes them where it ends. */
  function lateFlagsOf(place: number): { readonly target: bigint | null; readonly flags: ReadonlySet<FlagName> } {
    const block = blocks[flow.order[place]];
    const targets = block.ssa.terminator.kind === "branch" ? targetsOf(block) : [];
    const wanted = targets.map((rip) => {
      const at = nodeAt(place, indexOf.get(rip));
      return at === undefined ? new Set<FlagName>() : liveIn[at];
    });
    const own = wanted.map((flags, side) => [...flags].filter((flag) => !wanted[1 - side].has(flag)));
    if (own.length < 2 || targets[0] === targets[1]) return { target: null, flags: new Set() };
    const side = own[0].length === 0 ? 1 : 0;
    // Where each side has its own, all are made before the branch: what they have in common is computed once.
    return own[1 - side].length > 0
      ? { target: null, flags: new Set() }
      : { target: targets[side], flags: new Set(own[side]) };
  }

  function emitTree(place: number): void {
    const merges = flow.children[place].filter((child) => flow.isMerge[child]).toReversed();
    if (flow.isLoopHead[place]) builder.open(Op.Loop, { loop: place });
    emitWithin(place, merges, 0);
    if (flow.isLoopHead[place]) builder.close();
  }

  function emitWithin(place: number, merges: readonly number[], from: number): void {
    if (from === merges.length) {
      emitBlock(place);
      return;
    }
    builder.open(Op.Block, { before: merges[from] });
    emitWithin(place, merges, from + 1);
    builder.close();
    emitTree(merges[from]);
  }

  function emitBlock(place: number): void {
    if (flow.order[place] === dispatch) {
      emitDispatch(place);
      return;
    }
    const block = blocks[flow.order[place]];
    builder.releaseTemporaries();
    const late = lateFlagsOf(place);
    const emitter = new BlockEmitter(builder, block, numberExit, liveOut[place], late.flags);
    emitter.emitBody(numberExit(block, -1), flow.isLoopHead[place] || place === 0);
    if (!block.isWhole) {
      builder.leave(numberExit(block, block.count));
      return;
    }
    const { terminator } = block.ssa;
    switch (terminator.kind) {
      case "next":
        goTo(place, terminator.address);
        return;
      case "jump": {
        const { target } = terminator;
        if (target.detail.kind === "constant") {
          goTo(place, target.detail.value);
          return;
        }
        emitter.pushTerminatorValue(target);
        code.set(Local.Rip);
        const known = returns.get(flow.order[place]);
        if (known !== undefined) goToOneOf(place, known);
        else if (dispatch < 0 || !goToNode(place, dispatch)) builder.branchToExit();
        return;
      }
      case "branch": {
        const { target } = terminator;
        if (target.detail.kind !== "constant") throw new TypeError("a conditional branch goes to a constant");
        emitter.pushTerminatorValue(terminator.condition);
        builder.open(Op.If, "plain");
        const holdAgain = builder.holdTemporaries();
        if (late.target === target.detail.value) emitter.makeFlags(true);
        goTo(place, target.detail.value);
        builder.otherwise();
        // Other blocks stand on the first side, and what this one's flags are made of is still in its temporaries.
        holdAgain();
        if (late.target === terminator.next) emitter.makeFlags(true);
        goTo(place, terminator.next);
        builder.close();
        return;
      }
      case "systemCall":
        if (builder.systemCall === 0) builder.systemCall = builder.newLocal(Type.I32);
        code.i32(1);
        code.set(builder.systemCall);
        builder.leave(numberExit(block, SYSTEM_CALL_STEP));
        return;
      default:
        throw new TypeError(`a block can't end with ${terminator.kind}`);
    }
  }

  /** Compares RIP with the addresses that computed jumps are known to go to. */
  function emitDispatch(place: number): void {
    code.get(Local.Time);
    code.get(Local.Floor);
    code.op(Op.I64LtS);
    builder.openUnlikely();
    code.get(Local.Core);
    code.get(Local.Rip);
    code.memory(Op.I64Store, RIP_OFFSET);
    builder.leave(RETURN_EXIT);
    builder.close();
    goToOneOf(place, dispatched);
  }

  /** Goes on at the node whose address RIP is, or leaves the region. */
  function goToOneOf(place: number, targets: readonly number[]): void {
    let opened = 0;
    for (const index of targets) {
      if (nodeAt(place, index) === undefined) continue;
      code.get(Local.Rip);
      code.i64(blocks[index].rip);
      code.op(Op.I64Eq);
      builder.open(Op.If, "plain");
      goToNode(place, index);
      builder.otherwise();
      opened++;
    }
    builder.branchToExit();
    for (; opened > 0; opened--) builder.close();
  }

  builder.open(Op.Block, "exit");
  emitTree(0);
  builder.close();
  emitEnd(builder, plan.isChained);
  return assemble(builder, liveIn[0].size > 0);
}

/** Stores what changed and goes on: to another region of the module, or back with the exit's number. */
function emitEnd(builder: FunctionBuilder, isChained: boolean): void {
  const { code } = builder;
  builder.isWritten.forEach((isWritten, register) => {
    if (isWritten === 0) return;
    code.get(Local.Core);
    code.get(builder.registers[register]);
    if (isVectorPlace(register)) code.simdMemory("v128.store", offsetOfPlace(register));
    else code.memory(Op.I64Store, offsetOfPlace(register));
  });
  if (builder.flags.size > 0) emitFlagsEnd(builder);
  if (builder.usesRecipes) {
    code.get(Local.Recipe);
    builder.open(Op.If, "plain");
    code.get(Local.Core);
    code.get(Local.Recipe);
    code.memory(Op.I32Store, RECIPE_OFFSET);
    for (let place = 0; place < MAX_LEAVES; place++) {
      if (builder.leaves[place] === 0) continue;
      code.get(Local.Core);
      code.get(builder.leaves[place]);
      code.memory(Op.I64Store, LEAVES_OFFSET + 8 * place);
    }
    builder.close();
  }
  if (builder.systemCall !== 0) emitSystemCallEnd(builder);
  code.get(Local.Core);
  code.get(Local.Time);
  code.memory(Op.I64Store, TIME_OFFSET);
  if (builder.spoiled !== 0) {
    code.get(Local.Core);
    code.get(builder.spoiled);
    code.get(Local.Exit);
    code.op(Op.I32Eqz);
    code.op(Op.I32Or);
    code.memory(Op.I32Store, SPOILED_OFFSET);
  }
  code.get(Local.Exit);
  code.op(Op.I32Eqz);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(Local.Rip);
  code.memory(Op.I64Store, RIP_OFFSET);
  if (isChained) emitChain(builder);
  builder.close();
  code.get(Local.Exit);
  code.op(Op.End);
}

/** After SYSCALL R11 has RFLAGS, whatever recipe there was, and RCX has RIP. */
function emitSystemCallEnd(builder: FunctionBuilder): void {
  const { code } = builder;
  code.get(builder.systemCall);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(builder.register(Register.R11));
  code.op(Op.I32WrapI64);
  code.memory(Op.I32Store, RFLAGS_OFFSET);
  code.get(Local.Core);
  code.get(builder.register(Register.Rcx));
  code.memory(Op.I64Store, RIP_OFFSET);
  code.get(Local.Core);
  code.i32(0);
  code.memory(Op.I32Store, RECIPE_OFFSET);
  builder.close();
}

/** Looks RIP up in the core's jump cache. */
function emitChain(builder: FunctionBuilder): void {
  const { code } = builder;
  const slot = builder.newLocal(Type.I32);
  code.get(Local.Rip);
  code.op(Op.I32WrapI64);
  code.tee(slot);
  code.get(slot);
  code.i32(12);
  code.op(Op.I32ShrU);
  code.op(Op.I32Xor);
  code.i32(JUMP_CACHE_ENTRIES - 1);
  code.op(Op.I32And);
  code.i32(4);
  code.op(Op.I32Shl);
  // The core's cache: its number (core >> 16) times 0x4000.
  code.get(Local.Core);
  code.i32(2);
  code.op(Op.I32ShrU);
  code.op(Op.I32Add);
  code.tee(slot);
  code.memory(Op.I64Load, JUMP_CACHE_BASE);
  code.get(Local.Rip);
  code.op(Op.I64Eq);
  code.get(slot);
  code.memory(Op.I32Load, JUMP_CACHE_BASE + 12);
  code.op1(Op.GlobalGet, 0);
  code.op(Op.I32Eq);
  code.op(Op.I32And);
  builder.open(Op.If, "plain");
  code.get(Local.Core);
  code.get(slot);
  code.memory(Op.I32Load, JUMP_CACHE_BASE + 8);
  code.op(Op.ReturnCallIndirect);
  code.unsigned(REGION_TYPE);
  code.unsigned(0);
  builder.close();
}

/** Puts the flags that have locals into RFLAGS. */
function emitFlagsEnd(builder: FunctionBuilder): void {
  const { code } = builder;
  let mask = 0;
  for (const flag of builder.flags.keys()) mask |= FLAG_BIT[flag];
  code.get(Local.Core);
  code.get(Local.Core);
  code.memory(Op.I32Load, RFLAGS_OFFSET);
  code.i32(~mask);
  code.op(Op.I32And);
  for (const [flag, local] of builder.flags) {
    code.get(local);
    code.i32(Math.log2(FLAG_BIT[flag]));
    code.op(Op.I32Shl);
    code.op(Op.I32Or);
  }
  code.memory(Op.I32Store, RFLAGS_OFFSET);
}

/**
 * The function body: locals, loading of what the region touches, then what was written. `needsFlags`: some flag is
 * wanted before the region makes it; otherwise what waits in a recipe may wait on.
 */
function assemble(builder: FunctionBuilder, needsFlags: boolean): RegionBody {
  const body = builder.code.take();
  const code = new CodeWriter();
  const groups: { type: Type; count: number }[] = [];
  for (const type of builder.types) {
    const last = groups[groups.length - 1];
    if (last?.type === type) last.count++;
    else groups.push({ type, count: 1 });
  }
  code.unsigned(groups.length);
  for (const { type, count } of groups) {
    code.unsigned(count);
    code.byte(type);
  }
  code.get(Local.Core);
  code.memory(Op.I64Load, TIME_OFFSET);
  code.set(Local.Time);
  code.get(Local.Core);
  code.memory(Op.I64Load, FLOOR_OFFSET);
  code.set(Local.Floor);
  builder.registers.forEach((local, register) => {
    if (local === 0) return;
    code.get(Local.Core);
    if (isVectorPlace(register)) code.simdMemory("v128.load", offsetOfPlace(register));
    else code.memory(Op.I64Load, offsetOfPlace(register));
    code.set(local);
  });
  for (const [value, local] of builder.constants) {
    code.vector(value);
    code.set(local);
  }
  for (const local of [builder.strictFloats, builder.oddFloats]) if (local !== 0) writeStrictness(code, local);
  if (builder.unreadyFloats !== 0) writeUnreadiness(code, builder.unreadyFloats);
  if (builder.flags.size > 0) {
    if (needsFlags) {
      code.get(Local.Core);
      code.memory(Op.I32Load, RECIPE_OFFSET);
      code.op(Op.If);
      code.byte(Type.Void);
      code.get(Local.Core);
      code.call(FunctionIndex.Materialise);
      code.op(Op.End);
    }
    for (const [flag, local] of builder.flags) {
      code.get(Local.Core);
      code.memory(Op.I32Load, RFLAGS_OFFSET);
      code.i32(Math.log2(FLAG_BIT[flag]));
      code.op(Op.I32ShrU);
      code.i32(1);
      code.op(Op.I32And);
      code.set(local);
    }
  }
  const start = code.length;
  code.append(body);
  return {
    bytes: code.take(),
    unlikely: Uint32Array.from(builder.unlikely, (at) => start + at),
    calls: code.calls | builder.code.calls,
  };
}
