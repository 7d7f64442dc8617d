/** The call `notify`: rings the peer at a link of a channel end. */
import { OWN_END, Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { WakeCause } from "../../trace/index.js";
import { ringOwnEnd, ringPeer, RING_WAYS } from "../channels/doorbell.js";
import type { Thread } from "../objects.js";
import { answer, findLink, type Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, end: RegisterValue, position: RegisterValue): Outcome {
  const { ends } = caller.partition;
  if (position === OWN_END && end < ends.length) return answer(caller, ringOwnEnd(caller, ends[Number(end)]));
  const link = findLink(caller, end, position);
  if (link === undefined) return answer(caller, Status.InvalidParam);
  return answer(caller, ringPeer(caller, link, WakeCause.Doorbell).status);
}

export const notify: SystemCall = { handle, ways: RING_WAYS };
