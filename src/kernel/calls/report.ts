/** The call `report`: what a program tells health monitoring. */
import { ReportKind, Status } from "../../abi/index.js";
import type { RegisterValue } from "../../hal/index.js";
import { EventKind } from "../../trace/index.js";
import { charge, recordThread } from "../core.js";
import { PATHS } from "../costs/cost.js";
import { quarantine, RING_WAYS } from "../channels/doorbell.js";
import { raiseApplicationError } from "../faults/fault.js";
import type { Thread } from "../objects.js";
import { dumpPartition } from "../faults/take-dump.js";
import { answer, findLink, low53, Outcome, type SystemCall } from "./call.js";

function handle(caller: Thread, kind: RegisterValue, code: RegisterValue, value: RegisterValue): Outcome {
  const { core, partition } = caller;
  charge(core, PATHS.smallCall);
  if (kind === ReportKind.RingViolation) return reportRing(caller, code, value);
  if (kind !== ReportKind.Note && kind !== ReportKind.ApplicationError && kind !== ReportKind.Dump)
    return answer(caller, Status.InvalidParam);
  recordThread(caller, EventKind.Report, low53(code), low53(value));
  if (kind === ReportKind.ApplicationError) {
    raiseApplicationError(caller, BigInt(code), BigInt(value));
    return Outcome.Gone;
  }
  if (kind === ReportKind.Dump) core.environment.onDump(dumpPartition(partition));
  return answer(caller, Status.NoError);
}

function reportRing(caller: Thread, end: RegisterValue, check: RegisterValue): Outcome {
  const { core } = caller;
  const link = findLink(caller, end, core.hal.systemCallArgument(core.id, 3));
  if (link === undefined) return answer(caller, Status.InvalidParam);
  quarantine(caller, link, low53(check));
  return answer(caller, Status.NoError);
}

/** A violation is told to the other end, as a doorbell is. */
export const report: SystemCall = { handle, ways: RING_WAYS.map((ring) => [PATHS.smallCall, PATHS.bootLine, ...ring]) };
