/** The timing profiles that a machine may name. */
import type { SystemPlan } from "../kernel/plan.js";
import { flatProfile, type TimingProfile } from "../machine/index.js";

export const TIMING_PROFILES: Readonly<Record<SystemPlan["machine"]["timing"], TimingProfile>> = { flat: flatProfile };
