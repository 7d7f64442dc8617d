/** The call `mode`: reads or sets the partition's mode, as ARINC 653 has it. */
import { ModeOperation, PartitionMode, Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { EventKind } from "../../trace/index.js";
import { charge, recordPartition } from "../core.js";
import { PATHS } from "../costs/cost.js";
import type { Thread } from "../objects.js";
import { beginRestart, StartCondition, stopPartition } from "../partition.js";
import { answer, Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, operation: RegisterValue, wanted: RegisterValue): Outcome {
  charge(caller.core, PATHS.smallCall);
  if (operation === ModeOperation.Set) return setMode(caller, wanted);
  const status = operation === ModeOperation.Get ? Status.NoError : Status.InvalidParam;
  return answer(caller, status, caller.partition.state.mode);
}

function setMode(caller: Thread, wanted: RegisterValue): Outcome {
  const { partition } = caller;
  const { state } = partition;
  switch (wanted) {
    case PartitionMode.Normal:
      if (state.mode === PartitionMode.Normal) return answer(caller, Status.NoAction, state.mode);
      state.mode = PartitionMode.Normal;
      recordPartition(partition, EventKind.Mode, state.mode);
      return answer(caller, Status.NoError, state.mode);
    case PartitionMode.Idle:
      stopPartition(partition, -1);
      return Outcome.Gone;
    case PartitionMode.WarmStart:
      // After ARINC 653: a cold start can't be continued as a warm one.
      if (state.mode === PartitionMode.ColdStart) return answer(caller, Status.InvalidMode, state.mode);
      beginRestart(partition, PartitionMode.WarmStart, StartCondition.ByItself);
      return Outcome.Gone;
    case PartitionMode.ColdStart:
      beginRestart(partition, PartitionMode.ColdStart, StartCondition.ByItself);
      return Outcome.Gone;
    default:
      return answer(caller, Status.InvalidParam, state.mode);
  }
}

export const mode: SystemCall = { handle, ways: [[PATHS.smallCall]] };
