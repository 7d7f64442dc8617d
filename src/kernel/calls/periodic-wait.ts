/** The call `periodic_wait`: ends an activation, and waits for the next release. */
import { Status } from "../../abi/index.js";
import { charge } from "../core.js";
import { PATHS } from "../costs/cost.js";
import type { Thread } from "../objects.js";
import { waitForRelease, wholePeriods } from "../threads/thread.js";
import { answer, Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread): Outcome {
  if (caller.plan.periodCycles === null) return answer(caller, Status.InvalidMode);
  charge(caller.core, PATHS.wait);
  return waitForRelease(caller) ? Outcome.Waits : answer(caller, Status.NoError, wholePeriods(caller));
}

export const periodicWait: SystemCall = { handle, ways: [[PATHS.wait]] };
