/** The call `handoff`: notify and wait in one; on the same core the notified thread runs at once. */
import { Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { BlockReason, WakeCause } from "../../trace/index.js";
import { PATHS } from "../costs/cost.js";
import { ringPeer, RING_WAYS } from "../channels/doorbell.js";
import type { Thread } from "../objects.js";
import { answer, findLink, isEndless, isMask, toCycles, type Outcome, type SystemCall } from "./call.js";
import { waitOn } from "./wait.js";

function handle(caller: Thread, end: RegisterValue, mask: RegisterValue, deadline: RegisterValue): Outcome {
  const { core } = caller;
  const link = findLink(caller, end, core.hal.systemCallArgument(core.id, 3));
  const until = toCycles(deadline);
  if (link === undefined || !isMask(caller, mask) || isEndless(mask, deadline))
    return answer(caller, Status.InvalidParam);
  const { status, woken } = ringPeer(caller, link, WakeCause.Handoff);
  if (status !== Status.NoError) return answer(caller, status);
  const sharesTime = woken !== undefined && woken.partition === caller.partition;
  return waitOn(caller, mask, until, BlockReason.Handoff, sharesTime ? woken.id : -1);
}

export const handoff: SystemCall = { handle, ways: RING_WAYS.map((ring) => [...ring, PATHS.wait]) };
