/**
 * How holes get into a template: the code of its instruction is written by the ordinary emitter, into a builder that
 * gives marked numbers for locals, exits and cycles. Such a number is one like any other until it is to be written;
 * then a hole is noted in its stead. What is given (given.ts) becomes a hole directly.
 *
 * Nothing else that is written has the mark: constants of meanings are small or masks, and offsets in memory, which may
 * be any number, are written past this.
 */
import type { FlagName } from "../../../isa/index.js";
import { type Given, type SsaWidth } from "../../ssa/index.js";
import { CodeWriter, I32, I64, Op, Type } from "../assembler/index.js";
import { FunctionBuilder } from "../emit/index.js";
import { REFUND_SHIFT } from "../layout.js";
import { ARITHMETIC_FLAGS } from "../plan/index.js";
import { Hole, type Template, TEMPORARIES_A_TYPE, WIDTHS } from "./template.js";

/** The number of a hole has 32 bits: this in the highest byte, then the hole's kind, then its index. */
const MARK = 0x5a;

function numberOfHole(hole: Hole, index: number): number {
  return (MARK << 24) | (hole << 16) | index;
}

/** The number of the exit before the instruction. */
export const EXIT_HOLE = numberOfHole(Hole.Exit, 0);
/** The cycles that are given back: so many that with the flags of an access they make the number of a hole, too. */
export const REFUND_HOLE = numberOfHole(Hole.AccessFlags, 0) >>> REFUND_SHIFT;

/** Writes code and notes its holes. */
class HoleWriter extends CodeWriter {
  readonly holes: number[] = [];

  hole(hole: Hole, index: number): void {
    this.holes.push(this.length, hole, index);
  }

  /** Whether the number is that of a hole, which has been noted then. */
  private note(value: number): boolean {
    if (value === REFUND_HOLE) this.hole(Hole.Refund, 0);
    else if (value >>> 24 === MARK) this.hole((value >>> 16) & 0xff, value & 0xffff);
    else return false;
    return true;
  }

  override unsigned(value: number): void {
    if (!this.note(value)) super.unsigned(value);
  }
  override signed(value: number): void {
    if (!this.note(value)) super.signed(value);
  }
}

/** The temporaries in which a template finds its memory operand's address, and its condition. */
export const ADDRESS_TEMPORARY = 0;
export const CONDITION_TEMPORARY = 0;

export class TemplateBuilder extends FunctionBuilder {
  private readonly temporaries = new Map<Type, number>();
  private readonly written = new Set<number>();
  private readonly vectors: bigint[] = [];
  private needs = 0;
  readonly address: number;
  readonly condition: number;
  private readonly writer: HoleWriter;

  constructor(aheadBase: number) {
    const writer = new HoleWriter();
    super(aheadBase, writer);
    this.writer = writer;
    this.address = this.temporary(I64.type);
    this.condition = this.temporary(I32.type);
  }

  override newLocal(type: Type): number {
    const index = this.temporaries.get(type) ?? 0;
    this.temporaries.set(type, index + 1);
    return numberOfHole(Hole.Temporary, (type - Type.V128) * TEMPORARIES_A_TYPE + index);
  }
  override register(index: number): number {
    return numberOfHole(Hole.Register, index);
  }
  override writtenRegister(index: number): number {
    this.written.add(index);
    return this.register(index);
  }
  override flag(name: FlagName): number {
    const index = ARITHMETIC_FLAGS.indexOf(name);
    this.needs |= 1 << index;
    return numberOfHole(Hole.Flag, index);
  }
  override leaf(index: number): number {
    return numberOfHole(Hole.Leaf, index);
  }
  override strict(): number {
    return numberOfHole(Hole.Strict, 0);
  }
  override odd(): number {
    return numberOfHole(Hole.Odd, 0);
  }
  override unready(): number {
    return numberOfHole(Hole.Unready, 0);
  }
  override constant(value: bigint): number {
    let index = this.vectors.indexOf(value);
    if (index < 0) index = this.vectors.push(value) - 1;
    return numberOfHole(Hole.Constant, index);
  }

  override branchToExit(): void {
    this.code.op(Op.Br);
    this.writer.hole(Hole.ExitLabel, this.depth);
  }
  protected override hint(): void {
    this.writer.hole(Hole.Hint, 0);
  }

  override pushGiven(given: Given, width: SsaWidth): void {
    const { code, writer } = this;
    switch (given.kind) {
      case "leaf":
        code.get(this.leaf(given.index));
        if (width !== 64) code.op(Op.I32WrapI64);
        return;
      case "linear":
      case "offset":
        code.get(this.address);
        return;
      case "condition":
        code.get(this.condition);
        return;
      case "immediate":
        code.op(width === 64 ? Op.I64Const : Op.I32Const);
        writer.hole(Hole.Immediate, given.operand * WIDTHS.length + WIDTHS.findIndex((each) => each === width));
        return;
      case "displacement":
      case "next":
        code.op(Op.I64Const);
        writer.hole(given.kind === "next" ? Hole.Next : Hole.Displacement, 0);
        return;
      case "target":
        throw new TypeError("where a relative branch goes is the region's matter");
    }
  }

  /** What was written. `needs`: flags that it wants in their locals besides those that it reads. */
  takeTemplate(needs: number, recipe: number): Template {
    const { writer } = this;
    return {
      bytes: writer.take(),
      holes: Int32Array.from(writer.holes),
      written: Uint8Array.from(this.written),
      constants: this.vectors,
      calls: writer.calls,
      needs: needs | this.needs,
      recipe,
    };
  }
}
