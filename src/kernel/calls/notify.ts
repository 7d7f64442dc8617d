/** The call `notify`: rings the other end of a channel. */
import { Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { WakeCause } from "../../trace/index.js";
import { ringPeer, RING_WAYS } from "../doorbell.js";
import type { Thread } from "../objects.js";
import { answer, findEnd, type Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, index: RegisterValue): Outcome {
  const end = findEnd(caller, index);
  if (end === undefined) return answer(caller, Status.InvalidParam);
  return answer(caller, ringPeer(caller, end, WakeCause.Doorbell).status);
}

export const notify: SystemCall = { handle, ways: RING_WAYS };
