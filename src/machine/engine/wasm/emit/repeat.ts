/**
 * A repeated string instruction, the last of its block, as a call of a routine (repeat-routines.ts).
 *
 * Invariant: the block goes on only when the repetition is over. Otherwise it is left in it, or, where not one
 * iteration of a comparison has run, before it.
 */
import { Register, type Instruction } from "../../../isa/instruction.js";
import type { SsaNode } from "../../ssa/index.js";
import { Local, type FunctionBuilder } from "./function-builder.js";
import { Op, Type } from "../assembler/index.js";
import { REPEAT_ROUTINES } from "../plan/index.js";
import { RepeatEnd } from "../routines/index.js";
import type { BlockValues } from "./values.js";

/** The ways out, and what brings the state up to date behind the repetition. */
export interface RepeatExits {
  readonly before: () => number;
  readonly inside: () => number;
  readonly sync: () => void;
}

export function writeRepeat(
  builder: FunctionBuilder,
  values: BlockValues,
  node: SsaNode,
  instruction: Instruction,
  exits: RepeatExits,
): void {
  const { code } = builder;
  if (node.detail.kind !== "repeat") throw new TypeError("not a repetition");
  const { body, until } = node.detail;
  const { semanticKey } = instruction.row;
  const { width } = instruction;
  const usesSource = semanticKey === "movs" || semanticKey === "cmps";
  const compares = until !== "count";
  code.get(Local.Core);
  code.get(Local.Time);
  code.get(builder.register(Register.Rcx));
  if (usesSource) code.get(builder.register(Register.Rsi));
  code.get(builder.register(Register.Rdi));
  if (!usesSource) {
    code.get(builder.register(Register.Rax));
    if (width !== 64) {
      code.i64((1n << BigInt(width)) - 1n);
      code.op(Op.I64And);
    }
  }
  code.i32(width / 8);
  if (compares) code.i32(until === "whileEqual" ? 0 : 1);
  code.call(REPEAT_ROUTINES[semanticKey]);

  const end = builder.temporary(Type.I32);
  if (compares) {
    code.set(end);
    // The routine gives operands in the order in which the body loads them.
    const loads = body.filter(({ op }) => op === "load").toReversed();
    const kept = loads.map(() => builder.temporary(Type.I64));
    for (const local of kept) code.set(local);
    loads.forEach((load, index) => {
      if (!values.isWanted(load)) return;
      code.get(kept[index]);
      if (width !== 64) code.op(Op.I32WrapI64);
      values.define(load);
    });
  }
  const changed = usesSource ? [Register.Rdi, Register.Rsi, Register.Rcx] : [Register.Rdi, Register.Rcx];
  const locals = new Map(changed.map((register) => [register as number, builder.temporary(Type.I64)]));
  for (const local of locals.values()) code.set(local);
  values.defineRepeated(locals);
  code.set(Local.Time);
  const leaveIf = (exit: number): void => {
    builder.open(Op.If, "plain");
    builder.leave(exit);
    builder.close();
  };
  if (compares) {
    code.get(end);
    code.i32(RepeatEnd.NotBegun);
    code.op(Op.I32Eq);
    leaveIf(exits.before());
  }
  exits.sync();
  if (compares) {
    code.get(end);
  } else {
    code.get(locals.get(Register.Rcx) as number);
    code.i64(0n);
    code.op(Op.I64Ne);
  }
  leaveIf(exits.inside());
}
