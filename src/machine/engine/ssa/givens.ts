/**
 * The nodes of values that are given (given.ts).
 */
import type { ImmediateOperand, MemoryOperand, Operand, Width } from "../../isa/instruction.js";
import type { ValueWidth } from "../../isa/operations.js";
import type { Builder } from "./builder.js";
import type { Given } from "./given.js";
import type { SsaNode } from "./node.js";

/** What is given of an instruction, or of an address. */
export interface GivenParts {
  /** Operands whose immediates are given. */
  readonly operands: readonly Operand[];
  /** Whether conditions are. */
  readonly givesCondition: boolean;
  /** The operand whose address is given, or whose displacement is; null where there is none. */
  readonly addressed: MemoryOperand | null;
  readonly displaced: MemoryOperand | null;
}

/** The given values of one build: a node each, made when it is first asked for. */
export class Givens {
  private readonly made = new Map<string, SsaNode>();

  constructor(
    private readonly builder: Builder,
    private readonly parts: GivenParts,
  ) {}

  private node(given: Given, width: ValueWidth): SsaNode {
    const key = `${JSON.stringify(given)} ${width}`;
    let node = this.made.get(key);
    if (node === undefined)
      this.made.set(key, (node = this.builder.ordered("read", width, [], { kind: "given", given })));
    return node;
  }

  leaf(index: number, width: ValueWidth): SsaNode {
    return this.node({ kind: "leaf", index }, width);
  }
  condition(code: number): SsaNode | null {
    return this.parts.givesCondition ? this.node({ kind: "condition", code }, 1) : null;
  }
  nextAddress(): SsaNode {
    return this.node({ kind: "next" }, 64);
  }
  branchTarget(): SsaNode {
    return this.node({ kind: "target" }, 64);
  }
  immediate(operand: ImmediateOperand, width: Width): SsaNode | null {
    const index = this.parts.operands.indexOf(operand);
    return index < 0 ? null : this.node({ kind: "immediate", operand: index }, width);
  }
  address(operand: MemoryOperand, kind: "linear" | "offset"): SsaNode | null {
    return operand === this.parts.addressed ? this.node({ kind }, 64) : null;
  }
  displacement(operand: MemoryOperand): SsaNode | null {
    return operand === this.parts.displaced && operand.displacement !== 0n
      ? this.node({ kind: "displacement" }, 64)
      : null;
  }
}
