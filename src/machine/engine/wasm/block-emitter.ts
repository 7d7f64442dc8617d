/**
 * The body of one cost block: time check, effects in order with the sync points before those that may leave, the state
 * at the end. Where control goes then is the region's matter (region-emitter.ts).
 */
import type { FlagName, Width } from "../../isa/index.js";
import { TlbKind } from "../../memory/tlb.js";
import { RFLAGS_OFFSET, RFlag } from "../../state.js";
import type { SsaNode } from "../emit/index.js";
import { writeLoad, writeStore, writeTranslation } from "./access.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import { Op, Type } from "./opcodes.js";
import { isEffect, type BlockPlan, type SyncPoint } from "./plan.js";
import { BlockValues } from "./values.js";

/** Numbers an exit in the middle of a block: nothing of instruction `step` has happened. */
export type NumberExit = (plan: BlockPlan, step: number) => number;

/** Cycles in the high half, instructions in the low: what is taken off the time word. */
export function packTime(cycles: number, instructions: number): bigint {
  return (BigInt(cycles) << 32n) | BigInt(instructions);
}

export class BlockEmitter {
  private readonly values: BlockValues;
  private readonly made: ReadonlyMap<FlagName, SsaNode>;
  private readonly synced = new Set<number>();
  /** Offset in RAM of a loadForUpdate, by its address. */
  private readonly updates = new Map<SsaNode, number>();

  /** `liveFlags`: flags that a following block of the region needs in their locals. */
  constructor(
    private readonly builder: FunctionBuilder,
    private readonly plan: BlockPlan,
    private readonly numberExit: NumberExit,
    liveFlags: ReadonlySet<FlagName>,
  ) {
    const { ssa, syncs, endFlags } = plan;
    const wanted = [...endFlags.keys()].filter((flag) => liveFlags.has(flag));
    const nodes = wanted.length > 0 ? plan.buildEndFlags() : new Map<FlagName, SsaNode>();
    this.made = new Map(wanted.map((flag) => [flag, nodes.get(flag) as SsaNode]));
    const roots: SsaNode[] = [];
    for (const node of ssa.nodes)
      if (node.op === "storeUpdate") roots.push(node.args[1]);
      else if (isEffect(node)) roots.push(...node.args);
    for (const { words, recipe, direction } of syncs.values()) {
      if (direction !== null) roots.push(direction);
      for (const [, value] of words) roots.push(value);
      if (recipe !== null) roots.push(...recipe.leaves);
    }
    roots.push(...this.made.values());
    const { terminator } = ssa;
    if (terminator.kind === "jump") roots.push(terminator.target);
    if (terminator.kind === "branch") roots.push(terminator.condition);
    this.values = new BlockValues(builder, roots);
  }

