/**
 * Why a core stopped running guest code. A guest's trap is data, never a JavaScript exception.
 */
import type { Cycles, VirtualAddress } from "../units.js";
import type { Vector } from "./isa/operations.js";

/** An exception that the guest raised, precise: RIP is the faulting instruction and nothing of it has happened. */
export interface Fault {
  readonly kind: "fault";
  readonly vector: Vector;
  /** Null for vectors that push none. For #PF the bits P, W, U, RSVD, I (SDM volume 3, 4.7). */
  readonly errorCode: number | null;
  /** CR2 for #PF, otherwise the address of the instruction. */
  readonly address: VirtualAddress;
  /** Address of the instruction. */
  readonly rip: VirtualAddress;
  /** Name of an instruction that this processor lacks (#UD) or that ring 3 may not execute (#GP). Otherwise "". */
  readonly instruction: string;
}

/** SYSCALL: RIP is the next instruction, RCX and R11 are set. */
export interface SystemCall {
  readonly kind: "syscall";
}

/** INT3, RIP after it; or TF single step. */
export interface Breakpoint {
  readonly kind: "breakpoint";
  readonly vector: Vector;
}

/** The local APIC timer passed its deadline. */
export interface TimerInterrupt {
  readonly kind: "timer";
}

/** Another core, or a device, sent something. */
export interface MessageInterrupt {
  readonly kind: "message";
  readonly message: Message;
}

export type Exit = Fault | SystemCall | Breakpoint | TimerInterrupt | MessageInterrupt;

/** Why the supervisor is called: an exit, or something that ended without guest code. */
export type MachineExit = Exit | { readonly kind: "work-done" } | { readonly kind: "start" };

/** What crosses between cores: plain data, delivered at `at` or the first instruction boundary after it. */
export interface Message {
  readonly from: number;
  readonly at: Cycles;
  /** Meaning belongs to the kernel: a small number and its arguments. */
  readonly kind: number;
  readonly argument: number;
  readonly argument2: number;
}
