/**
 * A fault for the person whose program it was: what happened, where, what the address probably means, the registers.
 * Pure text, from a dump.
 */
import { hex } from "../../hex.js";
import { STACK_BASE, STACK_STRIDE } from "../../abi/index.js";
import { type FaultRecord, type PartitionDump, type PartitionPlan } from "../../kernel/index.js";
import { decode, formatInstruction } from "../../machine/isa/index.js";
import type { Style } from "../output.js";

const PAGE_FAULT = 14;
const NULL_PAGES_END = 0x10000n;
const REGISTERS_A_LINE = 4;
const RFLAGS_BITS: readonly (readonly [string, number])[] = [
  ["CF", 0],
  ["PF", 2],
  ["AF", 4],
  ["ZF", 6],
  ["SF", 7],
  ["TF", 8],
  ["IF", 9],
  ["DF", 10],
  ["OF", 11],
];

/** Exit code of `hallows run` when a fault ended the program: what a shell shows for it natively, 128 + signal. */
export function faultExitCode({ vector }: FaultRecord): number {
  const SIGNALS: Readonly<Record<number, number>> = { [-1]: 6, 0: 8, 1: 5, 3: 5, 4: 8, 6: 4, 17: 7 };
  return 128 + (SIGNALS[vector] ?? 11);
}

/** What the address of a page fault probably means, or "". */
export function explainAddress(plan: PartitionPlan, { vector, address }: FaultRecord): string {
  if (vector !== PAGE_FAULT) return "";
  const region = plan.regions.find(({ at, sizeBytes }) => address >= at && address < at + BigInt(sizeBytes));
  if (region !== undefined) {
    const { write, execute } = region.rights;
    const rights = `${write ? "writable" : "read-only"}, ${execute ? "executable" : "not executable"}`;
    return `${hex(address)} lies in "${region.name}" (${region.kind}, ${rights}).`;
  }
  const index = Number((address - STACK_BASE) / STACK_STRIDE);
  if (address >= STACK_BASE && index < plan.threads.length) {
    const stack = plan.regions.filter(({ kind }) => kind === "stack")[index];
    const size = stack === undefined ? "" : ` of ${stack.sizeBytes / 1024} KiB`;
    return `${hex(address)} is next to the stack${size} of thread ${plan.threads[index].name}: a stack overflow, probably.`;
  }
  if (address < NULL_PAGES_END) return `${hex(address)} is near address 0: a null pointer, probably.`;
  return `Nothing is mapped at ${hex(address)}.`;
}

/** The instruction at an address of the program's own code, as the machine decoded it, or "". */
export function instructionAt(plan: PartitionPlan, at: bigint): string {
  const region = plan.regions.find(
    ({ at: start, sizeBytes, rights }) => rights.execute && at >= start && at < start + BigInt(sizeBytes),
  );
  if (region === undefined) return "";
  const offset = Number(at - region.at);
  const result = decode(region.contents, offset, region.contents.length - offset);
  if (result.kind === "instruction") return formatInstruction(result.instruction, at);
  return result.kind === "absent" ? `${result.mnemonic.toLowerCase()} (${result.feature}, not available)` : "";
}

export function printRegisters(names: readonly string[], values: readonly bigint[]): string[] {
  const cells = names.map(
    (name, index) => `${name.padStart(6)} ${(values[index] ?? 0n).toString(16).padStart(16, "0")}`,
  );
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += REGISTERS_A_LINE)
    lines.push(cells.slice(at, at + REGISTERS_A_LINE).join(" "));
  const flags = values[names.indexOf("rflags")];
  if (flags !== undefined) {
    const set = RFLAGS_BITS.filter(([, bit]) => ((flags >> BigInt(bit)) & 1n) === 1n).map(([name]) => name);
    lines[lines.length - 1] += `  ${set.join(" ")}`;
  }
  return lines;
}

/** Lines for stderr. */
export function printFault(plan: PartitionPlan, dump: PartitionDump, style: Style): string[] {
  const { fault } = dump;
  if (fault === null) return [];
  const lines = [`${style.bad("fault")}: ${fault.text}`];
  const thread = plan.threads.find(({ id }) => id === fault.thread);
  if (fault.vector >= 0) {
    const instruction = instructionAt(plan, fault.rip);
    if (instruction !== "") lines.push(`  ${hex(fault.rip)}:  ${style.bold(instruction)}`);
  }
  const explanation = explainAddress(plan, fault);
  if (explanation !== "") lines.push(`  ${explanation}`);
  const threadName = thread === undefined ? "" : `, thread ${thread.name}`;
  lines.push(`  partition ${dump.name}${threadName}, generation ${dump.generation}, cycle ${dump.cycle}`);
  // A program that reported an error itself has said what it had to say.
  if (fault.vector < 0) return lines;
  const registers = dump.threads.find((_, index) => plan.threads[index]?.id === fault.thread)?.registers ?? [];
  lines.push("", ...printRegisters(dump.registerNames, registers).map((line) => style.dim(line)));
  return lines;
}
