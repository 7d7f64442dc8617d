/**
 * A region for people.
 */
import { formatInstruction } from "../../../isa/index.js";
import { createEmitter, printBlock, type SsaStep } from "../../ssa/index.js";
import { printBody } from "../emit/index.js";
import type { Region } from "../plan/index.js";

/** Its first block, the SSA of that, and its WebAssembly. */
export function describeRegion(region: Region | null): string {
  if (region === null) return "No translated code has run on this core.";
  const { block, rip, first } = region.entry;
  const steps: SsaStep[] = [];
  let address = rip;
  for (const { instruction, lengthBytes } of block.entries.slice(first)) {
    if (instruction === null || instruction.row.semantics === null) break;
    steps.push({ address, instruction });
    address += lengthBytes;
  }
  const ssa = printBlock(createEmitter().emitBlock(steps), formatInstruction);
  return `The region that it entered last, at 0x${rip.toString(16)}:\n${ssa}${printBody(region.body.bytes)}`;
}
