/**
 * Copies templates into the function of a region, and fills their holes. It is what translating for the first time
 * consists of: nothing is allocated for an instruction.
 */
import { immediateValue, type Instruction, type MemoryOperand } from "../../../isa/instruction.js";
import { FIRST_GENERAL_OPERAND, FIRST_VECTOR, FIRST_VECTOR_OPERAND, WORD_NAMES } from "../../ssa/index.js";
import { Type } from "../assembler/index.js";
import type { FunctionBuilder } from "../emit/index.js";
import { REFUND_SHIFT } from "../layout.js";
import { ARITHMETIC_FLAGS } from "../plan/index.js";
import { Hole, HOLE_NUMBERS, type Template, TEMPORARIES_A_TYPE, WIDTHS } from "./template.js";

/** Base and index of an address, in their places. */
const BASE_PLACE = FIRST_GENERAL_OPERAND;
const INDEX_PLACE = FIRST_GENERAL_OPERAND + 1;

export class TemplateWriter {
  /** The register in each place of WORD_NAMES: itself, or what the operand names. */
  private readonly registers = Uint8Array.from(WORD_NAMES.keys());
  private instruction: Instruction | null = null;
  private displacement = 0n;
  private next = 0n;
  private refund = 0;
  private exit = -1;
  private numberExit: () => number = () => 0;

  /** `builder`: of the function that is being written. */
  constructor(public builder: FunctionBuilder) {}

  /**
   * The instruction that comes next. `next`: address of the one behind it; `refund`: cycles of the block from it on;
   * `numberExit` numbers the exit before it, and is asked once, if at all.
   */
  begin(instruction: Instruction, next: bigint, refund: number, numberExit: () => number): void {
    const { registers } = this;
    const { operands } = instruction;
    for (let i = 0; i < operands.length; i++) {
      const operand = operands[i];
      if (operand.kind === "register") registers[FIRST_GENERAL_OPERAND + i] = operand.register;
      else if (operand.kind === "vector") registers[FIRST_VECTOR_OPERAND + i] = FIRST_VECTOR + operand.register;
    }
    this.instruction = instruction;
    this.next = next;
    this.refund = refund;
    this.exit = -1;
    this.numberExit = numberExit;
  }

  /** Writes the template of a memory operand's address. */
  writeAddress(template: Template, { base, index, displacement }: MemoryOperand): void {
    const { registers } = this;
    const [first, second] = [registers[BASE_PLACE], registers[INDEX_PLACE]];
    registers[BASE_PLACE] = base;
    registers[INDEX_PLACE] = index;
    this.displacement = displacement;
    this.write(template);
    registers[BASE_PLACE] = first;
    registers[INDEX_PLACE] = second;
  }

  write(template: Template): void {
    const { bytes, holes, written } = template;
    const { builder, registers } = this;
    const { code } = builder;
    for (let i = 0; i < written.length; i++) builder.writtenRegister(registers[written[i]]);
    let from = 0;
    for (let at = 0; at < holes.length; at += HOLE_NUMBERS) {
      const to = holes[at];
      if (to > from) code.appendPart(bytes, from, to);
      from = to;
      this.fill(template, holes[at + 1], holes[at + 2]);
    }
    code.appendPart(bytes, from, bytes.length);
    code.calls |= template.calls;
    if (template.recipe !== 0) builder.usesRecipes = true;
  }

  private fill(template: Template, hole: Hole, index: number): void {
    const { builder } = this;
    const { code } = builder;
    switch (hole) {
      case Hole.Hint:
        builder.unlikely.push(code.length);
        return;
      case Hole.Register:
        // mutant hole-has-the-first-register: code.unsigned(builder.register(this.registers[FIRST_GENERAL_OPERAND]));
        code.unsigned(builder.register(this.registers[index]));
        return;
      case Hole.Temporary: {
        const type: Type = Type.V128 + Math.floor(index / TEMPORARIES_A_TYPE);
        code.unsigned(builder.temporaryAt(type, index % TEMPORARIES_A_TYPE));
        return;
      }
      case Hole.Flag:
        code.unsigned(builder.flag(ARITHMETIC_FLAGS[index]));
        return;
      case Hole.Leaf:
        code.unsigned(builder.leaf(index));
        return;
      case Hole.Strict:
        code.unsigned(builder.strict());
        return;
      case Hole.Odd:
        code.unsigned(builder.odd());
        return;
      case Hole.Unready:
        code.unsigned(builder.unready());
        return;
      case Hole.Constant:
        code.unsigned(builder.constant(template.constants[index]));
        return;
      case Hole.Exit:
        if (this.exit < 0) this.exit = this.numberExit();
        code.signed(this.exit);
        return;
      case Hole.ExitLabel:
        code.unsigned(index + builder.exitDistance());
        return;
      case Hole.Refund:
        code.signed(this.refund);
        return;
      case Hole.AccessFlags:
        // mutant template-refunds-nothing: code.signed(index);
        code.signed(index | (this.refund << REFUND_SHIFT));
        return;
      case Hole.Immediate:
        this.fillImmediate(index);
        return;
      case Hole.Displacement:
        code.signed64(this.displacement);
        return;
      case Hole.Next:
        code.signed64(this.next);
    }
  }

  private fillImmediate(index: number): void {
    const { code } = this.builder;
    const operand = this.instruction?.operands[Math.floor(index / WIDTHS.length)];
    if (operand?.kind !== "immediate") throw new TypeError("an immediate that isn't one");
    const width = WIDTHS[index % WIDTHS.length];
    const value = immediateValue(operand, width);
    /* mutant immediate-lacks-its-sign:
       if (width === 64) code.signed64(BigInt.asUintN(32, value)); else code.signed(Number(value)); */
    if (width === 64) code.signed64(value);
    else code.signed(Number(value));
  }
}
