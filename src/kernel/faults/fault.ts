/**
 * Faults: what a guest did that it may not, told in words, and what follows from it.
 *
 * A fault ends the whole partition's run and nothing else: the restart policy of the partition says whether it starts
 * again. An application error that a program reports about itself is handled in the same way.
 */
import { hex } from "../../hex.js";
import { PartitionMode } from "../../abi/index.js";
import type { Fault } from "../../hal/index.js";
import { EventKind } from "../../trace/index.js";
import { now } from "../core.js";
import type { Partition, Thread } from "../objects.js";
import { beginRestart, StartCondition, stopPartition } from "../partition.js";
import type { PartitionPlan } from "../plan.js";
import type { FaultRecord } from "../state.js";
import { dumpPartition } from "./take-dump.js";

/** Mnemonics and what they mean here; SDM volume 3, table 6-1. Indexed by vector. */
const VECTORS: Readonly<Record<number, readonly [mnemonic: string, meaning: string]>> = {
  0: ["#DE", "division by zero or quotient too large"],
  1: ["#DB", "debug exception"],
  3: ["#BP", "breakpoint"],
  4: ["#OF", "overflow"],
  5: ["#BR", "bound range exceeded"],
  6: ["#UD", "undefined instruction"],
  7: ["#NM", "no floating-point unit"],
  8: ["#DF", "double fault"],
  10: ["#TS", "invalid task segment"],
  11: ["#NP", "segment not present"],
  12: ["#SS", "stack address not canonical"],
  13: ["#GP", "address not canonical, misaligned operand of SSE, or a value that is not allowed"],
  14: ["#PF", "page fault"],
  17: ["#AC", "unaligned access"],
  19: ["#XM", "floating-point exception"],
};
const DEBUG = 1;
const BREAKPOINT = 3;
const PAGE_FAULT = 14;
const UNDEFINED_INSTRUCTION = 6;
const GENERAL_PROTECTION = 13;

/** In the order of `Hal.registers`. */
const RIP_INDEX = 16;

/** The low bits of an error code that names a selector; SDM volume 3, 6.13. */
const enum ErrorCodeBit {
  InterruptTable = 2,
}

/** Bits of a page fault's error code; SDM volume 3, 4.7. */
const enum PageFaultBit {
  Present = 1,
  Write = 2,
  ReservedBit = 8,
  InstructionFetch = 16,
}

/** " in function NAME+0x…", or "" where no symbol covers the address. Symbols are sorted by address. */
export function functionAt(plan: PartitionPlan, address: bigint): string {
  let low = 0;
  let high = plan.symbols.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (plan.symbols[middle].at <= address) low = middle + 1;
    else high = middle;
  }
  const symbol = plan.symbols[low - 1];
  if (symbol === undefined || address >= symbol.at + BigInt(Math.max(1, symbol.sizeBytes))) return "";
  const offset = address - symbol.at;
  return ` in function ${symbol.name}${offset === 0n ? "" : `+${hex(offset)}`}`;
}

/** For example "#PF write to 0x10 not present, at rip 0x401000 in function main+0x4". */
export function describeFault(plan: PartitionPlan, fault: Fault): string {
  const [mnemonic, meaning] = VECTORS[fault.vector] ?? [`vector ${fault.vector}`, "unknown exception"];
  const isTrap = fault.vector === DEBUG || fault.vector === BREAKPOINT;
  const place = `${isTrap ? "before" : "at"} rip ${hex(fault.rip)}${functionAt(plan, fault.rip)}`;
  const code = fault.errorCode ?? 0;
  if (fault.vector === PAGE_FAULT) {
    const access =
      code & PageFaultBit.InstructionFetch ? "fetch from" : code & PageFaultBit.Write ? "write to" : "read of";
    const cause =
      code & PageFaultBit.ReservedBit
        ? "reserved bit set"
        : code & PageFaultBit.Present
          ? "not allowed"
          : "not present";
    return `${mnemonic} ${access} ${hex(fault.address)} ${cause}, ${place}`;
  }
  if (fault.vector === UNDEFINED_INSTRUCTION && fault.instruction !== "")
    return `${mnemonic} instruction ${fault.instruction} is not available on this processor, ${place}`;
  if (fault.vector === GENERAL_PROTECTION && fault.instruction !== "")
    return `${mnemonic} instruction ${fault.instruction} is not allowed in ring 3, ${place}`;
  if (fault.vector === GENERAL_PROTECTION && (code & ErrorCodeBit.InterruptTable) !== 0)
    return `${mnemonic} INT ${code >>> 3} is not open to ring 3, ${place}`;
  const selector = code === 0 ? "" : ` (error code ${hex(BigInt(code))})`;
  return `${mnemonic} ${meaning}${selector}, ${place}`;
}

/** The running thread has faulted; the entry is charged already. */
export function raiseFault({ id, core, partition }: Thread, fault: Fault): void {
  endRun(partition, {
    cycle: now(core),
    thread: id,
    vector: fault.vector,
    errorCode: fault.errorCode ?? -1,
    address: fault.address,
    rip: fault.rip,
    text: describeFault(partition.plan, fault),
  });
}

/**
 * INT3, INT1 or a single step: traps, so RIP is behind the instruction, and natively a signal. A debugger that wants
 * them takes them from the machine before the kernel sees them.
 */
export function raiseTrap(thread: Thread, vector: number): void {
  const rip = thread.core.hal.registers(thread.state.context)[RIP_INDEX];
  raiseFault(thread, { kind: "fault", vector, errorCode: null, address: rip, rip, instruction: "" });
}

/** The running thread says that something is wrong with itself. */
export function raiseApplicationError({ id, core, partition }: Thread, code: bigint, value: bigint): void {
  endRun(partition, {
    cycle: now(core),
    thread: id,
    vector: -1,
    errorCode: -1,
    address: 0n,
    rip: 0n,
    text: `application error ${BigInt.asIntN(64, code)}, value ${hex(value)}`,
  });
}

function endRun(partition: Partition, fault: FaultRecord): void {
  const { core, state, plan } = partition;
  const { thread, vector, errorCode, address, text } = fault;
  state.faults++;
  state.lastFault = fault;
  core.trace.recordText(
    EventKind.Fault,
    core.id,
    partition.id,
    thread,
    vector,
    errorCode,
    Number(BigInt.asUintN(53, address)),
    text,
  );
  core.environment.onDump(dumpPartition(partition));
  if (plan.restart.action === "restart" && state.restarts < plan.restart.limit) {
    state.restarts++;
    beginRestart(partition, PartitionMode.ColdStart, StartCondition.ByHealthMonitoring);
  } else {
    stopPartition(partition, -1);
  }
}
