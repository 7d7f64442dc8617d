/** The call `unlock`: a lock was released, and threads may wait for that. */
import { MAX_LOCKS, Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { charge } from "../core.js";
import { PATHS } from "../costs/cost.js";
import { releaseLock } from "../threads/locks.js";
import type { Thread } from "../objects.js";
import { answer, type Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, lockIndex: RegisterValue): Outcome {
  charge(caller.core, PATHS.lock);
  if (!(lockIndex < MAX_LOCKS)) return answer(caller, Status.InvalidParam);
  releaseLock(caller.partition, Number(lockIndex));
  return answer(caller, Status.NoError);
}

export const unlock: SystemCall = { handle, ways: [[PATHS.lock]] };
