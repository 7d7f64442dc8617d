/**
 * The front half of a translating engine: instructions in, SSA out. Imports the instruction set only.
 */
export type { SsaBlock, SsaExit, SsaStep, Terminator } from "./block.js";
export { createEmitter, type Emitter, type Incoming } from "./emit.js";
export type { Given } from "./given.js";
export type { GivenParts } from "./givens.js";
export {
  FIRST_GENERAL_OPERAND,
  FIRST_VECTOR,
  FIRST_VECTOR_OPERAND,
  FLAG_NAMES,
  MOST_OPERANDS,
  REGISTER_NAMES,
  type StateName,
  VECTOR_NAMES,
  WORD_NAMES,
} from "./names.js";
export {
  constantOf,
  type FlagWriters,
  positionOf,
  pureValue,
  type SsaNode,
  type SsaOp,
  type SsaWidth,
} from "./node.js";
export type { EffectOp } from "./effect-table.js";
export type { PureOp } from "./pure-table.js";
export { type DescribeInstruction, printBlock } from "./print.js";
