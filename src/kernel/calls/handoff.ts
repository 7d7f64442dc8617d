/** The call `handoff`: notify and wait in one; on the same core the notified thread runs at once. */
import { Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { BlockReason, WakeCause } from "../../trace/index.js";
import { PATHS } from "../cost.js";
import { ringPeer, RING_WAYS } from "../doorbell.js";
import type { Thread } from "../objects.js";
import { answer, findEnd, isEndless, toCycles, toMask, type Outcome, type SystemCall } from "./call.js";
import { waitOn } from "./wait.js";

function handle(caller: Thread, index: RegisterValue, mask: RegisterValue, deadline: RegisterValue): Outcome {
  const end = findEnd(caller, index);
  const ends = toMask(caller, mask);
  const until = toCycles(deadline);
  if (end === undefined || ends < 0 || isEndless(ends, deadline)) return answer(caller, Status.InvalidParam);
  const { status, woken } = ringPeer(caller, end, WakeCause.Handoff);
  if (status !== Status.NoError) return answer(caller, status);
  const sharesTime = woken !== undefined && woken.partition === caller.partition;
  return waitOn(caller, ends, until, BlockReason.Handoff, sharesTime ? woken.id : -1);
}

export const handoff: SystemCall = { handle, ways: RING_WAYS.map((ring) => [...ring, PATHS.wait]) };
