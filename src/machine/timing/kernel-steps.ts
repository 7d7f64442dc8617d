/**
 * The primitives that kernel paths are made of. No price exists per path, only per primitive: a timing profile names
 * the cycles of each (`TimingProfile.kernelStepCycles`). The kernel knows them through src/hal.
 */
import type { Cycles } from "../../units.js";
import { rowsByNumber, type TableOf } from "../../vocabulary.js";

export const enum KernelStep {
  SystemCallEntry = 0,
  SystemCallReturn = 1,
  FaultEntry = 2,
  InterruptEntry = 3,
  InterruptReturn = 4,
  AddressSpaceSwitch = 5,
  Instruction = 6,
  ObjectLine = 7,
  SendInterrupt = 8,
  ArmTimer = 9,
  InvalidatePage = 10,
  MemoryLine = 11,
}

interface KernelStepRow {
  /** For ledgers and profiles. */
  readonly name: string;
  readonly meaning: string;
}

export const KERNEL_STEPS = {
  "system-call-entry": {
    number: KernelStep.SystemCallEntry,
    name: "system call entry",
    meaning: "SYSCALL entry, register save.",
  },
  "system-call-return": {
    number: KernelStep.SystemCallReturn,
    name: "system call return",
    meaning: "SYSRET and register restore.",
  },
  "fault-entry": { number: KernelStep.FaultEntry, name: "fault entry", meaning: "Exception delivery." },
  "interrupt-entry": {
    number: KernelStep.InterruptEntry,
    name: "interrupt entry",
    meaning: "Interrupt delivery: timer or message.",
  },
  "interrupt-return": { number: KernelStep.InterruptReturn, name: "interrupt return", meaning: "IRET." },
  "address-space-switch": {
    number: KernelStep.AddressSpaceSwitch,
    name: "address space switch",
    meaning: "CR3 write: the TLB of the core loses its non-global entries.",
  },
  instruction: { number: KernelStep.Instruction, name: "kernel instruction", meaning: "One kernel instruction." },
  "object-line": {
    number: KernelStep.ObjectLine,
    name: "kernel object line",
    meaning: "One cache line of a kernel object touched.",
  },
  "send-interrupt": {
    number: KernelStep.SendInterrupt,
    name: "send interrupt",
    meaning: "Sending one inter-processor interrupt.",
  },
  "arm-timer": { number: KernelStep.ArmTimer, name: "arm timer", meaning: "Programming the deadline timer." },
  "invalidate-page": { number: KernelStep.InvalidatePage, name: "invalidate page", meaning: "One INVLPG." },
  "memory-line": {
    number: KernelStep.MemoryLine,
    name: "memory line",
    meaning: "Copying or clearing one 64-byte line of memory.",
  },
} as const satisfies TableOf<typeof KernelStep, KernelStepRow>;

export type KernelStepWord = keyof typeof KERNEL_STEPS;

const ROWS = rowsByNumber(KERNEL_STEPS);

/** Indexed by KernelStep. */
export const KERNEL_STEP_NAMES: readonly string[] = ROWS.map(({ name }) => name);

/** The prices of a profile, indexed by KernelStep. */
export function pricesByStep(prices: Readonly<Record<KernelStepWord, Cycles>>): readonly Cycles[] {
  return ROWS.map(({ word }) => prices[word]);
}
