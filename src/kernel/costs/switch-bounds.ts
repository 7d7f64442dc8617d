/**
 * The bounds of a window switch, from the longest kernel path. They hold for every system, because they count with the
 * limits of the ABI rather than with the threads that a neighbour happens to have. Pools alone count by their plan: how
 * many pages a call to one changes is as many as a block has.
 */
import { MAX_THREADS } from "../../abi/index.js";
import type { SwitchBounds } from "./bounds.js";
import { SYSTEM_CALL_TABLE } from "../calls/index.js";
import { longestCycles, PATHS, type CostOf } from "./cost.js";
import { RING_WAYS } from "../channels/doorbell.js";
import type { PoolPlan } from "../plan.js";
import { longestPoolCall } from "../pools/pool-costs.js";

const { wake, startThread, stopThread, pick, spaceSwitch, armTimer, windowClose, windowOpen, interruptEntry } = PATHS;

/**
 * Longest from a window's start until its switch begins: a call or message handled just before the start (its entry,
 * body and the way to the next entry of a thread), then the timer's or a message's own entry. Each thread of a
 * partition is started, stopped or woken at most once on such a path.
 */
export function switchBounds(costOf: CostOf, pools: readonly PoolPlan[] = []): SwitchBounds {
  const longest = (...ways: Parameters<typeof longestCycles>[1]): number => longestCycles(costOf, ways);
  const threads = MAX_THREADS * longest([wake], [startThread], [stopThread]);
  const entry = longest([PATHS.systemCallEntry], [PATHS.faultEntry], [interruptEntry]);
  const ring = longest(...RING_WAYS);
  const calls = longest(...Object.values(SYSTEM_CALL_TABLE).flatMap(({ ways }) => ways));
  // mutant bounds-forget-pools: const body = calls;
  const body = Math.max(calls, longestPoolCall(costOf, pools));
  const back = longest([pick, spaceSwitch, armTimer]) + longest([PATHS.systemCallReturn], [PATHS.interruptReturn]);
  const quietCycles = entry + body + threads + back + longest([interruptEntry]) + ring + longest([windowClose]);
  const messageCycles = longest([interruptEntry]) + ring + back;
  return {
    quietCycles,
    switchCycles: quietCycles + longest([windowOpen]) + threads + back,
    messageCycles,
    sharedMessageCycles: messageCycles + longest([PATHS.reserve]),
  };
}
