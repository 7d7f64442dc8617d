/**
 * The kernel: partitions, time and messages on top of the HAL. See kernel.ts for the way in, state.ts for all that can
 * change, plan.ts for what it boots from.
 */
export { createKernel, type Kernel, type KernelOptions } from "./kernel.js";
export { leastWindowCycles, ownCosts, type OwnCosts, type SwitchBounds } from "./bounds.js";
export { switchBounds } from "./switch-bounds.js";
export { REGISTER_NAMES, type PartitionDump, type ThreadDump } from "./dump.js";
export { describeFault, functionAt } from "./fault.js";
export type { FaultRecord, KernelState } from "./state.js";
export type { ChannelView, CoreView, KernelView, PartitionView, ThreadView } from "./view.js";
export { countRemoteEnds, endAt, isBetweenPartitions, isPartitionEnd, ownerName, peerAt, reaches } from "./ends.js";
export type * from "./plan.js";
