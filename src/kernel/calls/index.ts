/**
 * System calls: one file a call, and one row here for each word of SYSTEM_CALLS in abi/calls.ts, which has their
 * contract. A number without a row is answered with a status, never an error of ours.
 */
import { Status, SYSTEM_CALL_ROWS, type SystemCallWord } from "../../abi/index.js";
import { EventKind } from "../../trace/index.js";
import type { Thread } from "../objects.js";
import { answer, low53, Outcome, type Handler, type SystemCall } from "./call.js";
import { exit } from "./exit.js";
import { handoff } from "./handoff.js";
import { lock } from "./lock.js";
import { mode } from "./mode.js";
import { notify } from "./notify.js";
import { periodicWait } from "./periodic-wait.js";
import { poolGive } from "./pool-give.js";
import { poolRelease } from "./pool-release.js";
import { poolSeal } from "./pool-seal.js";
import { poolTake } from "./pool-take.js";
import { report } from "./report.js";
import { unlock } from "./unlock.js";
import { wait } from "./wait.js";
import { yieldCore } from "./yield.js";

export const SYSTEM_CALL_TABLE = {
  exit,
  yield: yieldCore,
  wait,
  notify,
  handoff,
  periodic_wait: periodicWait,
  mode,
  report,
  lock,
  unlock,
  pool_give: poolGive,
  pool_take: poolTake,
  pool_seal: poolSeal,
  pool_release: poolRelease,
} satisfies Readonly<Record<SystemCallWord, SystemCall>>;

/** Indexed by number. */
const HANDLERS: readonly Handler[] = SYSTEM_CALL_ROWS.map(({ word }) => SYSTEM_CALL_TABLE[word].handle);

/** Handles the call that the running thread has made; its entry is charged already. */
export function handleSystemCall(caller: Thread): void {
  const { core, state } = caller;
  const number = core.hal.systemCallNumber(core.id);
  const first = core.hal.systemCallArgument(core.id, 0);
  const second = core.hal.systemCallArgument(core.id, 1);
  core.trace.record(
    EventKind.SystemCall,
    core.id,
    caller.partition.id,
    caller.id,
    low53(number),
    low53(first),
    low53(second),
  );
  const outcome =
    typeof number === "number" && number < HANDLERS.length
      ? HANDLERS[number](caller, first, second, core.hal.systemCallArgument(core.id, 2))
      : answer(caller, Status.InvalidParam);
  if (outcome !== Outcome.Gone) state.call = low53(number);
}
