/**
 * The policies that ship, and which class of partition uses which. A new policy is one file with one `Policy` object
 * and one row here.
 */
import { firstCome } from "./first-come.js";
import { fixedPriority } from "./fixed-priority.js";
import type { Policy } from "./policy.js";

export type { Policy, PolicyState, PolicyThread } from "./policy.js";
export { firstCome } from "./first-come.js";
export { fixedPriority } from "./fixed-priority.js";
export { roundRobin } from "./round-robin.js";

/** Kinds of work that have a policy of their own. */
export type PartitionClass = "realtime" | "backend";

/** One policy a class. The kernel treats the state as opaque. */
export type PolicyTable = Readonly<Record<PartitionClass, Policy>>;

export const CLASS_POLICIES: PolicyTable = {
  realtime: fixedPriority,
  backend: firstCome,
};
