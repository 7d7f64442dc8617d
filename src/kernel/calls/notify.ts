/** The call `notify`: rings the peer at a link of a channel end. */
import { Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { WakeCause } from "../../trace/index.js";
import { ringPeer, RING_WAYS } from "../channels/doorbell.js";
import type { Thread } from "../objects.js";
import { answer, findLink, type Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, end: RegisterValue, position: RegisterValue): Outcome {
  const link = findLink(caller, end, position);
  if (link === undefined) return answer(caller, Status.InvalidParam);
  return answer(caller, ringPeer(caller, link, WakeCause.Doorbell).status);
}

export const notify: SystemCall = { handle, ways: RING_WAYS };
