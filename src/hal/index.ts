/**
 * The hardware abstraction layer: the contract (hal.ts), and its implementations. The kernel, the policies and the
 * rings see the machine through here and nowhere else. What stands in for a machine in their tests, model-hal.ts, is
 * imported by itself: no run needs it.
 */
export * from "./hal.js";
export {
  KernelStep,
  KERNEL_STEPS,
  KERNEL_STEP_NAMES,
  pricesByStep,
  type KernelStepWord,
} from "../machine/timing/kernel-steps.js";
export type { TimingWord } from "../machine/timing/profiles.js";
export type { Exit, Fault, Message } from "../machine/trap.js";
export { createMachineHal, type MachineHal, type MachineHalOptions } from "./machine-hal.js";
