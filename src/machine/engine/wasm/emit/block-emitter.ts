/**
 * The body of one cost block: time check, effects in order with the sync points before those that may leave, the state
 * at the end. Where control goes then is the region's matter (region-emitter.ts).
 */
import { AHEAD_BOUNDS } from "../../../ahead.js";
import type { FlagName } from "../../../isa/index.js";
import { TlbKind } from "../../../memory/tlb.js";
import { RFLAGS_OFFSET, RFlag } from "../../../state.js";
import type { SsaNode } from "../../ssa/index.js";
import {
  loadedWhole,
  typeOfWidth,
  valueAt,
  writeTranslation,
  writeValueAt,
  writeWholeStore,
  noteChange,
  reachOf,
  type Reach,
  type WayOut,
} from "./access.js";
import { findSpans, type SpanPlace } from "./access-spans.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import {
  BULK_ACCESS,
  EXCESS_OFFSET,
  REASON_OFFSET,
  LeaveReason,
  REFUND_SHIFT,
  TURN_ACCESS,
  UPDATE_ACCESS,
} from "../layout.js";
import { I32, I64, type Local as LocalOf, localOf, Op, stacked, Type, V128, written } from "../assembler/index.js";
import { type BlockPlan, isEffect, type SyncPoint } from "../plan/index.js";
import { writeRepeat } from "./repeat.js";
import { BlockGuard } from "./float-block-guard.js";
import { writeFloatEffect } from "./float-values.js";
import { writeValue } from "./pure-code.js";
import { BlockValues } from "./values.js";
import { loadedVector, writeVectorStore } from "./vector-access.js";
import { loadedShared, writeSharedStore } from "./shared-access.js";
import { writeDivision } from "./division.js";

/** Numbers an exit in the middle of a block: nothing of instruction `step` has happened. */
export type NumberExit = (plan: BlockPlan, step: number) => number;

/** In place of an instruction's number: the block's last, a repetition, has begun and is not over. */
export const REPEATING_STEP = -3;

export class BlockEmitter {
  private readonly values: BlockValues;
  private readonly made: ReadonlyMap<FlagName, SsaNode>;
  private readonly synced = new Set<number>();
  private readonly spans: ReadonlyMap<SsaNode, SpanPlace>;
  /** Offset in RAM of a loadForUpdate, by its address. */
  private readonly updates = new Map<SsaNode, LocalOf<I32>>();

  /**
   * `liveFlags`: flags that a following block of the region needs in their locals; `lateFlags`: those of them that are made
   * by `makeFlags`, where a branch leads to the one block that needs them.
   */
  constructor(
    private readonly builder: FunctionBuilder,
    private readonly plan: BlockPlan,
    private readonly numberExit: NumberExit,
    liveFlags: ReadonlySet<FlagName>,
    private readonly lateFlags: ReadonlySet<FlagName>,
  ) {
    const { ssa, syncs, endFlags } = plan;
    const wanted = [...endFlags.keys()].filter((flag) => liveFlags.has(flag));
    const nodes = wanted.length > 0 ? plan.buildEndFlags() : new Map<FlagName, SsaNode>();
    this.made = new Map(wanted.map((flag) => [flag, nodes.get(flag) as SsaNode]));
    const values = new BlockValues(builder, ssa.nextId(), writeValue);
    for (const node of ssa.nodes)
      if (node.op === "storeUpdate") values.count(node.args[1]);
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
    this.spans = findSpans(ssa.nodes.filter((node) => !this.isShared(node)));
    if (plan.isFused) this.values.guard = new BlockGuard(builder);
  }

  /** All but the terminator. `timeExit`: taken with nothing done when the block doesn't fit into the time left. */
  emitBody(timeExit: number, isLoopHead: boolean): void {
    const { builder, plan } = this;
    const { code } = builder;
    code.get(Local.Time);
    const cycles = plan.prefix[plan.count];
    code.i64(BigInt(cycles));
    code.op(Op.I64Sub);
    code.tee(Local.Time);
    if (isLoopHead) code.get(Local.Floor);
    else code.i64(0n);
    code.op(Op.I64LtS);
    builder.openUnlikely();
    builder.leave(timeExit);
    builder.close();
    if (plan.ssa.terminator.kind === "systemCall") this.emitTurnCheck(timeExit);
    if (cycles !== plan.count) this.emitExcess(cycles - plan.count);
    for (const node of plan.ssa.nodes) if (isEffect(node)) this.emitEffect(node);
    this.values.guard?.settle();
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
    const { code } = this.builder;
    code.get(Local.Core);
    code.get(Local.Core);
    code.memory(Op.I32Load, EXCESS_OFFSET);
    code.i32(cycles);
    code.op(Op.I32Add);
    code.memory(Op.I32Store, EXCESS_OFFSET);
  }

