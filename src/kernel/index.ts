/**
 * The kernel: partitions, time and messages on top of the HAL. The way in is kernel.ts, the way out dispatch.ts; calls/
 * has a file for each system call. plan.ts is what a kernel boots from, state.ts all that can change, and objects.ts
 * what the functions of the kernel work on: cores, partitions, threads and channel ends.
 */
export { createKernel, type Kernel, type KernelOptions } from "./kernel.js";
export { leastWindowCycles, ownCosts, type OwnCosts, type SwitchBounds } from "./costs/bounds.js";
export { PATH_ROLES } from "./costs/roles.js";
export { switchBounds } from "./costs/switch-bounds.js";
export { REGISTER_NAMES, type PartitionDump, type ThreadDump } from "./faults/dump.js";
export { describeFault, functionAt } from "./faults/fault.js";
export type { FaultRecord, KernelState } from "./state.js";
export type { ChannelView, CoreView, KernelView, PartitionView, ThreadView } from "./view.js";
export {
  countRemoteLinks,
  endAt,
  farEnd,
  isBetweenPartitions,
  outsideChannels,
  isPartitionEnd,
  linksAt,
  nameEnds,
  nameRole,
  ownerName,
  type Owners,
  peersAt,
  reaches,
} from "./channels/ends.js";
export { poolAddress } from "./pools/pool-state.js";
export type * from "./plan.js";
