/**
 * The `flat` profile: every instruction one cycle, memory free. For teaching and exact arithmetic; it models no real
 * processor. The kernel's primitives have small round numbers of their own, in the order of magnitude in which real
 * ones stand to an instruction divided by ten, so that kernel paths are visible beside one-cycle instructions and easy
 * to add up by hand.
 */
import type { TimingProfile } from "./profile.js";

export const flatProfile: TimingProfile = {
  leastLatencyCycles: 1000,
  blockPrefixCycles: (instructions) => Array.from({ length: instructions.length + 1 }, (_, i) => i),
  repeatIterationCycles: 1,
  memory: null,
  kernelStepCycles: {
    "system-call-entry": 8,
    "system-call-return": 8,
    "fault-entry": 40,
    "interrupt-entry": 40,
    "interrupt-return": 20,
    "address-space-switch": 10,
    instruction: 1,
    "object-line": 1,
    "send-interrupt": 20,
    "arm-timer": 5,
    "invalidate-page": 20,
    "memory-line": 1,
  },
  vendor: "AMD",
};
