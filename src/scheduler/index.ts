/**
 * Schedulers inside a partition: the contract (policy.ts), the policies that ship (policies/, one file each), and which
 * class of partition uses which (classes.ts). A new policy is its file, its row there, and its test.
 */
export type { Clock, Job, Policy, PolicyState, PolicyThread, TimeBase } from "./policy.js";
export { CLASSES, CLASS_POLICIES, type ClassName, type PartitionClass, type PolicyTable } from "./classes.js";
export { POLICIES, type PolicyWord } from "./policies.js";
export { LEAST_SWITCHES_A_QUANTUM, quantumCycles } from "./quantum.js";
export { firstCome } from "./policies/first-come.js";
export { fixedPriority } from "./policies/fixed-priority.js";
export { constantBandwidth } from "./policies/constant-bandwidth.js";
export { deficitRoundRobin } from "./policies/deficit-round-robin.js";
export { earliestDeadline } from "./policies/earliest-deadline.js";
export { stride } from "./policies/stride.js";
export { twoLevel } from "./policies/two-level.js";
export { roundRobin } from "./policies/round-robin.js";
