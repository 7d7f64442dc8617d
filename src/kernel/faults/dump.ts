/**
 * A dump: what a person needs to see of a partition after a fault, as plain data that stands on its own.
 */
import type { Cycles, PartitionId, VirtualAddress } from "../../units.js";
import type { FaultRecord } from "../state.js";

/** In the order of Hal.registers, which is that of their encoding. */
export const REGISTER_NAMES: readonly string[] = [
  "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
  "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
  "rip", "rflags",
]; // prettier-ignore

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
