/**
 * The hardware abstraction layer: the contract (hal.ts), and its implementations. The kernel, the policies and the
 * rings see the machine through here and nowhere else.
 */
export * from "./hal.js";
export type { Exit, Fault, Message } from "../machine/trap.js";
export { createModelHal, type ModelAction, type ModelHal, type ModelOptions, type ModelState } from "./model-hal.js";
export { createMachineHal, type MachineHal, type MachineHalOptions } from "./machine-hal.js";
