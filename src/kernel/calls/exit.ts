/** The call `exit`: ends the calling thread or its whole partition. */
import { ExitScope, Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { EventKind } from "../../trace/index.js";
import { recordThread } from "../core.js";
import type { Thread } from "../objects.js";
import { stopPartition } from "../partition.js";
import { abandonLocks } from "../threads/locks.js";
import { endThread } from "../threads/thread.js";
import { answer, Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, code: RegisterValue, scope: RegisterValue): Outcome {
  const { partition } = caller;
  const exitCode = Number(BigInt.asIntN(32, BigInt(code)));
  if (scope !== ExitScope.Partition && scope !== ExitScope.Thread) return answer(caller, Status.InvalidParam);
  recordThread(caller, EventKind.ThreadExit, exitCode);
  if (scope === ExitScope.Thread) {
    endThread(caller);
    abandonLocks(caller);
  }
  // The end of the last thread is the end of its partition.
  if (scope === ExitScope.Partition || partition.threads.every(({ state }) => state.life === "dormant"))
    stopPartition(partition, exitCode);
  return Outcome.Gone;
}

/** It charges nothing itself: the threads that end do. */
export const exit: SystemCall = { handle, ways: [[]] };
