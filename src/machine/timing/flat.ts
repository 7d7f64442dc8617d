/**
 * The `flat` profile: every instruction one cycle, memory free. For teaching and exact arithmetic; it models no real
 * processor. The kernel's primitives have small round numbers of their own, in the order of magnitude in which real ones
 * stand to an instruction divided by ten, so that kernel paths are visible beside one-cycle instructions and easy to
 * add up by hand.
 */
import type { TimingProfile } from "./profile.js";

export const flatProfile: TimingProfile = {
  name: "flat",
  leastLatencyCycles: 1000,
  blockPrefixCycles: (instructions) => Array.from({ length: instructions.length + 1 }, (_, i) => i),
  repeatIterationCycles: 1,
  // Order of KernelStep: system call entry and return, fault entry, interrupt entry and return, address space switch,
  // instruction, object line, send interrupt, arm timer, invalidate page, memory line.
  kernelStepCycles: [8, 8, 40, 40, 20, 10, 1, 1, 20, 5, 20, 1],
  vendor: "AMD",
};
