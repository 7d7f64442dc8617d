/**
 * The body of one cost block from its SSA: effects in order with the sync points before those that may leave, the state
 * at the end. Where control goes then is the region's matter (region-emitter.ts).
 */
import type { FlagName } from "../../../isa/index.js";
import { RFLAGS_OFFSET, RFlag } from "../../../state.js";
import type { SsaNode, Terminator } from "../../ssa/index.js";
import { i32, type I32, load32, type Local as LocalOf } from "../assembler/index.js";
import { isEffect, type SsaPlan, type SyncPoint } from "../plan/index.js";
import { type BlockBody, writeBlockStart } from "./block-body.js";
import { findSpans, type SpanMember } from "./access/access-spans.js";
import { type EffectBlock, isShared, type NumberExit, writeEffect } from "./effect-code.js";
import { BlockGuard } from "./float/float-block-guard.js";
import type { FunctionBuilder } from "./function-builder.js";
import { writeValue } from "./pure-code.js";
import { BlockValues, leafNumber } from "./values.js";

/** What a branch depends on, or where a computed jump goes. */
function terminatorValues(terminator: Terminator): SsaNode[] {
  if (terminator.kind === "branch") return [terminator.condition];
  return terminator.kind === "jump" ? [terminator.target] : [];
}

export class BlockEmitter implements BlockBody, EffectBlock {
  readonly values: BlockValues;
  private readonly made: ReadonlyMap<FlagName, SsaNode>;
  private readonly synced = new Set<number>();
  readonly spans: ReadonlyMap<SsaNode, SpanMember>;
  readonly updates = new Map<SsaNode, LocalOf<I32>>();

  /** Flags as MakeBody has them. */
  constructor(
    readonly builder: FunctionBuilder,
    readonly plan: SsaPlan,
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
    for (const node of terminatorValues(ssa.terminator)) values.count(node);
    this.values = values;
    this.spans = findSpans(ssa.nodes.filter((node) => !isShared(plan, node)));
    if (plan.isFused) this.values.guard = new BlockGuard(builder);
  }

  emitBody(timeExit: number, isLoopHead: boolean): void {
    writeBlockStart(this.builder, this.plan, timeExit, isLoopHead);
    this.emitEffects();
    this.makeFlags(false);
  }

  /** What the block does, with the state at its end. */
  emitEffects(): void {
    const { ssa } = this.plan;
    for (const node of ssa.nodes) if (isEffect(node)) writeEffect(this, node);
    this.values.guard?.settle();
    // mutant end-leaves-registers-behind:
    this.sync(ssa.endExit);
  }

  makeFlags(areLate: boolean): void {
    const { builder, values } = this;
    for (const [flag, node] of this.made) {
      if (this.lateFlags.has(flag) !== areLate) continue;
      values.push(node);
      values.saveBefore(flag);
      builder.code.set(builder.flag(flag));
    }
  }

  pushTerminatorValue(): void {
    for (const node of terminatorValues(this.plan.ssa.terminator)) this.values.push(node);
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
      // mutant stored-value-dies-with-its-place:
      values.saveBefore(leafNumber(index));
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
