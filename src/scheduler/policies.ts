/** The policies that ship, by the words by which descriptions choose them: a row each, and a file in policies/. */
import type { Policy } from "./policy.js";
import { constantBandwidth } from "./policies/constant-bandwidth.js";
import { deficitRoundRobin } from "./policies/deficit-round-robin.js";
import { earliestDeadline } from "./policies/earliest-deadline.js";
import { firstCome } from "./policies/first-come.js";
import { fixedPriority } from "./policies/fixed-priority.js";
import { roundRobin } from "./policies/round-robin.js";
import { stride } from "./policies/stride.js";
import { twoLevel } from "./policies/two-level.js";

export const POLICIES = {
  "fixed-priority": fixedPriority,
  "earliest-deadline": earliestDeadline,
  "first-come": firstCome,
  "constant-bandwidth": constantBandwidth,
  "two-level": twoLevel,
  stride,
  "deficit-round-robin": deficitRoundRobin,
  "round-robin": roundRobin,
} as const satisfies Readonly<Record<string, Policy>>;

export type PolicyWord = keyof typeof POLICIES;
