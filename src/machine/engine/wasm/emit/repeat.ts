/**
 * A repeated string instruction, the last of its block, as a call of a routine (repeat-routines.ts).
 *
 * Invariant: the block goes on only when the repetition is over. Otherwise it is left in it, or, where not one
 * iteration of a comparison has run, before it.
 */
import { Register, type Instruction } from "../../../isa/instruction.js";
import type { SsaNode } from "../../ssa/index.js";
import { type Expression, I32, i32, I64, type Local, stacked } from "../assembler/index.js";
import type { FunctionBuilder } from "./function-builder.js";
import { REPEAT_ROUTINES } from "../plan/index.js";
import { RepeatEnd } from "../routines/index.js";
import type { BlockValues } from "./values.js";

/** The ways out, and what brings the state up to date behind the repetition. */
export interface RepeatExits {
  readonly before: () => number;
  readonly inside: () => number;
  readonly sync: () => void;
}

/** The registers whose values each routine takes and gives, in this order, by the key of the row's meaning. */
const REGISTERS: {
  readonly [semanticKey: string]: { readonly taken: readonly Register[]; readonly given: readonly Register[] };
} = {
  movs: { taken: [Register.Rcx, Register.Rsi, Register.Rdi], given: [Register.Rcx, Register.Rsi, Register.Rdi] },
  cmps: { taken: [Register.Rcx, Register.Rsi, Register.Rdi], given: [Register.Rcx, Register.Rsi, Register.Rdi] },
  stos: { taken: [Register.Rcx, Register.Rdi, Register.Rax], given: [Register.Rcx, Register.Rdi] },
  scas: { taken: [Register.Rcx, Register.Rdi, Register.Rax], given: [Register.Rcx, Register.Rdi] },
  lods: { taken: [Register.Rcx, Register.Rsi, Register.Rax], given: [Register.Rcx, Register.Rsi, Register.Rax] },
};

export function writeRepeat(
  builder: FunctionBuilder,
  values: BlockValues,
  node: SsaNode,
  instruction: Instruction,
  exits: RepeatExits,
): void {
  if (node.detail.kind !== "repeat") throw new TypeError("not a repetition");
  const { body, until } = node.detail;
  const { semanticKey } = instruction.row;
  const { width } = instruction;
  const compares = until !== "count";
  const { taken, given } = REGISTERS[semanticKey];
  const args: Expression[] = [builder.core, builder.time];
  for (const register of taken) {
    const value = builder.generalRegister(register);
    const isElement = width < 64 && register === Register.Rax && !given.includes(register);
    args.push(isElement ? value.and((1n << BigInt(width)) - 1n) : value);
  }
  args.push(i32(width / 8));
  if (compares) args.push(i32(until === "whileEqual" ? 0 : 1));
  for (const argument of args) builder.push(argument);
  builder.code.call(REPEAT_ROUTINES[semanticKey]);

  const end = builder.temporaryOf(I32);
  if (compares) {
    builder.set(end, stacked(I32));
    // The routine gives operands in the order in which the body loads them.
    const loads = body.filter(({ op }) => op === "load").toReversed();
    const kept = loads.map(() => builder.temporaryOf(I64));
    for (const local of kept) builder.set(local, stacked(I64));
    loads.forEach((load, index) => {
      if (!values.isWanted(load)) return;
      builder.push(width === 64 ? kept[index] : kept[index].wrap());
      values.define(load);
    });
  }
  const locals = new Map(given.toReversed().map((register) => [register as number, builder.temporaryOf(I64)]));
  for (const local of locals.values()) builder.set(local, stacked(I64));
  values.defineRepeated(locals);
  builder.set(builder.time, stacked(I64));
  if (compares) builder.leaveIf(end.eq(RepeatEnd.NotBegun), exits.before());
  exits.sync();
  const rcx = locals.get(Register.Rcx) as Local<I64>;
  builder.leaveIf(compares ? end : rcx.ne(0), exits.inside());
}