  /** Nobody goes to the kernel while stores of the core wait for their turn (ahead.ts). */
  private emitTurnCheck(exit: number): void {
    const { builder } = this;
    const { code } = builder;
    const at = builder.temporary(Type.I32);
    // The core's bounds: its number (core >> 16) times 8.
    code.get(Local.Core);
    code.i32(13);
    code.op(Op.I32ShrU);
    code.tee(at);
    code.memory(Op.I32Load, builder.aheadBase + AHEAD_BOUNDS);
    code.get(at);
    code.memory(Op.I32Load, builder.aheadBase + AHEAD_BOUNDS + 4);
    code.op(Op.I32Ne);
    builder.openUnlikely();
    code.get(Local.Core);
    code.i32(LeaveReason.Defer);
    code.memory(Op.I32Store, REASON_OFFSET);
    builder.leave(exit);
    builder.close();
  }

  /** Pushes the condition or the target of the terminator. */
  pushTerminatorValue(node: SsaNode): void {
    this.values.push(node);
  }

  private sync(exit: number): void {
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
      values.saveBefore(register);
      code.set(builder.writtenRegister(register));
    }
    if (direction !== null) this.emitDirection(direction);
    if (recipe === null) return;
    builder.usesRecipes = true;
    recipe.leaves.forEach((leaf, index) => {
      values.push(leaf);
      if (leaf.width !== 64) code.op(Op.I64ExtendI32U);
      code.set(builder.leaf(index));
    });
    code.i32(recipe.id);
    code.set(Local.Recipe);
  }

  /** DF has no local: it is written to RFLAGS in memory. */
  private emitDirection(direction: SsaNode): void {
    const { builder, values } = this;
    const { code } = builder;
    values.saveBefore("df");
    code.get(Local.Core);
    code.get(Local.Core);
    code.memory(Op.I32Load, RFLAGS_OFFSET);
    code.i32(~RFlag.Direction);
    code.op(Op.I32And);
    values.push(direction);
    code.i32(10);
    code.op(Op.I32Shl);
    code.op(Op.I32Or);
    code.memory(Op.I32Store, RFLAGS_OFFSET);
  }

  /** A load among float operations, which may be done again: not from shared pages. */
  private emitPrivateLoad(node: SsaNode, exit: number): void {
    const { builder, values } = this;
    const sizeBytes = node.width / 8;
    const address = this.addressOf(node);
    const reach = this.reachOf(node, address, sizeBytes, TlbKind.Read);
    const wayOut = { flags: BULK_ACCESS, exit };
    if (node.width === 128) builder.push(loadedVector(builder, address, reach, wayOut));
    else {
      const host = writeTranslation(builder, address, sizeBytes, TlbKind.Read, reach, wayOut);
      builder.push(valueAt(node.width, host, 0));
    }
    if (values.isWanted(node)) values.define(node);
    else builder.code.op(Op.Drop);
  }

  private emitEffect(node: SsaNode): void {
    const { builder, values } = this;
    const { code } = builder;
    const { guard } = values;
    const stretch = this.plan.exitOf.get(node);
    if (stretch === undefined) guard?.settle();
    this.sync(stretch ?? node.exit);
    const leave = (): number => this.numberExit(this.plan, this.plan.ssa.exits[node.exit].step);
    if (guard !== null && stretch !== undefined) {
      if (guard.exit === 0) guard.begin(this.numberExit(this.plan, this.plan.ssa.exits[stretch].step));
      if (node.op === "load") this.emitPrivateLoad(node, guard.exit);
      else writeFloatEffect(values, node, guard.exit);
      return;
    }
    const wayOut = (flags: number): WayOut => {
      const { prefix, count, ssa } = this.plan;
      const refund = prefix[count] - prefix[ssa.exits[node.exit].step];
      const turn = ssa.terminator.kind === "systemCall" ? TURN_ACCESS : 0;
      return { flags: flags | turn | (refund << REFUND_SHIFT), exit: leave() };
    };
    switch (node.op) {
      case "load": {
        const address = this.addressOf(node);
        const reach = this.reachOf(node, address, node.width / 8, TlbKind.Read);
        if (node.width === 128) builder.push(loadedVector(builder, address, reach, wayOut(0)));
        else {
          const loaded = this.isShared(node) ? loadedShared : loadedWhole;
          builder.push(loaded(builder, address, node.width, reach, wayOut(0)));
        }
        if (values.isWanted(node)) values.define(node);
        else code.op(Op.Drop);
        return;
      }
      case "loadForUpdate": {
        const address = this.addressOf(node);
        const host = writeTranslation(
          builder,
          address,
          node.width / 8,
          TlbKind.Write,
          this.reachOf(node, address, node.width / 8, TlbKind.Write),
          // Vectors that are changed in shared pages are the reference engine's.
          wayOut(node.width === 128 ? BULK_ACCESS : UPDATE_ACCESS),
        );
        this.updates.set(node.args[0], host);
        if (!values.isWanted(node)) return;
        builder.push(valueAt(node.width, host, 0));
        values.define(node);
        return;
      }
      case "store": {
        const address = this.addressOf(node);
        const { width } = node.args[1];
        const value = values.local(node.args[1]);
        const reach = this.reachOf(node, address, width / 8, TlbKind.Write);
        if (width === 128) writeVectorStore(builder, address, localOf(V128, value), reach, wayOut(0));
        else {
          const write = this.isShared(node) ? writeSharedStore : writeWholeStore;
          const stored = width === 64 ? localOf(I64, value) : localOf(I32, value);
          write(builder, address, width, stored, reach, wayOut(0));
        }
        return;
      }
      case "storeUpdate": {
        const host = this.updates.get(node.args[0]);
        if (host === undefined) throw new TypeError("an update that nothing was loaded for");
        this.emitStore(host, node.args[1]);
        return;
      }
      case "trapIf":
        values.push(node.args[0]);
        builder.openUnlikely();
        builder.leave(leave());
        builder.close();
        return;
      case "floatUnary":
      case "floatBinary":
      case "floatConvert":
      case "floatRelation":
        writeFloatEffect(values, node, leave());
        return;
      case "divideUnsigned":
      case "divideSigned":
        this.emitDivide(node, leave());
        return;
      case "repeat": {
        const { steps, endExit } = this.plan.ssa;
        if (builder.spoiled !== 0) {
          code.i32(1);
          code.set(builder.spoiled);
        }
        writeRepeat(builder, values, node, steps[steps.length - 1].instruction, {
          before: leave,
          inside: () => this.numberExit(this.plan, REPEATING_STEP),
          sync: () => this.sync(endExit),
        });
        return;
      }
      default:
        // A fence: the store buffer is empty.
        return;
    }
  }

  /** Stores a value at an offset in RAM, and notes whether that changed anything where somebody asks. */
  private emitStore(host: LocalOf<I32>, value: SsaNode): void {
    const { builder, values } = this;
    const { width } = value;
    const type = typeOfWidth(width);
    if (builder.spoiled === 0) {
      writeValueAt(
        builder,
        width,
        host,
        0,
        written(type, () => values.push(value)),
      );
      return;
    }
    const kept = builder.temporaryOf(type);
    values.push(value);
    builder.set(kept, stacked(type));
    builder.push(valueAt(width, host, 0));
    noteChange(builder, kept, width);
    writeValueAt(builder, width, host, 0, kept);
  }

  /** Whether it is a load or a store, of an instruction that was seen to access shared pages, that the gate may do inline. */
  private isShared({ op, width, args, exit }: SsaNode): boolean {
    const { block, first, ssa } = this.plan;
    const bits = op === "load" ? width : op === "store" ? args[1].width : 128;
    // What comes before a system call may have to wait for its turn.
    if (bits > 64 || ssa.terminator.kind === "systemCall") return false;
    return block.entries[first + ssa.exits[exit].step].isShared;
  }

  private addressOf(node: SsaNode): LocalOf<I64> {
    return localOf(I64, this.values.local(node.args[0]));
  }

  private reachOf(node: SsaNode, address: LocalOf<I64>, sizeBytes: number, kind: TlbKind.Read | TlbKind.Write): Reach {
    return reachOf(this.builder, node, address, sizeBytes, kind, this.spans.get(node));
  }

  private emitDivide(node: SsaNode, exit: number): void {
    const { builder, values } = this;
    const remainder = writeDivision(builder, values, node, exit);
    values.defineRemainder(node, remainder);
  }
}
