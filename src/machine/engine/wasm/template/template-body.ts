/**
 * The body of one cost block from templates, one instruction after the other.
 */
import type { FlagName } from "../../../isa/index.js";
import { type BlockBody, type FunctionBuilder, type NumberExit, writeBlockStart } from "../emit/index.js";
import { I32 } from "../assembler/index.js";
import { ARITHMETIC_FLAGS } from "../plan/index.js";
import { CONDITION_TEMPORARY } from "./hole-writer.js";
import type { TemplateBook } from "./template-book.js";
import type { Piece, TemplatePlan } from "./template-plan.js";
import type { TemplateWriter } from "./template-writer.js";

export class TemplateBody implements BlockBody {
  private readonly writer: TemplateWriter;

  /** Flags as MakeBody has them. */
  constructor(
    private readonly book: TemplateBook,
    private readonly builder: FunctionBuilder,
    private readonly plan: TemplatePlan,
    private readonly numberExit: NumberExit,
    private readonly liveFlags: ReadonlySet<FlagName>,
    private readonly lateFlags: ReadonlySet<FlagName>,
  ) {
    this.writer = book.writerFor(builder);
  }

  emitBody(timeExit: number, isLoopHead: boolean): void {
    const { builder, plan } = this;
    writeBlockStart(builder, plan, timeExit, isLoopHead);
    let next = plan.rip;
    plan.pieces.forEach((piece, step) => {
      next += plan.block.entries[step].lengthBytes;
      this.emitPiece(piece, step, next);
    });
    this.makeFlags(false);
  }

  private emitPiece({ instruction, form, template, address, condition }: Piece, step: number, next: bigint): void {
    const { builder, plan, writer, numberExit } = this;
    const { prefix, count } = plan;
    writer.begin(instruction, next, prefix[count] - prefix[step], () => numberExit(plan, step));
    if (address !== null)
      for (const operand of instruction.operands) if (operand.kind === "memory") writer.writeAddress(address, operand);
    if (condition !== null && form.end !== "givenBranch") {
      writer.write(condition);
      builder.code.set(builder.temporaryAt(I32.type, CONDITION_TEMPORARY));
    }
    writer.write(template);
  }

  makeFlags(areLate: boolean): void {
    const { book, plan, writer, liveFlags, lateFlags } = this;
    if (liveFlags.size === 0) return;
    ARITHMETIC_FLAGS.forEach((flag, index) => {
      if (!plan.endFlags.has(flag) || !liveFlags.has(flag) || lateFlags.has(flag) !== areLate) return;
      writer.write(book.flagOf(plan.recipe, index));
    });
  }

  /** What a computed jump goes to, and conditions of instructions that make their own, are there already. */
  pushTerminatorValue(): void {
    const { form, condition } = this.plan.pieces[this.plan.count - 1];
    if (form.end === "givenBranch" && condition !== null) this.writer.write(condition);
  }
}
