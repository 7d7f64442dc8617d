/**
 * The front half of a translating engine: instructions in, SSA out. Imports the instruction set only.
 */
export { emitBlock, emitFormula } from "./emit.js";
export { type DescribeInstruction, printBlock } from "./print.js";
export type { SsaBlock, SsaExit, SsaNode, SsaStep, StateName, Terminator } from "./ssa.js";
