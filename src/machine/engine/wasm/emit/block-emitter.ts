/**
 * The body of one cost block: time check, effects in order with the sync points before those that may leave, the state
 * at the end. Where control goes then is the region's matter (region-emitter.ts).
 */
import { AHEAD_BOUNDS } from "../../../ahead.js";
import type { FlagName } from "../../../isa/index.js";
import { RFLAGS_OFFSET, RFlag } from "../../../state.js";
import type { SsaNode } from "../../ssa/index.js";
import { i32, I32, load32, type Local as LocalOf, tee } from "../assembler/index.js";
import { EXCESS_OFFSET, LeaveReason, REASON_OFFSET } from "../layout.js";
import { type BlockPlan, isEffect, type SyncPoint } from "../plan/index.js";
import { findSpans, type SpanMember } from "./access-spans.js";
import { type EffectBlock, isShared, type NumberExit, writeEffect } from "./effect-code.js";
import { BlockGuard } from "./float-block-guard.js";
import type { FunctionBuilder } from "./function-builder.js";
import { writeValue } from "./pure-code.js";
import { BlockValues } from "./values.js";

export class BlockEmitter implements EffectBlock {
  readonly values: BlockValues;
  private readonly made: ReadonlyMap<FlagName, SsaNode>;
  private readonly synced = new Set<number>();
  readonly spans: ReadonlyMap<SsaNode, SpanMember>;
  readonly updates = new Map<SsaNode, LocalOf<I32>>();

  /**
   * `liveFlags`: flags that a following block of the region needs in their locals; `lateFlags`: those of them that are
   * made by `makeFlags`, where a branch leads to the one block that needs them.
   */
  constructor(
    readonly builder: FunctionBuilder,
    readonly plan: BlockPlan,
    readonly numberExit: NumberExit,
    liveFlags: ReadonlySet<FlagName>,
    private readonly lateFlags: ReadonlySet<FlagName>,
  ) {
    const { ssa, syncs, endFlags } = plan;
    const wanted = [...endFlags.keys()].filter((flag) => liveFlags.has(flag));
    const nodes = wanted.length > 0 ? plan.buildEndFlags() : new Map<FlagName, SsaNode>();
    this.made = new Map(wanted.map((flag) => [flag, nodes.get(flag) as SsaNode]));
    const values = new BlockValues(builder, ssa.nextId(), writeValue);
    for (const node of ssa.nodes)
      if (node.op === "storeUpdate" || node.op === "storePairUpdate")
        node.args.slice(1).forEach((value) => values.count(value));
      else if (isEffect(node)) for (const argument of node.args) values.count(argument);
    for (const { words, recipe, direction } of syncs.values()) {
      if (direction !== null) values.count(direction);
      for (const [, value] of words) values.count(value);
      if (recipe !== null) for (const leaf of recipe.leaves) values.count(leaf);
    }
    for (const node of this.made.values()) values.count(node);
    const { terminator } = ssa;
    if (terminator.kind === "jump") values.count(terminator.target);
    if (terminator.kind === "branch") values.count(terminator.condition);
    this.values = values;
    this.spans = findSpans(ssa.nodes.filter((node) => !isShared(plan, node)));
    if (plan.isFused) this.values.guard = new BlockGuard(builder);
  }

  /** All but the terminator. `timeExit`: taken with nothing done when the block doesn't fit into the time left. */
  emitBody(timeExit: number, isLoopHead: boolean): void {
    const { builder, plan } = this;
    const { time, floor } = builder;
    const cycles = plan.prefix[plan.count];
    /* mutant only-loops-look-at-the-time:
       builder.leaveIfUnlikely(tee(time, time.sub(cycles)).ltS(isLoopHead ? floor : -(1n << 62n)), timeExit); */
    /* mutant block-costs-one-less:
       builder.leaveIfUnlikely(tee(time, time.sub(cycles - 1)).ltS(isLoopHead ? floor : 0), timeExit); */
    builder.leaveIfUnlikely(tee(time, time.sub(cycles)).ltS(isLoopHead ? floor : 0), timeExit);
    // mutant call-leaves-waiting-stores:
    if (plan.ssa.terminator.kind === "systemCall") this.emitTurnCheck(timeExit);
    if (cycles !== plan.count) this.emitExcess(cycles - plan.count);
    for (const node of plan.ssa.nodes) if (isEffect(node)) writeEffect(this, node);
    this.values.guard?.settle();
    // mutant end-leaves-registers-behind:
    this.sync(plan.ssa.endExit);
    this.makeFlags(false);
  }

  /** Puts flags into their locals: those that are late, or the others. */
  makeFlags(areLate: boolean): void {
    const { builder, values } = this;
    for (const [flag, node] of this.made) {
      if (this.lateFlags.has(flag) !== areLate) continue;
      values.push(node);
      values.saveBefore(flag);
      builder.code.set(builder.flag(flag));
    }
  }

  /** Instructions are counted as cycles; what else these are is kept in memory. */
  private emitExcess(cycles: number): void {
    const { builder } = this;
    const { core } = builder;
    builder.store32(core, EXCESS_OFFSET, load32(core, EXCESS_OFFSET).add(cycles));
  }

  /** Nobody goes to the kernel while stores of the core wait for their turn (ahead.ts). */
  private emitTurnCheck(exit: number): void {
    const { builder } = this;
    const { core } = builder;
    const at = builder.temporaryOf(I32);
    const bounds = builder.aheadBase + AHEAD_BOUNDS;
    // The core's bounds: its number (core >> 16) times 8.
    const waits = load32(tee(at, core.shrU(13)), bounds).ne(load32(at, bounds + 4));
    builder.ifUnlikely(waits, () => {
      builder.store32(core, REASON_OFFSET, LeaveReason.Defer);
      builder.leave(exit);
    });
  }

  /** Pushes the condition or the target of the terminator. */
  pushTerminatorValue(node: SsaNode): void {
    this.values.push(node);
  }

  /** Brings registers and flags up to date as an exit has them, once. */
  sync(exit: number): void {
    if (exit < 0 || this.synced.has(exit)) return;
    this.synced.add(exit);
    const point = this.plan.syncs.get(exit);
    if (point !== undefined) this.emitSync(point);
  }

  private emitSync({ words, recipe, direction }: SyncPoint): void {
    const { builder, values } = this;
    const { code } = builder;
    for (const [register, value] of words) {
      values.push(value);
      // mutant value-dies-with-its-register:
      values.saveBefore(register);
      code.set(builder.writtenRegister(register));
    }
    if (direction !== null) this.emitDirection(direction);
    if (recipe === null) return;
    builder.usesRecipes = true;
    recipe.leaves.forEach((leaf, index) => {
      builder.push(leaf.width === 64 ? values.i64(leaf) : values.i32(leaf).extendU());
      code.set(builder.leaf(index));
    });
    builder.set(builder.recipe, i32(recipe.id));
  }

  /** DF has no local: it is written to RFLAGS in memory. */
  private emitDirection(direction: SsaNode): void {
    const { builder, values } = this;
    const { core } = builder;
    values.saveBefore("df");
    const others = load32(core, RFLAGS_OFFSET).and(~RFlag.Direction);
    builder.store32(core, RFLAGS_OFFSET, others.or(values.i32(direction).shl(10)));
  }
}
