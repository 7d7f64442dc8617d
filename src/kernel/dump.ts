/**
 * Dumps: what a person needs to see after a fault, as plain data that stands on its own.
 *
 * Taking one changes nothing and costs the system no cycle: it is the observer's, like a debugger stopping the clock.
 */
import type { Cycles, PartitionId, VirtualAddress } from "../units.js";
import { PARTITION_MODE_NAMES } from "../abi.js";
import { formatEvent } from "../trace/index.js";
import type { Parts } from "./parts.js";
import type { FaultRecord } from "./state.js";

/** In the order of Hal.registers, which is that of their encoding. */
export const REGISTER_NAMES: readonly string[] = [
  "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
  "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
  "rip", "rflags",
]; // prettier-ignore
const RSP_INDEX = 4;
const STACK_BYTES_ABOVE = 256;
const STACK_BYTES_BELOW = 64;
const EVENT_COUNT = 32;

export interface ThreadDump {
  readonly name: string;
  readonly state: string;
  /** Parallel to REGISTER_NAMES. */
  readonly registers: readonly bigint[];
  /** Memory round RSP, as far as it lies in one of the partition's regions; null when RSP lies in none. */
  readonly stack: { readonly at: VirtualAddress; readonly bytes: Uint8Array } | null;
}

export interface PartitionDump {
  readonly cycle: Cycles;
  readonly partition: PartitionId;
  readonly name: string;
  readonly program: string;
  readonly mode: string;
  readonly generation: number;
  readonly fault: FaultRecord | null;
  readonly registerNames: readonly string[];
  readonly threads: readonly ThreadDump[];
  /** The last events of the partition's core, oldest first. */
  readonly events: readonly string[];
}

function readStack(parts: Parts, partition: PartitionId, rsp: bigint): ThreadDump["stack"] {
  const region = parts.plan.partitions[partition].regions.find(
    ({ at, sizeBytes }) => rsp >= at && rsp <= at + BigInt(sizeBytes),
  );
  if (region === undefined) return null;
  const offset = Number(rsp - region.at);
  const from = Math.max(0, offset - STACK_BYTES_BELOW);
  const to = Math.min(region.sizeBytes, offset + STACK_BYTES_ABOVE);
  const bytes = Uint8Array.from(parts.hal.readPhysical(region.frames + from, to - from));
  return { at: region.at + BigInt(from), bytes };
}

export function dumpPartition(parts: Parts, partition: PartitionId): PartitionDump {
  const plan = parts.plan.partitions[partition];
  const state = parts.state.partitions[partition];
  return {
    cycle: parts.hal.now(plan.core),
    partition,
    name: plan.name,
    program: plan.program,
    mode: PARTITION_MODE_NAMES[state.mode],
    generation: state.generation,
    fault: state.lastFault,
    registerNames: REGISTER_NAMES,
    threads: plan.threads.map(({ id, name }) => {
      const thread = parts.state.threads[id];
      const registers = [...parts.hal.registers(thread.context)];
      return { name, state: thread.life, registers, stack: readStack(parts, partition, registers[RSP_INDEX] ?? 0n) };
    }),
    events: parts.trace.last(plan.core, EVENT_COUNT).map(formatEvent),
  };
}
