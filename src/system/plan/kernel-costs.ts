/** What the kernel takes for itself on a machine of a plan, by the prices of its timing profile. */
import { pricesByStep } from "../../hal/index.js";
import { ownCosts, switchBounds, type OwnCosts, type SwitchBounds } from "../../kernel/index.js";
import type { SystemPlan } from "../../kernel/plan.js";
import { TIMING_PROFILES } from "../../machine/timing/profiles.js";

export interface KernelCosts extends OwnCosts {
  readonly bounds: SwitchBounds;
}

export function kernelCosts({ machine, pools }: Pick<SystemPlan, "machine" | "pools">): KernelCosts {
  const prices = pricesByStep(TIMING_PROFILES[machine.timing].kernelStepCycles);
  const costOf = (step: number): number => prices[step];
  return { bounds: switchBounds(costOf, pools), ...ownCosts(costOf) };
}
