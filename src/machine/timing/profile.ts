/**
 * A timing profile: what everything costs, as data and pure functions.
 *
 * The cost of a cost block and of each of its prefixes is a function of its instructions alone, so that engines may
 * charge a block at once or an instruction at a time and agree. What depends on the past, such as a cache, is the
 * matter of a memory model (memory-model.ts), which is asked an access at a time.
 */
import type { Cycles } from "../../units.js";
import type { Instruction } from "../isa/instruction.js";
import type { KernelStepWord } from "./kernel-steps.js";
import type { MemoryModel } from "./memory-model.js";

export interface TimingProfile {
  /** Least cycles between a send on one core and its arrival on another; bounds how far cores may run ahead. */
  readonly leastLatencyCycles: Cycles;
  /** `result[i]`: cycles of the first i instructions of the block; `result[0]` is 0. Never decreases. */
  blockPrefixCycles(instructions: readonly Instruction[]): readonly Cycles[];
  /** Each iteration of a repeated string instruction, beyond the instruction's own cost, which is paid at its start. */
  readonly repeatIterationCycles: Cycles;
  /** What loads and stores take beyond that; null where memory is free. */
  readonly memory: MemoryModel | null;
  /** Cycles of each kernel primitive. */
  readonly kernelStepCycles: Readonly<Record<KernelStepWord, Cycles>>;
  /** Vendor whose behaviour is followed where Intel and AMD differ. */
  readonly vendor: "Intel" | "AMD";
}
