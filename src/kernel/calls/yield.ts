/** The call `yield`: other ready threads of the partition run first. */
import { Status } from "../../abi/index.js";
import { charge } from "../core.js";
import { PATHS } from "../costs/cost.js";
import type { Thread } from "../objects.js";
import { giveWay } from "../threads/ready-set.js";
import { answer, type Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread): Outcome {
  charge(caller.core, PATHS.smallCall);
  giveWay(caller);
  caller.core.state.mustPick = true;
  return answer(caller, Status.NoError);
}

export const yieldCore: SystemCall = { handle, ways: [[PATHS.smallCall]] };
