/**
 * The call `lock`: waits for the release of a lock that the caller found taken.
 *
 * The lock itself is a word in the partition's private memory, which the kernel never reads: threads take and release
 * it without a call, and call only when they meet. What the caller says of the holder is checked, and can harm nobody
 * but its own partition.
 */
import { MAX_LOCKS, Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { charge } from "../core.js";
import { PATHS } from "../costs/cost.js";
import { inheritPriorities, takeRelease } from "../threads/locks.js";
import type { Thread } from "../objects.js";
import { waitForLock } from "../threads/thread.js";
import { answer, Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, lockIndex: RegisterValue, holderIndex: RegisterValue): Outcome {
  const { core, partition } = caller;
  charge(core, PATHS.lock);
  const holder = holderIndex < partition.threads.length ? partition.threads[Number(holderIndex)] : undefined;
  if (!(lockIndex < MAX_LOCKS) || holder === undefined || holder === caller) return answer(caller, Status.InvalidParam);
  if (takeRelease(partition, Number(lockIndex))) return answer(caller, Status.NoError);
  if (holder.state.life === "dormant") return answer(caller, Status.NotAvailable);
  waitForLock(caller, Number(lockIndex), holder);
  inheritPriorities(partition);
  return Outcome.Waits;
}

export const lock: SystemCall = { handle, ways: [[PATHS.lock]] };
