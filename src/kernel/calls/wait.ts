/** The call `wait`: for doorbells, or until a deadline. */
import type { Cycles, ThreadId } from "../../units.js";
import { Status, WAIT_BY_PRIORITY } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { BlockReason } from "../../trace/index.js";
import { charge, now } from "../core.js";
import { PATHS } from "../costs/cost.js";
import { highWord, lowWord, takeEnds } from "../channels/end-set.js";
import type { Thread } from "../objects.js";
import { waitForChannels } from "../threads/thread.js";
import { answer, isEndless, isMask, Outcome, toCycles, type SystemCall } from "./call.js";

/**
 * Takes the doorbells in a mask, or waits for them; mask and deadline are valid. `preferred`: the thread to which the
 * caller hands the core when it waits, or -1.
 */
export function waitOn(
  caller: Thread,
  mask: RegisterValue,
  until: Cycles,
  reason: BlockReason,
  preferred: ThreadId,
): Outcome {
  const { core, partition } = caller;
  charge(core, PATHS.wait);
  const low = lowWord(mask);
  const high = highWord(mask) & 0x7fff_ffff;
  const taken = takeEnds(partition.state.pending, low, high);
  if (taken !== 0) return answer(caller, Status.NoError, taken);
  if (until <= now(core)) return answer(caller, Status.TimedOut);
  caller.state.byPriority = mask >= WAIT_BY_PRIORITY;
  waitForChannels(caller, low, high, until, reason);
  core.state.preferred = preferred;
  return Outcome.Waits;
}

function handle(caller: Thread, mask: RegisterValue, deadline: RegisterValue): Outcome {
  const until = toCycles(deadline);
  if (!isMask(caller, mask) || isEndless(mask, deadline)) return answer(caller, Status.InvalidParam);
  return waitOn(caller, mask, until, BlockReason.Channels, -1);
}

export const wait: SystemCall = { handle, ways: [[PATHS.wait]] };