  /** All but the terminator. `timeExit`: taken with nothing done when the block doesn't fit into the time left. */
  emitBody(timeExit: number, isLoopHead: boolean): void {
    const { builder, plan } = this;
    const { code } = builder;
    code.get(Local.Time);
    code.i64(packTime(plan.prefix[plan.count], plan.count));
    code.op(Op.I64Sub);
    code.tee(Local.Time);
    if (isLoopHead) code.get(Local.Floor);
    else code.i64(0n);
    code.op(Op.I64LtS);
    builder.open(Op.If, "plain");
    builder.leave(timeExit);
    builder.close();
    for (const node of plan.ssa.nodes) if (isEffect(node)) this.emitEffect(node);
    this.sync(plan.ssa.endExit);
    for (const [flag, node] of this.made) {
      this.values.push(node);
      this.values.saveBefore(flag);
      code.set(builder.flag(flag));
    }
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
    recipe.leaves.forEach((leaf, place) => {
      values.push(leaf);
      if (leaf.width !== 64) code.op(Op.I64ExtendI32U);
      code.set(builder.leaf(place));
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

  private emitEffect(node: SsaNode): void {
    const { builder, values } = this;
    const { code } = builder;
    this.sync(node.exit);
    const leave = (): number => this.numberExit(this.plan, this.plan.ssa.exits[node.exit].step);
    switch (node.op) {
      case "load":
      case "loadForUpdate": {
        const address = values.local(node.args[0]);
        const kind = node.op === "load" ? TlbKind.Read : TlbKind.Write;
        const host = writeTranslation(builder, address, node.width / 8, kind, leave());
        if (node.op === "loadForUpdate") this.updates.set(node.args[0], host);
        if (!values.isWanted(node)) return;
        code.get(host);
        writeLoad(builder, node.width);
        values.define(node);
        return;
      }
      case "store": {
        const address = values.local(node.args[0]);
        const { width } = node.args[1];
        code.get(writeTranslation(builder, address, width / 8, TlbKind.Write, leave()));
        values.push(node.args[1]);
        writeStore(builder, width);
        return;
      }
      case "storeUpdate": {
        const host = this.updates.get(node.args[0]);
        if (host === undefined) throw new TypeError("an update that nothing was loaded for");
        code.get(host);
        values.push(node.args[1]);
        writeStore(builder, node.args[1].width);
        return;
      }
      case "trapIf":
        values.push(node.args[0]);
        builder.open(Op.If, "plain");
        builder.leave(leave());
        builder.close();
        return;
      case "divideUnsigned":
      case "divideSigned":
        this.emitDivide(node, leave());
        return;
      default:
        // A fence: the store buffer is empty.
        return;
    }
  }

  /** Divides in 64 bits; leaves where the processor would raise #DE, and where the dividend has more than 64. */
  private emitDivide(node: SsaNode, exit: number): void {
    const { builder, values } = this;
    const { code } = builder;
    const [high, low, divisor] = node.args;
    const width = node.width as Width;
    const signed = node.op === "divideSigned";
    const wide = width === 64;
    const dividend = builder.temporary(Type.I64);
    const by = builder.temporary(Type.I64);
    const quotient = builder.temporary(Type.I64);
    const pushExtended = (value: SsaNode): void => {
      values.push(value);
      if (wide) return;
      code.op(Op.I64ExtendI32U);
      if (signed) code.op(width === 32 ? Op.I64Extend32S : width === 16 ? Op.I64Extend16S : Op.I64Extend8S);
    };
    pushExtended(divisor);
    code.set(by);
    if (wide) {
      values.push(low);
      code.set(dividend);
      values.push(high);
      if (signed) {
        code.get(dividend);
        code.i64(63n);
        code.op(Op.I64ShrS);
      } else {
        code.i64(0n);
      }
      code.op(Op.I64Ne);
    } else {
      pushExtended(high);
      code.i64(BigInt(width));
      code.op(Op.I64Shl);
      values.push(low);
      code.op(Op.I64ExtendI32U);
      code.op(Op.I64Or);
      code.set(dividend);
      code.i32(0);
    }
    code.get(by);
    code.op(Op.I64Eqz);
    code.op(Op.I32Or);
    if (signed) {
      code.get(by);
      code.i64(-1n);
      code.op(Op.I64Eq);
      code.get(dividend);
      code.i64(1n << 63n);
      code.op(Op.I64Eq);
      code.op(Op.I32And);
      code.op(Op.I32Or);
    }
    builder.open(Op.If, "plain");
    builder.leave(exit);
    builder.close();
    code.get(dividend);
    code.get(by);
    code.op(signed ? Op.I64DivS : Op.I64DivU);
    code.set(quotient);
    if (!wide) {
      // The quotient must fit.
      code.get(quotient);
      if (signed) {
        code.get(quotient);
        code.op(width === 32 ? Op.I64Extend32S : width === 16 ? Op.I64Extend16S : Op.I64Extend8S);
        code.op(Op.I64Ne);
      } else {
        code.i64(BigInt(width));
        code.op(Op.I64ShrU);
        code.i64(0n);
        code.op(Op.I64Ne);
      }
      builder.open(Op.If, "plain");
      builder.leave(exit);
      builder.close();
    }
    const pushNarrow = (): void => {
      if (wide) return;
      code.op(Op.I32WrapI64);
      if (width === 32) return;
      code.i32((1 << width) - 1);
      code.op(Op.I32And);
    };
    code.get(quotient);
    pushNarrow();
    values.define(node);
    const local = builder.temporary(wide ? Type.I64 : Type.I32);
    code.get(dividend);
    code.get(by);
    code.op(signed ? Op.I64RemS : Op.I64RemU);
    pushNarrow();
    code.set(local);
    values.defineRemainder(node, local);
  }
}
